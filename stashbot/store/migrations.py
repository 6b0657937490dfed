"""From each schema version to the next, each in the transaction that opens the state.

A migration names the columns of its own time in SQL. The tables that it adds are made as they are
today; a later migration that changes such a table must expect the change there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa

from stashbot.decide.matching.names import fold_case
from stashbot.store.connection import encode
from stashbot.store.database import clean
from stashbot.store.tables import (
    BLOBS,
    EVENTS,
    INTENTS,
    LEASES,
    LEFT_OUT,
    METADATA,
    MISSING_TAGS,
    REPEATED_ANSWERS,
    RESULTS,
    RUN_SCENES,
    RUN_SNAPSHOTS,
    RUN_TOTALS,
    SOURCE_FAILURES,
    WORKERS,
)

_ROWS = 5_000
_ADDED = [
    REPEATED_ANSWERS,
    RUN_SCENES,
    RUN_SNAPSHOTS,
    RUN_TOTALS,
    MISSING_TAGS,
    EVENTS,
    WORKERS,
    LEASES,
    INTENTS,
    BLOBS,
]


def _weigh_sources(connection: sa.Connection) -> None:
    """Let counts of sources decay, and triage keep the scene that was judged."""
    for column in ("weighed_ok", "weighed_fail"):
        _run(
            connection,
            f"ALTER TABLE stashbot_source_stats ADD COLUMN {column} FLOAT DEFAULT 0 NOT NULL",
        )
    _run(connection, "UPDATE stashbot_source_stats SET weighed_ok = ok, weighed_fail = fail")
    for column in ("seen", "taken"):
        _run(connection, f"ALTER TABLE stashbot_triage ADD COLUMN {column} TEXT")


def _runs_as_rows(connection: sa.Connection) -> None:
    """Make runs rows that many workers share, and give JSON the names of the models."""
    for change in (
        "stashbot_source_seen RENAME TO stashbot_source_answers",
        "stashbot_source_stats RENAME COLUMN weighed_ok TO weighted_ok",
        "stashbot_source_stats RENAME COLUMN weighed_fail TO weighted_fail",
        "stashbot_failures RENAME COLUMN evidence_dir TO artifacts_dir",
        "stashbot_triage RENAME COLUMN fingerprint TO scene_digest",
        "stashbot_triage RENAME COLUMN seen TO scene_values",
        "stashbot_triage RENAME COLUMN taken TO accepted",
        "stashbot_triage DROP COLUMN proposal_hash",
        "stashbot_runs ADD COLUMN kind VARCHAR(40) DEFAULT 'enrich' NOT NULL",
        "stashbot_runs ADD COLUMN scene_count INTEGER DEFAULT 0 NOT NULL",
        "stashbot_runs ADD COLUMN stop_reason TEXT",
        "stashbot_runs ADD COLUMN report TEXT",
        "stashbot_runs ADD COLUMN owner TEXT",
    ):
        _run(connection, f"ALTER TABLE {change}")
    METADATA.create_all(connection, tables=_ADDED)
    _split_runs(connection)
    _rebuild_results(connection)
    _convert_triage(connection)
    _intents_from_kv(connection)
    _keep_moves_with_runs(connection)


def _remember_sources(connection: sa.Connection) -> None:
    """Keep which sources failed in a run, what was left out, and how a scene was asked."""
    METADATA.create_all(connection, tables=[LEFT_OUT, SOURCE_FAILURES])
    _run(connection, "ALTER TABLE stashbot_scene_state ADD COLUMN asked_with VARCHAR(64)")


def _name_process_spaces(connection: sa.Connection) -> None:
    """Make the workers anew, whose rows live no longer than their processes."""
    WORKERS.drop(connection, checkfirst=True)
    WORKERS.create(connection)


def _remember_repeated_answers(connection: sa.Connection) -> None:
    """Add the answers of sources that several scenes of a run got."""
    METADATA.create_all(connection, tables=[REPEATED_ANSWERS])


def _split_runs(connection: sa.Connection) -> None:
    """Give each scene of a run a row, and mark runs that were killed as interrupted."""
    for run in _rows(connection, "SELECT id, scenes, options FROM stashbot_runs"):
        scenes = list(dict.fromkeys(json.loads(run["scenes"])))
        for start in range(0, len(scenes), _ROWS):
            rows = [
                {"run": run["id"], "position": start + index, "scene": scene, "state": "waiting"}
                for index, scene in enumerate(scenes[start : start + _ROWS])
            ]
            connection.execute(RUN_SCENES.insert(), rows)
        options = json.loads(run["options"])
        _run(
            connection,
            "UPDATE stashbot_runs SET kind = :kind, scene_count = :count, options = :options "
            "WHERE id = :id",
            id=run["id"],
            kind=options.get("kind", "enrich"),
            count=len(scenes),
            options=encode(_options(options)),
        )
    _run(connection, "UPDATE stashbot_runs SET status = 'interrupted' WHERE status = 'running'")
    _run(connection, "ALTER TABLE stashbot_runs DROP COLUMN scenes")


def _rebuild_results(connection: sa.Connection) -> None:
    """Give results a number in the order in which they were saved, and collect missing tags."""
    _run(connection, "ALTER TABLE stashbot_results RENAME TO stashbot_results_2")
    METADATA.create_all(connection, tables=[RESULTS])
    dry_runs = {
        row["id"] for row in _rows(connection, "SELECT id FROM stashbot_runs WHERE dry_run")
    }
    columns = "run, scene, outcome, elapsed_ms, result, at"
    query = sa.text(f"SELECT {columns} FROM stashbot_results_2 ORDER BY at, run, scene")  # noqa: S608
    # row by row from the server, for all of them may be more than fits in memory
    streamed = connection.execute(query, execution_options={"stream_results": True})
    found = streamed.mappings()
    while rows := [dict(row) for row in islice(found, _ROWS)]:
        tags: list[dict[str, str]] = []
        for row in rows:
            try:
                result = _result(json.loads(row["result"]))
            except (ValueError, AttributeError):
                continue  # it was damaged before, and reading it will say so
            row["result"] = encode(result)
            if row["run"] not in dry_runs:
                tags += _missing_tags(result)
        connection.execute(_INSERT_RESULT, rows)
        if tags:
            connection.execute(_INSERT_TAG, tags)
    _run(connection, "DROP TABLE stashbot_results_2")
    _run(
        connection,
        "INSERT INTO stashbot_run_totals (run, outcome, scenes) "
        "SELECT run, outcome, count(*) FROM stashbot_results GROUP BY run, outcome",
    )
    _run(
        connection,
        "UPDATE stashbot_run_scenes SET state = 'done' WHERE EXISTS ("
        "SELECT 1 FROM stashbot_results WHERE stashbot_results.run = stashbot_run_scenes.run "
        "AND stashbot_results.scene = stashbot_run_scenes.scene)",
    )


_INSERT_RESULT = sa.text(
    "INSERT INTO stashbot_results (run, scene, outcome, elapsed_ms, result, at) "
    "VALUES (:run, :scene, :outcome, :elapsed_ms, :result, :at)"
)


_INSERT_TAG = sa.text(
    "INSERT INTO stashbot_missing_tags (tag, scene, name) VALUES (:tag, :scene, :name) "
    "ON CONFLICT DO NOTHING"
)


def _missing_tags(result: dict[str, Any]) -> Iterator[dict[str, str]]:
    for omission in result.get("omitted", ()):
        if omission["field"] == "tags" and omission["reason"].startswith("not in Stash"):
            name = clean(omission["name"])
            yield {"tag": fold_case(name), "scene": result["id"], "name": name}


def _convert_triage(connection: sa.Connection) -> None:
    for row in _rows(connection, "SELECT id, proposal, accepted FROM stashbot_triage"):
        accepted = json.loads(row["accepted"] or "null")
        if isinstance(accepted, list):
            accepted = {"fields": accepted, "run": None}
        _run(
            connection,
            "UPDATE stashbot_triage SET proposal = :proposal, accepted = :accepted WHERE id = :id",
            id=row["id"],
            proposal=encode(_proposal(json.loads(row["proposal"]))),
            accepted=None if accepted is None else encode(accepted),
        )


def _intents_from_kv(connection: sa.Connection) -> None:
    """Turn the values that said which steps had begun into intents.

    Their keys were ``run:scene:step``, or ``run:step`` for the move of a file, and they were never
    settled. The intent is settled as applied where the audit has the step, and dropped where the
    run ended without that.
    """
    audited: dict[tuple[str, str], str] = {
        (row["run"], row["step"]): row["scene"]
        for row in _rows(connection, "SELECT DISTINCT run, scene, step FROM stashbot_audit")
    }
    applied = {
        (row["run"], row["scene"], row["step"])
        for row in _rows(connection, "SELECT DISTINCT run, scene, step FROM stashbot_audit")
    }
    unfinished = {
        row["id"]
        for row in _rows(connection, "SELECT id FROM stashbot_runs WHERE status <> 'done'")
    }
    moves = {
        row["key"]: json.loads(row["value"])
        for row in _rows(
            connection, "SELECT key, value FROM stashbot_kv WHERE namespace = 'rename'"
        )
    }
    rows = []
    for row in _rows(connection, "SELECT key, updated FROM stashbot_kv WHERE namespace = 'begun'"):
        run, rest = row["key"].split(":", 1)
        if rest.startswith("move "):
            step, kind = rest, "move"
            scene = audited.get((run, step)) or _moved_scene(moves.get(run), step)
        else:
            scene, step = rest.split(":", 1)
            kind = step.split(":", 1)[0]
        settled = (run, scene, step) in applied
        if scene and (settled or run in unfinished):
            rows.append(
                {
                    "run": run,
                    "scene": scene,
                    "step": step,
                    "kind": kind,
                    "plan": "null",
                    "began": row["updated"],
                    "settled": row["updated"] if settled else None,
                    "outcome": "applied" if settled else None,
                }
            )
    for intent in rows:
        _run(
            connection,
            "INSERT INTO stashbot_intents (run, scene, step, kind, plan, began, settled, outcome) "
            "VALUES (:run, :scene, :step, :kind, :plan, :began, :settled, :outcome)",
            **intent,
        )
    _run(connection, "DELETE FROM stashbot_kv WHERE namespace = 'begun'")


def _keep_moves_with_runs(connection: sa.Connection) -> None:
    """Move the planned moves of files to the options of their runs, and rename their fields."""
    query = "SELECT namespace, key, value FROM stashbot_kv WHERE namespace LIKE 'rename%'"
    for row in _rows(connection, query):
        moves = encode({"moves": [_planned_move(move) for move in json.loads(row["value"])]})
        if row["namespace"] == "rename":
            update = "UPDATE stashbot_runs SET options = :moves WHERE id = :key"
        else:
            update = (
                "UPDATE stashbot_kv SET value = :moves "
                "WHERE namespace = 'rename-plan' AND key = :key"
            )
        _run(connection, update, moves=moves, key=row["key"])
    _run(connection, "DELETE FROM stashbot_kv WHERE namespace = 'rename'")


def _moved_scene(moves: Any, step: str) -> str:
    """Return the scene of the move that a step such as ``move 3`` or ``move 3 back`` makes."""
    number = int(step.split()[1])
    return str(moves[number - 1]["move"]["scene_id"]) if moves else ""


# -- JSON by the names of the models


#: The kind of all other omissions: dates, addresses, spellings.
_UNUSABLE = "invalid_value"


def _query(value: dict[str, Any]) -> dict[str, Any]:
    return _renamed(value, {"by": "method"})


def _proposal(value: dict[str, Any]) -> dict[str, Any]:
    found = _renamed(value, {"asked": "query", "prints": "fingerprints"})
    return {**found, "query": _query(found["query"])} if "query" in found else found


def _result(value: dict[str, Any]) -> dict[str, Any]:
    found = _renamed(value, {"left_out": "omitted", "evidence_dir": "artifacts_dir"})
    attempts = [_renamed(attempt, {"asked": "query"}) for attempt in found.get("attempts", ())]
    for attempt in attempts:
        if "query" in attempt:
            attempt["query"] = _query(attempt["query"])
    omitted = [
        {**omission, "kind": _omission_kind(omission["reason"])}
        for omission in found.get("omitted", ())
    ]
    return {**found, "attempts": attempts, "omitted": omitted}


def _planned_move(value: dict[str, Any]) -> dict[str, Any]:
    found = _renamed(value, {"mark": "file_identity"})
    return {**found, "move": _renamed(found["move"], {"by_way": "is_temporary"})}


def _omission_kind(reason: str) -> str:
    """Return the ``OmissionKind`` of a reason, which schema 2 kept alone."""
    kinds = {
        "not in Stash": "not_in_stash",
        "a rule wants": "not_in_stash_by_rule",
        "the scene has another id": "other_value",
        "it takes": "needs_dialog",
        "it needs": "needs_dialog",
        "only the results dialog": "needs_dialog",
    }
    return next((kind for start, kind in kinds.items() if reason.startswith(start)), _UNUSABLE)


def _options(value: dict[str, Any]) -> dict[str, Any]:
    names = {
        "creation": {"most": "max_new_entities"},
        "consensus": {"ask": "sources_wanted"},
        "cleanup": {"spelled": "keep_spelling"},
    }
    return {
        key: _renamed(part, names[key]) if key in names else part for key, part in value.items()
    }


def _renamed(value: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): part for key, part in value.items()}


# -- SQL


def _run(connection: sa.Connection, statement: str, **values: Any) -> None:
    connection.execute(sa.text(statement), values)


def _rows(connection: sa.Connection, query: str) -> list[sa.RowMapping]:
    return list(connection.execute(sa.text(query)).mappings().all())


#: ``MIGRATIONS[n]`` brings the tables from schema version ``n + 1`` to ``n + 2``.
MIGRATIONS: tuple[Callable[[sa.Connection], None], ...] = (
    _weigh_sources,
    _runs_as_rows,
    _remember_sources,
    _name_process_spaces,
    _remember_repeated_answers,
)

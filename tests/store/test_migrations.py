"""A state of an older stashbot keeps everything, under the names of today."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from stashbot.errors import StateError
from stashbot.models import Attempt, FieldName, FileFingerprint, OmissionKind, Outcome, ScrapeQuery
from stashbot.store import IntentOutcome, RunStatus, Store, database
from stashbot.store.tables import METADATA
from tests.store.conftest import Use
from tests.store.old_schemas import T0, T1, T2, OldState


def run(state: OldState, run_id: str, scenes: list[str], **change: Any) -> None:
    """Add a run to a state of schema 2."""
    values: dict[str, Any] = {
        "id": run_id,
        "started": T0,
        "options": {"kind": "enrich"},
        "scenes": scenes,
        "dry_run": False,
        "status": "done",
    }
    state.add("runs", **{**values, **change})


def result(state: OldState, run_id: str, scene: str, at: str, **more: Any) -> None:
    """Add a result to a state of schema 2."""
    state.add(
        "results",
        run=run_id,
        scene=scene,
        outcome="applied",
        elapsed_ms=5,
        result={"id": scene, "outcome": "applied", **more},
        at=at,
    )


def test_counts_of_a_first_state_weigh_in_full(url: str, use: Use) -> None:
    """A state of schema 1 keeps its counts of sources, and they decay from now on."""
    state = OldState(url, version=1)
    state.add("source_stats", key="*|*", source="Alpha", ok=3, fail=1, updated=T0)
    state.close()
    (stat,) = use(lambda store: store.sources.stats())
    assert (stat.ok, stat.fail, stat.weighted.ok, stat.weighted.fail) == (3, 1, 3.0, 1.0)


def test_runs_become_rows(url: str, use: Use) -> None:
    """Scenes keep their order, a killed run waits to be resumed, and options have today's names."""
    state = OldState(url, version=2)
    options = {
        "kind": "accept",
        "creation": {"most": 3, "frequent": 2},
        "consensus": {"ask": 2},
        "cleanup": {"spelled": ["NASA"]},
        "organize": False,
    }
    run(state, "first", ["3", "1", "2"], options=options, status="running")
    run(state, "second", [], dry_run=True, finished=T1, options={})
    result(state, "first", "1", T1)
    state.close()

    async def read(store: Store) -> None:
        first = await store.runs.get("first")
        assert (first.kind, first.status, first.scene_count) == (
            "accept",
            RunStatus.INTERRUPTED,
            3,
        )
        assert first.options == {
            "kind": "accept",
            "creation": {"max_new_entities": 3, "frequent": 2},
            "consensus": {"sources_wanted": 2},
            "cleanup": {"keep_spelling": ["NASA"]},
            "organize": False,
        }
        second = await store.runs.get("second")
        assert (second.kind, second.status, second.dry_run) == ("enrich", RunStatus.DONE, True)
        assert second.finished == datetime.fromisoformat(T1)
        assert await store.runs.scene_ids("first") == ("3", "1", "2")
        assert await store.runs.waiting_scenes("first", limit=9) == ("3", "2")
        assert await store.runs.unfinished_scenes("first") == ()
        assert await store.runs.remaining("first") == 2
        assert await store.runs.snapshot("first") is None

    use(read)


def test_results_keep_their_order_and_tags_get_a_table(url: str, use: Use) -> None:
    """Results are numbered as they ended; tags that Stash lacked are counted, but of dry runs."""
    state = OldState(url, version=2)
    run(state, "wet", ["1", "2", "3"])
    run(state, "dry", ["4"], dry_run=True)
    lacking = [{"field": "tags", "name": "Night  Dive", "reason": "not in Stash: no such tag"}]
    others = [
        {"field": "tags", "name": "Sea", "reason": "a policy leaves tags as they are"},
        {"field": "studio", "name": "Alpha", "reason": "not in Stash"},
    ]
    attempt = {"source": "Alpha", "result": "accepted", "score": 0.8}
    attempts = [{**attempt, "asked": {"by": "query", "text": "low tide"}}]
    result(state, "wet", "2", T1, left_out=lacking, attempts=attempts, evidence_dir="evidence/2")
    result(state, "wet", "3", T2, left_out=[{**lacking[0], "name": "night dive"}])
    result(state, "wet", "1", T0, left_out=others)
    result(state, "dry", "4", T0, left_out=lacking)
    state.close()

    async def read(store: Store) -> None:
        ended = await store.results.of_run("wet")
        assert [saved.result.id for saved in ended] == ["1", "2", "3"]
        second = ended[1].result
        assert (second.artifacts_dir, second.outcome) == ("evidence/2", Outcome.APPLIED)
        query = ScrapeQuery(method="query", text="low tide")
        assert second.attempts == (
            Attempt(source="Alpha", query=query, result="accepted", score=0.8),
        )
        kinds = [(omission.name, omission.kind) for omission in second.omitted]
        assert kinds == [("Night  Dive", OmissionKind.NOT_IN_STASH)]
        assert await store.missing_tags.counts() == {"night dive": 2}
        assert await store.results.totals("dry") == {"applied": 1}

    use(read)


def test_a_damaged_result_is_kept_as_it_is(url: str, use: Use) -> None:
    """It stops no migration: reading it is an error that names it, and all others are read."""
    state = OldState(url, version=2)
    run(state, "r", ["1", "2"])
    result(state, "r", "2", T0)
    state.add("results", run="r", scene="1", outcome="failed", elapsed_ms=1, result="{oops", at=T1)
    state.close()

    async def read(store: Store) -> None:
        assert len(await store.results.of_run("r", limit=1)) == 1
        with pytest.raises(StateError, match="Row r/1 of stashbot_results"):
            await store.results.in_order("r")

    use(read)


def test_triage_keeps_proposals_and_decisions(url: str, use: Use) -> None:
    """Proposals have today's names; accepted fields, as either older form kept them, are read."""
    state = OldState(url, version=2)
    proposal = {
        "source": "Alpha",
        "asked": {"by": "url", "text": "https://a.example.test/7"},
        "title": "Low Tide",
        "prints": [{"kind": "oshash", "value": "ab"}],
    }
    entry = {
        "run": "r",
        "source": "Alpha",
        "score": 0.4,
        "proposal": proposal,
        "proposal_hash": "0" * 64,
        "judgement": {"score": 0.4},
        "fingerprint": "f" * 64,
        "created": T0,
        "updated": T0,
    }
    accepted = {"status": "accepted", "closed": T1}
    state.add("triage", scene="1", status="open", seen={"title": "As it was"}, **entry)
    state.add("triage", scene="2", taken=["title"], **accepted, **entry)
    state.add("triage", scene="3", taken={"run": "a", "fields": ["date"]}, **accepted, **entry)
    state.close()

    async def read(store: Store) -> None:
        (first,) = await store.triage.entries()
        assert first.scene_digest == "f" * 64
        assert first.scene_values == {"title": "As it was"}
        assert (first.accepted_fields, first.closed_by) == ((), None)
        assert first.proposal.query.method == "url"
        assert first.proposal.fingerprints == (FileFingerprint(kind="oshash", value="ab"),)
        second, third = await store.triage.get(2), await store.triage.get(3)
        assert (second.accepted_fields, second.closed_by) == ((FieldName.TITLE,), None)
        assert (third.accepted_fields, third.closed_by) == ((FieldName.DATE,), "a")

    use(read)


def test_what_steps_had_begun_becomes_intents(url: str, use: Use) -> None:
    """Applied where the audit has the step, open in an unfinished run, else gone."""
    state = OldState(url, version=2)
    run(state, "r", ["1"], status="interrupted")
    run(state, "over", ["1"])
    moves = [{"move": {"scene_id": scene}, "mark": "ab"} for scene in ("8", "9")]
    run(state, "m", ["8", "9"], status="running", options={"kind": "rename"})
    state.add("kv", namespace="rename", key="m", value=moves, updated=T0)
    for key in (
        "r:1:save",
        "r:1:create:tags:a: b",
        "over:1:save",
        "m:move 1",
        "m:move 2",
        "m:move 2 back",
    ):
        state.add("kv", namespace="begun", key=key, value="true", updated=T1)
    for run_id, scene, step, kind in (("r", "1", "save", "update"), ("m", "8", "move 1", "move")):
        state.add(
            "audit",
            run=run_id,
            scene=scene,
            step=step,
            kind=kind,
            field="title",
            before="null",
            after="1",
            at=T2,
        )
    state.close()

    async def read(store: Store) -> None:
        open_intents = {(i.run, i.scene, i.step, i.kind) for i in await store.intents.open()}
        assert open_intents == {
            ("r", "1", "create:tags:a: b", "create"),
            ("m", "9", "move 2", "move"),
            ("m", "9", "move 2 back", "move"),
        }
        for key in (("r", "1", "save"), ("m", "8", "move 1")):
            found = await store.intents.find(*key)
            assert found is not None
            assert found.outcome is IntentOutcome.APPLIED
            assert found.began == datetime.fromisoformat(T1)
        assert await store.intents.find("over", "1", "save") is None
        assert await store.kv.items("begun") == {}

    use(read)


def test_planned_moves_of_files_are_kept(url: str, use: Use) -> None:
    """Of runs in their options, to be taken back or resumed; plans can still be applied."""
    state = OldState(url, version=2)
    run(state, "m", ["8"], options={"kind": "rename"})
    move = {"scene_id": "8", "file_id": "3", "source": "/a.mp4", "target": "/b.mp4"}
    moves = [{"move": {**move, "by_way": True}, "mark": "ab12", "undoes": 5}]
    state.add("kv", namespace="rename", key="m", value=moves, updated=T0)
    state.add("kv", namespace="rename-plan", key="p", value=moves, updated=T0)
    state.close()
    plan = {
        "moves": [{"move": {**move, "is_temporary": True}, "file_identity": "ab12", "undoes": 5}]
    }

    async def read(store: Store) -> None:
        renamed = await store.runs.get("m")
        assert (renamed.kind, renamed.options) == ("rename", plan)
        assert await store.kv.items("rename-plan") == {"p": plan}
        assert await store.kv.items("rename") == {}

    use(read)


def test_failures_statistics_and_times_stay(url: str, use: Use) -> None:
    """A source's answer that was counted before is not counted again."""
    state = OldState(url, version=2)
    run(state, "r", ["1"])
    state.add(
        "failures",
        run="r",
        scene="1",
        phase="save",
        reason="X",
        detail="why",
        evidence_dir="e/1",
        at=T0,
    )
    state.add("source_seen", run="r", scene="1", source="A", key="*", ok=True, at=T0)
    stats = {"ok": 1, "fail": 0, "weighed_ok": 0.5, "weighed_fail": 0.25, "updated": T0}
    state.add("source_stats", key="*", source="A", **stats)
    state.add("timings", run="r", scene="1", phase="save", label="", elapsed_ms=7, at=T0)
    state.add("scene_state", scene="1", scraped_at=T0, last_outcome="applied")
    state.close()

    async def read(store: Store) -> None:
        (failure,) = await store.failures.list()
        assert (failure.detail, failure.artifacts_dir) == ("why", "e/1")
        assert not await store.sources.count("r", "1", "A", keys=["*"], ok=True)
        (stat,) = await store.sources.stats()
        assert (stat.ok, stat.weighted_ok, stat.weighted_fail) == (1, 0.5, 0.25)
        assert await store.timings.by_phase() == {"save": (7,)}
        assert (await store.scenes.get("1")).last_outcome is Outcome.APPLIED

    use(read)


@pytest.mark.parametrize("version", [1, 2])
def test_a_migrated_state_is_as_a_new_one(version: int, url: str, use: Use) -> None:
    """It has the tables, columns, keys and indexes of a state that is made today."""
    OldState(url, version=version).close()
    use(lambda store: store.runs.list())
    engine = sa.create_engine(database.parse_url(url))
    found = sa.inspect(engine)
    assert {t for t in found.get_table_names() if t.startswith("stashbot_")} == set(METADATA.tables)
    for name, table in METADATA.tables.items():
        columns = {column["name"]: column["nullable"] for column in found.get_columns(name)}
        assert columns == {column.name: bool(column.nullable) for column in table.columns}, name
        key = found.get_pk_constraint(name)["constrained_columns"]
        assert key == [column.name for column in table.primary_key], name
        indexes = {index["name"] for index in found.get_indexes(name)}
        assert {index.name for index in table.indexes} <= indexes, name
    engine.dispose()


@pytest.mark.parametrize("version", [1, 2])
def test_a_reader_does_not_migrate(version: int, url: str, use: Use) -> None:
    """It might take the tables from under a live run: the error says what to do instead."""
    state = OldState(url, version=version)
    state.add("kv", namespace="n", key="k", value="1", updated=T0)
    state.close()

    async def read() -> None:
        async with Store(url, create=False):
            pass

    with pytest.raises(StateError, match=r"older stashbot\. End .* `stashbot run`"):
        asyncio.run(read())
    assert use(lambda store: store.kv.get("n", "k")) == 1
    asyncio.run(read())

"""``stashbot calibrate``: past decisions in triage, as a table of thresholds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from stashbot.models import (
    Contradiction,
    ContradictionKind,
    Judgement,
    Outcome,
    Proposal,
    SceneResult,
)
from stashbot.store import Store, TriageStatus
from tests.cli.conftest import Call


@pytest.fixture
def on(tmp_path: Path) -> Callable[[Callable[[Store], Awaitable[Any]]], Any]:
    """Do something with the state that commands find."""

    def carry_out(work: Callable[[Store], Awaitable[Any]]) -> Any:
        async def main() -> Any:
            database = f"sqlite:///{tmp_path / '.stashbot' / 'stashbot.sqlite'}"
            async with Store(database, server="http://s:9") as store:
                return await work(store)

        return asyncio.run(main())

    return carry_out


On = Callable[[Callable[[Store], Awaitable[Any]]], Any]


async def _decide(
    store: Store,
    scene: str,
    score: float,
    status: TriageStatus | None,
    *,
    source: str = "Alpha",
) -> None:
    entry = await store.triage.open(
        "r",
        scene,
        proposal=Proposal(source=source, title=f"Title {scene}"),
        judgement=Judgement(score=score),
        scene_digest="f",
    )
    assert entry is not None
    if status is not None:
        await store.triage.close(entry.id, status)


async def _some(store: Store) -> None:
    """Of Alpha .5 and .4 were right and .4 wrong; of Beta .3 was wrong; an entry is open."""
    await _decide(store, "1", 0.5, TriageStatus.ACCEPTED)
    await _decide(store, "2", 0.4, TriageStatus.ACCEPTED)
    await _decide(store, "3", 0.4, TriageStatus.SKIPPED)
    await _decide(store, "4", 0.3, TriageStatus.SKIPPED, source="Beta")
    await _decide(store, "5", 0.2, None)


def _row(document: Any, threshold: float) -> tuple[int, int, int, int]:
    (row,) = (row for row in document["rows"] if row["threshold"] == threshold)
    names = ("applied_right", "applied_wrong", "triaged_right", "triaged_wrong")
    counts: tuple[int, int, int, int] = tuple(row[name] for name in names)
    return counts


def test_every_threshold_counts_what_was_decided(call: Call, on: On) -> None:
    """Accepted is right, skipped is wrong, an open entry counts for nothing."""
    on(_some)
    document = call("calibrate", "--json").document
    assert document["decided"] == 4
    assert document["counted"] == {"accepted": 2, "skipped": 2, "kept": 0, "undone": 0}
    assert _row(document, 0.5) == (1, 0, 1, 2)
    assert _row(document, 0.4) == (2, 1, 0, 1)
    assert _row(document, 0.3) == (2, 2, 0, 0)
    assert document["threshold"] == 0.6
    assert document["current"]["applied_right"] == 0
    assert document["current"]["precision"] is None
    assert document["suggested"] is None
    assert "4 decisions are too few" in document["reason"]


def test_decisions_of_one_source(call: Call, on: On) -> None:
    """``--source`` leaves other sources out; an unknown source has no decisions."""
    on(_some)
    document = call("calibrate", "--source", "Beta", "--json").document
    assert document["counted"] == {"accepted": 0, "skipped": 1, "kept": 0, "undone": 0}
    assert _row(document, 0.3) == (0, 1, 0, 0)
    assert "No decisions yet" in call("calibrate", "--source", "Nobody").out


def test_the_last_decision_about_a_proposal_counts(call: Call, on: On) -> None:
    """A proposal that was accepted, undone, proposed again and then skipped was wrong."""

    async def change_mind(store: Store) -> None:
        await _decide(store, "1", 0.5, TriageStatus.ACCEPTED)
        await _decide(store, "1", 0.5, TriageStatus.SKIPPED)

    on(change_mind)
    counted = call("calibrate", "--json").document["counted"]
    assert (counted["accepted"], counted["skipped"]) == (0, 1)


def test_a_threshold_is_suggested_from_enough_decisions(call: Call, on: On) -> None:
    """Of twenty decisions, .5 upwards always right and below always wrong: .5 it is."""

    async def many(store: Store) -> None:
        for number in range(12):
            await _decide(store, f"r{number}", 0.5, TriageStatus.ACCEPTED)
        for number in range(8):
            await _decide(store, f"w{number}", 0.4, TriageStatus.SKIPPED)

    on(many)
    document = call("calibrate", "--json").document
    assert document["suggested"] == 0.5
    output = call("calibrate").out
    assert "Suggested 0.5: it would have applied 12 right proposals and nothing wrong" in output
    (line,) = (line for line in output.splitlines() if line.strip().startswith("0.5 "))
    assert line.split()[:7] == ["0.5", "12", "0", "0", "8", "100%", "100%"]
    assert line.strip().endswith("suggested")


def test_what_runs_applied_counts_where_asked_for(call: Call, on: On) -> None:
    """Kept is right, wholly undone is wrong, undone in part was the right scene all the same.

    Dry runs and what a person accepted are no decisions of a run.
    """

    async def applied(store: Store) -> None:
        for run, dry, kind in (
            ("a", False, "enrich"),
            ("d", True, "enrich"),
            ("p", False, "accept"),
        ):
            await store.runs.add(["1", "2", "3"], run_id=run, dry_run=dry, kind=kind)
            for scene, score in (("1", 0.6), ("2", 0.8), ("3", 0.9)):
                result = SceneResult(id=scene, outcome=Outcome.APPLIED, source="Alpha", score=score)
                await store.results.save(run, result)
        changes = [("title", None, "A"), ("date", None, "2024-01-01")]
        for scene in ("1", "2", "3"):
            await store.audit.add(
                "a", scene, step="save", kind="update", source="Alpha", changes=changes
            )
        for scene, fields in (("2", ("title", "date")), ("3", ("title",))):
            for row in await store.audit.entries(scene=scene):
                if row.field in fields:
                    await store.audit.add(
                        "u",
                        scene,
                        step=f"undo:{row.id}",
                        kind="undo",
                        changes=[(row.field, row.after, row.before)],
                        undoes=row.id,
                    )

    on(applied)
    assert call("calibrate", "--json").document["decided"] == 0
    document = call("calibrate", "--applied", "--json").document
    assert document["counted"] == {"accepted": 0, "skipped": 0, "kept": 2, "undone": 1}
    assert _row(document, 0.8) == (1, 1, 1, 0)
    assert _row(document, 0.9) == (1, 0, 1, 1)
    assert "2 applied by runs and kept, 1 undone" in call("calibrate", "--applied").out


def test_the_settings_threshold_is_the_one_in_use(call: Call, on: On) -> None:
    """The table has the threshold of the settings, and those of ``--thresholds``."""
    on(_some)
    words = ("--thresholds", "0.45, 0.35", "--json")
    document = call("calibrate", *words, WEIGHTS__THRESHOLD="0.42").document
    assert document["threshold"] == 0.42
    shown = [row["threshold"] for row in document["rows"]]
    assert shown == [0.3, 0.35, 0.4, 0.42, 0.45, 0.5]


@pytest.mark.parametrize(
    ("given", "message"),
    [("0.5,high", "'high' is no number"), ("0", "0 is not above 0"), ("1.5", "1.5 is not above 0")],
)
def test_bad_thresholds_are_named(call: Call, on: On, given: str, message: str) -> None:
    """A threshold that is none is refused, and named."""
    on(_some)
    called = call("calibrate", "--thresholds", given)
    assert called.code == 2
    assert message in called.err


def test_without_a_state_it_says_so(call: Call, tmp_path: Path) -> None:
    """It makes no state, and exits with 2."""
    called = call("calibrate")
    assert called.code == 2
    assert "There is no state at" in called.err
    assert list(tmp_path.iterdir()) == []


def test_settings_are_proposed_as_a_diff(call: Call, on: On) -> None:
    """Decisions about contradictions are counted; the diff says why, and changes nothing."""

    async def override(store: Store) -> None:
        for number in range(10):
            judgement = Judgement(
                score=0.7,
                contradictions=(Contradiction(kind=ContradictionKind.DATE, text="another day"),),
            )
            entry = await store.triage.open(
                "r",
                str(number),
                proposal=Proposal(source="Alpha", title=f"Title {number}"),
                judgement=judgement,
                scene_digest="f",
            )
            assert entry is not None
            await store.triage.close(entry.id, TriageStatus.ACCEPTED)

    on(override)
    text = call("calibrate").out
    assert "-date = true\n+date = false  # you accepted all 10 proposals" in text
    (change,) = call("calibrate", "--json").document["changes"]
    assert (change["section"], change["key"], change["proposed"]) == (
        "contradictions",
        "date",
        False,
    )

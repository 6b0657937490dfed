"""Runs, results, audit, triage, failures: written twice is written once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from stashbot.errors import UnknownEntry, UnknownRun, UnreadableState, UsageError
from stashbot.models import (
    Entity,
    Evidence,
    Judgement,
    Outcome,
    Proposal,
    Scene,
    SceneResult,
    ScrapedEntity,
)
from stashbot.store import RunStatus, Store, TriageEntry, TriageStatus, fingerprint
from store.conftest import START, Clock, Use, spoil

PROPOSAL = Proposal(
    source="AlphaSource", title="A title", performers=(ScrapedEntity(name="Jane", stored_id="4"),)
)
JUDGEMENT = Judgement(score=0.5, evidence=(Evidence(signal="title", points=0.4, weight=0.4),))


def result(scene: str, outcome: Outcome = Outcome.APPLIED, **more: Any) -> SceneResult:
    """A result with something in every kind of field."""
    return SceneResult(id=scene, outcome=outcome, changes={"title": (None, "A ✓ title")}, **more)


def test_a_run_keeps_its_scenes_and_options(use: Use, clock: Clock) -> None:
    """Order, options, dry-run and times come back as they were given."""

    async def work(store: Store) -> None:
        run = await store.start_run(
            ["3", "1", "2"], options={"where": "a = 'b'", "limit": None}, dry_run=True
        )
        assert run.id.startswith("20240102-030405-")
        assert (run.started, run.finished, run.status) == (START, None, RunStatus.RUNNING)
        assert run.scenes == ("3", "1", "2")
        assert await store.run(run.id) == run
        clock.go_on(hours=1)
        await store.finish_run(run.id, RunStatus.INTERRUPTED)
        ended = await store.run(run.id)
        assert (ended.status, ended.finished) == (RunStatus.INTERRUPTED, clock.now)
        again = await store.reopen_run(run.id)
        assert (again.status, again.finished) == (RunStatus.RUNNING, None)

    use(work)


def test_the_latest_run_is_the_one_started_last(use: Use) -> None:
    """Even within one moment of the clock; dry and wet runs can be told apart."""

    async def work(store: Store) -> None:
        with pytest.raises(UnknownRun):
            await store.latest_run()
        for name, dry in (("b", False), ("a", True), ("c", False), ("d", True)):
            await store.start_run([], run_id=name, dry_run=dry)
        assert (await store.latest_run()).id == "d"
        assert (await store.latest_run(dry_run=False)).id == "c"
        assert [run.id for run in await store.runs(last=3)] == ["d", "c", "a"]

    use(work)


def test_an_unknown_run_is_named(use: Use) -> None:
    """Reading, reopening, ending or reporting it is an UnknownRun."""

    async def work(store: Store) -> None:
        calls = (store.run, store.reopen_run, store.finish_run, store.results)
        for call in calls:
            with pytest.raises(UnknownRun, match="no run nope") as caught:
                await call("nope")
            assert caught.value.fields == {"run": "nope"}

    use(work)


def test_a_run_is_started_once(use: Use) -> None:
    """An id that is taken is refused, with the way to continue it."""

    async def work(store: Store) -> None:
        await store.start_run(["1"], run_id="r")
        with pytest.raises(UsageError, match="--resume r"):
            await store.start_run(["2"], run_id="r")
        assert (await store.run("r")).scenes == ("1",)

    use(work)


def test_results_are_overwritten_and_in_the_order_of_the_run(use: Use) -> None:
    """A resumed run writes a scene's result again: the last one counts, once."""

    async def work(store: Store) -> None:
        await store.start_run(["2", "10", "1"], run_id="r")
        for scene in ("1", "2", "10"):
            await store.save_result("r", result(scene, Outcome.FAILED, reason="first"))
        await store.save_result("r", result("10", reason="second", elapsed_ms=7))
        found = await store.results("r")
        assert [one.id for one in found] == ["2", "10", "1"]
        assert found[1] == result("10", reason="second", elapsed_ms=7)
        assert await store.totals("r") == {"failed": 2, "applied": 1}

    use(work)


def test_the_audit_is_written_once_a_step_and_field(use: Use, clock: Clock) -> None:
    """The same run, scene, step and field count once, with their first values and time."""

    async def work(store: Store) -> None:
        changes: list[tuple[str, JsonValue, JsonValue]] = [
            ("title", None, "A"),
            ("tags", [{"id": "1"}], [{"id": "1"}, {"id": "2"}]),
        ]
        audit: Any = {"step": "save", "kind": "update", "source": "AlphaSource"}
        assert await store.add_audit("r", "1", changes=changes, **audit) == 2
        clock.go_on(hours=1)
        assert await store.add_audit("r", "1", changes=[("title", "A", "A")], **audit) == 0
        assert await store.add_audit("r", "1", changes=[], **audit) == 0
        tags, title = await store.audit()
        assert (title.before, title.after, title.at) == (None, "A", START)
        assert (tags.field, tags.after) == ("tags", [{"id": "1"}, {"id": "2"}])
        assert await store.audit_entry(title.id) == title
        with pytest.raises(UnknownEntry):
            await store.audit_entry(999)

    use(work)


def test_the_audit_is_found_by_what_undo_asks_for(use: Use) -> None:
    """By run, scene, source, field and kind, alone and together, newest first."""

    async def work(store: Store) -> None:
        for run, scene, source, field in (
            ("a", "1", "X", "title"),
            ("a", "2", "Y", "title"),
            ("b", "1", "Y", "date"),
        ):
            await store.add_audit(
                run, scene, step="save", kind="update", source=source, changes=[(field, 1, 2)]
            )
        await store.add_audit(
            "b", "2", step="organize", kind="organize", changes=[("organized", False, True)]
        )

        async def ids(**filters: Any) -> list[str]:
            return [f"{e.run}{e.scene}" for e in await store.audit(**filters)]

        assert await ids() == ["b2", "b1", "a2", "a1"]
        assert await ids(last=2) == ["b2", "b1"]
        assert await ids(run="a") == ["a2", "a1"]
        assert await ids(scene="1") == ["b1", "a1"]
        assert await ids(source="Y") == ["b1", "a2"]
        assert await ids(field="title") == ["a2", "a1"]
        assert await ids(kind="organize") == ["b2"]
        assert await ids(run="a", source="Y") == ["a2"]
        assert await ids(run="a", field="date") == []

    use(work)


def test_an_undo_points_to_what_it_reverts(use: Use) -> None:
    """Entries that a later one reverts are known as undone."""

    async def work(store: Store) -> None:
        await store.add_audit("a", "1", step="save", kind="update", changes=[("title", 1, 2)])
        (entry,) = await store.audit()
        assert await store.undone() == frozenset()
        await store.add_audit(
            "u", "1", step="undo", kind="undo", changes=[("title", 2, 1)], undoes=entry.id
        )
        assert await store.undone() == {entry.id}

    use(work)


async def propose(
    store: Store, scene: str = "1", score: float = 0.5, **change: Any
) -> TriageEntry | None:
    """Put a proposal up for judgement."""
    return await store.add_triage(
        "r",
        scene,
        proposal=PROPOSAL.model_copy(update=change),
        judgement=JUDGEMENT.model_copy(update={"score": score}),
        fingerprint="f" * 64,
    )


def test_a_scene_and_source_have_one_open_entry(use: Use, clock: Clock) -> None:
    """Proposed again, the open entry is brought up to date; another source has its own."""

    async def work(store: Store) -> None:
        first = await propose(store)
        assert first is not None
        assert (first.proposal, first.judgement) == (PROPOSAL, JUDGEMENT)
        clock.go_on(minutes=5)
        second = await propose(store, title="Better", score=0.55)
        other = await propose(store, source="BetaSource", score=0.9)
        assert second is not None
        assert other is not None
        assert (second.id, second.created, second.updated) == (first.id, START, clock.now)
        assert (second.proposal.title, second.score) == ("Better", 0.55)
        assert [entry.id for entry in await store.triage()] == [other.id, second.id]
        assert await store.triage(scene="1", source="BetaSource") == (other,)

    use(work)


def test_a_skipped_proposal_is_not_asked_again(use: Use) -> None:
    """The identical one stays closed; one that differs, or of another scene, is asked."""

    async def work(store: Store) -> None:
        first = await propose(store)
        assert first is not None
        closed = await store.close_triage(first.id, TriageStatus.SKIPPED)
        assert (closed.status, closed.closed) == (TriageStatus.SKIPPED, START)
        assert await propose(store) is None
        assert await propose(store, score=0.59) is None
        assert await store.triage() == ()
        assert await propose(store, scene="2") is not None
        assert await propose(store, title="Another") is not None
        assert await propose(store) is None
        assert len(await store.triage()) == 2
        assert len(await store.triage(status=None)) == 3

    use(work)


def test_an_accepted_proposal_may_come_again(use: Use) -> None:
    """Accepting says nothing against it: after an undo it can be proposed once more."""

    async def work(store: Store) -> None:
        first = await propose(store)
        assert first is not None
        await store.close_triage(first.id, TriageStatus.ACCEPTED)
        assert await propose(store) is not None

    use(work)


def test_an_entry_is_closed_one_way(use: Use, clock: Clock) -> None:
    """Closing it so again changes nothing; the other way, or opening, is refused."""

    async def work(store: Store) -> None:
        first = await propose(store)
        assert first is not None
        closed = await store.close_triage(first.id, TriageStatus.ACCEPTED)
        clock.go_on(hours=1)
        assert await store.close_triage(first.id, TriageStatus.ACCEPTED) == closed
        with pytest.raises(UsageError, match="is accepted already"):
            await store.close_triage(first.id, TriageStatus.SKIPPED)
        with pytest.raises(UsageError, match="closed as accepted or skipped"):
            await store.close_triage(first.id, TriageStatus.OPEN)
        with pytest.raises(UnknownEntry, match="no triage entry 999"):
            await store.close_triage(999, TriageStatus.SKIPPED)

    use(work)


def test_the_fingerprint_changes_with_every_field_that_could_be_lost() -> None:
    """Equal scenes have equal fingerprints; rating and play time do not count."""
    scene = Scene(id="1", title="A", tags=(Entity(id="1", name="x"),))
    same = scene.model_copy(update={"rating100": 80, "updated_at": "2024"})
    assert fingerprint(scene) == fingerprint(same)
    for change in ({"title": "B"}, {"organized": True}, {"tags": ()}, {"details": "d"}):
        assert fingerprint(scene) != fingerprint(scene.model_copy(update=change))


def test_failures_count_once_a_run_and_reason(use: Use, clock: Clock) -> None:
    """A repeated step overwrites its failure; counts are by phase and reason."""

    async def work(store: Store) -> None:
        for scene in ("1", "2", "2"):
            await store.add_failure(
                "r", scene, phase="scrape", reason="AnswerTimeout", detail=f"of {scene}"
            )
        clock.go_on(minutes=1)
        await store.add_failure(
            "r", "2", phase="scrape", reason="AnswerTimeout", detail="again", evidence_dir="e/2"
        )
        await store.add_failure("s", "1", phase="save", reason="SaveMismatch")
        counts = [(c.phase, c.reason, c.count) for c in await store.failure_counts()]
        assert counts == [("scrape", "AnswerTimeout", 2), ("save", "SaveMismatch", 1)]
        assert [c.count for c in await store.failure_counts(run="s")] == [1]
        (failure,) = await store.failures(run="r", scene="2")
        assert (failure.detail, failure.evidence_dir, failure.at) == ("again", "e/2", clock.now)
        assert [f.run for f in await store.failures(last=1)] == ["s"]
        assert [f.scene for f in await store.failures(phase="scrape")] == ["2", "1"]

    use(work)


def test_a_failure_may_say_anything(use: Use) -> None:
    """NUL bytes and broken Unicode, as pages and sites produce them, do not lose the failure."""

    async def work(store: Store) -> str:
        await store.add_failure("r", "1", phase="p", reason="a\x00b", detail="\ud800 \x00 ✓")
        return (await store.failures())[0].detail

    assert use(work) == "?  ✓"


@pytest.mark.parametrize(
    ("statement", "row", "read"),
    [
        ("UPDATE stashbot_runs SET options = '{'", "Row r of stashbot_runs", "runs"),
        ("UPDATE stashbot_results SET result = '{}'", "Row r/1 of stashbot_results", "results"),
        ("UPDATE stashbot_audit SET after = 'x'", "Row 1 of stashbot_audit", "audit"),
        ("UPDATE stashbot_triage SET proposal = '[]'", "Row 1 of stashbot_triage", "triage"),
    ],
)
def test_an_unreadable_row_is_named(
    statement: str, row: str, read: str, use: Use, url: str
) -> None:
    """A row that was damaged is an UnreadableState that names it, and stays as it is."""

    async def fill(store: Store) -> None:
        await store.start_run(["1"], run_id="r")
        await store.save_result("r", result("1"))
        await store.add_audit("r", "1", step="s", kind="update", changes=[("title", 1, 2)])
        await propose(store)

    async def look(store: Store) -> None:
        await (store.results("r") if read == "results" else getattr(store, read)())

    use(fill)
    spoil(url, statement)
    with pytest.raises(UnreadableState, match=row):
        use(look)


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    """While another connection holds SQLite's write lock, reading goes on at once."""
    url = f"sqlite:///{tmp_path / 'state.sqlite'}"

    async def main() -> float:
        async with Store(url) as writer, Store(url) as reader:
            await writer.start_run([], run_id="r")
            assert writer._engine is not None
            connection = writer._engine.connect().execution_options(write=True)
            connection.exec_driver_sql("UPDATE stashbot_runs SET status = 'done'")
            started = asyncio.get_running_loop().time()
            assert (await reader.latest_run()).status is RunStatus.RUNNING
            took = asyncio.get_running_loop().time() - started
            connection.rollback()
            connection.close()
            return took

    assert asyncio.run(main()) < 1

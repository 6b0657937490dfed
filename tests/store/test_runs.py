"""Runs, results and the audit: written twice is written once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from stashbot.errors import UnknownRun, UsageError
from stashbot.models import FieldName, Omission, OmissionKind, Outcome, SceneResult
from stashbot.store import RunStatus, Store, results
from tests.store.conftest import START, Clock, Use


def result(scene: str, outcome: Outcome = Outcome.APPLIED, **more: Any) -> SceneResult:
    """Return a result with something in every kind of field."""
    return SceneResult(id=scene, outcome=outcome, changes={"title": (None, "A ✓ title")}, **more)


def test_a_run_keeps_its_scenes_and_options(use: Use, clock: Clock) -> None:
    """Order, options, dry-run and times come back as they were given."""

    async def work(store: Store) -> None:
        run = await store.runs.add(
            ["3", "1", "2", "1"],
            kind="enrich",
            options={"where": "a = 'b'", "limit": None},
            dry_run=True,
            owner="nas:42",
        )
        assert run.id.startswith("20240102-030405-")
        assert (run.started, run.finished, run.status) == (START, None, RunStatus.RUNNING)
        assert (run.kind, run.scene_count, run.owner) == ("enrich", 3, "nas:42")
        assert await store.runs.scene_ids(run.id) == ("3", "1", "2")
        assert await store.runs.scene_ids(run.id, start=1, limit=1) == ("1",)
        assert await store.runs.get(run.id) == run
        clock.go_on(hours=1)
        await store.runs.set_status(run.id, RunStatus.INTERRUPTED)
        ended = await store.runs.get(run.id)
        assert (ended.status, ended.finished) == (RunStatus.INTERRUPTED, clock.now)
        await store.runs.set_status(run.id, RunStatus.RUNNING)
        again = await store.runs.get(run.id)
        assert (again.status, again.finished) == (RunStatus.RUNNING, None)

    use(work)


def test_the_latest_run_is_the_one_started_last(use: Use) -> None:
    """Even within a moment of the clock; by kind, and dry or wet, as well."""

    async def work(store: Store) -> None:
        with pytest.raises(UnknownRun):
            await store.runs.latest()
        for name, dry in (("b", False), ("a", True), ("c", False), ("d", True)):
            await store.runs.add([], kind="enrich", run_id=name, dry_run=dry)
        assert (await store.runs.latest()).id == "d"
        assert (await store.runs.latest(kinds=["enrich"])).id == "d"
        assert [run.id for run in await store.runs.list(dry_run=False)] == ["c", "b"]
        assert [run.id for run in await store.runs.list(last=3)] == ["d", "c", "a"]

    use(work)


def test_an_unknown_run_is_named(use: Use) -> None:
    """Reading, reopening, ending or reporting it is an UnknownRun."""

    async def work(store: Store) -> None:
        calls = (store.runs.get, store.results.in_order)
        for call in calls:
            with pytest.raises(UnknownRun, match="no run nope") as caught:
                await call("nope")
            assert caught.value.details == {"run": "nope"}

    use(work)


def test_a_run_is_started_once(use: Use) -> None:
    """An id that is taken is refused, with the way to continue it."""

    async def work(store: Store) -> None:
        await store.runs.add(["1"], kind="enrich", run_id="r")
        with pytest.raises(UsageError, match="--resume r"):
            await store.runs.add(["2"], kind="enrich", run_id="r")
        assert await store.runs.scene_ids("r") == ("1",)

    use(work)


def test_a_status_is_changed_from_what_it_was(use: Use, clock: Clock) -> None:
    """Of ten that try at once a single caller stops the run; the reason stays until it goes on."""

    async def work(store: Store) -> None:
        await store.runs.add(["1"], kind="enrich", run_id="r")
        reason: JsonValue = {"type": "OverBudget", "message": "Too slow."}
        stops = [
            store.runs.set_status(
                "r", RunStatus.STOPPING, only_from=[RunStatus.RUNNING], stop_reason=reason
            )
            for _ in range(10)
        ]
        assert sorted(await asyncio.gather(*stops)) == [False] * 9 + [True]
        stopping = await store.runs.get("r")
        assert (stopping.status, stopping.finished) == (RunStatus.STOPPING, None)
        assert await store.runs.active() == (stopping,)
        clock.go_on(minutes=1)
        assert await store.runs.set_status("r", RunStatus.INTERRUPTED)
        ended = await store.runs.get("r")
        assert (ended.stop_reason, ended.finished) == (reason, clock.now)
        assert await store.runs.active() == ()
        assert not await store.runs.set_status(
            "r", RunStatus.DONE, only_from=(RunStatus.RUNNING, RunStatus.STOPPING)
        )
        assert await store.runs.set_status("r", RunStatus.RUNNING)
        again = await store.runs.get("r")
        assert (again.stop_reason, again.finished) == (None, None)
        with pytest.raises(UnknownRun, match="no run nope"):
            await store.runs.set_status("nope", RunStatus.DONE)

    use(work)


def test_a_run_keeps_what_it_knew_and_what_it_came_to(use: Use) -> None:
    """The snapshot is of its beginning, the report whatever an undo or a renaming says."""

    async def work(store: Store) -> None:
        snapshot: JsonValue = {"sources": [{"key": "*", "ok": 1.5}], "missing_tags": {"sea": 2}}
        await store.runs.add(["1"], kind="undo", run_id="r", snapshot=snapshot)
        await store.runs.add([], kind="rename", run_id="s")
        assert await store.runs.snapshot("r") == snapshot
        assert await store.runs.snapshot("s") is None
        assert await store.runs.report("r") is None
        await store.runs.set_report("r", {"undone": 3})
        assert await store.runs.report("r") == {"undone": 3}
        assert await store.runs.report("s") is None

    use(work)


def test_scenes_are_queued_piece_by_piece(use: Use) -> None:
    """In the run's order; what is queued and has no result is what a dead worker left."""

    async def work(store: Store) -> None:
        runs = store.runs
        await runs.add(["5", "3", "4", "1"], kind="enrich", run_id="r")
        await runs.add(["5"], kind="enrich", run_id="other")
        assert await runs.waiting_scenes("r", limit=3) == ("5", "3", "4")
        assert await runs.unfinished_scenes("r") == ()
        await runs.mark_queued("r", ["3", "5", "99"])
        await runs.mark_queued("r", [])
        assert await runs.waiting_scenes("r", limit=3) == ("4", "1")
        assert await runs.waiting_scenes("other", limit=3) == ("5",)
        assert await runs.unfinished_scenes("r") == ("5", "3")
        await store.results.save("r", result("5"))
        await store.results.save("other", result("5"))
        assert await runs.unfinished_scenes("r") == ("3",)
        assert await runs.unfinished_scenes("r", queued=False, limit=1) == ("4",)
        assert await runs.unfinished_scenes("r", queued=None) == ("3", "4", "1")
        assert (await runs.remaining("r"), await runs.remaining("other")) == (3, 0)
        with pytest.raises(UnknownRun):
            await runs.remaining("nope")

    use(work)


def test_missing_tags_are_counted_by_scene(use: Use) -> None:
    """However they are spelled, once a scene, from runs that were not dry."""
    cases = (
        ("wet", "1", "Night Dive", FieldName.TAGS, OmissionKind.NOT_IN_STASH),
        ("wet", "2", "night  dive", FieldName.TAGS, OmissionKind.NOT_IN_STASH),
        ("wet", "3", "Sea", FieldName.TAGS, OmissionKind.NOT_IN_STASH_BY_RULE),
        ("wet", "4", "Alpha", FieldName.STUDIO, OmissionKind.NOT_IN_STASH),
        ("later", "1", "NIGHT DIVE", FieldName.TAGS, OmissionKind.NOT_IN_STASH),
        ("dry", "9", "Night Dive", FieldName.TAGS, OmissionKind.NOT_IN_STASH),
    )

    async def work(store: Store) -> dict[str, int]:
        for run, dry_run in (("wet", False), ("later", False), ("dry", True)):
            await store.runs.add([], kind="enrich", run_id=run, dry_run=dry_run)
        for run, scene, name, field, kind in cases:
            omitted = (Omission(field=field, name=name, kind=kind, reason="why"),)
            await store.results.save(run, result(scene, omitted=omitted))
        return await store.missing_tags.counts()

    assert use(work) == {"night dive": 2}


def test_results_come_in_the_order_of_the_run_page_by_page(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the order of their ends, and those of scenes that the run does not have last."""
    monkeypatch.setattr(results, "PAGE", 2)

    async def work(store: Store) -> None:
        await store.runs.add(["5", "3", "1", "4", "2"], kind="enrich", run_id="r")
        await store.runs.add(["1"], kind="enrich", run_id="other")
        await store.results.save("other", result("1"))
        for scene in ("9", "2", "1", "3", "5", "8"):
            await store.results.save("r", result(scene))
        found = [each.id async for each in store.results.iter_in_order("r")]
        assert found == ["5", "3", "1", "2", "9", "8"]
        assert [each.id for each in await store.results.in_order("r")] == found

    use(work)


def test_a_result_is_saved_once(use: Use, clock: Clock) -> None:
    """The first result of a scene stands; results come in the run's order or as they ended."""

    async def work(store: Store) -> None:
        await store.runs.add(["2", "10", "1"], kind="enrich", run_id="r")
        for scene in ("1", "2", "10"):
            clock.go_on(seconds=1)
            assert await store.results.save("r", result(scene, Outcome.FAILED, reason="first"))
        assert not await store.results.save("r", result("10", reason="second", elapsed_ms=7))
        in_order = await store.results.in_order("r")
        assert [(found.id, found.reason) for found in in_order] == [
            ("2", "first"),
            ("10", "first"),
            ("1", "first"),
        ]
        ended = await store.results.of_run("r")
        assert [saved.result.id for saved in ended] == ["1", "2", "10"]
        assert [saved.at for saved in ended] == [START + timedelta(seconds=n) for n in (1, 2, 3)]
        rest = await store.results.of_run("r", after_seq=ended[0].seq, limit=1)
        assert rest == ended[1:2]
        assert await store.results.of_run("other") == ()
        assert await store.results.totals("r") == {"failed": 3}

    use(work)


def test_the_audit_is_written_once_a_step_and_field(use: Use, clock: Clock) -> None:
    """The same run, scene, step and field count once, with their first values and time."""

    async def work(store: Store) -> None:
        changes: list[tuple[str, JsonValue, JsonValue]] = [
            ("title", None, "A"),
            ("tags", [{"id": "1"}], [{"id": "1"}, {"id": "2"}]),
        ]
        audit: Any = {"step": "save", "kind": "update", "source": "AlphaSource"}
        assert await store.audit.add("r", "1", changes=changes, **audit) == 2
        clock.go_on(hours=1)
        assert await store.audit.add("r", "1", changes=[("title", "A", "A")], **audit) == 0
        assert await store.audit.add("r", "1", changes=[], **audit) == 0
        tags, title = await store.audit.entries()
        assert (title.before, title.after, title.at) == (None, "A", START)
        assert (tags.field, tags.after) == ("tags", [{"id": "1"}, {"id": "2"}])

    use(work)


def test_the_audit_is_found_by_what_undo_asks_for(use: Use) -> None:
    """By run, scene, source, field and kind, alone and together, newest first."""

    async def work(store: Store) -> None:
        for run, scene, source, field in (
            ("a", "1", "X", "title"),
            ("a", "2", "Y", "title"),
            ("b", "1", "Y", "date"),
        ):
            await store.audit.add(
                run, scene, step="save", kind="update", source=source, changes=[(field, 1, 2)]
            )
        await store.audit.add(
            "b", "2", step="organize", kind="organize", changes=[("organized", False, True)]
        )

        async def ids(**filters: Any) -> list[str]:
            return [f"{e.run}{e.scene}" for e in await store.audit.entries(**filters)]

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


def test_a_change_of_several_sources_is_found_by_each(use: Use) -> None:
    """A name that only contains another is another source."""

    async def work(store: Store) -> None:
        for scene, source in (("1", "Box + Alpha"), ("2", "Box"), ("3", "Alpha box"), ("4", "B_x")):
            await store.audit.add(
                "r", scene, step="save", kind="update", source=source, changes=[("tags", 1, 2)]
            )

        async def scenes(source: str) -> set[str]:
            return {entry.scene for entry in await store.audit.entries(source=source)}

        assert await scenes("Box") == {"1", "2"}
        assert await scenes("Alpha") == {"1"}
        assert await scenes("Alpha box") == {"3"}
        assert await scenes("B_x") == {"4"}
        assert await scenes("ox") == set()

    use(work)


def test_an_undo_points_to_what_it_reverts(use: Use) -> None:
    """Entries that a later entry reverts are known as undone."""

    async def work(store: Store) -> None:
        await store.audit.add("a", "1", step="save", kind="update", changes=[("title", 1, 2)])
        (entry,) = await store.audit.entries()
        assert await store.audit.reverted_ids() == frozenset()
        await store.audit.add(
            "u", "1", step="undo", kind="undo", changes=[("title", 2, 1)], undoes=entry.id
        )
        assert await store.audit.reverted_ids() == {entry.id}

    use(work)


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    """While another connection holds SQLite's write lock, reading goes on at once."""
    url = f"sqlite:///{tmp_path / 'state.sqlite'}"

    async def main() -> float:
        async with Store(url) as writer, Store(url) as reader:
            await writer.runs.add([], kind="enrich", run_id="r")
            engine = writer._db._engine
            assert engine is not None
            connection = engine.connect().execution_options(write=True)
            connection.exec_driver_sql("UPDATE stashbot_runs SET status = 'done'")
            started = asyncio.get_running_loop().time()
            assert (await reader.runs.latest()).status is RunStatus.RUNNING
            took = asyncio.get_running_loop().time() - started
            connection.rollback()
            connection.close()
            return took

    assert asyncio.run(main()) < 1

"""Runs, results and the audit: written twice is written once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from stashbot.errors import UnknownEntry, UnknownRun, UsageError
from stashbot.models import (
    Outcome,
    SceneResult,
)
from stashbot.store import RunStatus, Store
from tests.store.conftest import START, Clock, Use


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

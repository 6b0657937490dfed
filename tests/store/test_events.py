"""Events: what followers read, in order and without a gap."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from stashbot.models import Outcome, SceneResult
from stashbot.store import EventKind, NewEvent, RunStatus, Store, events
from tests.store.conftest import START, Clock, Use


def phase(scene: str, name: str, *, run: str = "r") -> NewEvent:
    """Return a scene's next phase."""
    return NewEvent(run=run, scene=scene, kind=EventKind.PHASE, phase=name, at=START)


def outcome(scene: str, *, run: str = "r") -> NewEvent:
    """Return a scene's end."""
    return NewEvent(run=run, scene=scene, kind=EventKind.RESULT, phase="applied", at=START)


def test_events_are_followed_by_number(use: Use) -> None:
    """Each batch after the last number that was read, of all runs or of one run."""

    async def work(store: Store) -> None:
        assert (await store.events.after(0), await store.events.last_seq()) == ((), 0)
        new = NewEvent(
            run="r",
            scene="1",
            worker="a-1",
            kind=EventKind.PHASE,
            name="Some \x00clip ✓",
            phase="scrape",
            detail="Alpha",
            at=START,
        )
        await store.events.add([new, outcome("1")])
        await store.events.add([])
        await store.events.add([NewEvent(run="s", kind=EventKind.RUN, phase="done", at=START)])
        first, second, third = await store.events.after(0)
        assert (first.name, first.worker, first.detail) == (
            "Some clip ✓",
            "a-1",
            "Alpha",
        )
        assert first.at == START
        assert (second.scene, third.scene, third.kind) == ("1", None, EventKind.RUN)
        assert first.seq < second.seq < third.seq == await store.events.last_seq()
        assert await store.events.after(first.seq, limit=1) == (second,)
        assert await store.events.after(0, run="s") == (third,)

    use(work)


def test_a_follower_misses_no_event(use: Use) -> None:
    """While twenty write at once, who reads on from the last number sees every event, in order."""

    async def work(store: Store) -> None:
        async def write(writer: int) -> None:
            for number in range(5):
                await store.events.add([phase(f"{writer}.{number}", "scrape")])

        writers = asyncio.gather(*(write(writer) for writer in range(20)))
        seen: list[str | None] = []
        last = 0
        while len(seen) < 100:
            for event in await store.events.after(last):
                assert event.seq > last
                last = event.seq
                seen.append(event.scene)
        await writers
        assert sorted(map(str, seen)) == sorted(f"{w}.{n}" for w in range(20) for n in range(5))

    use(work)


def test_scenes_in_progress_have_a_current_phase(use: Use) -> None:
    """Their newest phase, until their result or until their run is over."""

    async def work(store: Store) -> None:
        for run in ("r", "s"):
            await store.runs.add(["1", "2", "3", "4"], kind="enrich", run_id=run)
            await store.runs.mark_queued(run, ["1", "2", "3"])
        await store.events.add([phase("1", "scrape"), phase("2", "scrape"), phase("1", "save")])
        await store.events.add([outcome("2"), phase("3", "scrape", run="s")])
        current = [(e.run, e.scene, e.phase) for e in await store.events.current()]
        assert current == [("r", "1", "save"), ("s", "3", "scrape")]
        assert [e.scene for e in await store.events.current(run="s")] == ["3"]
        await store.runs.set_status("s", RunStatus.STOPPING)
        assert len(await store.events.current()) == 2
        await store.runs.set_status("s", RunStatus.INTERRUPTED)
        assert [e.scene for e in await store.events.current()] == ["1"]
        await store.events.add([phase("2", "scrape")])
        assert [e.scene for e in await store.events.current()] == ["1", "2"]
        await store.results.save("r", SceneResult(id="2", outcome=Outcome.APPLIED))
        assert [e.scene for e in await store.events.current()] == ["1"]

    use(work)


def test_the_current_phases_are_found_without_reading_all_events(tmp_path: Path) -> None:
    """The events of a queued scene are found by an index, however many others there are."""
    file = tmp_path / "state.sqlite"
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    async def work() -> None:
        async with Store(f"sqlite:///{file}") as store:
            sa.event.listen(sa.Engine, "before_cursor_execute", note)
            await store.events.current("r")
            sa.event.remove(sa.Engine, "before_cursor_execute", note)

    asyncio.run(work())
    (query,) = [statement for statement in statements if "stashbot_events" in statement]
    connection = sqlite3.connect(file)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {query}", ["x"] * query.count("?")).fetchall()
    connection.close()
    steps = [row[-1] for row in plan]
    assert any("stashbot_events_scene" in step for step in steps)
    assert not any(step.startswith("SCAN stashbot_events") for step in steps)


def test_events_are_pruned_by_age_and_number(use: Use, clock: Clock) -> None:
    """At the age it is kept, past it it goes; of the rest the newest stay."""

    async def work(store: Store) -> None:
        await store.events.add([phase(str(number), "scrape") for number in range(5)])
        clock.go_on(seconds=60)
        assert await store.events.prune(keep_s=60, keep=5) == 0
        assert await store.events.prune(keep_s=60, keep=3) == 2
        assert [event.scene for event in await store.events.after(0)] == ["2", "3", "4"]
        late = phase("9", "save").model_copy(update={"at": clock.now})
        await store.events.add([late])
        clock.go_on(seconds=1)
        assert await store.events.prune(keep_s=60, keep=5) == 3
        (left,) = await store.events.after(0)
        assert left.scene == "9"
        assert await store.events.prune(keep_s=60, keep=0) == 1
        assert await store.events.last_seq() == 0

    use(work)


def test_who_adds_events_prunes_them(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    """After every so many that a process added the newest stay, and no table grows for ever."""
    monkeypatch.setattr(events, "KEEP", 10)
    monkeypatch.setattr(events, "PRUNE_EVERY", 20)

    async def work(store: Store) -> None:
        await store.events.add([phase(str(number), "scrape") for number in range(19)])
        assert len(await store.events.after(0)) == 19
        await store.events.add([phase("19", "scrape")])
        left = await store.events.after(0)
        assert [event.scene for event in left] == [str(number) for number in range(10, 20)]

    use(work)

"""Opening, stopping and closing the engine, and what it does to its process."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from stashbot.engine import Engine, flow, step
from stashbot.engine.process import check_sqlite
from stashbot.errors import (
    EngineError,
    Interrupted,
    StashUnreachable,
    StateError,
)
from tests.engine.conftest import FLOW_ID, Recorder, Toy, in_engine, opened


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_flows_run_on_the_callers_loop(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Started or resumed, flow and steps run on the loop and thread that opened the engine."""
    url = request.getfixturevalue("postgres_url") if backend == "postgres" else None
    places = []

    async def here() -> None:
        places.append((id(asyncio.get_running_loop()), threading.get_ident()))

    gone = iter([StashUnreachable("gone")])

    async def fail_once() -> None:
        for error in gone:
            raise error

    @flow("places")
    async def visit() -> None:
        await here()
        await step("first", here)
        await step("second", fail_once)
        await step("third", here)

    async def main() -> set[Any]:
        async with opened(tmp_path, url=url) as engine:
            await here()
            with pytest.raises(StashUnreachable):
                await engine.run(visit, flow_id=FLOW_ID)
            await engine.run(visit, flow_id=FLOW_ID)
        return set(places)

    assert len(asyncio.run(main())) == 1
    assert len(places) == 5


def test_closing_gives_steps_their_grace_and_no_more(tmp_path: Path) -> None:
    """A step within the grace is recorded, one beyond it cancelled; both flows stay resumable."""
    record, both = Recorder(), asyncio.Event()

    @flow("slow")
    async def slow(seconds: float) -> str:
        async def sleep() -> None:
            record.calls.append(f"sleep {seconds}")
            if len(record.calls) == 2:
                both.set()
            await asyncio.sleep(seconds if len(record.calls) < 3 else 0)

        await step("sleep", sleep)
        return "ended"

    async def main() -> tuple[float, list[Any]]:
        loop = asyncio.get_running_loop()
        async with opened(tmp_path, grace_s=0.5) as engine:
            tasks = [
                asyncio.create_task(engine.run(slow, flow_id=f"run:{s}", args=(s,)))
                for s in (0.1, 60.0)
            ]
            await both.wait()
            started = loop.time()
        took = loop.time() - started
        return took, await asyncio.gather(*tasks, return_exceptions=True)

    took, ends = asyncio.run(main())
    assert 0.4 < took < 20
    assert ends[0] == "ended"
    assert isinstance(ends[1], Interrupted)

    async def resume(engine: Engine) -> list[str]:
        return [await engine.run(slow, flow_id=f"run:{s}", args=(s,)) for s in (0.1, 60.0)]

    assert in_engine(tmp_path, resume) == ["ended", "ended"]
    assert sorted(record.calls) == ["sleep 0.1", "sleep 60.0", "sleep 60.0"]


def test_a_cancelled_caller_leaves_the_flow_running(tmp_path: Path) -> None:
    """Who asked may go away; the flow ends and its result is there for the next who asks."""
    record, begun, left = Recorder(), asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        record.calls.append("wait")
        begun.set()
        await left.wait()

    @flow("left-alone")
    async def left_alone() -> str:
        await step("wait", wait)
        return str(await step("end", record("end", "ended")))

    async def leave(engine: Engine) -> str:
        task = asyncio.create_task(engine.run(left_alone, flow_id=FLOW_ID))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        left.set()
        return await engine.run(left_alone, flow_id=FLOW_ID)

    assert in_engine(tmp_path, leave) == "ended"
    assert record.calls == ["wait", "end"]


def test_the_loop_keeps_its_threads(tmp_path: Path) -> None:
    """After the engine closed, ``asyncio.to_thread`` works and a new engine can be opened."""

    @flow("threads")
    async def threads() -> str:
        return "works"

    async def main() -> str:
        for number in range(2):
            async with opened(tmp_path) as engine:
                await engine.run(threads, flow_id=f"run:{number}")
        return await asyncio.to_thread(lambda: "works")

    assert asyncio.run(main()) == "works"


def test_a_failing_flow_prints_nothing(tmp_path: Path) -> None:
    """DBOS's start-up lines, and its tracebacks of flows that raised, stay off the terminal."""
    toy = Toy.on_sqlite(tmp_path)
    report = toy.finish("run", "bad,1")
    assert [result["outcome"] for result in report["results"]] == ["failed", "applied"]
    assert toy.log == ""


def test_signals_are_given_back(tmp_path: Path) -> None:
    """After closing, Ctrl-C and SIGTERM are handled as before the engine was opened."""

    def mine(number: int, frame: object) -> None: ...

    async def main() -> None:
        signal.signal(signal.SIGTERM, mine)
        before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        async with opened(tmp_path):
            assert signal.getsignal(signal.SIGTERM) is not mine
        after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        assert after == before

    default = signal.getsignal(signal.SIGTERM)
    try:
        asyncio.run(main())
    finally:
        signal.signal(signal.SIGTERM, default)


def test_the_engine_opens_no_port_and_calls_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No admin server, no conductor, no telemetry: no socket is bound or connected anywhere."""

    def refuse(self: socket.socket, address: Any) -> None:
        del self
        pytest.fail(f"somebody used the network: {address}")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)

    @flow("quiet")
    async def quiet() -> int:
        return int(await step("one", Recorder()("one", 1)))

    async def run(engine: Engine) -> int:
        await asyncio.sleep(0.3)
        return await engine.run(quiet, flow_id=FLOW_ID)

    assert in_engine(tmp_path, run) == 1


def test_dbos_writes_in_wal_mode_without_fsync(tmp_path: Path) -> None:
    """DBOS's own connections have the modes that make a step cheap; it sets none of them itself."""
    from dbos._dbos import _get_dbos_instance

    async def modes(engine: Engine) -> list[Any]:
        del engine
        with _get_dbos_instance()._sys_db.engine.connect() as connection:
            names = ("journal_mode", "synchronous", "busy_timeout")
            return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert in_engine(tmp_path, modes) == ["wal", 1, 30_000]


@pytest.mark.parametrize(
    ("python", "sqlite", "works"),
    [
        ((3, 11, 9), (3, 40, 1), True),
        ((3, 12, 0), (3, 41, 2), False),
        ((3, 12, 0), (3, 42, 0), True),
        ((3, 13, 1), (3, 40, 0), False),
    ],
)
def test_python_and_sqlite_that_do_not_go_together_are_named(
    python: tuple[int, ...], sqlite: tuple[int, ...], works: bool
) -> None:
    """Below, at and above the limits: Python 3.12 needs SQLite 3.42, and the error says so."""
    if works:
        check_sqlite(python, sqlite, "state.sqlite")
        return
    with pytest.raises(StateError, match=r"3\.42 or newer, or a Postgres"):
        check_sqlite(python, sqlite, "state.sqlite")


def test_two_flows_of_one_name_are_refused() -> None:
    """DBOS would run the last of them for both; here the second is an error at import."""

    @flow("one-name")
    async def first() -> None: ...

    with pytest.raises(EngineError, match="Flow one-name is"):

        @flow("one-name")
        async def second() -> None: ...

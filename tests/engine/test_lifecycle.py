"""Opening, locking, stopping and closing the engine, and what it does to its process."""

from __future__ import annotations

import asyncio
import signal
import socket
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from engine.conftest import FLOW_ID, Recorder, Toy, in_engine, opened
from stashbot.engine import Engine, FlowStatus, flow, step
from stashbot.engine.locks import FolderLock
from stashbot.engine.process import check_sqlite
from stashbot.errors import (
    EngineError,
    Interrupted,
    StashUnreachable,
    StateError,
    StateLocked,
    UnreadableState,
)
from stashbot.store import Store


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
    record = Recorder()

    async def wait() -> None:
        record.calls.append("wait")
        await asyncio.sleep(0.2)

    @flow("left-alone")
    async def left_alone() -> str:
        await step("wait", wait)
        return str(await step("end", record("end", "ended")))

    async def leave(engine: Engine) -> str:
        task = asyncio.create_task(engine.run(left_alone, flow_id=FLOW_ID))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
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


def test_one_engine_a_process(tmp_path: Path) -> None:
    """A second engine beside an open one is refused, and the first goes on."""

    @flow("goes-on")
    async def goes_on() -> int:
        return 1

    async def second(engine: Engine) -> int:
        with pytest.raises(EngineError, match="open engine"):
            await opened(tmp_path / "b").__aenter__()
        return await engine.run(goes_on, flow_id=FLOW_ID)

    assert in_engine(tmp_path / "a", second) == 1


def test_two_processes_on_one_state_are_refused(tmp_path: Path) -> None:
    """The second is told which folder, at once; a killed process holds no lock."""
    toy = Toy.on_sqlite(tmp_path)
    process = toy.start_and_wait("run", ",".join(str(i) for i in range(500)))
    with pytest.raises(StateLocked) as caught:
        in_engine(tmp_path, lambda e: e.status(FLOW_ID))
    assert str(tmp_path) in str(caught.value)
    assert caught.value.fields["path"] == str(tmp_path)
    process.kill()
    process.join()
    assert in_engine(tmp_path, lambda e: e.status("run:none")) is FlowStatus.NEW


def test_on_postgres_a_run_has_one_process(tmp_path: Path, postgres_url: str) -> None:
    """A second process of the same run is refused; another run may work beside it."""
    toy = Toy(tmp_path, postgres_url)
    process = toy.start_and_wait("run", ",".join(str(i) for i in range(500)))
    with pytest.raises(StateLocked, match="works on run run"):
        in_engine(tmp_path, lambda e: e.status(FLOW_ID), url=postgres_url)
    beside = in_engine(tmp_path, lambda e: e.status("b:1"), url=postgres_url, run="b")
    assert beside is FlowStatus.NEW
    process.kill()
    process.join()


def test_a_database_that_does_not_answer_is_a_clear_error(tmp_path: Path) -> None:
    """No Postgres there: a StateError without the password, not an endless retry."""
    url = f"postgresql://me:secret@/none?host={tmp_path}"
    with pytest.raises(StateError) as caught:
        in_engine(tmp_path, lambda e: e.status(FLOW_ID), url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", ["text", "database"])
def test_a_file_that_is_no_state_is_left_alone(kind: str, tmp_path: Path) -> None:
    """The engine refuses a file that is not stashbot's, and changes nothing in it."""
    file = tmp_path / "state.sqlite"
    if kind == "text":
        file.write_text("my notes, not a database")
    else:
        connection = sqlite3.connect(file)
        connection.execute("CREATE TABLE songs (title TEXT)")
        connection.close()
    before = file.read_bytes()
    with pytest.raises(UnreadableState):
        in_engine(tmp_path, lambda e: e.status(FLOW_ID))
    assert file.read_bytes() == before


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


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_the_engine_may_come_before_the_store(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A state that the engine made first is stashbot's, and the store adds its tables to it."""
    url = f"sqlite:///{tmp_path / 'state.sqlite'}"
    if backend == "postgres":
        url = request.getfixturevalue("postgres_url")

    async def add(engine: Engine) -> int:
        del engine
        async with Store(url, server="http://localhost:9999") as store:
            return len(await store.runs())

    assert in_engine(tmp_path, add, url=url) == 0


def test_readers_and_triage_work_while_a_run_is_on(tmp_path: Path) -> None:
    """Another process reads audit, triage and failures, and writes, while the run has the lock."""
    toy = Toy.on_sqlite(tmp_path)
    process = toy.start_and_wait("run", ",".join(str(i) for i in range(500)))

    async def read() -> tuple[int, int]:
        async with Store(toy.database_url, server="http://localhost:9999", create=False) as store:
            before = len(await store.audit(run="run"))
            for _ in range(20):
                await store.triage()
                await store.failures()
                await store.add_failure("run", "0", phase="read", reason="none")
                await asyncio.sleep(0.01)
            return before, len(await store.audit(run="run"))

    before, after = asyncio.run(read())
    assert process.is_alive()
    assert before < after
    process.kill()
    process.join()


def test_a_database_elsewhere_is_locked_where_it_is(tmp_path: Path) -> None:
    """Two state folders do not let two processes at one SQLite file, and none of the locks stays
    when one is refused.
    """
    url = f"sqlite:///{tmp_path / 'shared' / 'state.sqlite'}"
    (tmp_path / "shared").mkdir()
    held = FolderLock(tmp_path / "shared")
    held.acquire()
    with pytest.raises(StateLocked, match="shared"):
        in_engine(tmp_path / "a", lambda e: e.status(FLOW_ID), url=url)
    held.release()
    assert in_engine(tmp_path / "a", lambda e: e.status(FLOW_ID), url=url) is FlowStatus.NEW


def test_a_state_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    """What cannot be the state folder is named."""
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="file"):
        in_engine(tmp_path / "file", lambda e: e.status(FLOW_ID))


def test_two_flows_of_one_name_are_refused() -> None:
    """DBOS would run the last of them for both; here the second is an error at import."""

    @flow("one-name")
    async def first() -> None: ...

    with pytest.raises(EngineError, match="Flow one-name is"):

        @flow("one-name")
        async def second() -> None: ...

"""Workers: who may be a worker, what it does to the process, and how it stops."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from stashbot.engine import Execution, membership
from stashbot.engine.process_hooks import check_sqlite
from stashbot.errors import StateError, StateLocked, UnreadableState
from stashbot.store import RunStatus, workers
from tests.engine.conftest import RUN, Bench, Toy, on_state, scene_steps
from tests.engine.toy import submit, until_over

#: Above every process id that Linux gives.
_NO_PROCESS = 2**22 + 1
SCENES = ",".join(str(number) for number in range(1, 200))


async def noop(_execution: Execution) -> str:
    """Do nothing."""
    return "done"


def test_a_second_worker_on_sqlite_is_refused(tmp_path: Path) -> None:
    """The error names the folder, at once; a killed process keeps no lock."""
    toy = Toy.on_sqlite(tmp_path)
    process = toy.start_and_wait(SCENES)

    async def open_engine(bench: Bench) -> None:
        async with bench.engine(scene_steps(noop)):
            pass

    with pytest.raises(StateLocked, match=str(tmp_path)):
        on_state(tmp_path / "state", open_engine)
    process.kill()
    process.join()
    on_state(tmp_path / "state", open_engine)


def test_a_database_elsewhere_is_locked_where_it_is(tmp_path: Path) -> None:
    """Two state folders let no two workers at the same SQLite file, and no lock stays behind."""

    async def run(bench: Bench) -> None:
        async with bench.engine(scene_steps(noop)):
            other = Bench(bench.store, tmp_path / "other").engine(scene_steps(noop))
            with pytest.raises(StateLocked):
                await other.__aenter__()
            assert not (tmp_path / "other" / "worker.lock").exists() or _is_free(
                tmp_path / "other" / "worker.lock"
            )

    on_state(tmp_path, run)


def _is_free(lock: Path) -> bool:
    from filelock import FileLock

    with FileLock(lock, timeout=0):
        return True


def test_a_name_belongs_to_one_live_worker(tmp_path: Path, postgres_url: str) -> None:
    """A second worker of the same name is refused with the host and process of the first."""
    toy = Toy.on_postgres(tmp_path, postgres_url)
    process = toy.start_and_wait(SCENES, name="box", takeover_s=2.0)

    async def open_engine(bench: Bench) -> None:
        async with bench.engine(scene_steps(noop), name="box", takeover_s=2.0):
            pass

    with pytest.raises(StateLocked, match=rf"worker named box .*{process.pid}"):
        on_state(tmp_path, open_engine, postgres_url)
    process.kill()
    process.join()
    on_state(tmp_path, open_engine, postgres_url)


def test_workers_without_a_name_get_names_of_their_own(tmp_path: Path, postgres_url: str) -> None:
    """The host's name and a number; two workers of a host never share it."""
    toy = Toy.on_postgres(tmp_path, postgres_url)
    processes = [toy.start_and_wait(SCENES) for _ in range(2)]

    async def names(bench: Bench) -> list[str]:
        return sorted(worker.name for worker in await bench.store.workers.list())

    found = on_state(tmp_path, names, postgres_url)
    for process in processes:
        process.kill()
        process.join()
    assert found == [f"{socket.gethostname()}-1", f"{socket.gethostname()}-2"]


@pytest.mark.parametrize(("space", "state"), [("", "live"), ("elsewhere", "live"), (None, "dead")])
def test_only_a_process_beside_this_one_is_known_to_have_ended(
    space: str | None, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker of a container may have this host's name and a process id that is unknown here.

    Only silence tells that such a worker is dead; ``None`` is the space of this process.
    """
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: _NO_PROCESS)
        if space is not None:
            patch.setattr(workers, "process_space", lambda: space)
            patch.setattr(membership, "process_space", lambda: "" if space == "" else "here")
        found = on_state(tmp_path, _states_after_a_join)
    assert found == [state, "live"]


async def _states_after_a_join(bench: Bench) -> list[str]:
    """Return the state of a worker and of another that joins after it, oldest first."""
    await bench.store.workers.register("box")

    async def nothing(*_: object) -> None:
        """Take over no work."""

    joining = membership.Membership(
        bench.store,
        "other",
        "1",
        takeover_s=60,
        alone=False,
        take_over=nothing,
        on_lost=nothing,
        on_rejoined=lambda _: None,
    )
    await joining.join()
    return [worker.state.value for worker in await bench.store.workers.list()]


def test_workflows_run_on_the_callers_loop(tmp_path: Path) -> None:
    """Workflow and steps run on the loop and thread that opened the engine."""
    seen: list[tuple[Any, int]] = []

    async def work(execution: Execution) -> str:
        async def note() -> str:
            seen.append((asyncio.get_running_loop(), threading.get_ident()))
            return "noted"

        await note()
        return await execution.step("note", note)

    async def run(bench: Bench) -> None:
        await bench.run(scene_steps(work))
        assert set(seen) == {(asyncio.get_running_loop(), threading.get_ident())}

    on_state(tmp_path, run)


def test_the_loop_keeps_its_threads(tmp_path: Path) -> None:
    """After the engine has closed, ``asyncio.to_thread`` works and a new engine can be opened."""

    async def run(bench: Bench) -> RunStatus:
        await bench.run(scene_steps(noop))
        assert await asyncio.to_thread(lambda: 3) == 3
        return await bench.run(scene_steps(noop), run_id="second")

    assert on_state(tmp_path, run) is RunStatus.DONE


def test_closing_gives_steps_their_grace_and_no_more(tmp_path: Path) -> None:
    """A step within the grace is recorded, a longer step is cancelled; both scenes go on later."""
    calls: list[str] = []

    async def work(execution: Execution) -> str:
        scene = execution.workflow_id.split(":")[1]

        async def wait() -> str:
            calls.append(f"begin {scene}")
            await asyncio.sleep(0.3 if scene == "short" or calls.count("begin long") > 1 else 60)
            calls.append(f"end {scene}")
            return "waited"

        await execution.step("wait", wait)
        return "done"

    async def run(bench: Bench) -> Any:
        workflow = scene_steps(work)
        await submit(bench.store, RUN, ["short", "long"])
        async with bench.engine(workflow, grace_s=1.0):
            while len(calls) < 2:  # noqa: ASYNC110 # steps give no event
                await asyncio.sleep(0.01)
        assert sorted(calls[:2]) == ["begin long", "begin short"]
        assert calls[2:] == ["end short"]
        async with bench.engine(workflow, grace_s=1.0):
            return await until_over(bench.store, RUN)

    assert on_state(tmp_path, run) is RunStatus.DONE
    assert calls[2:] == ["end short", "begin long", "end long"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_leaves_the_run_to_go_on(number: signal.Signals, tmp_path: Path) -> None:
    """Steps in progress end and are recorded, no further step begins, and the run can go on."""
    calls: list[str] = []

    async def work(execution: Execution) -> str:
        async def wait() -> str:
            signal.raise_signal(number)
            await asyncio.sleep(0.1)
            calls.append("recorded")
            return "x"

        if not calls:
            await execution.step("wait", wait)
        await execution.step("wait", wait) if False else None
        return "done"

    async def run(bench: Bench) -> Any:
        workflow = scene_steps(work)
        await submit(bench.store, RUN, ["1"])
        async with bench.engine(workflow, handle_signals=True) as engine:
            await engine.wait_for_stop()
        remaining = await bench.store.runs.remaining(RUN)
        return remaining, (await bench.store.runs.get(RUN)).status

    before = signal.getsignal(number)
    assert on_state(tmp_path, run) == (1, RunStatus.RUNNING)
    assert calls == ["recorded"]
    assert signal.getsignal(number) is before


def test_an_abandoned_run_waits_unless_it_is_kept(tmp_path: Path) -> None:
    """A run whose worker was killed is interrupted by the next worker, or kept by it."""
    toy = Toy.on_sqlite(tmp_path)
    process = toy.start_and_wait("1,2,3", pause_s=30.0)
    process.kill()
    process.join()

    async def run(bench: Bench) -> Any:
        async with bench.engine(scene_steps(noop), keeps=lambda _run: False):
            await asyncio.sleep(0.5)
        return (await bench.store.runs.get(RUN)).status, await bench.store.runs.remaining(RUN)

    assert on_state(tmp_path / "state", run) == (RunStatus.INTERRUPTED, 3)
    toy.finish("1,2,3")
    assert toy.report["status"] == "done"


def test_a_failing_workflow_prints_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """DBOS's start-up lines and tracebacks stay off the terminal."""

    async def work(_execution: Execution) -> str:
        raise ZeroDivisionError

    async def run(bench: Bench) -> None:
        await bench.run(scene_steps(work))

    on_state(tmp_path, run)
    assert "Traceback" not in capfd.readouterr().err
    assert "DBOS" not in capfd.readouterr().out


def test_the_engine_opens_no_port_and_calls_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No admin server, conductor or telemetry: no socket is bound or connected anywhere."""
    used: list[str] = []
    for name in ("bind", "connect", "connect_ex"):
        monkeypatch.setattr(
            socket.socket, name, lambda *args, name=name: used.append(f"{name} {args[1:]}")
        )

    async def run(bench: Bench) -> None:
        await bench.run(scene_steps(noop))

    on_state(tmp_path, run)
    assert used == []


def test_dbos_writes_in_wal_mode_without_fsync(tmp_path: Path) -> None:
    """DBOS's own connections have the modes that make a step cheap; it sets none of them itself."""
    modes: set[tuple[Any, ...]] = set()
    original = sqlite3.Connection.commit

    class Watched(sqlite3.Connection):
        def commit(self) -> None:
            modes.add(
                (
                    self.execute("PRAGMA journal_mode").fetchone()[0],
                    self.execute("PRAGMA synchronous").fetchone()[0],
                )
            )
            original(self)

    from stashbot.store import database

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database.Connection, "commit", Watched.commit)

        async def run(bench: Bench) -> None:
            await bench.run(scene_steps(noop))

        on_state(tmp_path, run)
    assert modes <= {("wal", 1)}


def test_a_file_that_is_no_state_is_left_alone(tmp_path: Path) -> None:
    """A file that is not stashbot's is refused, and nothing in it changes."""
    file = tmp_path / "state.sqlite"
    file.write_text("no database at all, but long enough to look like a file of some kind")
    before = file.read_bytes()

    async def run(bench: Bench) -> None:
        await bench.run(scene_steps(noop))

    with pytest.raises(UnreadableState):
        on_state(tmp_path, run)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("python", "sqlite", "fits"),
    [
        ((3, 11, 9), (3, 34, 0), True),
        ((3, 12, 0), (3, 41, 2), False),
        ((3, 12, 0), (3, 42, 0), True),
        ((3, 13, 1), (3, 45, 0), True),
    ],
)
def test_python_and_sqlite_that_do_not_go_together_are_named(
    python: tuple[int, ...], sqlite: tuple[int, ...], fits: bool
) -> None:
    """Python 3.12 needs SQLite 3.42, and the error says so."""
    if fits:
        check_sqlite(python, sqlite, "state.sqlite")
        return
    with pytest.raises(StateError, match=r"SQLite 3\.41\.2 is too old"):
        check_sqlite(python, sqlite, "state.sqlite")


def test_another_process_reads_and_writes_while_a_worker_is_at_work(tmp_path: Path) -> None:
    """Commands beside a worker read audit and results, and open triage entries."""
    toy = Toy.on_sqlite(tmp_path)
    process = toy.start_and_wait(SCENES)

    async def look(bench: Bench) -> int:
        deadline = time.monotonic() + 20
        while not (entries := await bench.store.audit.entries(run=RUN)):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        await bench.store.kv.set("test", "key", 1)
        return len(entries)

    try:
        assert on_state(tmp_path / "state", look) > 0
    finally:
        process.kill()
        process.join()

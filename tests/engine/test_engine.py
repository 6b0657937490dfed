"""What the engine promises to flows, on real SQLite files and a real Postgres."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from engine.conftest import Toy
from stashbot.engine import Engine, FlowStatus, carrying, changing_step, flow, step
from stashbot.engine import engine as engine_module
from stashbot.engine.process import check_sqlite
from stashbot.errors import (
    EngineError,
    Interrupted,
    PageLost,
    ScrapeFailed,
    StashbotError,
    StashUnreachable,
    StateError,
    StateLocked,
    UnreadableState,
)

FLOW_ID = "run:1"


def opened(folder: Path, run: str = "run", url: str | None = None, **more: Any) -> Engine:
    return Engine(
        database_url=url or f"sqlite:///{folder / 'state.sqlite'}",
        executor_id=run,
        state_dir=folder,
        **more,
    )


def in_engine(folder: Path, work: Callable[[Engine], Awaitable[Any]], **more: Any) -> Any:
    """Run ``work`` with an engine on the folder's state."""

    async def main() -> Any:
        async with opened(folder, **more) as engine:
            return await work(engine)

    return asyncio.run(main())


class Recorder:
    """Coroutine functions that note their calls and do as they are told."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, name: str, *results: Any) -> Callable[[], Awaitable[Any]]:
        """A function that gives the results one after the other, raising those that are errors."""
        left = list(results)

        async def call() -> Any:
            self.calls.append(name)
            result = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(result, Exception):
                raise result
            return result

        return call


def test_a_finished_flow_gives_its_recorded_result(tmp_path: Path) -> None:
    """Run twice by one id, in one process and in the next, a flow executes once."""
    record = Recorder()

    @flow("adds")
    async def adds(a: int, b: int) -> int:
        return a + b + int(await step("one", record("one", 1)))

    async def twice(engine: Engine) -> list[Any]:
        before = await engine.status(FLOW_ID)
        results = [await engine.run(adds, flow_id=FLOW_ID, args=(1, 2)) for _ in range(2)]
        return [before, *results, await engine.status(FLOW_ID)]

    assert in_engine(tmp_path, twice) == [FlowStatus.NEW, 4, 4, FlowStatus.DONE]
    assert in_engine(tmp_path, lambda e: e.run(adds, flow_id=FLOW_ID, args=(1, 2))) == 4
    assert record.calls == ["one"]


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


def test_two_who_ask_for_one_flow_share_it(tmp_path: Path) -> None:
    """Asked for at the same time, a flow runs once and both get its result."""
    record = Recorder()

    @flow("shared")
    async def shared() -> int:
        await step("wait", lambda: asyncio.sleep(0.05))
        return int(await step("count", record("count", 7)))

    async def both(engine: Engine) -> list[int]:
        return await asyncio.gather(*(engine.run(shared, flow_id=FLOW_ID) for _ in range(2)))

    assert in_engine(tmp_path, both) == [7, 7]
    assert record.calls == ["count"]


def test_an_error_is_recorded_with_its_fields(tmp_path: Path) -> None:
    """A flow's error is the same error, fields and hint included, when it is read from the record;
    the step that raised it does not run again.
    """
    record = Recorder()
    error = ScrapeFailed("No answer.", hint="Look at it.", source="AlphaSource", detail="500")

    @flow("fails")
    async def fails() -> None:
        await step("scrape", record("scrape", error))

    async def caught(engine: Engine) -> StashbotError:
        with pytest.raises(ScrapeFailed) as caught:
            await engine.run(fails, flow_id=FLOW_ID)
        assert await engine.status(FLOW_ID) is FlowStatus.FAILED
        return caught.value

    for _ in range(2):
        found = in_engine(tmp_path, caught)
        assert (str(found), found.fields) == (str(error), error.fields)
    assert record.calls == ["scrape"]


class _CannotBeRead(Exception):
    """Pickles, and cannot be unpickled: its constructor asks for more than its args hold."""

    def __init__(self, text: str, *, needed: int) -> None:
        super().__init__(text)
        self.needed = needed


@pytest.mark.parametrize("where", ["step", "flow"])
def test_an_error_that_cannot_be_read_again_is_recorded_in_words(
    where: str, tmp_path: Path
) -> None:
    """Such an error would make its flow unreadable for ever; its name and text are kept instead."""

    async def act() -> None:
        raise _CannotBeRead("odd", needed=1)

    @flow(f"odd-{where}")
    async def odd() -> None:
        await (step("odd", act) if where == "step" else act())

    async def run(engine: Engine) -> None:
        await engine.run(odd, flow_id=FLOW_ID)

    for _ in range(2):
        with pytest.raises(StashbotError, match="_CannotBeRead: odd"):
            in_engine(tmp_path, run)


@pytest.mark.parametrize("error", [StashUnreachable("gone"), StateError("full")])
@pytest.mark.parametrize("where", ["step", "flow"])
def test_what_says_nothing_about_the_scene_is_not_recorded(
    error: StashbotError, where: str, tmp_path: Path
) -> None:
    """When Stash or the state is gone, the flow is suspended: run again, it goes on from there."""
    record = Recorder()
    failing = record("second", error, "here")

    @flow(f"gone-{where}")
    async def gone() -> str:
        await step("first", record("first", 1))
        return str(await (step("second", failing) if where == "step" else failing()))

    async def run(engine: Engine) -> str:
        return await engine.run(gone, flow_id=FLOW_ID)

    with pytest.raises(type(error)):
        in_engine(tmp_path, run)
    assert in_engine(tmp_path, lambda e: e.status(FLOW_ID)) is FlowStatus.INTERRUPTED
    assert in_engine(tmp_path, run) == "here"
    assert record.calls == ["first", "second", "second"]


def test_a_flow_cannot_swallow_its_suspension(tmp_path: Path) -> None:
    """A flow that handles every Exception is suspended all the same."""

    @flow("stubborn")
    async def stubborn() -> str:
        try:
            await step("gone", Recorder()("gone", StashUnreachable("gone")))
        except Exception:  # noqa: BLE001 # what flows must not do
            return "swallowed"
        return "there"

    with pytest.raises(StashUnreachable):
        in_engine(tmp_path, lambda e: e.run(stubborn, flow_id=FLOW_ID))


def test_a_changing_step_looks_before_it_acts(tmp_path: Path) -> None:
    """``find`` runs on the first execution too, and ``act`` only if it found nothing."""
    record = Recorder()

    @flow("looks")
    async def looks() -> list[str]:
        return [
            await changing_step("a", find=record("find a", None), act=record("act a", "acted")),
            await changing_step("b", find=record("find b", "found"), act=record("act b", "acted")),
        ]

    assert in_engine(tmp_path, lambda e: e.run(looks, flow_id=FLOW_ID)) == ["acted", "found"]
    assert record.calls == ["find a", "act a", "find b"]


def test_a_transient_error_begins_the_step_again_with_find(tmp_path: Path) -> None:
    """After a lost answer ``find`` sees that the act took effect, so it is not repeated."""
    record = Recorder()
    find = record("find", None, "found")
    act = record("act", PageLost("answer lost"))

    async def on_retry(attempt: int, error: StashbotError) -> None:
        record.calls.append(f"retry {attempt} {type(error).__name__}")

    @flow("transient")
    async def transient() -> str:
        return await changing_step("save", find=find, act=act, attempts=3, on_retry=on_retry)

    assert in_engine(tmp_path, lambda e: e.run(transient, flow_id=FLOW_ID)) == "found"
    assert record.calls == ["find", "act", "retry 1 PageLost", "find"]


@pytest.mark.parametrize(
    ("error", "tries"), [(PageLost("lost"), 3), (ScrapeFailed("no"), 1), (ValueError("bug"), 1)]
)
def test_attempts_are_for_transient_errors_and_end(
    error: Exception, tries: int, tmp_path: Path
) -> None:
    """Three attempts are three, and only for errors that say they are transient."""
    record = Recorder()

    @flow("attempts")
    async def attempts() -> None:
        await step("try", record("try", error), attempts=3)

    with pytest.raises(type(error)):
        in_engine(tmp_path, lambda e: e.run(attempts, flow_id=FLOW_ID))
    assert len(record.calls) == tries


def test_steps_belong_directly_into_a_flow(tmp_path: Path) -> None:
    """Outside a flow, inside another step, or as a flow in a flow, nothing would be durable."""

    async def nothing() -> None:
        pass

    @flow("nested")
    async def nested(engine: Engine | None) -> None:
        if engine is None:
            await step("outer", lambda: step("inner", nothing))
        else:
            await engine.run(nested, flow_id="run:2", args=(None,))

    with pytest.raises(EngineError, match="outside a flow"):
        asyncio.run(step("lonely", nothing))
    with pytest.raises(EngineError, match="inside step outer"):
        in_engine(tmp_path, lambda e: e.run(nested, flow_id=FLOW_ID, args=(None,)))

    @flow("flow-in-flow")
    async def flow_in_flow() -> None:
        await ENGINES[0].run(nested, flow_id="run:2", args=(None,))

    async def run(engine: Engine) -> None:
        ENGINES[:] = [engine]
        await engine.run(flow_in_flow, flow_id="run:3")

    with pytest.raises(EngineError, match="within a flow"):
        in_engine(tmp_path, run)


ENGINES: list[Engine] = []


def _interrupt(folder: Path, name: str, record: Recorder, url: str | None = None) -> Any:
    """A flow that was suspended once and would now end."""
    failing = record(name, StashUnreachable("gone"), "here")

    @flow(name)
    async def interrupted() -> str:
        return str(await step("only", failing))

    with pytest.raises(StashUnreachable):
        in_engine(folder, lambda e: e.run(interrupted, flow_id=FLOW_ID), url=url)
    record.calls.clear()
    return interrupted


@pytest.mark.parametrize(
    ("run", "backend"), [("run", "sqlite"), ("other", "sqlite"), ("run", "postgres")]
)
def test_an_interrupted_flow_goes_on_only_when_asked(
    run: str, backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Neither a new run nor its own run, merely opened again, begins an interrupted flow."""
    url = request.getfixturevalue("postgres_url") if backend == "postgres" else None
    record = Recorder()
    interrupted = _interrupt(tmp_path, "waits", record, url)

    async def wait(engine: Engine) -> FlowStatus:
        await asyncio.sleep(1.2)  # longer than every poll of DBOS
        return await engine.status(FLOW_ID)

    assert in_engine(tmp_path, wait, run=run, url=url) is FlowStatus.INTERRUPTED
    assert record.calls == []
    assert in_engine(tmp_path, lambda e: e.run(interrupted, flow_id=FLOW_ID), url=url) == "here"


def test_a_flow_enqueued_by_a_dead_process_waits_too(tmp_path: Path) -> None:
    """Killed between asking for a flow and its begin, the process leaves it in a queue; it stays
    there until it is asked for again.
    """
    record = Recorder()
    interrupted = _interrupt(tmp_path, "enqueued", record)
    with sqlite3.connect(tmp_path / "state.sqlite") as connection:
        connection.execute(
            "UPDATE workflow_status SET status='ENQUEUED', owner_xid=NULL, queue_name='run@dead'"
        )
    connection.close()

    async def wait_then_run(engine: Engine) -> tuple[FlowStatus, int, str]:
        await asyncio.sleep(1.2)
        status, calls = await engine.status(FLOW_ID), len(record.calls)
        return status, calls, await engine.run(interrupted, flow_id=FLOW_ID)

    assert in_engine(tmp_path, wait_then_run) == (FlowStatus.INTERRUPTED, 0, "here")


def test_a_resumed_flow_begins_at_once(tmp_path: Path) -> None:
    """Resuming does not wait for DBOS's second-long look for new queues."""
    interrupted = _interrupt(tmp_path, "quick", Recorder())

    async def timed(engine: Engine) -> float:
        started = asyncio.get_running_loop().time()
        await engine.run(interrupted, flow_id=FLOW_ID)
        return asyncio.get_running_loop().time() - started

    assert in_engine(tmp_path, timed) < 0.8


def test_changed_code_does_not_spoil_the_record(tmp_path: Path) -> None:
    """A flow whose steps are other than those recorded stops with a clear error, and the code that
    fits the record can still end it.
    """
    first = Recorder()
    gone = first("second", StashUnreachable("gone"), 2)

    def define(name: str) -> Any:
        @flow("changing-code")
        async def changing_code() -> int:
            await step(name, first("first", 1))
            return int(await step("second", gone))

        return changing_code

    with pytest.raises(StashUnreachable):
        in_engine(tmp_path, lambda e: e.run(define("first"), flow_id=FLOW_ID))
    with pytest.raises(EngineError, match="Start a new run"):
        in_engine(tmp_path, lambda e: e.run(define("renamed"), flow_id=FLOW_ID))
    assert in_engine(tmp_path, lambda e: e.run(define("first"), flow_id=FLOW_ID)) == 2


def test_another_version_does_not_carry_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another version of the flows interrupted is refused instead of waited for."""
    interrupted = _interrupt(tmp_path, "versioned", Recorder())
    monkeypatch.setattr(carrying, "APPLICATION_VERSION", "next")
    monkeypatch.setattr(engine_module, "APPLICATION_VERSION", "next")
    with pytest.raises(EngineError, match="another version"):
        in_engine(tmp_path, lambda e: e.run(interrupted, flow_id=FLOW_ID))


def test_an_id_is_of_one_flow(tmp_path: Path) -> None:
    """The id of a flow cannot be run as another flow."""
    _interrupt(tmp_path, "this-one", Recorder())

    @flow("another-one")
    async def another() -> None: ...

    with pytest.raises(EngineError, match="is a this-one flow, not another-one"):
        in_engine(tmp_path, lambda e: e.run(another, flow_id=FLOW_ID))


def test_closing_gives_steps_their_grace_and_no_more(tmp_path: Path) -> None:
    """A step within the grace is recorded, one beyond it cancelled; both flows stay resumable."""
    record = Recorder()

    @flow("slow")
    async def slow(seconds: float) -> str:
        async def sleep() -> None:
            record.calls.append(f"sleep {seconds}")
            await asyncio.sleep(seconds if len(record.calls) < 3 else 0)

        await step("sleep", sleep)
        return "ended"

    async def main() -> tuple[float, list[Any]]:
        loop = asyncio.get_running_loop()
        async with opened(tmp_path, grace_s=0.5) as engine:
            tasks = [
                asyncio.create_task(engine.run(slow, flow_id=f"run:{s}", args=(s,)))
                for s in (0.2, 60.0)
            ]
            await asyncio.sleep(0.1)
            started = loop.time()
        took = loop.time() - started
        return took, await asyncio.gather(*tasks, return_exceptions=True)

    took, ends = asyncio.run(main())
    assert 0.4 < took < 2.5
    assert ends[0] == "ended" or isinstance(ends[0], Interrupted)
    assert isinstance(ends[1], Interrupted)

    async def resume(engine: Engine) -> list[str]:
        return [await engine.run(slow, flow_id=f"run:{s}", args=(s,)) for s in (0.2, 60.0)]

    assert in_engine(tmp_path, resume) == ["ended", "ended"]
    assert sorted(record.calls) == ["sleep 0.2", "sleep 60.0", "sleep 60.0"]


def test_a_cancelled_caller_leaves_the_flow_running(tmp_path: Path) -> None:
    """Who asked may go away; the flow ends and its result is there for the next who asks."""
    record = Recorder()

    @flow("left-alone")
    async def left_alone() -> str:
        await step("wait", lambda: asyncio.sleep(0.1))
        return str(await step("end", record("end", "ended")))

    async def leave(engine: Engine) -> str:
        task = asyncio.create_task(engine.run(left_alone, flow_id=FLOW_ID))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await engine.run(left_alone, flow_id=FLOW_ID)

    assert in_engine(tmp_path, leave) == "ended"
    assert record.calls == ["end"]


def test_the_loop_keeps_its_threads(tmp_path: Path) -> None:
    """After the engine closed, ``asyncio.to_thread`` works and a new engine can be opened."""

    async def main() -> str:
        for _ in range(2):
            async with opened(tmp_path):
                pass
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


def test_a_file_that_is_no_state_is_left_alone(tmp_path: Path) -> None:
    """The engine refuses a file that is not stashbot's, and changes nothing in it."""
    file = tmp_path / "state.sqlite"
    file.write_text("my notes, not a database")
    with pytest.raises(UnreadableState):
        in_engine(tmp_path, lambda e: e.status(FLOW_ID))
    assert file.read_text() == "my notes, not a database"


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

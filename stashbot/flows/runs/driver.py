"""Runs from start to report: submit a run, work on it or follow it, report what became of it.

A run is rows. This process works on it where it can; on SQLite another process may be the worker
already, and then this process follows, and takes over when the other process ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import JsonValue

from stashbot.engine import Engine
from stashbot.engine.locks import FolderLock
from stashbot.engine.process_hooks import StopSignals
from stashbot.errors import (
    DatabaseUnreachable,
    Interrupted,
    OtherVersion,
    StashbotError,
    StateFull,
    StateLocked,
    StateReadOnly,
    UsageError,
)
from stashbot.flows.runs.context import report_pause, take_snapshot
from stashbot.flows.runs.report import report_of
from stashbot.flows.runs.selection import RunTask
from stashbot.flows.runs.write_records import settle_open_intents
from stashbot.models import RunReport, SceneResult, codec
from stashbot.services import Services
from stashbot.stash.retry import patience_of
from stashbot.store import Event, EventKind, Run, RunStatus, Store, database

#: How often the rows of a run are read for its observer.
POLL_S = 0.15
#: How often a process that follows tries to become the worker.
TAKE_OVER_S = 1.0
#: How long a process that follows waits for the worker to stop its run.
STOP_WAIT_S = 15.0
OWNERS = "owners"
#: ``last`` looks for an unfinished run among this many of the newest.
_LOOKED_BACK = 100


@dataclass
class RunObserver:
    """Callbacks of a run, wherever its scenes are worked on.

    ``on_start`` is called with the run and how many scenes are left, if any are; ``on_phase`` for
    each phase event; ``on_result`` for each scene that ends from then on; ``on_stop`` when a stop
    was requested and steps in progress have to end; ``on_follow`` when another process is the
    worker and this process only follows; ``on_outage`` with an event for each source that the run
    stops asking.
    """

    on_start: Callable[[Run, int], None] = lambda _run, _left: None
    on_phase: Callable[[Event], None] = lambda _event: None
    on_result: Callable[[SceneResult], None] = lambda _result: None
    on_stop: Callable[[], None] = lambda: None
    on_follow: Callable[[], None] = lambda: None
    on_outage: Callable[[Event], None] = lambda _event: None


@dataclass
class RunOutcome:
    """A run's report, and why it stopped early if it did; ``left`` scenes have no result."""

    report: RunReport
    stopped_by: StashbotError | None = None
    left: int = 0


#: Decides on the scenes and options of a new run.
Prepare = Callable[[Services], Awaitable[RunTask]]


async def start_run(
    services: Services, prepare: Prepare, observer: RunObserver | None = None
) -> RunOutcome:
    """Submit a new run and see it through.

    Writes of earlier runs that nobody saw the end of are settled first.

    Raises:
        UsageError: the request cannot be done as it is.
        UnreachableError: Stash is not there; nothing was submitted.
    """
    task = await prepare(services)
    await settle_open_intents(services)
    run_id = services.store.runs.new_id()
    with _owner_lock(services, run_id):
        run = await submit(services, task, run_id=run_id)
        return await see_through(services, run, observer)


async def resume_run(
    services: Services, which: str, observer: RunObserver | None = None
) -> RunOutcome:
    """Go on with a run: ``which`` is its id, or ``last`` for the newest that is not done.

    Raises:
        UnknownRun: there is no such run.
        UsageError: it is a run of files or an undo, which have commands of their own.
        OtherVersion: another version of stashbot left it unfinished.
    """
    runs = services.store.runs
    run = await (_latest_unfinished(services.store) if which == "last" else runs.get(which))
    _refuse_other_kinds(run)
    with _owner_lock(services, run.id):
        await _set_running(services, run.id)
        return await see_through(services, await runs.get(run.id), observer)


async def _latest_unfinished(store: Store) -> Run:
    """Return the newest run that is not done; if there is none, the newest run.

    Raises:
        UnknownRun: there is no run yet.
    """
    for run in await store.runs.list(last=_LOOKED_BACK):
        if run.status is not RunStatus.DONE and run.kind not in _OTHER_KINDS:
            return run
    return await store.runs.latest()


async def _set_running(services: Services, run_id: str) -> None:
    # A worker that died while it stopped the run has left it so.
    halted = (RunStatus.INTERRUPTED, RunStatus.STOPPING)
    await services.store.runs.set_status(run_id, RunStatus.RUNNING, only_from=halted)


async def submit(services: Services, task: RunTask, *, run_id: str | None = None) -> Run:
    """Write a run's rows; whoever works on this state serves it from then on."""
    snapshot = await take_snapshot(services)
    return await services.store.runs.add(
        task.scenes,
        kind=task.options.kind,
        options=task.options.model_dump(mode="json"),
        snapshot=snapshot.model_dump(mode="json"),
        dry_run=task.options.dry_run,
        run_id=run_id,
        owner=f"{socket.gethostname()}:{os.getpid()}",
    )


async def see_through(
    services: Services, run: Run, observer: RunObserver | None = None
) -> RunOutcome:
    """Work on a run, or follow it, until it ends or is stopped."""
    observer = observer or RunObserver()
    follower = _Follower(services, run, observer)
    await follower.begin()
    if follower.left:
        await follower.until_ended()
    else:
        await services.store.runs.set_status(run.id, RunStatus.DONE, only_from=tuple(RunStatus))
    ended = await services.store.runs.get(run.id)
    stopped_by = _stopped_by(ended)
    if isinstance(stopped_by, OtherVersion):
        raise stopped_by
    return RunOutcome(
        report=await report_of(services.store, ended, services.settings),
        stopped_by=stopped_by,
        left=await services.store.runs.remaining(run.id),
    )


@asynccontextmanager
async def working(
    services: Services,
    *,
    keeps: Callable[[Run], bool] = lambda _run: True,
    name: str | None = None,
    handle_signals: bool = True,
) -> AsyncIterator[Engine]:
    """Make this process a worker within the block: it serves all active runs of the state.

    Raises:
        StateLocked: another process works on this SQLite state, or the name is taken.
    """
    settings = services.settings
    async with Engine(
        services,
        services.store,
        services.workflows,
        state_dir=settings.state.dir,
        pages=settings.run.workers,
        name=name,
        keeps=keeps,
        takeover_s=settings.run.takeover_s,
        patience=patience_of(settings.patience),
        on_pause=partial(report_pause, services),
        handle_signals=handle_signals,
    ) as engine:
        engine.on_lost = services.pages.renew
        services.engine = engine
        try:
            yield engine
        finally:
            services.engine = None
            services.run_contexts.clear()


class _Follower:
    """Reads the rows of a run for an observer, and works on it whenever nobody else does."""

    def __init__(self, services: Services, run: Run, observer: RunObserver) -> None:
        self._services = services
        self._store = services.store
        self._run = run
        self._observer = observer
        self._result_seq = 0
        self._event_seq = 0
        self._followed = False
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._engine: Engine | None = None
        self.left = 0

    async def begin(self) -> None:
        """Skip what the run did before, and count what is left."""
        self.left = await self._store.runs.remaining(self._run.id)
        self._result_seq = await self._store.results.last_seq(self._run.id)
        self._event_seq = await self._store.events.last_seq()
        if self.left:
            self._observer.on_start(self._run, self.left)

    async def until_ended(self) -> None:
        """Return when the run is over, done or interrupted.

        Raises:
            StateError: the state went away, or cannot be written to any more; the hint says how to
                go on.
        """
        signals = StopSignals(self._interrupt)
        signals.install()
        try:
            while not await self._work():
                if await self._follow():
                    return
        except (DatabaseUnreachable, StateFull, StateReadOnly) as error:
            hint = f"{error.hint} Then go on with --resume {self._run.id}."
            raise type(error)(error.message, hint=hint, path=error.path) from error
        finally:
            signals.restore()

    def _interrupt(self) -> None:
        """Stop the run, wherever it is worked on; the second time in haste."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()
        if self._engine is not None:
            self._engine.interrupt()

    async def _work(self) -> bool:
        """Work until the run is over; ``False`` if another process is the worker."""
        own = self._run.id
        owners = self._services.settings.state.dir / OWNERS
        try:
            async with working(
                self._services,
                keeps=lambda run: run.id == own or _has_owner(owners, run.id),
                handle_signals=False,
            ) as engine:
                self._engine = engine
                if self._stop.is_set():
                    engine.interrupt()
                stop = asyncio.create_task(engine.wait_for_stop())
                try:
                    while not stop.done() and not await self._is_over():
                        await asyncio.wait({stop}, timeout=POLL_S)
                    if stop.done():
                        self._observer.on_stop()
                        await engine.stop_run(own)
                finally:
                    stop.cancel()
        except StateLocked:
            if not database.is_sqlite(self._store.url):
                raise
            return False
        finally:
            self._engine = None
        await self._report_new()
        return True

    async def _follow(self) -> bool:
        """Follow until the run is over; ``False`` when it is time to try to be the worker."""
        if not self._followed:
            self._followed = True
            self._observer.on_follow()
        deadline = asyncio.get_running_loop().time() + TAKE_OVER_S
        while asyncio.get_running_loop().time() < deadline:
            if await self._is_over():
                return True
            if self._stop.is_set():
                await self._stop_elsewhere()
                return True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), POLL_S)
        return False

    async def _stop_elsewhere(self) -> None:
        """Ask the worker to stop the run, and wait until it has, or until a second Ctrl-C."""
        self._observer.on_stop()
        await self._store.runs.set_status(
            self._run.id, RunStatus.STOPPING, only_from=(RunStatus.RUNNING,)
        )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_WAIT_S):
                while not await self._is_over():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._hurry.wait(), POLL_S)
                        return

    async def _is_over(self) -> bool:
        run = await self._store.runs.get(self._run.id)
        await self._report_new()
        return run.status in {RunStatus.DONE, RunStatus.INTERRUPTED}

    async def _report_new(self) -> None:
        for event in await self._store.events.after(self._event_seq, run=self._run.id):
            self._event_seq = event.seq
            if event.kind == "phase":
                self._observer.on_phase(event)
            elif event.kind is EventKind.OUTAGE:
                self._observer.on_outage(event)
        for saved in await self._store.results.of_run(self._run.id, after_seq=self._result_seq):
            self._result_seq = saved.seq
            self._observer.on_result(saved.result)


@contextlib.contextmanager
def _owner_lock(services: Services, run_id: str) -> Iterator[None]:
    """Show other processes of a SQLite state that somebody waits for this run."""
    if not database.is_sqlite(services.store.url):
        yield
        return
    folder = services.settings.state.dir / OWNERS
    lock = FolderLock(folder, name=f"{run_id}.lock")
    try:
        lock.acquire()
    except StateLocked:  # another process waits for the same run
        yield
        return
    try:
        yield
    finally:
        lock.release()
        (folder / f"{run_id}.lock").unlink(missing_ok=True)


def _has_owner(folder: Path, run_id: str) -> bool:
    """Return whether another process waits for this run."""
    if not (folder / f"{run_id}.lock").exists():
        return False
    lock = FolderLock(folder, name=f"{run_id}.lock")
    try:
        lock.acquire()
    except StateLocked:
        return True
    lock.release()
    return False


def _stopped_by(run: Run) -> StashbotError | None:
    if run.status is RunStatus.DONE:
        return None
    if run.stop_reason is not None:
        reason: StashbotError = codec.decode(run.stop_reason)
        return reason
    return Interrupted(
        f"Run {run.id} was stopped before its end.", hint="Continue the run with --resume."
    )


_OTHER_KINDS = {
    "rename": ("renames files", "Go on with it: stashbot rename resume {run}."),
    "undo": ("takes changes back", "Ask for that undo again; it goes on with what is left."),
}


def _refuse_other_kinds(run: Run) -> None:
    if run.kind in _OTHER_KINDS:
        does, hint = _OTHER_KINDS[run.kind]
        raise UsageError(f"Run {run.id} {does}.", hint=hint.format(run=run.id))


async def start_whole_run(
    services: Services, *, kind: str, scenes: Iterable[str], options: Mapping[str, JsonValue]
) -> tuple[str, JsonValue]:
    """Submit a run that is served as a whole, see it through, and return its id and report.

    Raises:
        StashbotError: the run stopped before its end; it can be resumed.
    """
    run_id = services.store.runs.new_id()
    with _owner_lock(services, run_id):
        run = await services.store.runs.add(
            scenes, kind=kind, options=options, snapshot={}, run_id=run_id
        )
        return run_id, await _see_whole_run_through(services, run)


async def resume_whole_run(services: Services, run_id: str) -> JsonValue:
    """Go on with a run that is served as a whole, and return its report.

    Raises:
        UnknownRun: there is no such run.
        StashbotError: as ``start_whole_run``.
    """
    with _owner_lock(services, run_id):
        await _set_running(services, run_id)
        return await _see_whole_run_through(services, await services.store.runs.get(run_id))


async def _see_whole_run_through(services: Services, run: Run) -> JsonValue:
    follower = _Follower(services, run, RunObserver())
    await follower.begin()
    await follower.until_ended()
    ended = await services.store.runs.get(run.id)
    if (error := _stopped_by(ended)) is not None:
        raise error
    return await services.store.runs.report(run.id)

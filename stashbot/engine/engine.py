"""The engine: a worker process on a state, which serves the scenes of all active runs.

How it uses DBOS, and why:

- All scenes go through a single queue of DBOS, ``scenes``. A worker claims a scene more than it has
  pages, so that the next is read while the pages are busy and no page waits for work. It looks
  into the queue when a scene ends, and with the dispatcher while it has room.
- The executor id is the worker's id, of which there is never a second. Work of a worker that has
  died is found by ``Membership``, for DBOS does not look for it, and is put back into the queue.
- DBOS replaces the loop's default executor and shuts it down at the end; the engine then sets
  another.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from dbos import DBOS, DBOSClient, DBOSConfig
from loguru import logger

from stashbot.engine import dbos_internals, process_hooks
from stashbot.engine.dispatcher import QUEUE, UNFINISHED, Dispatcher
from stashbot.engine.executions import Executions, OnPause
from stashbot.engine.leases import Leases
from stashbot.engine.locks import FolderLock
from stashbot.engine.membership import Membership
from stashbot.engine.serializer import JsonSerializer
from stashbot.engine.translation import translated
from stashbot.engine.workflow import Workflow
from stashbot.errors import EngineError, StashbotError, StateError, StateFull, StateReadOnly
from stashbot.retry import IMPATIENT, Patience
from stashbot.store import Run, RunStatus, Store, database

T = TypeVar("T")

#: Raised when workflows change so that interrupted ones of the version before cannot go on.
APPLICATION_VERSION = "2"
GRACE_S = 5.0
TAKEOVER_S = 30.0
_NAME = "stashbot"
_UNWIND_S = 2.0
#: Only for work that no signal announces: see ``dbos_internals.claim_now``.
_QUEUE_POLL_S = 1.0
_NOTIFICATION_POLL_S = 0.2
_THREADS = 64
#: DBOS is a singleton of the process, and so is the open engine.
_IN_USE = threading.Lock()


class Engine:
    """A worker on a state, while the block is open.

    ``services`` is handed to every workflow. ``pages`` is how many scenes are worked on at once.
    ``name`` is the worker's, unique among the live ones of the state; by default the host's name
    with a number. ``keeps`` says of an active run without a live worker, when the engine opens on
    SQLite, whether this worker goes on with it; a run that is not kept is interrupted, and can be
    resumed. ``grace_s`` is how long a step in progress may go on after a stop; ``takeover_s`` how
    long a worker may be silent before the others take its work over. ``patience`` is how long steps
    wait for faults that pass; ``on_pause`` is called for each such pause.
    """

    def __init__(
        self,
        services: Any,
        store: Store,
        workflows: Sequence[Workflow],
        *,
        state_dir: Path,
        pages: int,
        name: str | None = None,
        keeps: Callable[[Run], bool] = lambda _run: True,
        grace_s: float = GRACE_S,
        takeover_s: float = TAKEOVER_S,
        patience: Patience = IMPATIENT,
        on_pause: OnPause = lambda *_: None,
        handle_signals: bool = True,
    ) -> None:
        self._store = store
        self._url = store.url
        self._workflows = {workflow.kind: workflow for workflow in workflows}
        self._pages = pages
        self._keeps = keeps
        self._grace_s = grace_s
        self._is_sqlite = database.is_sqlite(store.url)
        folders = (state_dir, Path(str(store.url.database)).parent) if self._is_sqlite else ()
        self._lock = FolderLock(*folders)
        self._signals = process_hooks.StopSignals(self.interrupt) if handle_signals else None
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._beating: asyncio.Task[None] | None = None
        self._dispatching: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self._membership = Membership(
            store,
            name,
            APPLICATION_VERSION,
            takeover_s,
            alone=self._is_sqlite,
            take_over=self._take_over,
            on_lost=self._let_go,
            on_rejoined=self._rejoin,
        )
        self.leases = Leases(store, lambda: self._membership.id)
        self._executions = Executions(
            services,
            place=store.path,
            patience=patience,
            on_pause=on_pause,
            is_owner=self._membership.is_alive,
            on_suspended=self._on_suspended,
            on_failed=self._on_failed,
        )
        self._dispatcher: Dispatcher | None = None
        #: Called when the others have taken this worker for dead: its pages must not be used on.
        self.on_lost: Callable[[], None] = lambda: None

    @property
    def worker_name(self) -> str:
        """Return the name of this worker."""
        return self._membership.worker_name

    # -- opening

    async def __aenter__(self) -> Self:
        """Join the workers of the state and begin to serve its active runs.

        Raises:
            StateLocked: another process works on this SQLite state, or the name is taken.
            StateError: the state cannot be used.
            EngineError: this process has an open engine already, or DBOS does not start.
        """
        if self._is_sqlite:
            process_hooks.check_sqlite(
                process_hooks.python_version(), sqlite3.sqlite_version_info, self._store.path
            )
        self._lock.acquire()
        if not _IN_USE.acquire(blocking=False):
            self._lock.release()
            raise EngineError(
                "This process has an open engine already.", hint="Close it before opening another."
            )
        process_hooks.route_dbos_log()
        try:
            await self._membership.join()
            await _in_own_thread(self._prepare)
            if self._is_sqlite:
                await self._interrupt_abandoned()
            self._launch()
            await self._membership.take_over_dead()
        except BaseException:
            await self._shut_down()
            raise
        self._beating = asyncio.create_task(self._membership.run())
        self._dispatching = asyncio.create_task(self._dispatcher_of().run())
        for task in (self._beating, self._dispatching):
            task.add_done_callback(self._on_task_done)
        if self._signals is not None:
            self._signals.install()
        return self

    def _prepare(self) -> None:
        """Make DBOS's tables if there are none, and register the queue.

        It comes before the launch, for a launched DBOS looks for new queues only once a second.
        """
        try:
            self._register_queue()
        except (StateError, EngineError):
            with translated(self._store.path):
                DBOS.migrate(self._database_url)
            self._register_queue()

    def _register_queue(self) -> None:
        with self._open_client() as client:
            at_once = self._pages + 1
            # The limit is the same for all workers of a state: none must get less than its pages.
            found = client.retrieve_queue(QUEUE) if self._membership.live > 1 else None
            if found is not None:
                at_once = max(at_once, found.worker_concurrency or 0)
            client.register_queue(
                QUEUE,
                worker_concurrency=at_once,
                polling_interval_sec=_QUEUE_POLL_S,
                on_conflict="always_update",
            )

    def _launch(self) -> None:
        """Launch DBOS on the loop's own thread, so that it runs every workflow on this loop."""
        config: DBOSConfig = {
            "name": _NAME,
            "system_database_url": self._database_url,
            "application_version": APPLICATION_VERSION,
            "executor_id": self._membership.id,
            "serializer": JsonSerializer(),
            "log_level": "WARNING",
            "enable_otlp": False,
            "max_executor_threads": _THREADS,
            "notification_listener_polling_interval_sec": _NOTIFICATION_POLL_S,
        }
        if self._is_sqlite:
            config["db_engine_kwargs"] = {"connect_args": {"factory": database.Connection}}
        with translated(self._store.path):
            DBOS(config=config)
            durable = {kind: self._register(w) for kind, w in self._workflows.items()}
            DBOS.listen_queues([QUEUE])
            dbos_internals.claim_on_signal(QUEUE)
            DBOS.launch()
            dbos_internals.raise_when_disconnected()
        self._dispatcher = Dispatcher(
            self._store,
            self._executions,
            self._workflows,
            durable,
            pages=self._pages,
            version=APPLICATION_VERSION,
            live_workers=lambda: self._membership.live,
            take_over=self._take_over,
            claim=self._claim,
        )

    def _claim(self) -> None:
        """Claim queued scenes now if this worker has room for more."""
        if len(self._executions) <= self._pages and not self.is_stopping:
            dbos_internals.claim_now()

    def _register(self, workflow: Workflow) -> Callable[..., Any]:
        async def durable(*args: str) -> Any:
            # When its task ends, DBOS has recorded the end of this scene and claims another.
            task = cast("asyncio.Task[Any]", asyncio.current_task())
            task.add_done_callback(lambda _: self._claim())
            return await self._executions.execute(workflow, *args)

        durable.__qualname__ = f"workflow:{workflow.kind}"
        return DBOS.workflow(name=workflow.kind, max_recovery_attempts=None)(durable)

    async def _interrupt_abandoned(self) -> None:
        """Interrupt active runs whose worker is gone and that this worker does not go on with."""
        abandoned = [run for run in await self._store.runs.active() if not self._keeps(run)]
        for run in abandoned:
            logger.warning("Run {} was cut off; --resume {} goes on with it.", run.id, run.id)
            await self._store.runs.set_status(
                run.id, RunStatus.INTERRUPTED, only_from=(RunStatus.RUNNING, RunStatus.STOPPING)
            )
        if abandoned:
            prefixes = [f"{run.id}:" for run in abandoned]
            await _in_own_thread(lambda: self._cancel_unfinished(prefixes))

    def _cancel_unfinished(self, prefixes: list[str]) -> None:
        with self._open_client() as client:
            left = client.list_workflows(
                workflow_id_prefix=prefixes,
                status=UNFINISHED,
                load_input=False,
                load_output=False,
            )
            if left:
                client.cancel_workflows([record.workflow_id for record in left])

    # -- workers

    async def _take_over(self, worker_id: str) -> None:
        """Put what a dead worker had claimed back into the queue."""
        with translated(self._store.path):
            await asyncio.to_thread(dbos_internals.recover, worker_id)

    async def _let_go(self) -> None:
        """Drop the work in progress: others have it, for we were silent for too long."""
        self.on_lost()
        self._executions.stopping = True
        self._executions.cancel_all()
        await self._wait_until_idle(_UNWIND_S, hurried=False)

    def _rejoin(self, worker_id: str) -> None:
        """Take up work again, as another worker."""
        dbos_internals.set_executor_id(worker_id)
        self._executions.turn_away()
        if not self.is_stopping:
            self._executions.begin_again()

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        """Stop when a task has failed that this worker cannot be without."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = error
            self.stop()

    # -- runs

    async def submitted(self) -> None:
        """Look for new runs now."""
        self._dispatcher_of().wake()

    async def stop_run(self, run_id: str, reason: StashbotError | None = None) -> None:
        """Ask for the end of a run: steps in progress end, and the run can be resumed."""
        await self._dispatcher_of().stop(run_id, reason)

    def _on_suspended(self, run_id: str, error: StashbotError) -> None:
        logger.info("run {} stops: {}", run_id, error.message)
        if isinstance(error, StateFull | StateReadOnly):  # the stop cannot be written either
            self._failure = error
            self.stop()
        self._dispatcher_of().note_stop(run_id, error)

    async def _on_failed(self, run_id: str, scene_id: str, error: Exception) -> None:
        await self._dispatcher_of().save_failed(run_id, scene_id, error)

    def _dispatcher_of(self) -> Dispatcher:
        if self._dispatcher is None:
            raise EngineError("The engine is not open.")
        return self._dispatcher

    # -- stopping

    def stop(self) -> None:
        """Begin no further step in this process; what is unfinished stays resumable."""
        self._executions.stopping = True
        self._stop.set()

    @property
    def is_stopping(self) -> bool:
        """Return whether a stop was requested."""
        return self._stop.is_set()

    async def wait_for_stop(self) -> None:
        """Return when a stop is requested."""
        await self._stop.wait()

    def interrupt(self) -> None:
        """Do what Ctrl-C does: stop, and the second time do not wait for the steps in progress."""
        if self.is_stopping:
            self._hurry.set()
            self._executions.cancel_steps()
            return
        self.stop()

    async def __aexit__(self, *_: object) -> None:
        """Stop, let steps in progress end within the grace, and leave the workers."""
        closing = asyncio.ensure_future(self._close())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            self._hurry.set()
            await closing
            raise

    async def _close(self) -> None:
        self.stop()
        try:
            await self._wait_until_idle(self._grace_s)
            for cancel in (self._executions.cancel_steps, self._executions.cancel_all):
                if len(self._executions):
                    cancel()
                    await self._wait_until_idle(_UNWIND_S, hurried=False)
        finally:
            await self._shut_down()
        if self._failure is not None:
            raise self._failure

    async def _wait_until_idle(self, timeout_s: float, *, hurried: bool = True) -> None:
        waiting: set[asyncio.Task[Any]] = {asyncio.create_task(self._executions.wait_until_idle())}
        if hurried:
            waiting.add(asyncio.create_task(self._hurry.wait()))
        await asyncio.wait(waiting, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    async def _shut_down(self) -> None:
        """Undo what opening did, in reverse order; each part of it even if another fails."""
        async with AsyncExitStack() as stack:
            stack.callback(_IN_USE.release)
            if self._signals is not None:
                stack.callback(self._signals.restore)
            stack.callback(self._lock.release)
            stack.push_async_callback(self._membership.leave)
            stack.push_async_callback(_end, self._beating)
            if self._dispatcher is not None:
                stack.push_async_callback(self._give_back)
            stack.push_async_callback(self._destroy)
            if self._dispatcher is not None:
                stack.push_async_callback(self._end_stopping, self._dispatcher)
            stack.push_async_callback(_end, self._dispatching)

    async def _give_back(self) -> None:
        """Put what this worker had claimed of runs that go on back into the queue."""
        with contextlib.suppress(StashbotError):  # others find what a worker that is gone had
            active = {run.id for run in await self._store.runs.active()}
            await _in_own_thread(lambda: self._requeue(active))

    async def _end_stopping(self, dispatcher: Dispatcher) -> None:
        with contextlib.suppress(StashbotError), translated(self._store.path):
            await dispatcher.dispatch_stopping()

    async def _destroy(self) -> None:
        self._executions.turn_away()
        await _in_own_thread(DBOS.destroy)
        asyncio.get_running_loop().set_default_executor(
            ThreadPoolExecutor(thread_name_prefix="asyncio")
        )

    def _requeue(self, active: set[str]) -> None:
        with self._open_client() as client:
            claimed = client.list_workflows(
                status="PENDING",
                executor_id=self._membership.id,
                load_input=False,
                load_output=False,
            )
            ids = [r.workflow_id for r in claimed if r.workflow_id.split(":")[0] in active]
            if ids:
                client.resume_workflows(ids, queue_name=QUEUE)

    # -- DBOS's database

    @property
    def _database_url(self) -> str:
        return self._url.render_as_string(hide_password=False)

    @contextlib.contextmanager
    def _open_client(self) -> Iterator[DBOSClient]:
        with translated(self._store.path):
            client = DBOSClient(
                system_database_url=self._database_url,
                application_name=_NAME,
                serializer=JsonSerializer(),
                retry_connection_errors=False,
            )
            try:
                yield client
            finally:
                client.destroy()


async def _in_own_thread(work: Callable[[], T]) -> T:
    """Run ``work`` in a thread outside the loop's default executor, which DBOS replaces."""
    with ThreadPoolExecutor(1) as thread:
        return await asyncio.get_running_loop().run_in_executor(thread, work)


async def _end(task: asyncio.Task[None] | None) -> None:
    """Cancel a task and wait for its end, whatever it raises."""
    if task is not None:
        task.cancel()
        await asyncio.wait({task})

"""The engine: starts, carries and resumes durable flows on the running event loop.

How it uses DBOS, and why:

- DBOS recovers at launch what its executor id left behind. Each launch here has an id of its own,
  ``<run>@<launch>``, so nothing starts by itself: ``run`` resumes a flow when it is asked for it,
  and another run's flows are never touched.
- An interrupted flow is resumed through a queue that this launch alone listens to. What was
  enqueued by a process that died then, stays where it is until it is asked for again.
- DBOS replaces the loop's default executor and shuts it down at the end; the loop gets a fresh one.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetWorkflowID, WorkflowHandleAsync, WorkflowStatus
from dbos import error as dbos_errors

from stashbot.engine import process
from stashbot.engine.flights import FLIGHT, Flight, Flights
from stashbot.engine.flows import Flow
from stashbot.engine.locks import Lock, lock_for
from stashbot.errors import EngineError
from stashbot.store import database, schema

P = ParamSpec("P")
T = TypeVar("T")

#: Raised when flows change so that interrupted ones of the version before cannot go on.
APPLICATION_VERSION = "1"
GRACE_S = 5.0
_NAME = "stashbot"
_UNWIND_S = 2.0
_RESUME_POLL_S = 0.05
_RESULT_POLL_S = 0.02
_START_CHECK_S = 1.0
_NOTIFICATION_POLL_S = 0.2
_THREADS = 64


class FlowStatus(StrEnum):
    """How far a flow is."""

    NEW = "new"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    DONE = "done"
    FAILED = "failed"


class Engine:
    """The durable engine of this process; there is at most one at a time.

    ``executor_id`` is the run's id. ``grace_s`` is how long a step in progress may go on after a
    stop was asked for. With ``handle_signals`` Ctrl-C and SIGTERM ask for the stop, and a second
    one ends the grace.
    """

    def __init__(
        self,
        *,
        database_url: str,
        executor_id: str,
        state_dir: Path,
        grace_s: float = GRACE_S,
        handle_signals: bool = True,
    ) -> None:
        self.executor_id = executor_id
        self._url = database.parse_url(database_url)
        self._place = database.place(self._url)
        self._state_dir = state_dir
        self._grace_s = grace_s
        self._launch = f"{executor_id}@{secrets.token_hex(6)}"
        self._queue: str | None = None
        self._queue_lock = asyncio.Lock()
        self._lock: Lock = lock_for(self._url, executor_id=executor_id)
        self._signals = process.StopSignals(self._on_signal) if handle_signals else None
        self._flights = Flights(self._place)
        self._carriers: dict[str, asyncio.Task[Any]] = {}
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()

    # -- opening and closing

    async def __aenter__(self) -> Self:
        """Take the lock and launch.

        Raises:
            StateLocked: another process works on this state.
            UnreadableState: the database is damaged or not stashbot's.
            StateError: it cannot be used.
            EngineError: this process has an open engine already.
        """
        if Flights.current is not None:
            raise EngineError("This process has an open engine already.", hint="Close it first.")
        schema.prepare_place(self._url, create=True)
        if database.is_sqlite(self._url):
            process.check_sqlite(process.python_version(), sqlite3.sqlite_version_info, self._place)
        self._state_dir.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        Flights.current = self._flights
        try:
            self._launch_dbos()
        except BaseException:
            await self._shut_down()
            raise
        if self._signals is not None:
            self._signals.install()
        return self

    async def __aexit__(self, *_: object) -> None:
        closing = asyncio.ensure_future(self._close())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            self._hurry.set()
            await closing
            raise

    def _launch_dbos(self) -> None:
        """On the loop's own thread, so that DBOS runs every flow on this loop.

        Raises:
            StateError: the database cannot be used.
            EngineError: DBOS does not start.
        """
        process.route_dbos_log()
        config: DBOSConfig = {
            "name": _NAME,
            "system_database_url": self._url.render_as_string(hide_password=False),
            "application_version": APPLICATION_VERSION,
            "executor_id": self._launch,
            "log_level": "WARNING",
            "enable_otlp": False,
            "max_executor_threads": _THREADS,
            "notification_listener_polling_interval_sec": _NOTIFICATION_POLL_S,
        }
        if database.is_sqlite(self._url):
            config["db_engine_kwargs"] = {"connect_args": {"factory": database.Connection}}
        with self._translated():
            DBOS(config=config)
            DBOS.listen_queues([self._launch])
            DBOS.launch()

    async def _close(self) -> None:
        self.stop()
        await self._drain()
        await self._shut_down()

    async def _drain(self) -> None:
        """Let steps end within the grace, then cancel them, then the flows themselves."""
        hurry = asyncio.ensure_future(self._hurry.wait())
        try:
            await self._wait_for_carriers(self._grace_s, hurry)
            for cancel in (self._flights.cancel_steps, self._flights.cancel_all):
                if not self._carriers:
                    return
                cancel()
                await self._wait_for_carriers(_UNWIND_S)
        finally:
            hurry.cancel()

    async def _wait_for_carriers(
        self, timeout_s: float, hurry: asyncio.Future[Any] | None = None
    ) -> None:
        deadline = asyncio.get_running_loop().time() + timeout_s
        while self._carriers:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or (hurry is not None and hurry.done()):
                return
            waiting = {*self._carriers.values(), *([hurry] if hurry else [])}
            await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    async def _shut_down(self) -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as thread:
            await loop.run_in_executor(thread, DBOS.destroy)
        loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="asyncio"))
        for carrier in self._carriers.values():
            carrier.cancel()
        Flights.current = None
        self._lock.release()
        if self._signals is not None:
            self._signals.restore()

    # -- stopping

    def stop(self) -> None:
        """Begin no further step: flows stop after the one in progress, and stay resumable."""
        self._flights.stopping = True
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self._flights.stopping

    async def wait_for_stop(self) -> None:
        """Return when a stop is asked for."""
        await self._stop.wait()

    def _on_signal(self) -> None:
        if self.stopping:
            self._hurry.set()
            self._flights.cancel_steps()
            return
        self.stop()
        asyncio.get_running_loop().call_later(self._grace_s, self._flights.cancel_steps)

    # -- flows

    async def run(self, flow: Flow[P, T], *, flow_id: str, args: tuple[Any, ...] = ()) -> T:
        """The result of the flow with this id, whatever it takes.

        Finished: the recorded result. Running here: that one's. Interrupted: resumed. New: started,
        at once and on this loop. When the caller is cancelled, the flow goes on until the engine
        closes.

        Raises:
            Interrupted: the engine stops; the flow can be resumed.
            UnreachableError: Stash or the browser is gone; the flow can be resumed.
            StateError: the state is gone; the flow can be resumed.
            EngineError: the record of the flow cannot be carried on.
            Exception: what the flow raised, now or when it was recorded.
        """
        if FLIGHT.get() is not None:
            raise EngineError("A flow cannot be run from within a flow.", flow_id=flow_id)
        carrier = self._carriers.get(flow_id)
        if carrier is None:
            carrier = asyncio.ensure_future(self._carry(flow, flow_id, args))
            self._carriers[flow_id] = carrier
            carrier.add_done_callback(lambda done: self._landed(flow_id, done))
        result: T = await asyncio.shield(carrier)
        return result

    def _landed(self, flow_id: str, carrier: asyncio.Task[Any]) -> None:
        del self._carriers[flow_id]
        self._flights.pop(flow_id, None)
        if not carrier.cancelled():
            carrier.exception()

    async def _carry(self, flow: Flow[P, T], flow_id: str, args: tuple[Any, ...]) -> T:
        flight = self._flights.add(flow_id)
        if self.stopping:
            raise flight.interrupted()
        with self._translated(flow_id):
            handle = await self._begin(flow, flight, args)
            await self._wait_for_end(flight)
            result: T = await handle.get_result(polling_interval_sec=_RESULT_POLL_S)
            return result

    async def _begin(
        self, flow: Flow[P, T], flight: Flight, args: tuple[Any, ...]
    ) -> WorkflowHandleAsync[T]:
        flow_id = flight.flow_id
        record = await DBOS.get_workflow_status_async(flow_id)
        if record is None:
            with SetWorkflowID(flow_id):
                return await DBOS.start_workflow_async(flow.durable, *args)
        self._check_record(flow, record)
        if _status_of(record) is FlowStatus.INTERRUPTED:
            queue = await self._resume_queue()
            return await DBOS.resume_workflow_async(flow_id, queue_name=queue)
        flight.end()
        return await DBOS.retrieve_workflow_async(flow_id, existing_workflow=False)

    async def _wait_for_end(self, flight: Flight) -> None:
        """Wait until the flow's function has ended here.

        Raises:
            StashbotError: what suspended it.
        """
        while not flight.ended.done():
            await asyncio.wait({flight.ended}, timeout=_START_CHECK_S)
            if flight.task is None and not flight.ended.done():
                if self.stopping:
                    raise flight.interrupted()
                record = await DBOS.get_workflow_status_async(flight.flow_id)
                if record is not None and record.completed_at is not None:
                    return  # DBOS could not even begin it, and recorded why
        suspended_by = flight.ended.result()
        if suspended_by is not None:
            raise suspended_by

    async def _resume_queue(self) -> str:
        """The queue of this launch; those of the run's dead launches are removed."""
        async with self._queue_lock:
            if self._queue is None:
                for queue in await DBOS.list_queues_async():
                    if queue.name.startswith(f"{self.executor_id}@"):
                        await DBOS.delete_queue_async(queue.name)
                await DBOS.register_queue_async(self._launch, polling_interval_sec=_RESUME_POLL_S)
                self._queue = self._launch
        return self._queue

    async def status(self, flow_id: str) -> FlowStatus:
        """How far the flow is, without touching it.

        Raises:
            StateError: the database cannot be used.
        """
        if flow_id in self._carriers:
            return FlowStatus.RUNNING
        with self._translated(flow_id):
            record = await DBOS.get_workflow_status_async(flow_id)
        return FlowStatus.NEW if record is None else _status_of(record)

    def _check_record(self, flow: Flow[P, T], record: WorkflowStatus) -> None:
        if record.name != flow.name:
            raise EngineError(
                f"{record.workflow_id} is a {record.name} flow, not {flow.name}.",
                flow_id=record.workflow_id,
            )
        unfinished = _status_of(record) is FlowStatus.INTERRUPTED
        if unfinished and record.app_version != APPLICATION_VERSION:
            raise EngineError(
                f"{record.workflow_id} was interrupted in another version of stashbot.",
                hint="Start a new run: what was saved stays, and the rest is done again.",
                flow_id=record.workflow_id,
            )

    @contextlib.contextmanager
    def _translated(self, flow_id: str | None = None) -> Iterator[None]:
        try:
            yield
        except dbos_errors.DBOSException as error:
            raise EngineError(
                f"The engine failed: {error}",
                hint="Start a new run; `stashbot doctor` checks the state.",
                flow_id=flow_id,
            ) from error
        except sa.exc.SQLAlchemyError as error:
            raise database.translate(error, self._place) from error


def _status_of(record: WorkflowStatus) -> FlowStatus:
    if record.status == "SUCCESS":
        return FlowStatus.DONE
    if record.status == "ERROR":
        return FlowStatus.FAILED
    return FlowStatus.INTERRUPTED

"""The engine: opens and closes DBOS on the running event loop, and stops cleanly.

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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig
from dbos import error as dbos_errors

from stashbot.engine import process
from stashbot.engine.carrying import APPLICATION_VERSION, Carriers, FlowStatus, translated
from stashbot.engine.flights import Flights
from stashbot.engine.flows import Flow
from stashbot.engine.locks import Lock, lock_for
from stashbot.engine.resuming import ResumeQueue
from stashbot.errors import EngineError
from stashbot.store import database, migrations

P = ParamSpec("P")
T = TypeVar("T")

GRACE_S = 5.0
_NAME = "stashbot"
_UNWIND_S = 2.0
_NOTIFICATION_POLL_S = 0.2
_THREADS = 64


class Engine:
    """The durable engine of this process; there is at most one open at a time.

    ``executor_id`` is the run's id, with which the ids of its flows begin. ``grace_s`` is how long
    a step in progress may go on after a stop was asked for. With ``handle_signals`` Ctrl-C and
    SIGTERM ask for the stop; a second one ends the grace, or cancels the task that opened the
    engine if no flow is in progress.
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
        self._grace_s = grace_s
        self._launch = f"{executor_id}@{secrets.token_hex(6)}"
        self._lock: Lock = lock_for(self._url, executor_id=executor_id, state_dir=state_dir)
        self._signals = process.StopSignals(self._on_signal) if handle_signals else None
        self._flights = Flights(self._place)
        self._queue = ResumeQueue(self._launch, executor_id=executor_id, application=_NAME)
        self._carriers = Carriers(self._flights, self._queue)
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._owner: asyncio.Task[Any] | None = None

    async def __aenter__(self) -> Self:
        """Take the lock and launch.

        Raises:
            StateLocked: another process works on this state.
            UnreadableState: the database is damaged or not stashbot's.
            StateError: it cannot be used.
            EngineError: this process has an open engine already, or DBOS does not start.
        """
        if Flights.current is not None:
            raise EngineError("This process has an open engine already.", hint="Close it first.")
        migrations.prepare_place(self._url, create=True)
        if database.is_sqlite(self._url):
            process.check_sqlite(process.python_version(), sqlite3.sqlite_version_info, self._place)
        self._lock.acquire()
        Flights.current = self._flights
        process.route_dbos_log()
        try:
            await _in_own_thread(lambda: self._queue.prepare(self._url))
            self._launch_dbos()
        except BaseException:
            await self._shut_down()
            raise
        self._owner = asyncio.current_task()
        if self._signals is not None:
            self._signals.install()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, let steps in progress end within the grace, and shut down."""
        closing = asyncio.ensure_future(self._close())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            self._hurry.set()
            await closing
            raise

    def _launch_dbos(self) -> None:
        """On the loop's own thread, so that DBOS runs every flow on this loop."""
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
        with translated(self._place):
            DBOS(config=config)
            DBOS.listen_queues([self._launch])
            DBOS.launch()

    async def _close(self) -> None:
        self.stop()
        await self._carriers.wait(self._grace_s, unless=self._hurry)
        for cancel in (self._flights.cancel_steps, self._flights.cancel_all):
            if self._carriers:
                cancel()
                await self._carriers.wait(_UNWIND_S)
        self._carriers.abandon()
        with contextlib.suppress(sa.exc.SQLAlchemyError, dbos_errors.DBOSException):
            await self._queue.remove()
        await self._shut_down()

    async def _shut_down(self) -> None:
        try:
            await _in_own_thread(DBOS.destroy)
        finally:
            asyncio.get_running_loop().set_default_executor(
                ThreadPoolExecutor(thread_name_prefix="asyncio")
            )
            Flights.current = None
            self._lock.release()
            if self._signals is not None:
                self._signals.restore()

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
            if not self._carriers and self._owner is not None:
                self._owner.cancel()
            return
        self.stop()
        loop = asyncio.get_running_loop()
        loop.call_later(self._grace_s, self._flights.cancel_steps)
        loop.call_later(self._grace_s + _UNWIND_S, self._flights.cancel_all)

    async def run(self, flow: Flow[P, T], *, flow_id: str, args: tuple[Any, ...] = ()) -> T:
        """The result of the flow with this id, whatever it takes.

        Finished: the recorded result. Running here: that one's. Interrupted: resumed. New: started,
        at once and on this loop. When the caller is cancelled, the flow goes on until the engine
        closes.

        Raises:
            Interrupted: the engine stops; the flow can be resumed.
            UnreachableError: Stash or the browser is gone; the flow can be resumed.
            StateError: the state is gone; the flow can be resumed.
            EngineError: the record of the flow cannot be carried on, or a flow called this.
            Exception: what the flow raised, now or when it was recorded.
        """
        return await self._carriers.run(flow, flow_id, args)

    async def status(self, flow_id: str) -> FlowStatus:
        """How far the flow is, without touching it.

        Raises:
            StateError: the database cannot be used.
        """
        return await self._carriers.status(flow_id)


async def _in_own_thread(work: Callable[[], None]) -> None:
    """In a thread that is not of the loop's default executor, which is replaced around here."""
    with ThreadPoolExecutor(1) as thread:
        await asyncio.get_running_loop().run_in_executor(thread, work)

"""Carrying flows: from the request for a flow to its result, over whatever state it is in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
from dbos import DBOS, SetWorkflowID, WorkflowHandleAsync, WorkflowStatus
from dbos import error as dbos_errors

from stashbot.engine.flights import FLIGHT, Flight, Flights
from stashbot.engine.flows import Flow
from stashbot.engine.resuming import ResumeQueue
from stashbot.errors import EngineError
from stashbot.store import database

P = ParamSpec("P")
T = TypeVar("T")

#: Raised when flows change so that interrupted ones of the version before cannot go on.
APPLICATION_VERSION = "1"
_RESULT_POLL_S = 0.02
_START_CHECK_S = 1.0


class FlowStatus(StrEnum):
    """How far a flow is."""

    NEW = "new"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    DONE = "done"
    FAILED = "failed"


class Carriers:
    """One task for each flow that this process works on, shared by all who ask for that flow."""

    def __init__(self, flights: Flights, queue: ResumeQueue) -> None:
        self._flights = flights
        self._queue = queue
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    def __bool__(self) -> bool:
        return bool(self._tasks)

    async def run(self, flow: Flow[P, T], flow_id: str, args: tuple[Any, ...]) -> T:
        """See ``Engine.run``."""
        if FLIGHT.get() is not None:
            raise EngineError("A flow cannot be run from within a flow.", flow_id=flow_id)
        task = self._tasks.get(flow_id)
        if task is None:
            task = asyncio.ensure_future(self._carry(flow, flow_id, args))
            self._tasks[flow_id] = task
            task.add_done_callback(lambda done: self._landed(flow_id, done))
        result: T = await asyncio.shield(task)
        return result

    async def status(self, flow_id: str) -> FlowStatus:
        """See ``Engine.status``."""
        if flow_id in self._tasks:
            return FlowStatus.RUNNING
        with translated(self._flights.place, flow_id):
            record = await DBOS.get_workflow_status_async(flow_id)
        return FlowStatus.NEW if record is None else _status_of(record)

    async def wait(self, timeout_s: float, *, unless: asyncio.Event | None = None) -> None:
        """Return when no flow is left, after ``timeout_s`` seconds, or when ``unless`` is set."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        hurry = loop.create_task((unless or asyncio.Event()).wait())
        try:
            while self._tasks and not hurry.done() and (left := deadline - loop.time()) > 0:
                await asyncio.wait(
                    {*self._tasks.values(), hurry},
                    timeout=left,
                    return_when=asyncio.FIRST_COMPLETED,
                )
        finally:
            hurry.cancel()

    def abandon(self) -> None:
        """Give up what is left; its record stays unfinished."""
        for task in self._tasks.values():
            task.cancel()

    def _landed(self, flow_id: str, task: asyncio.Task[Any]) -> None:
        del self._tasks[flow_id]
        self._flights.pop(flow_id, None)
        if not task.cancelled():
            task.exception()  # whoever asked has seen it, or was cancelled

    async def _carry(self, flow: Flow[P, T], flow_id: str, args: tuple[Any, ...]) -> T:
        flight = self._flights.add(flow_id)
        if self._flights.stopping:
            raise flight.interrupted()
        with translated(self._flights.place, flow_id):
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
        _check_record(flow, record)
        if _status_of(record) is FlowStatus.INTERRUPTED:
            queue = await self._queue.ready()
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
                if self._flights.stopping:
                    raise flight.interrupted()
                record = await DBOS.get_workflow_status_async(flight.flow_id)
                if record is not None and record.completed_at is not None:
                    return  # DBOS could not even begin it, and recorded why
        suspended_by = flight.ended.result()
        if suspended_by is not None:
            raise suspended_by


@contextlib.contextmanager
def translated(place: str, flow_id: str | None = None) -> Iterator[None]:
    """Errors of DBOS and its database as ours.

    Raises:
        EngineError: for DBOS's own.
        StateError: for the database's.
    """
    try:
        yield
    except dbos_errors.DBOSException as error:
        raise EngineError(
            f"The engine failed: {error}",
            hint="Start a new run; `stashbot doctor` checks the state.",
            flow_id=flow_id,
        ) from error
    except sa.exc.SQLAlchemyError as error:
        raise database.translate(error, place) from error


def _check_record(flow: Flow[P, T], record: WorkflowStatus) -> None:
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


def _status_of(record: WorkflowStatus) -> FlowStatus:
    if record.status == "SUCCESS":
        return FlowStatus.DONE
    if record.status == "ERROR":
        return FlowStatus.FAILED
    return FlowStatus.INTERRUPTED

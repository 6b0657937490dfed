"""Flows and steps: what the rest of stashbot writes durable work with.

A flow is an async function that is carried on after a crash: it runs again from its start, and each
``step`` that had finished gives its recorded value instead of running. So a flow's own code decides
by steps' values and arguments only, and touches the world inside steps. A step that had begun and
not finished runs again; a ``changing_step`` therefore looks first whether its act took effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar, cast

import sqlalchemy as sa
from dbos import DBOS
from dbos import error as dbos_errors

from stashbot.engine.flights import (
    FLIGHT,
    STEP,
    SUSPENDING,
    Flight,
    Suspended,
    fly,
    recordable,
)
from stashbot.errors import EngineError, StashbotError
from stashbot.store import database

P = ParamSpec("P")
T = TypeVar("T")
OnRetry = Callable[[int, StashbotError], Awaitable[None]]


class Flow(Generic[P, T]):
    """A durable flow. ``function`` is the plain one, for tests that need no durability."""

    #: DBOS finds flows by name for the whole process, and would take the last of two in silence.
    registered: ClassVar[dict[str, str]] = {}

    def __init__(self, name: str, function: Callable[P, Coroutine[Any, Any, T]]) -> None:
        origin = f"{function.__module__}.{function.__qualname__}"
        if self.registered.setdefault(name, origin) != origin:
            raise EngineError(f"Flow {name} is {self.registered[name]}, and {origin} too.")
        self.name = name
        self.function = function
        self.__doc__ = function.__doc__

        async def durable(*args: Any) -> T:
            return await fly(str(DBOS.workflow_id), function(*args))  # type: ignore[call-arg]

        durable.__module__ = function.__module__
        durable.__qualname__ = f"flow:{name}"
        self.durable = DBOS.workflow(name=name, max_recovery_attempts=None)(durable)

    def __repr__(self) -> str:
        return f"<flow {self.name}>"


def flow(name: str) -> Callable[[Callable[P, Coroutine[Any, Any, T]]], Flow[P, T]]:
    """Register an async function as the durable flow ``name``, which is what the record knows.

    Arguments and result must pickle. The order and names of the steps must follow from arguments
    and steps' values alone. ``UnreachableError`` and ``StateError`` suspend the flow: they are
    never recorded, and the flow goes on from there when it is run again.

    Raises:
        EngineError: another function is registered as ``name``.
    """

    def register(function: Callable[P, Coroutine[Any, Any, T]]) -> Flow[P, T]:
        return Flow(name, function)

    return register


async def step(
    name: str,
    fn: Callable[[], Awaitable[T]],
    *,
    attempts: int = 1,
    on_retry: OnRetry | None = None,
) -> T:
    """Run ``fn`` once and record its value, or give the recorded value without running it.

    A crash between the two runs ``fn`` again. An exception is recorded too, so a transient one is
    tried again in here: up to ``attempts`` times, ``on_retry(attempt, error)`` in between.

    Raises:
        EngineError: outside a flow, or inside another step.
        Suspended: Stash, the browser or the state is gone, the engine stops, or the flow's steps
            are not those that were recorded. Flows must let it pass.
        Exception: what ``fn`` raised, now or when it was recorded.
    """
    flight = FLIGHT.get()
    if flight is None:
        raise EngineError(f"Step {name} was called outside a flow.", step=name)
    if (outer := STEP.get()) is not None:
        raise EngineError(f"Step {name} was called inside step {outer}.", step=name)
    flight.refuse_when_stopping()
    group = flight.group

    async def guarded() -> T:
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        flight.in_steps.add(task)
        inside = STEP.set(name)
        try:
            return await _attempt(fn, attempts, on_retry)
        except SUSPENDING as error:
            raise Suspended(error) from error
        except asyncio.CancelledError as error:
            if group.stopping:
                raise Suspended(flight.interrupted()) from error
            raise
        except Exception as error:
            raise recordable(error) from error
        finally:
            flight.in_steps.discard(task)
            STEP.reset(inside)

    try:
        return await DBOS.run_step_async({"name": name}, guarded)
    except dbos_errors.DBOSException as error:
        raise Suspended(_not_the_recorded_step(flight, name, error)) from error
    except sa.exc.SQLAlchemyError as error:
        raise Suspended(database.translate(error, group.place)) from error


async def _attempt(fn: Callable[[], Awaitable[T]], attempts: int, on_retry: OnRetry | None) -> T:
    for attempt in range(1, attempts):
        try:
            return await fn()
        except StashbotError as error:
            if not error.transient:
                raise
            if on_retry is not None:
                await on_retry(attempt, error)
    return await fn()


async def changing_step(
    name: str,
    *,
    find: Callable[[], Awaitable[T | None]],
    act: Callable[[], Awaitable[T]],
    attempts: int = 1,
    on_retry: OnRetry | None = None,
) -> T:
    """Change the world exactly once and record the value.

    ``find`` looks whether the act already took effect and gives its value, else ``None``. It runs
    before every ``act``, on the first execution and between attempts too: whatever came before, a
    crash or a lost answer, the act is not repeated once it took effect.

    Raises:
        As ``step``.
    """

    async def once() -> T:
        found = await find()
        return await act() if found is None else found

    return await step(name, once, attempts=attempts, on_retry=on_retry)


def _not_the_recorded_step(flight: Flight, name: str, error: Exception) -> EngineError:
    return EngineError(
        f"{flight.flow_id} cannot go on at step {name}: {error}",
        hint="Its steps are not those of the record, as after an upgrade. Start a new run.",
        flow_id=flight.flow_id,
        step=name,
    )

"""What is in the air: the flows that this process carries, and how each of them may end.

A flow ends by its own result or error, which DBOS records, or it is suspended: it leaves the
process and its record stays unfinished, so that the next ``Engine.run`` goes on after its last
finished step. ``Suspended`` is no ``Exception``, so that no handler of a flow takes it for a failed
scene and DBOS does not record it.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
from collections.abc import Coroutine
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from stashbot.errors import EngineError, Interrupted, StashbotError, StateError, UnreachableError

T = TypeVar("T")

#: Errors that say nothing about the scene: the world or the state is gone. They are never recorded.
SUSPENDING = (UnreachableError, StateError)


class Suspended(BaseException):
    """Carries a flow out of the process without an end being recorded."""

    def __init__(self, error: StashbotError) -> None:
        super().__init__(error)
        self.error = error


@dataclass(eq=False, kw_only=True)
class Flight:
    """One flow that ``Engine.run`` was asked for. ``ended`` resolves when its function has ended:
    with the error that suspended it, or with ``None`` when DBOS records how it ended.
    """

    flow_id: str
    group: Flights
    ended: asyncio.Future[StashbotError | None]
    task: asyncio.Task[Any] | None = None
    in_steps: set[asyncio.Task[Any]] = field(default_factory=set)

    def end(self, suspended_by: StashbotError | None = None) -> None:
        """Tell the waiting ``Engine.run``."""
        if not self.ended.done():
            self.ended.set_result(suspended_by)

    def refuse_when_stopping(self) -> None:
        """Nothing, unless the engine stops.

        Raises:
            Suspended: the engine stops, so no further step begins.
        """
        if self.group.stopping:
            raise Suspended(self.interrupted())

    def interrupted(self) -> Interrupted:
        """The error for a flow that had to stop here."""
        return Interrupted(
            f"{self.flow_id} was stopped before its end.",
            hint="Continue the run with --resume.",
            flow_id=self.flow_id,
        )


class Flights(dict[str, Flight]):
    """The flights of the open engine, by flow id.

    DBOS is one per process, and calls flows without saying for whom: ``current`` is how a flow that
    DBOS took from its queue finds the engine.
    """

    current: ClassVar[Flights | None] = None

    def __init__(self, place: str) -> None:
        super().__init__()
        self.stopping = False
        self.place = place

    def add(self, flow_id: str) -> Flight:
        """A flight that DBOS may now begin."""
        ended = asyncio.get_running_loop().create_future()
        flight = self[flow_id] = Flight(flow_id=flow_id, group=self, ended=ended)
        return flight

    def cancel_steps(self) -> None:
        """Cancel what steps are doing; DBOS's own work on the flows goes on to its end."""
        for flight in self.values():
            for task in flight.in_steps:
                task.cancel()

    def cancel_all(self) -> None:
        """Cancel the flows themselves, wherever they are."""
        for flight in self.values():
            if flight.task is not None:
                flight.task.cancel()


#: The flight that the running code belongs to.
FLIGHT: ContextVar[Flight | None] = ContextVar("stashbot_flight", default=None)
#: The name of the step that the running code belongs to.
STEP: ContextVar[str | None] = ContextVar("stashbot_step", default=None)


async def fly(flow_id: str, work: Coroutine[Any, Any, T]) -> T:
    """Carry the function of a flow to its end, inside DBOS.

    Raises:
        Suspended: nobody in this process asked for the flow, or it cannot be ended now.
        Exception: what the function raised, in a form that can be recorded and read again.
    """
    flight = None if Flights.current is None else Flights.current.get(flow_id)
    if flight is None or flight.task is not None:
        work.close()
        raise Suspended(EngineError(f"Nobody asked for {flow_id}.", flow_id=flow_id))
    flight.task = asyncio.current_task()
    FLIGHT.set(flight)
    try:
        flight.refuse_when_stopping()
        result = await work
    except Suspended as stop:
        flight.end(stop.error)
        raise
    except SUSPENDING as error:
        flight.end(error)
        raise Suspended(error) from error
    except asyncio.CancelledError:
        flight.end(flight.interrupted())
        raise
    except Exception as error:  # the flow runner: the one place that must catch everything
        flight.end()
        raise recordable(error) from error
    except BaseException:  # DBOS: another process has taken the flow over and will end it
        flight.end()
        raise
    finally:
        work.close()
    flight.end()
    return result


def recordable(error: Exception) -> Exception:
    """The error itself if it survives being written down and read, else its words.

    An error that cannot be read again would make its flow impossible to resume.
    """
    with contextlib.suppress(Exception):
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 # our own bytes
        if type(copy) is type(error):
            return error
    return StashbotError(f"{type(error).__name__}: {error}", kind=type(error).__name__)

"""Workflows, steps and changes: what the use cases write durable work with.

A workflow is an async function that survives ``kill -9``: it runs again from its start, and each
step that had finished gives its recorded value instead of running. So the function decides by the
values of its steps and by its arguments only, and touches the world inside steps. A step that had
begun and not finished runs again; a change therefore looks first whether it already took effect.

Nothing here knows DBOS: the engine registers workflows with it when it opens.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from stashbot.errors import StashbotError

T = TypeVar("T")
V_co = TypeVar("V_co", covariant=True)
#: Called between two attempts of a step, with the number of the attempt that failed and its error.
OnRetry = Callable[[int, StashbotError], Awaitable[None]]


class Change(Protocol[V_co]):
    """A durable change to Stash that happens exactly once.

    ``name`` is the name of its step, unique within the workflow.
    """

    @property
    def name(self) -> str:
        """Return the name of the change's step."""

    async def find(self) -> V_co | None:
        """Return the change's result if it already took effect, else ``None``."""

    async def apply(self) -> V_co:
        """Make the change and return its result."""


class Execution(Protocol):
    """An execution of a workflow: its steps, and the services of the process that runs it.

    ``services`` is what the engine was opened with; a workflow's module narrows its type.
    """

    workflow_id: str
    run_id: str
    services: Any

    async def step(
        self,
        name: str,
        work: Callable[[], Awaitable[T]],
        *,
        attempts: int = 1,
        on_retry: OnRetry | None = None,
    ) -> T:
        """Run ``work`` once and record its value, or return the recorded value.

        A transient error is tried again, up to ``attempts`` times, with ``on_retry`` in between.
        A fault that passes, such as a Stash that restarts, does not count: it is waited for as
        long as the engine's ``Patience`` allows. A process that dies in the middle runs ``work``
        again when the workflow resumes.

        Raises:
            EngineError: the call stands inside another step.
            Suspended: the engine or the run stops, or Stash, the browser or the state is gone.
                Workflows must let it pass.
            Exception: what ``work`` raised, now or when it was recorded.
        """

    async def change(
        self, change: Change[T], *, attempts: int = 1, on_retry: OnRetry | None = None
    ) -> T:
        """Make a change exactly once and record its result.

        ``find`` runs before every ``apply``: in the first execution, between attempts, and after
        an attempt that failed for good. So the change is not repeated once it took effect, whatever
        came in between: a crash, a lost answer, another worker.

        Raises:
            As ``step``.
        """

    def raise_if_stopping(self) -> None:
        """Raise if the engine or the run stops; for waits between steps.

        Raises:
            Suspended: as ``step``.
        """

    async def check_ownership(self) -> None:
        """Raise unless this worker still owns the execution.

        A worker that was stopped for long (SIGSTOP, a suspended laptop) may have been declared
        dead, and its work taken over. Call this right before a write leaves the process.

        Raises:
            Interrupted: another worker has taken over; it ends the execution as ``Suspended``.
        """


@dataclass(frozen=True)
class Workflow:
    """A durable workflow. ``kind`` is the kind of the runs that it serves.

    With ``unit = "scene"`` the engine starts it once for each scene of a run, as
    ``function(execution, run_id, scene_id)``, and its result is the scene's ``SceneResult``. With
    ``unit = "run"`` it starts once for the whole run, as ``function(execution, run_id)``, and its
    result is the run's report, as JSON.
    """

    kind: str
    unit: Literal["scene", "run"]
    function: Callable[..., Awaitable[Any]]

    def workflow_id(self, run_id: str, scene_id: str = "") -> str:
        """Return the id of the execution for a scene of a run, or for the whole run."""
        return f"{run_id}:{scene_id if self.unit == 'scene' else self.kind}"


def scene_workflow(kind: str) -> Callable[[Callable[..., Awaitable[Any]]], Workflow]:
    """Make an async function the workflow that serves each scene of runs of this kind."""
    return lambda function: Workflow(kind=kind, unit="scene", function=function)


def run_workflow(kind: str) -> Callable[[Callable[..., Awaitable[Any]]], Workflow]:
    """Make an async function the workflow that serves whole runs of this kind."""
    return lambda function: Workflow(kind=kind, unit="run", function=function)


class Suspended(BaseException):
    """Takes an execution out of the process without recording an end: it can be resumed.

    It is no ``Exception``, so that no handler of a workflow takes it for a failed scene.
    """

    def __init__(self, error: StashbotError) -> None:
        super().__init__(error)
        self.error = error

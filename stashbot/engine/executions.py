"""The executions of this process: how a workflow's function and its steps run inside DBOS."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from dbos import DBOS
from dbos import error as dbos_errors
from loguru import logger

from stashbot.engine.serializer import recordable
from stashbot.engine.workflow import Change, OnRetry, Suspended, Workflow
from stashbot.errors import (
    EngineError,
    Interrupted,
    PageError,
    StashbotError,
    StashUnavailable,
    StateError,
    UnreachableError,
)
from stashbot.retry import IMPATIENT, Patience, patiently
from stashbot.store import database

T = TypeVar("T")

#: Errors that say nothing about the scene: the world or the state is gone. They are never recorded.
SUSPENDING = (UnreachableError, StateError)
#: Tells the engine that an execution was suspended by an error of the world, not by a stop.
OnSuspended = Callable[[str, StashbotError], None]
#: Saves a failed result for a scene whose workflow raised; called with run, scene and error.
OnFailed = Callable[[str, str, Exception], Awaitable[None]]
#: Called before a step waits for a fault to pass: run, workflow, fault, seconds to the next try.
OnPause = Callable[[str, str, StashbotError, float], None]


@dataclass(eq=False, kw_only=True)
class RunningExecution:
    """See ``Execution``."""

    workflow_id: str
    run_id: str
    services: Any
    registry: Executions
    task: asyncio.Task[Any] | None = None
    step_tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def step(
        self,
        name: str,
        work: Callable[[], Awaitable[T]],
        *,
        attempts: int = 1,
        on_retry: OnRetry | None = None,
    ) -> T:
        """See ``Execution.step``."""
        return await self._record(name, lambda: self._tried(work, attempts, on_retry))

    async def change(
        self, change: Change[T], *, attempts: int = 1, on_retry: OnRetry | None = None
    ) -> T:
        """See ``Execution.change``."""

        async def find_or_apply() -> T:
            found = await change.find()
            return await change.apply() if found is None else found

        async def attempt() -> T:
            try:
                return await self._tried(find_or_apply, attempts, on_retry)
            except (*SUSPENDING, Interrupted):
                raise
            except StashbotError:
                # A lost answer looks like a failure. What took effect is no failure.
                found = await change.find()
                if found is None:
                    raise
                return found

        return await self._record(change.name, attempt)

    async def _tried(
        self, work: Callable[[], Awaitable[T]], attempts: int, on_retry: OnRetry | None
    ) -> T:
        """Do ``work``, again after a transient error, and for minutes while a fault lasts."""
        failures: list[StashbotError] = []

        async def once() -> T:
            if failures and on_retry is not None:
                await on_retry(len(failures), failures[-1])
            try:
                return await work()
            except StashbotError as error:
                failures.append(error)
                raise

        def report(error: StashbotError, pause: float) -> None:
            level = "WARNING" if len(failures) == 1 else "DEBUG"  # once for each step that waits
            logger.log(level, "{} waits {:.1f} s: {}", self.workflow_id, pause, error.message)
            self.registry.on_pause(self.run_id, self.workflow_id, error, pause)

        caller = patiently(
            self.registry.patience, attempts=attempts, sleep=self._pause, on_pause=report
        )
        result: T = await caller(once)
        return result

    async def _pause(self, seconds: float) -> None:
        """Wait; a stop of the engine or of the run ends it, and with it the execution."""
        await self.registry.pause(self.run_id, seconds)
        self.raise_if_stopping()

    async def check_ownership(self) -> None:
        """See ``Execution.check_ownership``."""
        if not await self.registry.is_owner():
            raise self.interrupted("Another worker has taken it over.")

    async def _record(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        if task in self.step_tasks:
            raise EngineError(f"Step {name} was called inside another step.")
        self.raise_if_stopping()

        async def guarded() -> T:
            inner = cast("asyncio.Task[Any]", asyncio.current_task())
            self.step_tasks.add(inner)
            try:
                return await work()
            except StashbotError as error:
                raise self.registry.end_of_step(self, error) from error
            except asyncio.CancelledError as error:
                if self.registry.is_stopping(self.run_id):
                    raise Suspended(self.interrupted()) from error
                raise
            except Exception as error:
                raise recordable(error) from error
            finally:
                self.step_tasks.discard(inner)

        try:
            return await DBOS.run_step_async({"name": name}, guarded)
        except dbos_errors.DBOSException as error:
            raise Suspended(_not_the_recorded_step(self.workflow_id, name, error)) from error
        except sa.exc.SQLAlchemyError as error:
            raise Suspended(database.translate(error, self.registry.place)) from error

    def raise_if_stopping(self) -> None:
        """Raise ``Suspended`` if the engine or the run stops, so that no further step begins."""
        if self.registry.is_stopping(self.run_id):
            raise Suspended(self.interrupted())

    def interrupted(self, why: str = "") -> Interrupted:
        """Return the error for an execution that stops here."""
        return Interrupted(
            f"{self.workflow_id} was stopped before its end. {why}".rstrip(),
            hint="Continue the run with --resume.",
        )


class Executions:
    """All executions of this process, by workflow id.

    ``is_owner`` says whether this worker is still taken for alive by the others; ``place`` is how
    errors name the state; ``patience`` how long steps wait for faults that pass.
    """

    def __init__(
        self,
        services: Any,
        *,
        place: str,
        is_owner: Callable[[], Awaitable[bool]],
        on_suspended: OnSuspended,
        on_failed: OnFailed,
        patience: Patience = IMPATIENT,
        on_pause: OnPause = lambda *_: None,
    ) -> None:
        self.place = place
        self.is_owner = is_owner
        self.patience = patience
        self.on_pause = on_pause
        self._is_stopping = False
        self._services = services
        self._on_suspended = on_suspended
        self._on_failed = on_failed
        self._running: dict[str, RunningExecution] = {}
        self._stopping_runs: set[str] = set()
        #: Set, and replaced, when the engine or a run is to stop.
        self._stop_requested = asyncio.Event()
        #: The executions in a row, by run, whose patience was used up.
        self._without_patience: dict[str, set[str]] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._leaving = asyncio.Event()

    def __len__(self) -> int:
        return len(self._running)

    def is_running(self, workflow_id: str) -> bool:
        """Return whether the workflow is in progress here."""
        return workflow_id in self._running

    def of_run(self, run_id: str) -> list[RunningExecution]:
        """Return the executions of a run that are in progress here."""
        return [execution for execution in self._running.values() if execution.run_id == run_id]

    @property
    def stopping(self) -> bool:
        """Whether no further step may begin in this process; steps that wait end at once."""
        return self._is_stopping

    @stopping.setter
    def stopping(self, value: bool) -> None:
        self._is_stopping = value
        self._wake_pauses()

    def is_stopping(self, run_id: str) -> bool:
        """Return whether no further step of this run may begin here."""
        return self.stopping or run_id in self._stopping_runs

    def stop_run(self, run_id: str) -> None:
        """Let executions of the run end after the step in progress; steps that wait at once."""
        self._stopping_runs.add(run_id)
        self._wake_pauses()

    def _wake_pauses(self) -> None:
        self._stop_requested.set()
        self._stop_requested = asyncio.Event()

    async def pause(self, run_id: str, seconds: float) -> None:
        """Wait for so long, or until the engine or the run is to stop."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.is_stopping(run_id):
                    await self._stop_requested.wait()

    def end_of_step(self, execution: RunningExecution, error: StashbotError) -> BaseException:
        """Return what ends a step whose last try failed with ``error``.

        An error of the world, and a fault that did not pass in time, suspend the execution, so that
        its run stops. A fault that only the page saw may be about this scene alone: it fails the
        scene, until ``patience.scenes`` scenes in a row have met such a fault.
        """
        if self.patience.passes(error):
            failed = self._without_patience.setdefault(execution.run_id, set())
            failed.add(execution.workflow_id)
            if not isinstance(error, PageError) or len(failed) >= self.patience.scenes:
                return Suspended(_unavailable(error, self.patience))
        if isinstance(error, (*SUSPENDING, Interrupted)):
            return Suspended(error)
        return recordable(error)

    def allow_run(self, run_id: str) -> None:
        """Let executions of the run begin again after ``stop_run``."""
        self._stopping_runs.discard(run_id)

    async def wait_until_idle(self) -> None:
        """Return when no execution is in progress here."""
        await self._idle.wait()

    def turn_away(self) -> None:
        """Suspend what was claimed since the stop, without a step of it."""
        self._leaving.set()

    def begin_again(self) -> None:
        """Take up work again after a stop."""
        self.stopping = False
        self._leaving.clear()

    def cancel_steps(self, run_id: str | None = None) -> None:
        """Cancel the steps in progress, of a run or of all."""
        for execution in self._of(run_id):
            for task in execution.step_tasks:
                task.cancel()

    def cancel_all(self) -> None:
        """Cancel the executions themselves, wherever they are."""
        for execution in self._running.values():
            if execution.task is not None:
                execution.task.cancel()

    def _of(self, run_id: str | None) -> list[RunningExecution]:
        return list(self._running.values()) if run_id is None else self.of_run(run_id)

    async def execute(self, workflow: Workflow, *args: str) -> Any:
        """Run a workflow's function to its end, inside DBOS.

        Raises:
            Suspended: the execution cannot end now; its record stays unfinished.
            Exception: what the function raised, in a form that can be recorded.
        """
        workflow_id, run_id = str(DBOS.workflow_id), args[0]
        execution = RunningExecution(
            workflow_id=workflow_id, run_id=run_id, services=self._services, registry=self
        )
        if self.stopping:
            # Until then it fills a place of this worker, so that DBOS claims no further ones.
            await self._leaving.wait()
            raise Suspended(execution.interrupted())
        execution.raise_if_stopping()
        execution.task = asyncio.current_task()
        self._running[workflow_id] = execution
        self._idle.clear()
        try:
            result = await workflow.function(execution, *args)
        except Suspended as stop:
            self._report(run_id, stop.error)
            raise
        except SUSPENDING as error:
            self._report(run_id, error)
            raise Suspended(error) from error
        except asyncio.CancelledError as error:
            if self.is_stopping(run_id):
                raise Suspended(execution.interrupted()) from error
            raise
        except Exception as error:  # the workflow runner: the only place that must catch everything
            if workflow.unit == "scene":
                await self._save_failed(run_id, args[-1], error)
            raise recordable(error) from error
        else:
            if workflow_id not in self._without_patience.get(run_id, ()):
                self._without_patience.pop(run_id, None)
            return result
        finally:
            # The same workflow may have been claimed here once more in the meantime.
            if self._running.get(workflow_id) is execution:
                del self._running[workflow_id]
            if not self._running:
                self._idle.set()

    async def _save_failed(self, run_id: str, scene_id: str, error: Exception) -> None:
        try:
            await self._on_failed(run_id, scene_id, error)
        except StateError as gone:  # the scene has no end yet: it is done again
            self._report(run_id, gone)
            raise Suspended(gone) from error

    def _report(self, run_id: str, error: StashbotError) -> None:
        if not isinstance(error, Interrupted):
            self._on_suspended(run_id, error)


def _unavailable(error: StashbotError, patience: Patience) -> StashUnavailable:
    minutes = patience.budget_s / 60
    span = f"{minutes:.0f} minutes" if minutes >= 2 else f"{patience.budget_s:g} s"  # noqa: PLR2004
    return StashUnavailable(
        f"Stash kept failing for {span}. {error.message}",
        hint="Wait until Stash serves requests again.",
        fault=type(error).__name__,
    )


def _not_the_recorded_step(workflow_id: str, name: str, error: Exception) -> EngineError:
    return EngineError(
        f"{workflow_id} cannot go on at step {name}: {error}",
        hint="Its steps are not those of the record, as after an upgrade. Start a new run.",
    )

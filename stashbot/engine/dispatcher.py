"""From the rows of runs to DBOS's queue, and from ended workflows to the end of a run.

A run's scenes are rows from the beginning. The dispatcher keeps a few of each active run in the
queue, so that a run of 100,000 scenes begins at once, takes no memory, and leaves room for the next
run. It repeats whatever it may have done before: the id of a scene's workflow follows from run and
scene, so enqueueing a scene twice is enqueueing it once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dbos import DBOS, SetWorkflowID, WorkflowStatus
from loguru import logger
from pydantic import JsonValue

from stashbot.engine.executions import Executions
from stashbot.engine.workflow import Workflow
from stashbot.errors import EngineError, Interrupted, StashbotError
from stashbot.models import Outcome, SceneResult, codec
from stashbot.store import Run, RunStatus, Store

QUEUE = "scenes"
TICK_S = 0.2
#: How many scenes of a run wait in the queue for each page of this process.
QUEUED_PER_PAGE = 4
#: Ticks between two looks for workflows that ended without a result.
RECONCILE_TICKS = 10
_ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


class Dispatcher:
    """Feeds the queue and ends runs, for all runs of a state."""

    def __init__(
        self,
        store: Store,
        executions: Executions,
        workflows: Mapping[str, Workflow],
        durable: Mapping[str, Callable[..., Any]],
        *,
        pages: int,
        version: str,
    ) -> None:
        self._store = store
        self._executions = executions
        self._workflows = workflows
        self._durable = durable
        self._window = pages * QUEUED_PER_PAGE
        self._version = version
        self._wake = asyncio.Event()
        self._ticks = 0
        self._known: set[str] = set()
        self._adrift: set[str] = set()

    def wake(self) -> None:
        """Look at the runs now instead of at the next tick."""
        self._wake.set()

    async def run(self) -> None:
        """Dispatch until cancelled; a database that fails for a moment is tried again."""
        while True:
            try:
                await self.dispatch()
            except StashbotError as error:
                logger.warning("cannot dispatch: {}", error.message)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TICK_S)
            self._wake.clear()

    async def dispatch(self) -> None:
        """Bring every active run a step further."""
        self._ticks += 1
        for run in await self._store.runs.active():
            if run.kind not in self._workflows:
                continue
            if run.status is RunStatus.STOPPING:
                await self._stop(run)
                continue
            self._executions.allow_run(run.id)
            if self._workflows[run.kind].unit == "scene":
                await self._feed(run)
            else:
                await self._start(run)

    async def dispatch_stopping(self) -> None:
        """End the runs that shall stop, as far as their scenes are at rest."""
        for run in await self._store.runs.active():
            if run.status is RunStatus.STOPPING and run.kind in self._workflows:
                await self._stop(run)

    # -- feeding

    async def _feed(self, run: Run) -> None:
        workflow = self._workflows[run.kind]
        queued = await self._store.runs.unfinished_scenes(run.id, limit=self._window)
        room = self._window - len(queued)
        waiting = await self._store.runs.waiting_scenes(run.id, limit=room) if room > 0 else ()
        for scene_id in waiting:
            await self._enqueue(workflow, run.id, scene_id)
        if waiting:
            await self._store.runs.mark_queued(run.id, waiting)
        elif not queued:
            await self._finish(run)
        if queued and (run.id not in self._known or self._ticks % RECONCILE_TICKS == 0):
            await self._reconcile(run, workflow, queued)
        self._known.add(run.id)

    async def _start(self, run: Run) -> None:
        workflow = self._workflows[run.kind]
        found = await self._status_of([workflow.workflow_id(run.id)])
        if not found:
            await self._enqueue(workflow, run.id)
            return
        (record,) = found
        if record.app_version != self._version:
            await self.stop(run.id, _other_version(run, record))
        elif record.status == "SUCCESS":
            await self._store.runs.set_report(run.id, record.output)
            await self._finish(run)
        elif record.status == "CANCELLED" or (
            self._ticks % RECONCILE_TICKS == 0 and self._is_adrift(record)
        ):
            await DBOS.resume_workflows_async([record.workflow_id], queue_name=QUEUE)
        elif record.status in _ENDED:
            await self._fail_run(run, record)

    async def _enqueue(self, workflow: Workflow, *args: str) -> None:
        with SetWorkflowID(workflow.workflow_id(*args)):
            await DBOS.enqueue_workflow_async(QUEUE, self._durable[workflow.kind], *args)

    async def _finish(self, run: Run) -> None:
        await self._store.runs.set_status(
            run.id, RunStatus.DONE, only_from=(RunStatus.RUNNING, RunStatus.STOPPING)
        )

    # -- stopping

    async def stop(self, run_id: str, reason: StashbotError | None = None) -> None:
        """Ask for the end of a run; its scenes in progress end after their step, resumably."""
        self._executions.stop_run(run_id)
        await self._store.runs.set_status(
            run_id,
            RunStatus.STOPPING,
            only_from=(RunStatus.RUNNING,),
            stop_reason=None if reason is None else codec.encode(reason),
        )
        self.wake()

    async def _stop(self, run: Run) -> None:
        """Take the run's scenes out of the queue; once none is in progress it is interrupted."""
        self._executions.stop_run(run.id)
        ids = await self._queued_ids(run)
        records = await self._status_of(ids)
        if any(record.status == "PENDING" and self._is_elsewhere(record) for record in records):
            waiting = [record.workflow_id for record in records if record.status == "ENQUEUED"]
            await self._cancel(waiting)
            return
        if self._executions.of_run(run.id):
            waiting = [record.workflow_id for record in records if record.status == "ENQUEUED"]
            await self._cancel(waiting)
            return
        await self._cancel([r.workflow_id for r in records if r.status not in _ENDED])
        self._known.discard(run.id)
        left = await self._store.runs.remaining(run.id)
        done = self._workflows[run.kind].unit == "scene" and not left
        await self._store.runs.set_status(
            run.id,
            RunStatus.DONE if done else RunStatus.INTERRUPTED,
            only_from=(RunStatus.STOPPING,),
        )

    @staticmethod
    def _is_elsewhere(record: WorkflowStatus) -> bool:
        return record.executor_id != DBOS.executor_id

    async def _queued_ids(self, run: Run) -> list[str]:
        workflow = self._workflows[run.kind]
        if workflow.unit == "run":
            return [workflow.workflow_id(run.id)]
        scenes = await self._store.runs.unfinished_scenes(run.id)
        return [workflow.workflow_id(run.id, scene_id) for scene_id in scenes]

    async def _cancel(self, ids: Sequence[str]) -> None:
        if ids:
            await DBOS.cancel_workflows_async(list(ids))

    # -- what ended without a result

    async def _reconcile(self, run: Run, workflow: Workflow, scenes: Sequence[str]) -> None:
        """Put back what was taken out of the queue, and fail what ended without a result."""
        by_id = {workflow.workflow_id(run.id, scene_id): scene_id for scene_id in scenes}
        records = {r.workflow_id: r for r in await self._status_of(list(by_id))}
        other = next((r for r in records.values() if r.app_version != self._version), None)
        if other is not None:
            await self.stop(run.id, _other_version(run, other))
            return
        for workflow_id, scene_id in by_id.items():
            record = records.get(workflow_id)
            if record is None:
                await self._enqueue(workflow, run.id, scene_id)
            elif record.status == "CANCELLED" or self._is_adrift(record):
                await DBOS.resume_workflows_async([workflow_id], queue_name=QUEUE)
            elif record.status in _ENDED:
                error = record.error or EngineError(f"{workflow_id} ended without a result.")
                await self.save_failed(run.id, scene_id, error)

    def _is_adrift(self, record: WorkflowStatus) -> bool:
        """Return whether this worker claimed a workflow and has not executed it for two looks.

        A worker that was taken for dead and is back may have claimed it while it let its work go.
        """
        mine = record.status == "PENDING" and not self._is_elsewhere(record)
        if not mine or self._executions.is_running(record.workflow_id):
            self._adrift.discard(record.workflow_id)
            return False
        was_adrift = record.workflow_id in self._adrift
        self._adrift ^= {record.workflow_id}
        return was_adrift

    async def save_failed(self, run_id: str, scene_id: str, error: Exception) -> None:
        """Save the result of a scene whose workflow raised; a result that is there stays."""
        reason = (
            str(error) if isinstance(error, StashbotError) else f"{type(error).__name__}: {error}"
        )
        failed = SceneResult(id=scene_id, outcome=Outcome.FAILED, reason=reason, elapsed_ms=0)
        await self._store.results.save(run_id, failed)

    async def _fail_run(self, run: Run, record: WorkflowStatus) -> None:
        error = record.error
        if not isinstance(error, StashbotError):
            error = Interrupted(f"Run {run.id} ended without a result: {error}")
        reason: JsonValue = codec.encode(error)
        await self._store.runs.set_status(
            run.id, RunStatus.INTERRUPTED, only_from=(RunStatus.RUNNING,), stop_reason=reason
        )

    async def _status_of(self, ids: list[str]) -> list[WorkflowStatus]:
        if not ids:
            return []
        return await DBOS.list_workflows_async(workflow_ids=ids, load_input=False)


def _other_version(run: Run, record: WorkflowStatus) -> EngineError:
    return EngineError(
        f"Run {run.id} was begun by another version of stashbot ({record.workflow_id}).",
        hint="Start a new run: what was saved stays, and the rest is done again.",
    )

"""From the rows of runs to DBOS's queue, and from ended workflows to the end of a run.

A run's scenes are rows from the beginning. The dispatcher keeps a few of each active run in the
queue, so that a run of 100,000 scenes begins at once, takes no memory, and leaves room for the next
run. Every worker dispatches: another worker may do the same at the same moment.
So the id of a scene's workflow follows from run and scene, which makes enqueueing a scene twice the
same as enqueueing it once, and workflows are put back into the queue under a lease.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dbos import DBOS, SetWorkflowID, WorkflowStatus
from loguru import logger
from pydantic import JsonValue

from stashbot.engine.executions import Executions
from stashbot.engine.translation import translated
from stashbot.engine.workflow import Workflow
from stashbot.errors import EngineError, Interrupted, OtherVersion, StashbotError
from stashbot.models import Outcome, SceneResult, codec
from stashbot.store import Run, RunStatus, Store, WorkerState

QUEUE = "scenes"
TICK_S = 0.2
#: How many scenes of a run wait in the queue for each page of the live workers.
QUEUED_PER_PAGE = 4
#: Ticks between two looks for workflows that nobody works on.
RECONCILE_TICKS = 10
#: A workflow that this worker claimed and does not run for so long was dropped.
STRAY_S = 5.0
UNFINISHED = ["PENDING", "ENQUEUED", "DELAYED"]
_ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


@dataclass
class _Stop:
    """A stop of a run that this process requested.

    ``tick`` is the number of the last look at the runs that may have begun before it was written.
    """

    reason: StashbotError | None
    tick: int
    is_written: bool = False


class Dispatcher:
    """Feeds the queue and ends runs, for all runs of a state.

    ``live_workers`` gives the number of workers; ``take_over`` puts what a worker that is gone had
    claimed back into the queue; ``claim`` is called when the queue may have scenes.
    """

    def __init__(
        self,
        store: Store,
        executions: Executions,
        workflows: Mapping[str, Workflow],
        durable: Mapping[str, Callable[..., Any]],
        *,
        pages: int,
        version: str,
        live_workers: Callable[[], int],
        take_over: Callable[[str], Awaitable[None]],
        claim: Callable[[], None],
    ) -> None:
        self._store = store
        self._executions = executions
        self._workflows = workflows
        self._durable = durable
        self._pages = pages
        self._version = version
        self._live_workers = live_workers
        self._take_over = take_over
        self._claim = claim
        self._wake = asyncio.Event()
        self._ticks = 0
        self._known: set[str] = set()
        self._stops: dict[str, _Stop] = {}
        self._strays: dict[str, float] = {}
        self._warnings: dict[str, str] = {}

    def wake(self) -> None:
        """Look at the runs now instead of at the next tick."""
        self._wake.set()

    async def run(self) -> None:
        """Dispatch until cancelled; a database that fails for a moment is tried again."""
        while True:
            async with self._warning_only("cannot dispatch"):
                await self.dispatch()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TICK_S)
            self._wake.clear()

    async def dispatch(self) -> None:
        """Bring every active run a step further; a run that fails holds no other up."""
        self._ticks += 1
        tick = self._ticks
        active = await self._store.runs.active()
        ids = {run.id for run in active}
        self._known &= ids
        for run_id in [run_id for run_id, stop in self._stops.items() if stop.tick < tick]:
            if run_id not in ids:
                del self._stops[run_id]
        for run in active:
            if run.kind in self._workflows:
                async with self._warning_only(f"cannot dispatch run {run.id}"):
                    await self._advance(run, tick)
        if active:
            self._claim()

    async def dispatch_stopping(self) -> None:
        """End the runs that shall stop, as far as their scenes are at rest."""
        for run_id in list(self._stops):
            await self._write_stop(run_id)
        for run in await self._store.runs.active():
            if run.status is RunStatus.STOPPING and run.kind in self._workflows:
                await self._stop(run)

    @contextlib.asynccontextmanager
    async def _warning_only(self, what: str) -> AsyncIterator[None]:
        """Turn an error into a warning, which is not repeated while nothing changes."""
        try:
            with translated(self._store.path):
                yield
        except StashbotError as error:
            if self._warnings.get(what) != error.message:
                self._warnings[what] = error.message
                logger.warning("{}: {}", what, error.message)
        else:
            self._warnings.pop(what, None)

    async def _advance(self, run: Run, tick: int) -> None:
        if run.status is RunStatus.STOPPING:
            await self._stop(run)
            return
        if stop := self._stops.get(run.id):
            if not stop.is_written:
                await self._write_stop(run.id)
            if stop.tick >= tick:
                return  # the row was read before the stop was written
            del self._stops[run.id]  # it was resumed since
        self._executions.allow_run(run.id)
        if self._workflows[run.kind].unit == "scene":
            await self._feed(run)
        else:
            await self._start(run)

    # -- feeding

    async def _feed(self, run: Run) -> None:
        workflow = self._workflows[run.kind]
        is_new = run.id not in self._known
        if is_new and await self._is_of_another_version(run):
            return
        self._known.add(run.id)
        window = self._pages * QUEUED_PER_PAGE * max(1, self._live_workers())
        queued = await self._store.runs.unfinished_scenes(run.id, limit=window)
        if queued and (is_new or self._ticks % RECONCILE_TICKS == 0):
            await self._reconcile(run, workflow, queued)
        room = window - len(queued)
        waiting = await self._store.runs.waiting_scenes(run.id, limit=room) if room > 0 else ()
        for scene_id in waiting:
            await self._enqueue(workflow, run.id, scene_id)
        if waiting:
            await self._store.runs.mark_queued(run.id, waiting)
        # Another worker may have queued the last scenes between the two looks above.
        elif not queued and not await self._store.runs.remaining(run.id):
            await self._finish(run)

    async def _start(self, run: Run) -> None:
        workflow = self._workflows[run.kind]
        found = await self._status_of([workflow.workflow_id(run.id)])
        if not found:
            await self._enqueue(workflow, run.id)
            return
        (record,) = found
        if record.status == "SUCCESS":
            await self._store.runs.set_report(run.id, record.output)
            await self._finish(run)
        elif record.status in _ENDED and record.status != "CANCELLED":
            await self._fail_run(run, record)
        elif record.app_version == self._version:
            await self._put_back(run, [record])
        elif not await self._has_worker(record.app_version):
            await self.stop(run.id, _other_version(run))

    async def _enqueue(self, workflow: Workflow, *args: str) -> None:
        with SetWorkflowID(workflow.workflow_id(*args)):
            await DBOS.enqueue_workflow_async(QUEUE, self._durable[workflow.kind], *args)

    async def _finish(self, run: Run) -> None:
        await self._store.runs.set_status(
            run.id, RunStatus.DONE, only_from=(RunStatus.RUNNING, RunStatus.STOPPING)
        )

    # -- stopping

    def note_stop(self, run_id: str, reason: StashbotError | None = None) -> None:
        """Ask for the end of a run as soon as the state can be written to."""
        self._executions.stop_run(run_id)
        self._stops.setdefault(run_id, _Stop(reason, self._ticks))
        self.wake()

    async def stop(self, run_id: str, reason: StashbotError | None = None) -> None:
        """Ask for the end of a run; its scenes in progress end after their step, resumably.

        Raises:
            StateError: the state cannot be written to now; it is tried again.
        """
        self.note_stop(run_id, reason)
        await self._write_stop(run_id)

    async def _write_stop(self, run_id: str) -> None:
        stop = self._stops[run_id]
        await self._store.runs.set_status(
            run_id,
            RunStatus.STOPPING,
            only_from=(RunStatus.RUNNING,),
            stop_reason=None if stop.reason is None else codec.encode(stop.reason),
        )
        stop.is_written, stop.tick = True, self._ticks

    async def _stop(self, run: Run) -> None:
        """Take the run's scenes out of the queue; once none is in progress it is interrupted."""
        self._executions.stop_run(run.id)
        records = await self._status_of(await self._queued_ids(run))
        workers = {worker.id for worker in await self._store.workers.list()}
        unfinished = [record for record in records if record.status not in _ENDED]
        in_progress = [record for record in unfinished if self._is_in_progress(record, workers)]
        await self._cancel([r.workflow_id for r in unfinished if r not in in_progress])
        if in_progress:
            return
        left = await self._store.runs.remaining(run.id)
        done = self._workflows[run.kind].unit == "scene" and not left
        await self._store.runs.set_status(
            run.id,
            RunStatus.DONE if done else RunStatus.INTERRUPTED,
            only_from=(RunStatus.STOPPING,),
        )

    def _is_in_progress(self, record: WorkflowStatus, workers: Collection[str]) -> bool:
        """Return whether a worker runs it, or has yet to say that it does not any more."""
        if record.status != "PENDING":
            return False
        if record.executor_id == DBOS.executor_id:
            return self._executions.is_running(record.workflow_id)
        return record.executor_id in workers

    async def _queued_ids(self, run: Run) -> list[str]:
        workflow = self._workflows[run.kind]
        if workflow.unit == "run":
            return [workflow.workflow_id(run.id)]
        scenes = await self._store.runs.unfinished_scenes(run.id)
        return [workflow.workflow_id(run.id, scene_id) for scene_id in scenes]

    async def _cancel(self, ids: Sequence[str]) -> None:
        if ids:
            await DBOS.cancel_workflows_async(list(ids))

    # -- workflows that nobody works on

    async def _is_of_another_version(self, run: Run) -> bool:
        """Return whether a version without a worker left unfinished scenes; the run stops then."""
        records = await DBOS.list_workflows_async(
            workflow_id_prefix=f"{run.id}:",
            status=[*UNFINISHED, "CANCELLED"],
            load_input=False,
            load_output=False,
        )
        for version in {record.app_version for record in records} - {self._version}:
            if not await self._has_worker(version):
                await self.stop(run.id, _other_version(run))
                return True
        return False

    async def _has_worker(self, version: str | None) -> bool:
        live = await self._store.workers.list(state=WorkerState.LIVE)
        return any(worker.version == version for worker in live)

    async def _reconcile(self, run: Run, workflow: Workflow, scenes: Sequence[str]) -> None:
        """Put back what was taken out of the queue, and fail what ended without a result."""
        by_id = {workflow.workflow_id(run.id, scene_id): scene_id for scene_id in scenes}
        records = {record.workflow_id: record for record in await self._status_of(list(by_id))}
        for workflow_id, scene_id in by_id.items():
            record = records.get(workflow_id)
            if record is None:
                await self._enqueue(workflow, run.id, scene_id)
            elif record.status in _ENDED and record.status != "CANCELLED":
                error = record.error or EngineError(
                    f"{workflow_id} ended without a result.",
                    hint="Run the scene again: stashbot run --ids " + scene_id,
                )
                await self.save_failed(run.id, scene_id, error)
        await self._put_back(run, [r for r in records.values() if r.app_version == self._version])

    async def _put_back(self, run: Run, records: Sequence[WorkflowStatus]) -> None:
        """Put workflows that were cancelled, or that no worker runs any more, into the queue."""
        pending = [record for record in records if record.status == "PENDING"]
        executors = {str(r.executor_id) for r in pending} - {DBOS.executor_id}
        if executors:
            executors -= {worker.id for worker in await self._store.workers.list()}
        for executor_id in executors:
            await self._take_over(executor_id)
        ids = [r.workflow_id for r in records if r.status == "CANCELLED" or self._is_stray(r)]
        if not ids:
            return
        async with self._lease(f"queue {run.id}") as is_ours:
            if is_ours:  # else another worker does it: resumed twice, a scene would run twice
                again = await self._status_of(ids)
                ids = [r.workflow_id for r in again if r.status == "CANCELLED" or self._is_stray(r)]
                if ids:
                    await DBOS.resume_workflows_async(ids, queue_name=QUEUE)
        for name in ids:
            self._strays.pop(name, None)

    def _is_stray(self, record: WorkflowStatus) -> bool:
        """Return whether this worker claimed the workflow a while ago and does not run it."""
        name = record.workflow_id
        is_ours = record.status == "PENDING" and record.executor_id == DBOS.executor_id
        if not is_ours or self._executions.is_running(name):
            self._strays.pop(name, None)
            return False
        return time.monotonic() - self._strays.setdefault(name, time.monotonic()) > STRAY_S

    @contextlib.asynccontextmanager
    async def _lease(self, key: str) -> AsyncIterator[bool]:
        """Take a lease for the block if it is free, and say whether it was."""
        token = secrets.token_hex(8)
        is_ours = await self._store.leases.acquire(key, DBOS.executor_id, token)
        try:
            yield is_ours
        finally:
            if is_ours:
                await self._store.leases.release(key, token)

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


def _other_version(run: Run) -> OtherVersion:
    return OtherVersion(
        f"Run {run.id} was begun by another version of stashbot and cannot go on here."
    )

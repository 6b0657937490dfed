"""Take back what runs changed: fields of scenes first, then what was created for them.

Undo writes by Stash's API, not through its pages: the old values are known to the letter, and
nothing has to be judged. Each scene and each entity is read again right before it is written. An
undo that was cut off is simply requested again: it goes on with what is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pydantic import JsonValue

from stashbot.decide.planning.undo_plan import FieldRestore, PastChange, UndoPlan, plan_undo
from stashbot.engine import Execution, run_workflow
from stashbot.errors import UnknownRun, UsageError
from stashbot.flows.runs.driver import start_whole_run
from stashbot.flows.runs.write_records import settle_open_intents
from stashbot.flows.undo.delete_entity import DeleteEntity
from stashbot.flows.undo.restore_fields import RestoreFields, UndoOutcome, UndoResult
from stashbot.models import FieldName, Model
from stashbot.services import Services
from stashbot.store import AuditEntry, Store


class UndoRequest(Model):
    """Filters for the changes to take back: those that match every given filter.

    ``run`` may be ``last``: the run that changed something last and is no undo. ``last`` counts
    only changes that were not taken back yet. ``force`` also takes back what somebody edited since;
    what others added to a list, or removed from it, stays as they left it.
    """

    last: int | None = None
    run: str | None = None
    scene: str | None = None
    source: str | None = None
    field: FieldName | None = None
    force: bool = False
    dry_run: bool = False


class UndoReport(Model):
    """The result of each change. ``run`` is the id under which it was audited.

    ``of_run`` is the run whose changes are undone, if it is a single run.
    """

    run: str | None = None
    of_run: str | None = None
    dry_run: bool = False
    results: tuple[UndoResult, ...] = ()

    @property
    def is_incomplete(self) -> bool:
        """Return whether a change stays that was to be taken back."""
        return any(result.outcome is UndoOutcome.KEPT for result in self.results)

    @property
    def totals(self) -> dict[UndoOutcome, int]:
        """Return how many changes had which outcome."""
        return Counter(result.outcome for result in self.results)


async def undo(services: Services, request: UndoRequest) -> UndoReport:
    """Take changes back as a run of their own; a dry undo only says what would happen.

    Raises:
        UnknownRun: there is no such run.
        UsageError: nothing that matches is left to be taken back.
        UnreachableError: Stash is not there.
    """
    await settle_open_intents(services)
    request = await _with_run_id(services.store, request)
    plan = plan_undo(await _past_changes(services.store, request), force=request.force)
    if request.dry_run:
        results = await _preview(services, plan)
        return UndoReport(of_run=request.run, dry_run=True, results=(*results, *_not_undone(plan)))
    if plan.is_empty:
        return UndoReport(of_run=request.run, results=_not_undone(plan))
    run_id, report = await start_whole_run(
        services,
        kind="undo",
        scenes=plan.scenes,
        options={"plan": plan.model_dump(mode="json")},
    )
    results = _UndoResults.model_validate(report).results
    return UndoReport(run=run_id, of_run=request.run, results=(*results, *_not_undone(plan)))


async def _with_run_id(store: Store, request: UndoRequest) -> UndoRequest:
    """Return the request with the id of its run.

    Raises:
        UnknownRun: there is no such run, or none that changed anything.
    """
    if request.run != "last":
        if request.run is not None:
            await store.runs.get(request.run)
        return request
    run_id = await store.audit.latest_run()
    if run_id is None:
        raise UnknownRun(
            "No run has changed anything yet.", hint="Start a run: stashbot run.", run="last"
        )
    return request.model_copy(update={"run": run_id})


class _UndoResults(Model):
    """The report of an undo run, as it is kept."""

    results: tuple[UndoResult, ...] = ()


@run_workflow("undo")
async def undo_changes(execution: Execution, run_id: str) -> JsonValue:
    """Carry the plan out, scene by scene and entity by entity; what stays stops nothing else."""
    services: Services = execution.services

    async def read_plan() -> UndoPlan:
        run = await services.store.runs.get(run_id)
        return UndoPlan.model_validate(run.options["plan"])

    plan = await execution.step("plan", read_plan)
    results: list[UndoResult] = []
    for scene in _scenes(services, run_id, plan):
        results += (await execution.change(scene)).results
    for entity in _entities(services, run_id, plan):
        results.append(await execution.change(entity))
    report: JsonValue = _UndoResults(results=tuple(results)).model_dump(mode="json")
    return report


async def _preview(services: Services, plan: UndoPlan) -> tuple[UndoResult, ...]:
    """Return what carrying the plan out would come to, by what Stash holds now."""
    results: list[UndoResult] = []
    for scene in _scenes(services, "", plan):
        results += (await scene.preview()).results
    freed = Counter(key for result in results for key in result.freed)
    for deletion in _entities(services, "", plan):
        key = (deletion.entity.field.value, deletion.entity.id)
        results.append(await deletion.preview(freed[key]))
    return tuple(results)


async def _past_changes(store: Store, request: UndoRequest) -> tuple[PastChange, ...]:
    """Return the changes that match and were not taken back yet, newest first."""
    reverted = await store.audit.reverted_ids()
    entries = await store.audit.entries(
        run=request.run,
        scene=request.scene,
        source=request.source,
        field=request.field and request.field.value,
    )
    left = [entry for entry in entries if entry.undoes is None and entry.id not in reverted]
    if not left:
        of_run = f" of run {request.run}" if request.run else ""
        reason = f"No such change{of_run} was made."
        if entries:
            reason = f"All of it{of_run} was taken back already."
        raise UsageError(reason, hint="See what was changed with `stashbot audit`.")
    return tuple(map(_past_change, left[: request.last]))


def _scenes(services: Services, run_id: str, plan: UndoPlan) -> Iterator[RestoreFields]:
    by_scene: dict[str, list[FieldRestore]] = {}
    for restore in plan.restores:
        by_scene.setdefault(restore.scene_id, []).append(restore)
    for scene_id, fields in by_scene.items():
        yield RestoreFields(services, run_id, scene_id, tuple(fields), force=plan.force)


def _entities(services: Services, run_id: str, plan: UndoPlan) -> Iterator[DeleteEntity]:
    for entity in plan.deletions:
        yield DeleteEntity(services, run_id, entity, force=plan.force)


def _not_undone(plan: UndoPlan) -> tuple[UndoResult, ...]:
    return tuple(
        UndoResult(
            scene_id=kept.scene_id,
            field=kept.field,
            outcome=UndoOutcome.KEPT,
            reason=kept.reason,
        )
        for kept in plan.not_undone
    )


def _past_change(entry: AuditEntry) -> PastChange:
    return PastChange(
        entry=entry.id,
        run=entry.run,
        scene_id=entry.scene,
        kind=entry.kind,
        field=entry.field,
        before=entry.before,
        after=entry.after,
    )

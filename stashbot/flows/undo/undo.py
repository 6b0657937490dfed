"""Taking back what runs changed: fields of scenes first, then what was created for them.

Undo writes by Stash's API, not through its pages: the old values are known to the letter, and
nothing of them has to be judged. Each scene and each entity is looked at again right before it is
written. An undo that was cut off is simply asked for again: it goes on with what is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from stashbot.decide.planning.undo_plan import PastChange, Restoring, UndoPlan, plan_undo
from stashbot.engine import flow, step
from stashbot.errors import UsageError
from stashbot.flows.runs.api_context import Context, in_a_run
from stashbot.flows.undo.delete_entity import DeletingEntity
from stashbot.flows.undo.restore_fields import Fate, PutBack, PuttingBack
from stashbot.models import FieldName, Model
from stashbot.settings import Settings
from stashbot.stash.client import open_stash
from stashbot.store import AuditEntry, Store


class Wanted(Model):
    """Which changes are to be taken back: those that match every given filter.

    ``last`` counts those only that were not taken back yet. ``force`` also takes back what
    somebody edited since; what others added to a list, or removed from it, stays as they left it.
    """

    last: int | None = None
    run: str | None = None
    scene: str | None = None
    source: str | None = None
    field: FieldName | None = None
    force: bool = False
    dry_run: bool = False


class Undone(Model):
    """What became of each change. ``run`` is the id under which it was audited."""

    run: str | None = None
    dry_run: bool = False
    results: tuple[PutBack, ...] = ()

    @property
    def fell_short(self) -> bool:
        """Whether a change stays that was to be taken back."""
        return any(one.fate is Fate.STAYS for one in self.results)

    @property
    def totals(self) -> dict[Fate, int]:
        """How many changes came to what."""
        return Counter(one.fate for one in self.results)


async def undo(settings: Settings, wanted: Wanted) -> Undone:
    """Takes the wanted changes back, as a run of its own; dry, it only says what would be.

    Raises:
        UsageError: nothing that matches is left to be taken back.
        StateLocked: another process works on this state.
        UnreachableError: Stash is not there.
    """
    async with (
        open_stash(settings.stash) as client,
        Store(settings.state.database_url, server=settings.stash.url) as store,
    ):
        plan = plan_undo(await _wanted(store, wanted), force=wanted.force)
        context = Context(client, store, settings)
        if wanted.dry_run:
            results = await _foreseen(context, plan)
            return Undone(dry_run=True, results=(*results, *_staying(plan)))
        if plan.empty:
            return Undone(results=_staying(plan))
        run_id = store.new_run_id()
        async with in_a_run(context, run_id, kind="undo", scenes=plan.scenes) as engine:
            results = await engine.run(undo_changes, flow_id=f"{run_id}:undo", args=(run_id, plan))
    return Undone(run=run_id, results=(*results, *_staying(plan)))


@flow("undo")
async def undo_changes(run_id: str, plan: UndoPlan) -> tuple[PutBack, ...]:
    """Carries the plan out, scene by scene and entity by entity; what stays stops nothing else."""
    results: list[PutBack] = []
    for scene in _scenes(Context.current, run_id, plan):
        results += await step(scene.step, scene.carry_out)
    for entity in _entities(Context.current, run_id, plan):
        results.append(await step(entity.step, entity.carry_out))
    return tuple(results)


async def _foreseen(context: Context, plan: UndoPlan) -> tuple[PutBack, ...]:
    """What carrying the plan out would come to by what Stash holds now."""
    results: list[PutBack] = []
    for scene in _scenes(context, "", plan):
        results += await scene.foresee()
    freed = Counter(key for one in results for key in one.freed)
    for entity in _entities(context, "", plan):
        results.append(await entity.foresee(freed[entity.one.field.value, entity.one.id]))
    return tuple(results)


async def _wanted(store: Store, wanted: Wanted) -> tuple[PastChange, ...]:
    """The changes that match and are still there, newest first."""
    undone = await store.undone()
    entries = await store.audit(
        run=wanted.run,
        scene=wanted.scene,
        source=wanted.source,
        field=wanted.field and wanted.field.value,
    )
    left = [one for one in entries if one.undoes is None and one.id not in undone]
    if not left:
        told = "All of it was taken back already." if entries else "No such change was made."
        raise UsageError(told, hint="See what was changed with `stashbot audit`.")
    return tuple(map(_past, left[: wanted.last]))


def _scenes(context: Context, run_id: str, plan: UndoPlan) -> Iterator[PuttingBack]:
    by_scene: dict[str, list[Restoring]] = {}
    for one in plan.restoring:
        by_scene.setdefault(one.scene_id, []).append(one)
    for scene_id, fields in by_scene.items():
        yield PuttingBack(context, run_id, scene_id, tuple(fields), force=plan.force)


def _entities(context: Context, run_id: str, plan: UndoPlan) -> Iterator[DeletingEntity]:
    for one in plan.deleting:
        yield DeletingEntity(context, run_id, one, force=plan.force)


def _staying(plan: UndoPlan) -> tuple[PutBack, ...]:
    return tuple(
        PutBack(scene_id=one.scene_id, field=one.field, fate=Fate.STAYS, reason=one.reason)
        for one in plan.staying
    )


def _past(entry: AuditEntry) -> PastChange:
    return PastChange(
        entry=entry.id,
        run=entry.run,
        scene_id=entry.scene,
        kind=entry.kind,
        field=entry.field,
        before=entry.before,
        after=entry.after,
    )

"""The records of the writes that enriching makes: intents before they are sent, audit rows after.

An intent is a row that is written right before the door sends a write. It is settled by Stash's
answer, by a look at Stash, or, when the process died in between, by ``settle_open_intents`` of a
later start. So every write that took effect stands in the audit, and undo knows it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from stashbot.decide.planning.change_plan import unsaved_fields
from stashbot.decide.planning.plan_edits import RULES
from stashbot.models import Change, FieldName, Model, NewEntity, Plan, Scene
from stashbot.services import Services
from stashbot.stash.client import StashClient
from stashbot.stash.entity_library import find_entity_by_name
from stashbot.store import Intent, IntentOutcome, Store

SAVE = "save"
ORGANIZE = "organize"
CREATE = "create"


class NewEntityRecord(Model):
    """An entity that is about to be created, and the source that names it."""

    entity: NewEntity
    source: str = RULES


@dataclass(frozen=True)
class WriteRecords:
    """The records of a run's writes; ``step`` is the name of the step's intent."""

    store: Store
    run_id: str

    async def intend(self, scene_id: str, step: str, kind: str, plan: Model) -> None:
        """Record that a write of this ``kind`` is about to be sent."""
        content: JsonValue = plan.model_dump(mode="json")
        await self.store.intents.begin(self.run_id, scene_id, step, kind=kind, plan=content)

    async def may_be_ours(self, scene_id: str, step: str) -> bool:
        """Return whether this run may have sent the write: it has an intent that holds."""
        intent = await self.store.intents.find(self.run_id, scene_id, step)
        return intent is not None and intent.outcome is not IntentOutcome.NOT_APPLIED

    async def not_sent(self, scene_id: str, step: str) -> None:
        """Settle the intent of a write that was not sent, or that Stash refused."""
        await self._settle(scene_id, step, IntentOutcome.NOT_APPLIED)

    async def saved(self, plan: Plan, step: str) -> None:
        """Write the changes of a saved plan into the audit, and settle its intent."""
        by_source: dict[str, list[Change]] = {}
        for change in plan.changes:
            by_source.setdefault(change.source or plan.source, []).append(change)
        for source, changes in by_source.items():
            await self.store.audit.add(
                self.run_id,
                plan.scene_id,
                step=step,
                kind="update",
                source=source,
                changes=[(change.field.value, change.before, change.after) for change in changes],
            )
        await self._settle(plan.scene_id, step, IntentOutcome.APPLIED)

    async def organized(self, plan: Plan, step: str) -> None:
        """Write into the audit that a scene was organized, and settle the intent."""
        await self.store.audit.add(
            self.run_id,
            plan.scene_id,
            step=step,
            kind="organize",
            source=plan.source,
            changes=[(FieldName.ORGANIZED.value, False, True)],
        )
        await self._settle(plan.scene_id, step, IntentOutcome.APPLIED)

    async def created(
        self, scene_id: str, step: str, record: NewEntityRecord, entity_id: str
    ) -> None:
        """Write a created entity into the audit, and settle its intent."""
        entity = record.entity
        await self.store.audit.add(
            self.run_id,
            scene_id,
            step=step,
            kind="create",
            source=record.source,
            changes=[(entity.field.value, None, {"id": entity_id, "name": entity.name})],
        )
        await self._settle(scene_id, step, IntentOutcome.APPLIED)

    async def _settle(self, scene_id: str, step: str, outcome: IntentOutcome) -> None:
        await self.store.intents.settle(self.run_id, scene_id, step, outcome)


def took_effect(plan: Plan, fresh: Scene) -> bool:
    """Return whether a save of the plan took effect, by any field that has its planned value.

    Stash saves all fields or none; the others may have been edited since. A cover does not count:
    a scene does not hold it itself.
    """
    unmet = unsaved_fields(plan, fresh)
    return any(
        change.field not in unmet for change in plan.changes if change.field is not FieldName.COVER
    )


async def settle_open_intents(services: Services) -> int:
    """Settle the writes whose end nobody saw, by a look at Stash; return how many took effect.

    They are those of processes that were killed between sending and audit. A write that did not
    take effect is left open while its run may still be at work: it may be on its way.
    """
    store = services.store
    open_intents = [intent for intent in await store.intents.open() if intent.kind in _SETTLERS]
    if not open_intents:
        return 0
    active = {run.id for run in await store.runs.active()}
    found = 0
    for intent in open_intents:
        records = WriteRecords(store, intent.run)
        if await _SETTLERS[intent.kind](records, services.stash, intent):
            found += 1
        elif intent.run not in active:
            await records.not_sent(intent.scene, intent.step)
    return found


def changes_of_intent(intent: Intent) -> tuple[tuple[str, JsonValue, JsonValue], ...]:
    """Return ``(field, before, after)`` of what an intent's write would change."""
    if intent.kind == CREATE:
        entity = NewEntityRecord.model_validate(intent.plan).entity
        return ((entity.field.value, None, {"name": entity.name}),)
    if intent.kind == ORGANIZE:
        return ((FieldName.ORGANIZED.value, False, True),)
    plan = Plan.model_validate(intent.plan)
    return tuple((change.field.value, change.before, change.after) for change in plan.changes)


async def _settle_save(records: WriteRecords, stash: StashClient, intent: Intent) -> bool:
    plan = Plan.model_validate(intent.plan)
    fresh = await stash.find_scene(intent.scene)
    if fresh is None or not took_effect(plan, fresh):
        return False
    await records.saved(plan, intent.step)
    return True


async def _settle_organize(records: WriteRecords, stash: StashClient, intent: Intent) -> bool:
    fresh = await stash.find_scene(intent.scene)
    if fresh is None or not fresh.organized:
        return False
    await records.organized(Plan.model_validate(intent.plan), intent.step)
    return True


async def _settle_creation(records: WriteRecords, stash: StashClient, intent: Intent) -> bool:
    record = NewEntityRecord.model_validate(intent.plan)
    entity = await find_entity_by_name(stash, record.entity.kind, record.entity.name)
    if entity is None:
        return False
    await records.created(intent.scene, intent.step, record, entity.id)
    return True


_SETTLERS = {SAVE: _settle_save, ORGANIZE: _settle_organize, CREATE: _settle_creation}
#: The kinds of intents that ``settle_open_intents`` settles.
SETTLED_KINDS = frozenset(_SETTLERS)

"""Delete an entity that a run created, if it is as it was created and nothing uses it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from stashbot.decide.planning.undo_plan import EntityDeletion
from stashbot.errors import BadAnswer, GraphQLError
from stashbot.flows.undo.restore_fields import UndoOutcome, UndoResult
from stashbot.models import EntityKind
from stashbot.services import Services
from stashbot.stash.entity_library import EntityInUse, delete_entity, entity_in_use
from stashbot.stash.retry import passes


@dataclass
class DeleteEntity:
    """Deletes an entity that a run created. Not even ``force`` deletes what is in use."""

    services: Services
    run_id: str
    entity: EntityDeletion
    force: bool

    @property
    def name(self) -> str:
        """Return the name of the change's step."""
        return f"{self.entity.field.value} {self.entity.id}"

    @property
    def _kind(self) -> EntityKind:
        return EntityKind.of_field(self.entity.field)

    async def preview(self, freed: int = 0) -> UndoResult:
        """Return what the change would come to, after ``freed`` scenes lost the entity."""
        existing = await self._read()
        refused = self._refusal(existing, freed=freed) if existing else ""
        outcome = UndoOutcome.KEPT if refused else UndoOutcome.PLANNED
        return self._result(outcome, refused, existing)

    async def find(self) -> UndoResult | None:
        """Return the result if the entity is gone, or has to stay."""
        existing = await self._read()
        if existing is None:
            await self._audit()
            return self._result(UndoOutcome.UNDONE, "", None)
        if refused := self._refusal(existing):
            return self._result(UndoOutcome.KEPT, refused, existing)
        return None

    async def apply(self) -> UndoResult:
        """Delete the entity and audit that; what Stash refuses stays."""
        existing = await self._read()
        refused = await self._delete()
        if refused:
            return self._result(UndoOutcome.KEPT, refused, existing)
        await self._audit()
        return self._result(UndoOutcome.UNDONE, "", existing)

    async def _read(self) -> EntityInUse | None:
        return await entity_in_use(self.services.stash, self._kind, self.entity.id)

    def _refusal(self, existing: EntityInUse, *, freed: int = 0) -> str:
        if existing.name != self.entity.name:
            return f"it is called {existing.name} by now"
        uses = {"scenes": existing.scenes - freed, **existing.others}
        if used := ", ".join(f"{kind}: {count}" for kind, count in uses.items() if count > 0):
            return f"in use ({used})"
        return "somebody changed it since" if existing.edited and not self.force else ""

    async def _delete(self) -> str:
        """Return why the entity is still there; empty if it is gone."""
        refused = ""
        try:
            await delete_entity(self.services.stash, self._kind, self.entity.id)
        except (GraphQLError, BadAnswer) as error:
            if passes(error):
                raise
            refused = error.reason
        return "" if await self._read() is None else refused or "Stash took it and still has it"

    async def _audit(self) -> None:
        await self.services.store.audit.add(
            self.run_id,
            self.entity.scene_id,
            step=f"undo {self.entity.entry}",
            kind="undo",
            changes=[
                (self.entity.field.value, {"id": self.entity.id, "name": self.entity.name}, None)
            ],
            undoes=self.entity.entry,
        )

    def _result(
        self, outcome: UndoOutcome, reason: str, existing: EntityInUse | None
    ) -> UndoResult:
        name = existing.name if existing else self.entity.name
        before: JsonValue = {"id": self.entity.id, "name": name}
        kept = outcome is UndoOutcome.KEPT
        return UndoResult(
            scene_id=self.entity.scene_id,
            field=self.entity.field.value,
            before=before,
            after=before if kept else None,
            deletes=True,
            outcome=outcome,
            reason=reason,
            edited=kept and bool(existing and existing.edited),
        )

"""One entity that a run created deleted again, as a durable step."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from stashbot.decide.planning.undo_plan import Deleting
from stashbot.errors import BadAnswer, GraphQLError
from stashbot.flows.runs.api_context import Context
from stashbot.flows.undo.restore_fields import Fate, PutBack
from stashbot.stash.entity_library import EntityInUse, delete_entity, entity_in_use


@dataclass
class DeletingEntity:
    """Deletes an entity that is as it was created and that nothing uses.

    It may be repeated: what is gone is not deleted again. Not even force deletes what is in use.
    """

    context: Context
    run_id: str
    one: Deleting
    force: bool

    @property
    def step(self) -> str:
        """The name of the durable step."""
        return f"{self.one.field.value} {self.one.id}"

    async def foresee(self, freed: int = 0) -> PutBack:
        """What carrying it out would come to, after ``freed`` scenes lost it."""
        found = await self._find()
        refused = self._refusal(found, freed=freed) if found else ""
        return self._told(Fate.STAYS if refused else Fate.PLANNED, refused, found)

    async def carry_out(self) -> PutBack:
        """Deletes it if nothing speaks against it, and audits that."""
        found = await self._find()
        refused = self._refusal(found) if found else ""
        if found and not refused:
            refused = await self._delete()
        if refused:
            return self._told(Fate.STAYS, refused, found)
        await self.context.store.add_audit(
            self.run_id,
            self.one.scene_id,
            step=f"undo {self.one.entry}",
            kind="undo",
            changes=[(self.one.field.value, {"id": self.one.id, "name": self.one.name}, None)],
            undoes=self.one.entry,
        )
        return self._told(Fate.UNDONE, "", found)

    async def _find(self) -> EntityInUse | None:
        return await entity_in_use(self.context.client, self.one.field, self.one.id)

    def _refusal(self, found: EntityInUse, *, freed: int = 0) -> str:
        if found.name != self.one.name:
            return f"it is called {found.name} by now"
        uses = {"scenes": found.scenes - freed, **found.others}
        if told := ", ".join(f"{name}: {count}" for name, count in uses.items() if count > 0):
            return f"in use ({told})"
        return "somebody changed it since" if found.edited and not self.force else ""

    async def _delete(self) -> str:
        """Why it is still there; empty if it is not."""
        refused = ""
        try:
            await delete_entity(self.context.client, self.one.field, self.one.id)
        except (GraphQLError, BadAnswer) as error:
            refused = "; ".join(error.fields.get("messages", ())) or error.message
        return "" if await self._find() is None else refused or "Stash took it and still has it"

    def _told(self, fate: Fate, reason: str, found: EntityInUse | None) -> PutBack:
        before: JsonValue = {"id": self.one.id, "name": found.name if found else self.one.name}
        stays = fate is Fate.STAYS
        return PutBack(
            scene_id=self.one.scene_id,
            field=self.one.field.value,
            before=before,
            after=before if stays else None,
            deletes=True,
            fate=fate,
            reason=reason,
            edited=stays and bool(found and found.edited),
        )

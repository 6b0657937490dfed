"""Fields of one scene put back to their old values, as a durable step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import JsonValue

from stashbot.decide.planning.change_plan import same_value
from stashbot.decide.planning.undo_plan import Restoring, is_as_stashbot_left_it, is_back, restored
from stashbot.errors import BadAnswer, GraphQLError
from stashbot.flows.runs.api_context import Context
from stashbot.flows.undo.cover_backup import kept_cover
from stashbot.models import FieldName, Model, Scene
from stashbot.stash.scene_input import INPUT_KEYS, input_value

_GONE = "the scene is gone"
_EDITED = "somebody changed it since"
_NOT_HELD = "Stash took it and does not hold it"
_NO_COVER = "the old cover was not kept"
_HOLDS_ENTITIES = frozenset(
    {FieldName.STUDIO, FieldName.PERFORMERS, FieldName.GROUPS, FieldName.TAGS}
)


class Fate(StrEnum):
    """What became of a change that was to be taken back."""

    UNDONE = "undone"
    PLANNED = "planned"
    STAYS = "stays"


class PutBack(Model):
    """One field of a scene, or one created entity, and what became of it.

    ``before`` is what Stash had and ``after`` what it has then. What was created is deleted: of it
    ``deletes`` is true and ``after`` null. ``reason`` says why a change stays; if ``edited``, force
    would take it back all the same.
    """

    scene_id: str
    field: str
    before: JsonValue = None
    after: JsonValue = None
    deletes: bool = False
    fate: Fate
    reason: str = ""
    edited: bool = False

    @property
    def freed(self) -> frozenset[tuple[str, str]]:
        """Field and id of each entity that the scene has no longer."""
        return frozenset((self.field, one) for one in _ids(self.before) - _ids(self.after))


@dataclass(frozen=True)
class _Field:
    """One field: what Stash holds, what it is to hold, or why it is left alone."""

    one: Restoring
    held: JsonValue
    target: JsonValue = None
    refused: str = ""
    edited: bool = False

    @property
    def there(self) -> bool:
        """Whether Stash holds already what it is to hold."""
        return not self.refused and same_value(self.one.field, self.held, self.target)

    def told(self, fate: Fate, reason: str = "") -> PutBack:
        """The result that tells of this."""
        return PutBack(
            scene_id=self.one.scene_id,
            field=self.one.field.value,
            before=self.held,
            after=self.held if fate is Fate.STAYS else self.target,
            fate=fate,
            reason=reason or self.refused,
            edited=self.edited,
        )


@dataclass
class PuttingBack:
    """Puts fields of one scene back, in one update.

    It may be repeated: what is as it is to be is not written again.
    """

    context: Context
    run_id: str
    scene_id: str
    fields: tuple[Restoring, ...]
    force: bool

    @property
    def step(self) -> str:
        """The name of the durable step."""
        return f"scene {self.scene_id}"

    async def foresee(self) -> tuple[PutBack, ...]:
        """What carrying it out would come to by what Stash holds now."""
        read = await self._read()
        return tuple(one.told(Fate.STAYS if one.refused else Fate.PLANNED) for one in read)

    async def carry_out(self) -> tuple[PutBack, ...]:
        """Writes what nothing speaks against, reads it back, and audits it."""
        read = await self._read()
        writing = [one for one in read if not one.refused and not one.there]
        refused = await self._write(writing) if writing else ""
        now = {one.one.field: one for one in await self._read()} if writing else {}
        results = []
        for one in read:
            if one.refused:
                results.append(one.told(Fate.STAYS))
            elif one in writing and not now[one.one.field].there:
                results.append(one.told(Fate.STAYS, refused or _NOT_HELD))
            else:
                await self._audit(one)
                results.append(one.told(Fate.UNDONE))
        return tuple(results)

    async def _read(self) -> list[_Field]:
        scene = await self.context.client.find_scene(self.scene_id)
        if scene is None:
            return [_Field(one, one.now, refused=_GONE) for one in self.fields]
        return [await self._field(scene, one) for one in self.fields]

    async def _field(self, scene: Scene, one: Restoring) -> _Field:
        is_cover = one.field is FieldName.COVER
        client = self.context.client
        held = await client.cover_sha256(scene) if is_cover else scene.value(one.field)
        if is_back(one, held):
            return _Field(one, held, target=held)
        edited = not is_as_stashbot_left_it(one, held)
        if edited and not self.force:
            return _Field(one, held, refused=_EDITED, edited=True)
        target = restored(one, held)
        if is_cover and self._cover(target) is None:
            return _Field(one, held, refused=_NO_COVER)
        if missing := await self._missing(one.field, target):
            return _Field(one, held, refused=f"Stash no longer has {missing}")
        return _Field(one, held, target=target)

    async def _missing(self, name: FieldName, target: JsonValue) -> str:
        """Names of the entities of a value that were deleted since."""
        if name not in _HOLDS_ENTITIES or not target:
            return ""
        there = await self.context.client.entity_names(name, _ids(target))
        return ", ".join(sorted(_named(target, one) for one in _ids(target) - there.keys()))

    async def _write(self, fields: list[_Field]) -> str:
        """Why Stash refused the update; empty if it did not."""
        values = {INPUT_KEYS[one.one.field]: self._sent(one) for one in fields}
        try:
            await self.context.client.update_scene({"id": self.scene_id, **values})
        except (GraphQLError, BadAnswer) as error:
            return "; ".join(error.fields.get("messages", ())) or error.message
        return ""

    def _sent(self, one: _Field) -> Any:
        if one.one.field is FieldName.COVER:
            return self._cover(one.target)
        return input_value(one.one.field, one.target)

    def _cover(self, sha256: JsonValue) -> str | None:
        return kept_cover(self.context.settings.state.dir, str(sha256 or ""))

    async def _audit(self, one: _Field) -> None:
        for entry in one.one.entries:
            await self.context.store.add_audit(
                self.run_id,
                self.scene_id,
                step=f"undo {entry}",
                kind="undo",
                changes=[(one.one.field.value, one.held, one.target)],
                undoes=entry,
            )


def _ids(value: JsonValue) -> frozenset[str]:
    return frozenset(str(one["id"]) for one in _items(value) if "id" in one)


def _named(value: JsonValue, entity_id: str) -> str:
    return next(str(one["name"]) for one in _items(value) if one["id"] == entity_id)


def _items(value: JsonValue) -> list[dict[str, JsonValue]]:
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, dict)]

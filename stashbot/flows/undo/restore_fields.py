"""Restore fields of a scene to their old values in a single update."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import JsonValue

from stashbot.decide.planning.change_plan import same_value
from stashbot.decide.planning.undo_plan import (
    FieldRestore,
    already_restored,
    is_unchanged_since,
    value_to_restore,
)
from stashbot.errors import BadAnswer, GraphQLError
from stashbot.models import EntityKind, FieldName, Model, Scene
from stashbot.services import Services
from stashbot.stash.retry import passes
from stashbot.stash.scene_input import INPUT_KEYS, input_value
from stashbot.store import COVERS

_GONE = "the scene is gone"
_EDITED = "somebody changed it since"
_NOT_TAKEN = "Stash took it and does not hold it"
_NO_COVER = "the old cover was not kept"
_ENTITY_FIELDS = frozenset(kind.field for kind in EntityKind)


class UndoOutcome(StrEnum):
    """The result of taking back a change."""

    UNDONE = "undone"
    PLANNED = "planned"
    KEPT = "kept"


class UndoResult(Model):
    """A field of a scene, or a created entity, and what became of it.

    ``before`` is what Stash had and ``after`` what it has then. A created entity is deleted:
    ``deletes`` is true and ``after`` null. ``reason`` says why a change stays; if ``edited``, force
    would take it back all the same.
    """

    scene_id: str
    field: str
    before: JsonValue = None
    after: JsonValue = None
    deletes: bool = False
    outcome: UndoOutcome
    reason: str = ""
    edited: bool = False

    @property
    def freed(self) -> frozenset[tuple[str, str]]:
        """Return field and id of each entity that the scene no longer has."""
        return frozenset((self.field, id_) for id_ in _ids(self.before) - _ids(self.after))


class UndoResults(Model):
    """The results of a scene."""

    results: tuple[UndoResult, ...] = ()


@dataclass(frozen=True)
class _FieldState:
    """A field: what Stash holds, the value to restore, or why the field is left alone."""

    restore: FieldRestore
    value: JsonValue
    target: JsonValue = None
    refused: str = ""
    edited: bool = False

    @property
    def already_restored(self) -> bool:
        """Return whether Stash already holds the value to restore."""
        return not self.refused and same_value(self.restore.field, self.value, self.target)

    def result(self, outcome: UndoOutcome, reason: str = "") -> UndoResult:
        """Return the result with this outcome."""
        return UndoResult(
            scene_id=self.restore.scene_id,
            field=self.restore.field.value,
            before=self.value,
            after=self.value if outcome is UndoOutcome.KEPT else self.target,
            outcome=outcome,
            reason=reason or self.refused,
            edited=self.edited,
        )


@dataclass
class RestoreFields:
    """Restores fields of a scene, in a single update."""

    services: Services
    run_id: str
    scene_id: str
    fields: tuple[FieldRestore, ...]
    force: bool

    @property
    def name(self) -> str:
        """Return the name of the change's step."""
        return f"scene {self.scene_id}"

    async def preview(self) -> UndoResults:
        """Return what the change would come to, by what Stash holds now."""
        states = await self._read()
        return UndoResults(
            results=tuple(
                state.result(UndoOutcome.KEPT if state.refused else UndoOutcome.PLANNED)
                for state in states
            )
        )

    async def find(self) -> UndoResults | None:
        """Return the results if there is nothing left to write."""
        states = await self._read()
        if any(not state.refused and not state.already_restored for state in states):
            return None
        return await self._results(states, written=(), refused="")

    async def apply(self) -> UndoResults:
        """Write what can be restored, read it back, and audit it."""
        states = await self._read()
        written = [s for s in states if not s.refused and not s.already_restored]
        refused = await self._write(written) if written else ""
        return await self._results(states, written=tuple(written), refused=refused)

    async def _results(
        self, states: list[_FieldState], *, written: tuple[_FieldState, ...], refused: str
    ) -> UndoResults:
        now = {state.restore.field: state for state in await self._read()} if written else {}
        results = []
        for state in states:
            if state.refused:
                results.append(state.result(UndoOutcome.KEPT))
            elif state in written and not now[state.restore.field].already_restored:
                results.append(state.result(UndoOutcome.KEPT, refused or _NOT_TAKEN))
            else:
                await self._audit(state)
                results.append(state.result(UndoOutcome.UNDONE))
        return UndoResults(results=tuple(results))

    async def _read(self) -> list[_FieldState]:
        scene = await self.services.stash.find_scene(self.scene_id)
        if scene is None:
            return [_FieldState(restore, restore.now, refused=_GONE) for restore in self.fields]
        return [await self._field_state(scene, restore) for restore in self.fields]

    async def _field_state(self, scene: Scene, restore: FieldRestore) -> _FieldState:
        is_cover = restore.field is FieldName.COVER
        stash = self.services.stash
        value = await stash.cover_sha256(scene) if is_cover else scene.value(restore.field)
        if already_restored(restore, value):
            return _FieldState(restore, value, target=value)
        edited = not is_unchanged_since(restore, value)
        if edited and not self.force:
            return _FieldState(restore, value, refused=_EDITED, edited=True)
        target = value_to_restore(restore, value)
        if is_cover and await self._cover(target) is None:
            return _FieldState(restore, value, refused=_NO_COVER)
        if missing := await self._missing_names(restore.field, target):
            return _FieldState(restore, value, refused=f"Stash no longer has {missing}")
        return _FieldState(restore, value, target=target)

    async def _missing_names(self, name: FieldName, target: JsonValue) -> str:
        """Return the names of the entities of a value that were deleted since."""
        if name not in _ENTITY_FIELDS or not target:
            return ""
        existing = await self.services.stash.entity_names(EntityKind.of_field(name), _ids(target))
        return ", ".join(sorted(_name_in(target, id_) for id_ in _ids(target) - existing.keys()))

    async def _write(self, states: list[_FieldState]) -> str:
        """Return why Stash refused the update; empty if it did not."""
        values = {INPUT_KEYS[s.restore.field]: await self._input_value(s) for s in states}
        try:
            await self.services.stash.update_scene({"id": self.scene_id, **values})
        except (GraphQLError, BadAnswer) as error:
            if passes(error):
                raise
            return error.reason
        return ""

    async def _input_value(self, state: _FieldState) -> Any:
        if state.restore.field is FieldName.COVER:
            return await self._cover(state.target)
        return input_value(state.restore.field, state.target)

    async def _cover(self, sha256: JsonValue) -> str | None:
        """Return a picture that was kept as a data URI, as Stash takes it."""
        content = await self.services.store.blobs.get(COVERS, str(sha256 or ""))
        if content is None:
            return None
        return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"

    async def _audit(self, state: _FieldState) -> None:
        for entry in state.restore.entries:
            await self.services.store.audit.add(
                self.run_id,
                self.scene_id,
                step=f"undo {entry}",
                kind="undo",
                changes=[(state.restore.field.value, state.value, state.target)],
                undoes=entry,
            )


def _ids(value: JsonValue) -> frozenset[str]:
    return frozenset(str(item["id"]) for item in _items(value) if "id" in item)


def _name_in(value: JsonValue, entity_id: str) -> str:
    return next(str(item["name"]) for item in _items(value) if item["id"] == entity_id)


def _items(value: JsonValue) -> list[dict[str, JsonValue]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]

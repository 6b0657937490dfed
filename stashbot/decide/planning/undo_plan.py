"""Plan an undo: which fields return to which values, and which changes are not undone.

The changes of a field of a scene are undone together, from the newest on, as long as each began
with the value that the change before it left. If somebody else wrote in between, older changes
stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from stashbot.decide.planning.change_plan import members, same_value
from stashbot.models import FieldName, Model

#: The kinds of audit entries that set a field of a scene.
_SETS = frozenset({"update", "organize"})
_MOVED = "files are moved back by `stashbot rename undo {run}`"
_BETWEEN = "somebody else changed the field after this and before a later change"


class PastChange(Model):
    """A change in the audit; ``before`` and ``after`` are in the form of ``Scene.value``.

    For a created entity (kind ``create``) ``after`` is its ``{id, name}``.
    """

    entry: int
    run: str
    scene_id: str
    kind: str
    field: str
    before: JsonValue = None
    after: JsonValue = None


class FieldRestore(Model):
    """A field of a scene that returns from ``now``, the value stashbot left, to ``then``.

    ``entries`` are the audit entries that are undone by it, newest first.
    """

    scene_id: str
    field: FieldName
    now: JsonValue
    then: JsonValue
    entries: tuple[int, ...]


class EntityDeletion(Model):
    """A performer, studio, tag or group that stashbot created for a scene."""

    scene_id: str
    field: FieldName
    id: str
    name: str
    entry: int


class NotUndone(Model):
    """A change that is not undone, and why."""

    scene_id: str
    field: str
    entry: int
    reason: str


class UndoPlan(Model):
    """The fields to restore, then the entities to delete, the last created first.

    With ``force`` fields are restored even if somebody changed them since.
    """

    restores: tuple[FieldRestore, ...] = ()
    deletions: tuple[EntityDeletion, ...] = ()
    not_undone: tuple[NotUndone, ...] = ()
    force: bool = False

    @property
    def scenes(self) -> tuple[str, ...]:
        """The ids of the scenes whose changes are undone."""
        restored = (restore.scene_id for restore in self.restores)
        deleted = (deletion.scene_id for deletion in self.deletions)
        return tuple(dict.fromkeys((*restored, *deleted)))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to undo."""
        return not (self.restores or self.deletions)


def plan_undo(changes: Sequence[PastChange], *, force: bool = False) -> UndoPlan:
    """Plan the undo of these changes, which are given newest first."""
    restores: dict[tuple[str, str], FieldRestore] = {}
    deletions: list[EntityDeletion] = []
    not_undone: list[NotUndone] = []
    interrupted: set[tuple[str, str]] = set()
    for change in changes:
        place = change.scene_id, change.field
        newer = restores.get(place)
        if change.kind == "create":
            deletions.append(_deletion(change))
        elif change.kind not in _SETS:
            not_undone.append(_not_undone(change, _MOVED.format(run=change.run)))
        elif newer is None:
            restores[place] = FieldRestore(
                scene_id=change.scene_id,
                field=FieldName(change.field),
                now=change.after,
                then=change.before,
                entries=(change.entry,),
            )
        elif place not in interrupted and already_restored(newer, change.after):
            restores[place] = newer.model_copy(
                update={"then": change.before, "entries": (*newer.entries, change.entry)}
            )
        else:
            interrupted.add(place)
            not_undone.append(_not_undone(change, _BETWEEN))
    return UndoPlan(
        restores=tuple(restores.values()),
        deletions=tuple(deletions),
        not_undone=tuple(not_undone),
        force=force,
    )


def is_unchanged_since(restore: FieldRestore, current: JsonValue) -> bool:
    """Return whether the ``current`` value is still as stashbot left it."""
    return same_value(restore.field, current, restore.now)


def already_restored(restore: FieldRestore, current: JsonValue) -> bool:
    """Return whether the ``current`` value is the old value already."""
    return same_value(restore.field, current, restore.then)


def value_to_restore(restore: FieldRestore, current: JsonValue) -> JsonValue:
    """Return the value that undoes stashbot's changes and keeps what others did to a list since."""
    if not isinstance(current, list) or is_unchanged_since(restore, current):
        return restore.then
    now, then = members(restore.field, restore.now), members(restore.field, restore.then)
    theirs = members(restore.field, current)
    kept = {key: member for key, member in theirs.items() if key in then or key not in now}
    removed = {key: member for key, member in then.items() if key not in now}
    return [*(kept | removed).values()]


def _deletion(change: PastChange) -> EntityDeletion:
    created: Any = change.after
    return EntityDeletion(
        scene_id=change.scene_id,
        field=FieldName(change.field),
        id=created["id"],
        name=created["name"],
        entry=change.entry,
    )


def _not_undone(change: PastChange, reason: str) -> NotUndone:
    return NotUndone(
        scene_id=change.scene_id, field=change.field, entry=change.entry, reason=reason
    )

"""What taking changes back comes to: which fields return to which values, and what stays.

Changes of one field of one scene are taken back together, from the newest on, as long as each
began where the one before it ended. Where somebody else wrote in between, what is older stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from stashbot.decide.planning.change_plan import members, same_value
from stashbot.models import FieldName, Model

#: The kinds of audited changes that set a field of a scene.
_SETS = frozenset({"update", "organize"})
_MOVED = "files are moved back by `stashbot rename undo {run}`"
_BETWEEN = "somebody else changed it between this and what came after"


class PastChange(Model):
    """One audited change: ``before`` and ``after`` are in the form of ``Scene.value``.

    Of an entity that was created (kind ``create``) ``after`` is its ``{id, name}``.
    """

    entry: int
    run: str
    scene_id: str
    kind: str
    field: str
    before: JsonValue = None
    after: JsonValue = None


class Restoring(Model):
    """A field of a scene that is to go from ``now``, as stashbot left it, to ``then``.

    ``entries`` are the audit's, newest first.
    """

    scene_id: str
    field: FieldName
    now: JsonValue
    then: JsonValue
    entries: tuple[int, ...]


class Deleting(Model):
    """A performer, studio, tag or group that stashbot created for a scene."""

    scene_id: str
    field: FieldName
    id: str
    name: str
    entry: int


class Staying(Model):
    """A change that is not taken back, and why."""

    scene_id: str
    field: str
    entry: int
    reason: str


class UndoPlan(Model):
    """What an undo intends: fields first, then entities, the last created first.

    ``force``: also where somebody changed something since.
    """

    restoring: tuple[Restoring, ...] = ()
    deleting: tuple[Deleting, ...] = ()
    staying: tuple[Staying, ...] = ()
    force: bool = False

    @property
    def scenes(self) -> tuple[str, ...]:
        """The ids of the scenes that it is about."""
        restored_in = [one.scene_id for one in self.restoring]
        return tuple(dict.fromkeys([*restored_in, *(one.scene_id for one in self.deleting)]))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to take back."""
        return not (self.restoring or self.deleting)


def plan_undo(changes: Sequence[PastChange], *, force: bool = False) -> UndoPlan:
    """What takes these changes back; they come newest first."""
    restoring: dict[tuple[str, str], Restoring] = {}
    deleting: list[Deleting] = []
    staying: list[Staying] = []
    ended: set[tuple[str, str]] = set()
    for change in changes:
        place = change.scene_id, change.field
        if change.kind == "create":
            deleting.append(_deleting(change))
        elif change.kind not in _SETS:
            staying.append(_staying(change, _MOVED.format(run=change.run)))
        elif place not in restoring:
            restoring[place] = Restoring(
                scene_id=change.scene_id,
                field=FieldName(change.field),
                now=change.after,
                then=change.before,
                entries=(change.entry,),
            )
        elif place not in ended and is_back(restoring[place], change.after):
            newer = restoring[place]
            restoring[place] = newer.model_copy(
                update={"then": change.before, "entries": (*newer.entries, change.entry)}
            )
        else:
            ended.add(place)
            staying.append(_staying(change, _BETWEEN))
    return UndoPlan(
        restoring=tuple(restoring.values()),
        deleting=tuple(deleting),
        staying=tuple(staying),
        force=force,
    )


def is_as_stashbot_left_it(one: Restoring, held: JsonValue) -> bool:
    """Whether nobody changed the field since; ``held`` is what Stash has now."""
    return same_value(one.field, held, one.now)


def is_back(one: Restoring, held: JsonValue) -> bool:
    """Whether the field has its old value already."""
    return same_value(one.field, held, one.then)


def restored(one: Restoring, held: JsonValue) -> JsonValue:
    """The value that takes back what stashbot did and keeps what others did to a list since."""
    if not isinstance(held, list) or is_as_stashbot_left_it(one, held):
        return one.then
    now, then = members(one.field, one.now), members(one.field, one.then)
    theirs = members(one.field, held)
    kept = {key: one for key, one in theirs.items() if key in then or key not in now}
    removed = {key: one for key, one in then.items() if key not in now}
    return [*(kept | removed).values()]


def _deleting(change: PastChange) -> Deleting:
    made: Any = change.after
    return Deleting(
        scene_id=change.scene_id,
        field=FieldName(change.field),
        id=made["id"],
        name=made["name"],
        entry=change.entry,
    )


def _staying(change: PastChange, reason: str) -> Staying:
    return Staying(scene_id=change.scene_id, field=change.field, entry=change.entry, reason=reason)

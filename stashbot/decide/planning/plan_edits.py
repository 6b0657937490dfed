"""What rules want, taken into the plan for a scene: one save carries both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stashbot.decide.matching.names import by_case
from stashbot.models import Change, Entity, FieldName, FieldPolicy, Plan, Scene

#: Who gives a change that no source proposed.
RULES = "rules"
#: Stands for the id of an entity that is to be created: its name follows.
NEW = "new:"
_ORDER = {name: place for place, name in enumerate(FieldName)}


def planned_scene(scene: Scene, plan: Plan) -> Scene:
    """The scene as it will be when the plan is carried out; its cover is not told."""
    values: dict[str, Any] = scene.model_dump(mode="json")
    values |= {
        change.field.value: change.after
        for change in plan.changes
        if change.field is not FieldName.COVER
    }
    values["organized"] = scene.organized or plan.organize
    return Scene.model_validate(values)


def with_entities(plan: Plan, scene: Scene, field: FieldName, entities: Iterable[Entity]) -> Plan:
    """The plan, in which the scene gets these tags or groups as well."""
    change = plan.change(field)
    held: Any = scene.value(field) if change is None else change.after
    known = {one["id"] for one in held or ()}
    more: list[Any] = []
    for entity in entities:
        if entity.id not in known:
            known.add(entity.id)
            extra = {"scene_index": None} if field is FieldName.GROUPS else {}
            more.append({"id": entity.id, "name": entity.name, **extra})
    if not more:
        return plan
    after = [*(held or ()), *more]
    return _with_after(plan, scene, field, after)


def without_entities(plan: Plan, scene: Scene, field: FieldName, names: Iterable[str]) -> Plan:
    """The plan, in which the scene loses the tags or groups of these names, in whatever case."""
    change = plan.change(field)
    held: Any = scene.value(field) if change is None else change.after
    gone = {by_case(name) for name in names}
    after = [one for one in held or () if by_case(one["name"]) not in gone]
    return plan if len(after) == len(held or ()) else _with_after(plan, scene, field, after)


def _with_after(plan: Plan, scene: Scene, field: FieldName, after: list[Any]) -> Plan:
    change = plan.change(field) or Change(
        field=field,
        before=scene.value(field),
        after=after,
        policy=FieldPolicy.UNION,
        source=RULES,
    )
    change = change.model_copy(update={"after": after})
    changes = sorted((*plan.without(field).changes, change), key=lambda one: _ORDER[one.field])
    return plan.model_copy(update={"changes": tuple(changes)})

"""Edit a plan: add tags and groups to it, remove them, or read the scene that it leads to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stashbot.decide.matching.names import fold_case
from stashbot.models import Change, Entity, FieldName, FieldPolicy, Plan, Scene

#: The source of a change that no source proposed.
RULES = "rules"
#: Begins the id of an entity that is still to be created; its name follows.
NEW_ID_PREFIX = "new:"
_POSITION = {name: position for position, name in enumerate(FieldName)}


def planned_scene(scene: Scene, plan: Plan) -> Scene:
    """Return the scene as it will be once the plan is carried out, except for its cover."""
    values: dict[str, Any] = scene.model_dump(mode="json")
    values |= {
        change.field.value: change.after
        for change in plan.changes
        if change.field is not FieldName.COVER
    }
    values["organized"] = scene.organized or plan.organize
    return Scene.model_validate(values)


def with_entities(plan: Plan, scene: Scene, field: FieldName, entities: Iterable[Entity]) -> Plan:
    """Return the plan that also gives the scene these tags or groups."""
    current = _planned_members(plan, scene, field)
    ids = {member["id"] for member in current}
    added: list[dict[str, Any]] = []
    for entity in entities:
        if entity.id not in ids:
            ids.add(entity.id)
            number = {"scene_index": None} if field is FieldName.GROUPS else {}
            added.append({"id": entity.id, "name": entity.name, **number})
    return _with_after(plan, scene, field, [*current, *added]) if added else plan


def without_entities(plan: Plan, scene: Scene, field: FieldName, names: Iterable[str]) -> Plan:
    """Return the plan that takes the tags or groups of these names from the scene, in any case."""
    current = _planned_members(plan, scene, field)
    removed = {fold_case(name) for name in names}
    kept = [member for member in current if fold_case(member["name"]) not in removed]
    return _with_after(plan, scene, field, kept) if len(kept) < len(current) else plan


def _planned_members(plan: Plan, scene: Scene, field: FieldName) -> list[dict[str, Any]]:
    change = plan.change(field)
    members: Any = scene.value(field) if change is None else change.after
    return list(members or ())


def _with_after(plan: Plan, scene: Scene, field: FieldName, after: list[Any]) -> Plan:
    change = plan.change(field) or Change(
        field=field,
        before=scene.value(field),
        after=after,
        policy=FieldPolicy.UNION,
        source=RULES,
    )
    change = change.model_copy(update={"after": after})
    others = plan.without(field).changes
    changes = sorted((*others, change), key=lambda change: _POSITION[change.field])
    return plan.model_copy(update={"changes": tuple(changes)})

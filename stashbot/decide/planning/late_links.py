"""Plan what a scene gets after its turn: an entity that a later scene of the run created."""

from __future__ import annotations

from typing import Any

from stashbot.models import Change, Entity, EntityKind, FieldName, FieldPolicy, Plan, Scene
from stashbot.settings import FieldSettings


def late_link(
    scene: Scene,
    kind: EntityKind,
    entity: Entity,
    policies: FieldSettings,
    *,
    source: str,
    changed: frozenset[FieldName] = frozenset(),
) -> Plan:
    """Return the plan that links a scene to an entity that it was denied before.

    ``changed`` are the fields that the run has filled already: a policy of ``fill`` does not keep
    the rest of the same proposal out. The plan is empty if the scene has the entity, or if the
    policy leaves the field alone.
    """
    field = kind.field
    policy = policies.policy(field)
    before: Any = scene.value(field)
    plan = Plan(scene_id=scene.id, source=source)
    link: dict[str, Any] = {"id": entity.id, "name": entity.name}
    if field is FieldName.GROUPS:
        link["scene_index"] = None
    if policy is FieldPolicy.KEEP:
        return plan
    if not kind.is_list:
        if before and (policy is FieldPolicy.FILL or before["id"] == entity.id):
            return plan
        after: Any = link
    else:
        is_filled = bool(before) and field not in changed
        has_it = any(member["id"] == entity.id for member in before)
        if has_it or (is_filled and policy is not FieldPolicy.UNION):
            return plan
        after = [*before, link]
    change = Change(field=field, before=before, after=after, policy=policy)
    return plan.model_copy(update={"changes": (change,)})

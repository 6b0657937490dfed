"""Plan the tag that marks in Stash which scenes wait in triage."""

from __future__ import annotations

from stashbot.decide.matching.names import fold_case
from stashbot.decide.planning.entity_index import EntityIndex
from stashbot.decide.planning.plan_edits import NEW_ID_PREFIX, with_entities, without_entities
from stashbot.models import Entity, EntityKind, FieldName, NewEntity, Plan, Scene

#: The source of a change that marks a scene.
TRIAGE = "triage"


def plan_waiting_tag(scene: Scene, tag: str, library: EntityIndex, *, waits: bool) -> Plan:
    """Return the plan that gives the scene the tag if it waits, and else takes it off.

    A tag that the library lacks is created: its name is in the settings.
    """
    plan = Plan(scene_id=scene.id, source=TRIAGE)
    names = {fold_case(each.name) for each in scene.tags}
    known = next((each for each in library.look_alikes(tag) if each.is_certain), None)
    name = known.name if known else tag
    if not waits:
        return without_entities(plan, scene, FieldName.TAGS, (name,))
    if fold_case(name) in names:
        return plan
    if known is None:
        new = NewEntity(kind=EntityKind.TAG, name=tag, why="[triage] tag")
        plan = plan.model_copy(update={"create": (new,)})
    entity = Entity(id=known.id if known else f"{NEW_ID_PREFIX}{tag}", name=name)
    return with_entities(plan, scene, FieldName.TAGS, (entity,))

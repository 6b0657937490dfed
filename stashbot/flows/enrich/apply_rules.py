"""Rules at work: on the plan for a scene before it is saved, and on one scene to be explained.

Rules ``on = "run"`` see the scene as it is, those ``on = "save"`` as the plan will leave it; what
both want goes into the plan, so that one save carries all of it and a dry run shows it.
"""

from __future__ import annotations

from collections.abc import Iterable

from stashbot.decide.planning.creation_evidence import CreationContext, EntityCandidate
from stashbot.decide.planning.entity_creation import (
    CreationDecision,
    CreationOutcome,
    decide_creations,
)
from stashbot.decide.planning.plan_edits import NEW_ID_PREFIX, RULES, planned_scene, with_entities
from stashbot.decide.rules.collections import compile_collections
from stashbot.decide.rules.rule_set import RuleOutcome
from stashbot.flows.runs.context import RunContext
from stashbot.models import (
    Entity,
    FieldName,
    NewEntity,
    Omission,
    Plan,
    Scene,
    Source,
)


def chosen_sources(context: RunContext, scene: Scene) -> tuple[Source, ...]:
    """The sources that rules choose for a scene, in their order; none where no rule does.

    Raises:
        ConfigError: the rules would go on without end for this scene.
    """
    if context.options.fixed_order:
        return ()
    by_name = context.options.rules.sources
    names = context.rules.apply(scene, "run").sources
    return tuple(dict.fromkeys(by_name[name] for name in names))


async def with_rules(context: RunContext, scene: Scene, plan: Plan) -> Plan:
    """The plan over this before-image with what the rules want.

    Raises:
        ConfigError: the rules would go on without end for this scene.
    """
    if not context.rules.rules:
        return plan
    before = context.rules.apply(scene, "run")
    plan = await _with(context, scene, plan, before)
    if not plan.changes and not plan.organize:
        return plan
    after = context.rules.apply(planned_scene(scene, plan), "save")
    return await _with(context, scene, plan, after)


async def _with(context: RunContext, scene: Scene, plan: Plan, wanted: RuleOutcome) -> Plan:
    kinds = {
        one.name: FieldName.TAGS if one.settings.kind == "tag" else FieldName.GROUPS
        for one in compile_collections(context.options.rules.collections)
    }
    groups = [one for one in wanted.collections if kinds.get(one) is FieldName.GROUPS]
    tags = [*wanted.tags, *(one for one in wanted.collections if one not in groups)]
    for field, names in ((FieldName.TAGS, tags), (FieldName.GROUPS, groups)):
        if names:
            plan = await with_names(context, scene, plan, field, names)
    organize = plan.organize if wanted.organize is None else wanted.organize
    return plan.model_copy(
        update={
            "organize": organize and not scene.organized,
            "webhooks": tuple(dict.fromkeys((*plan.webhooks, *wanted.webhooks))),
            "rules": tuple(dict.fromkeys((*plan.rules, *wanted.matched))),
        }
    )


async def with_names(
    context: RunContext, scene: Scene, plan: Plan, field: FieldName, names: Iterable[str]
) -> Plan:
    """The plan that gives the scene tags or groups of these names as well.

    They are the library's, else to be created, else left out with the reason.
    """
    library = await context.entities.of(field)
    candidates = [EntityCandidate(kind=field, source=RULES, name=name) for name in names]
    around = CreationContext(listed=tuple(names))
    decisions = decide_creations(candidates, library, around, context.options.creation)
    entities: list[Entity] = []
    create = list(plan.create)
    omitted = list(plan.omitted)
    for candidate, decision in zip(candidates, decisions, strict=True):
        name = candidate.name
        if decision.outcome is CreationOutcome.LINK:
            held = decision.look_alikes[0]
            entities.append(Entity(id=held.id, name=held.name))
        elif decision.outcome is CreationOutcome.CREATE or _is_own(field, decision, context):
            entities.append(Entity(id=f"{NEW_ID_PREFIX}{name}", name=name))
            new = NewEntity(field=field, name=name, why=decision.reason)
            if not any((one.field, one.name) == (field, name) for one in create):
                create.append(new)
        else:
            reason = f"a rule wants it, but it is not in Stash: {decision.reason}"
            omitted.append(Omission(field=field, name=name, reason=reason))
    plan = plan.model_copy(update={"create": tuple(create), "omitted": tuple(omitted)})
    return with_entities(plan, scene, field, entities)


def _is_own(field: FieldName, decision: CreationDecision, context: RunContext) -> bool:
    """Whether the name is that of a collection's group, which its owner wants to exist."""
    allowed = context.options.creation.group.create
    return field is FieldName.GROUPS and decision.outcome is CreationOutcome.LEAVE and allowed

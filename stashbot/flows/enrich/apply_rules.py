"""Rules at work: on the plan for a scene before it is saved, and on one scene to be explained.

Rules ``on = "run"`` see the scene as it is, those ``on = "save"`` as the plan will leave it; what
both want goes into the plan, so that one save carries all of it and a dry run shows it.
"""

from __future__ import annotations

from collections.abc import Iterable

from stashbot.decide.planning.creation_evidence import Candidate, Surroundings
from stashbot.decide.planning.entity_creation import Creation, CreationDecision, decide_creations
from stashbot.decide.planning.plan_edits import NEW, RULES, planned_scene, with_entities
from stashbot.decide.rules.collections import read_collections
from stashbot.decide.rules.rule_set import EVENTS, RuleOutcome
from stashbot.flows.runs.context import Runtime
from stashbot.flows.runs.rule_snapshot import rulebook
from stashbot.models import (
    Entity,
    FieldName,
    LeftOut,
    Model,
    NewEntity,
    Plan,
    Scene,
    Source,
)
from stashbot.settings import Settings
from stashbot.stash.client import open_stash
from stashbot.stash.scenes import existing_scene


class Ruling(Model):
    """What the rules want for a scene, by event."""

    scene: str
    name: str
    outcomes: tuple[RuleOutcome, ...]


async def explain_rules(settings: Settings, scene_id: str) -> Ruling:
    """What each rule makes of a scene as it is now, and what they want together.

    Raises:
        ConfigError: the rules are wrong, or would go on without end for this scene.
        UnknownScene: Stash has no such scene.
    """
    rules = rulebook(settings).read()
    async with open_stash(settings.stash) as client:
        scene = await existing_scene(client, scene_id)
    outcomes = tuple(rules.apply(scene, event) for event in EVENTS)
    return Ruling(scene=scene.id, name=scene.display_name, outcomes=outcomes)


def chosen_sources(runtime: Runtime, scene: Scene) -> tuple[Source, ...]:
    """The sources that rules choose for a scene, in their order; none where no rule does.

    Raises:
        ConfigError: the rules would go on without end for this scene.
    """
    if runtime.options.fixed_order:
        return ()
    by_name = runtime.options.rules.sources
    names = runtime.rules.apply(scene, "run").sources
    return tuple(dict.fromkeys(by_name[name] for name in names))


async def ruled(runtime: Runtime, scene: Scene, plan: Plan) -> Plan:
    """The plan over this before-image with what the rules want.

    Raises:
        ConfigError: the rules would go on without end for this scene.
    """
    if not runtime.rules.rules:
        return plan
    before = runtime.rules.apply(scene, "run")
    plan = await _with(runtime, scene, plan, before)
    if not plan.changes and not plan.organize:
        return plan
    after = runtime.rules.apply(planned_scene(scene, plan), "save")
    return await _with(runtime, scene, plan, after)


async def _with(runtime: Runtime, scene: Scene, plan: Plan, wanted: RuleOutcome) -> Plan:
    kinds = {
        one.name: FieldName.TAGS if one.settings.kind == "tag" else FieldName.GROUPS
        for one in read_collections(runtime.options.rules.collections)
    }
    groups = [one for one in wanted.collections if kinds.get(one) is FieldName.GROUPS]
    tags = [*wanted.tags, *(one for one in wanted.collections if one not in groups)]
    for field, names in ((FieldName.TAGS, tags), (FieldName.GROUPS, groups)):
        if names:
            plan = await with_names(runtime, scene, plan, field, names)
    organize = plan.organize if wanted.organize is None else wanted.organize
    return plan.model_copy(
        update={
            "organize": organize and not scene.organized,
            "webhooks": tuple(dict.fromkeys((*plan.webhooks, *wanted.webhooks))),
            "rules": tuple(dict.fromkeys((*plan.rules, *wanted.matched))),
        }
    )


async def with_names(
    runtime: Runtime, scene: Scene, plan: Plan, field: FieldName, names: Iterable[str]
) -> Plan:
    """The plan that gives the scene tags or groups of these names as well.

    They are the library's, else to be created, else left out with the reason.
    """
    library = await runtime.libraries.of(field)
    candidates = [Candidate(kind=field, source=RULES, name=name) for name in names]
    around = Surroundings(listed=tuple(names))
    decisions = decide_creations(candidates, library, around, runtime.options.creation)
    entities: list[Entity] = []
    create = list(plan.create)
    left_out = list(plan.left_out)
    for candidate, decision in zip(candidates, decisions, strict=True):
        name = candidate.name
        if decision.outcome is Creation.LINK:
            held = decision.alike[0]
            entities.append(Entity(id=held.id, name=held.name))
        elif decision.outcome is Creation.CREATE or _is_own(field, decision, runtime):
            entities.append(Entity(id=f"{NEW}{name}", name=name))
            new = NewEntity(field=field, name=name, why=decision.reason)
            if not any((one.field, one.name) == (field, name) for one in create):
                create.append(new)
        else:
            reason = f"a rule wants it, but it is not in Stash: {decision.reason}"
            left_out.append(LeftOut(field=field, name=name, reason=reason))
    plan = plan.model_copy(update={"create": tuple(create), "left_out": tuple(left_out)})
    return with_entities(plan, scene, field, entities)


def _is_own(field: FieldName, decision: CreationDecision, runtime: Runtime) -> bool:
    """Whether the name is that of a collection's group, which its owner wants to exist."""
    allowed = runtime.options.creation.group.create
    return field is FieldName.GROUPS and decision.outcome is Creation.LEAVE and allowed

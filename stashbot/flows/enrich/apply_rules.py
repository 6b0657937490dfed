"""Rules at work: on the plan for a scene before it is saved, and on a scene to be explained.

Rules ``on = "run"`` see the scene as it is, those ``on = "save"`` as the plan will leave it; what
both want goes into the plan, so that one save carries all of it and a dry run shows it.
"""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.decide.planning.plan_edits import planned_scene
from stashbot.decide.planning.rule_changes import add_named_entities, apply_rules, wanted_names
from stashbot.decide.rules.collections import compile_collections
from stashbot.decide.rules.rule_set import RuleOutcome
from stashbot.flows.runs.context import RunContext
from stashbot.models import EntityKind, Plan, Scene, Source


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
    names = wanted_names(wanted, compile_collections(context.options.rules.collections))
    libraries = {kind: await context.entities.of(kind) for kind in names}
    settings = context.options.creation
    return apply_rules(plan, scene, wanted, names=names, libraries=libraries, settings=settings)


async def with_names(
    context: RunContext, scene: Scene, plan: Plan, kind: EntityKind, names: Sequence[str]
) -> Plan:
    """Return the plan that also gives the scene tags or groups of these names."""
    library = await context.entities.of(kind)
    settings = context.options.creation
    return add_named_entities(plan, scene, kind, names, library=library, settings=settings)

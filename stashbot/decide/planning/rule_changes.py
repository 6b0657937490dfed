"""Add what the rules want for a scene to its plan, so that a single save carries out both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from stashbot.decide.planning.creation_evidence import CreationContext, EntityCandidate
from stashbot.decide.planning.entity_creation import (
    CreationDecision,
    CreationOutcome,
    decide_creations,
)
from stashbot.decide.planning.entity_index import EntityIndex
from stashbot.decide.planning.entity_linking import Libraries
from stashbot.decide.planning.plan_edits import NEW_ID_PREFIX, RULES, planned_scene, with_entities
from stashbot.decide.rules.collections import Collection
from stashbot.decide.rules.rule_set import ActionKind, RuleOutcome, RuleSet
from stashbot.models import Entity, EntityKind, NewEntity, Omission, OmissionKind, Plan, Scene
from stashbot.settings import CreationSettings

_TAG_ACTIONS = frozenset({ActionKind.TAG, ActionKind.MACRO})


def kinds_of_rules(rules: RuleSet, collections: Iterable[Collection]) -> tuple[EntityKind, ...]:
    """Return the kinds of entities that any rule can add to a scene: tags, groups, both or none."""
    actions = [action for rule in rules.rules for action in rule.then]
    kinds = {EntityKind.TAG for action in actions if action.kind in _TAG_ACTIONS}
    kind_by_name = {collection.name: collection.settings.kind for collection in collections}
    for action in actions:
        if action.kind is ActionKind.COLLECTION:
            kinds |= {EntityKind(kind_by_name.get(name, "tag")) for name in action.names}
    return tuple(kind for kind in EntityKind if kind in kinds)


def wanted_names(
    outcome: RuleOutcome, collections: Iterable[Collection]
) -> dict[EntityKind, tuple[str, ...]]:
    """Return the tags and the groups that rules want for a scene, by kind.

    A kind without names is absent. A collection stands for the tag or the group of its name, an
    unknown collection for a tag.
    """
    groups = {collection.name for collection in collections if collection.settings.kind == "group"}
    names = {
        EntityKind.TAG: (*outcome.tags, *(n for n in outcome.collections if n not in groups)),
        EntityKind.GROUP: tuple(name for name in outcome.collections if name in groups),
    }
    return {kind: wanted for kind, wanted in names.items() if wanted}


def with_rules(
    plan: Plan,
    scene: Scene,
    rules: RuleSet,
    collections: Sequence[Collection],
    *,
    libraries: Libraries,
    settings: CreationSettings,
) -> Plan:
    """Return the plan with what the rules want before the scrape, then after the save.

    Rules ``on = "run"`` see the scene as it is, rules ``on = "save"`` as the plan will leave it.
    ``libraries`` has the kinds of ``kinds_of_rules``.

    Raises:
        ConfigError: The rules would go on without end for this scene.
    """
    outcome = rules.apply(scene, "run")
    names = wanted_names(outcome, collections)
    plan = apply_rules(plan, scene, outcome, names=names, libraries=libraries, settings=settings)
    if not plan.changes and not plan.organize:
        return plan
    outcome = rules.apply(planned_scene(scene, plan), "save")
    names = wanted_names(outcome, collections)
    return apply_rules(plan, scene, outcome, names=names, libraries=libraries, settings=settings)


def apply_rules(
    plan: Plan,
    scene: Scene,
    outcome: RuleOutcome,
    *,
    names: Mapping[EntityKind, Sequence[str]],
    libraries: Libraries,
    settings: CreationSettings,
) -> Plan:
    """Return the plan with what the rules of an event want.

    ``names`` are the outcome's ``wanted_names``; ``libraries`` has their kinds. Rules may decide
    that a scene is organized or not, but the mark is never taken away.
    """
    for kind, wanted in names.items():
        library = libraries[kind]
        plan = add_named_entities(plan, scene, kind, wanted, library=library, settings=settings)
    organize = plan.organize if outcome.organize is None else outcome.organize
    return plan.model_copy(
        update={
            "organize": organize and not scene.organized,
            "webhooks": tuple(dict.fromkeys((*plan.webhooks, *outcome.webhooks))),
            "rules": tuple(dict.fromkeys((*plan.rules, *outcome.matched))),
        }
    )


def add_named_entities(
    plan: Plan,
    scene: Scene,
    kind: EntityKind,
    names: Sequence[str],
    *,
    library: EntityIndex,
    settings: CreationSettings,
) -> Plan:
    """Return the plan that also gives the scene the tags or groups of these names.

    A name is linked to an entity of the library, else created, else omitted with the reason.
    """
    candidates = [EntityCandidate(kind=kind, source=RULES, name=name) for name in names]
    context = CreationContext(listed=tuple(names))
    decisions = decide_creations(candidates, library, context, settings)
    entities: list[Entity] = []
    create = list(plan.create)
    omitted = list(plan.omitted)
    for name, decision in zip(names, decisions, strict=True):
        if decision.outcome is CreationOutcome.LINK:
            look_alike = decision.look_alikes[0]
            entities.append(Entity(id=look_alike.id, name=look_alike.name))
        elif decision.outcome is CreationOutcome.CREATE or _is_wanted_group(decision, settings):
            entities.append(Entity(id=f"{NEW_ID_PREFIX}{name}", name=name))
            if not any((new.kind, new.name) == (kind, name) for new in create):
                create.append(NewEntity(kind=kind, name=name, why=decision.reason))
        else:
            reason = f"a rule wants it, but it is not in Stash: {decision.reason}"
            omitted.append(
                Omission(
                    field=kind.field,
                    name=name,
                    kind=OmissionKind.NOT_IN_STASH_BY_RULE,
                    reason=reason,
                )
            )
    plan = plan.model_copy(update={"create": tuple(create), "omitted": tuple(omitted)})
    return with_entities(plan, scene, kind.field, entities)


def _is_wanted_group(decision: CreationDecision, settings: CreationSettings) -> bool:
    """Return whether the name is the group of a collection, which the user wants to exist."""
    return (
        decision.kind is EntityKind.GROUP
        and decision.outcome is CreationOutcome.LEAVE
        and settings.group.create
    )

"""Build the plan of a scene: fetch what the planning stages need, and pass each value on.

The stages themselves are pure functions of ``decide.planning``, in the order of the code below::

    proposals -> merged -> wanted -> linked to the library -> plan -> plan with rules
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.planning.change_plan import EntityNames, make_plan
from stashbot.decide.planning.entity_linking import kinds_to_link, link_entities
from stashbot.decide.planning.entity_selection import SelectedProposal, select_entities
from stashbot.decide.planning.plan_edits import RULES
from stashbot.decide.planning.proposal_merge import merge_proposals
from stashbot.decide.planning.rule_changes import kinds_of_rules, with_rules
from stashbot.decide.planning.scene_plan import ids_to_name, needs_cover, plan_scene
from stashbot.decide.rules.collections import compile_collections
from stashbot.decide.rules.rule_set import ActionKind
from stashbot.flows.runs.context import RunContext
from stashbot.flows.runs.rule_snapshot import named
from stashbot.models import EntityKind, Plan, Proposal, Scene
from stashbot.pages.scrape_dialog import NAMED_ROWS_KEY
from stashbot.settings import FieldSettings
from stashbot.stash.client import StashClient

#: The key of the button that creates an entity in the results dialog.
CREATE_KEY = "scrape_dialog.new_named"


async def build_plan(context: RunContext, facts: SceneFacts, proposals: Sequence[Proposal]) -> Plan:
    """Return the run's plan over this before-image, from trusted proposals and the rules.

    Without proposals the rules alone make the plan. Each change of several merged proposals names
    the source that won it.

    Raises:
        ConfigError: the rules would go on without end for this scene.
    """
    plan = Plan(scene_id=facts.scene.id, source=RULES)
    if proposals:
        plan = await _plan_proposals(context, facts, proposals)
    if not context.rules.rules:
        return plan
    collections = compile_collections(context.options.rules.collections)
    kinds = kinds_of_rules(context.rules, collections)
    return with_rules(
        plan,
        facts.scene,
        context.rules,
        collections,
        libraries={kind: await context.entities.of(kind) for kind in kinds},
        settings=context.options.creation,
    )


async def _plan_proposals(
    context: RunContext, facts: SceneFacts, proposals: Sequence[Proposal]
) -> Plan:
    options, scene, selectors = context.options, facts.scene, context.services.selectors
    merged = merge_proposals(scene, proposals, options.fields, options.consensus)
    wanted = await _select(context, merged.proposal)
    merged = merged.model_copy(update={"proposal": wanted.proposal})
    # Before Stash 0.30 the dialog's rows have no names, so that nothing can be created there.
    can_create = CREATE_KEY in selectors.keys
    linked = link_entities(
        merged.proposal,
        facts,
        {kind: await context.entities.of(kind) for kind in kinds_to_link(merged.proposal)},
        options.creation if can_create else options.creation.without_creation,
        proposals=proposals,
        tag_counts=context.missing_tags,
        wanted_tags=(*context.rules.macros.tags, *named(context.rules, ActionKind.TAG)),
    )
    shows_cover = needs_cover(merged.proposal, merged.policies)
    plan = plan_scene(
        scene,
        merged,
        linked,
        organize=options.organize,
        names=await entity_names(context.stash, linked.proposal),
        cover=await context.stash.cover_sha256(scene) if shows_cover else None,
        dialog_has_names=NAMED_ROWS_KEY in selectors,
    )
    return plan.model_copy(update={"omitted": (*plan.omitted, *wanted.omitted)})


async def _select(context: RunContext, proposal: Proposal) -> SelectedProposal:
    """Return the performers and tags of a proposal that the run's settings want."""
    options = context.options
    return select_entities(
        proposal,
        options.people,
        options.tags,
        names=await entity_names(context.stash, proposal) if options.tags.only else {},
        performers=await context.entities.of(EntityKind.PERFORMER)
        if options.people.genders
        else None,
    )


async def plan_single_proposal(
    client: StashClient,
    policies: FieldSettings,
    scene: Scene,
    proposal: Proposal,
    *,
    organize: bool,
) -> Plan:
    """Return the plan of a proposal as Stash itself linked it, outside a run."""
    return make_plan(
        scene,
        proposal,
        policies,
        organize=organize,
        names=await entity_names(client, proposal),
        cover=await client.cover_sha256(scene) if needs_cover(proposal, policies) else None,
    )


async def entity_names(client: StashClient, proposal: Proposal) -> EntityNames:
    """Return the names that Stash has for the entities that the proposal is linked to."""
    ids = ids_to_name(proposal)
    found = await asyncio.gather(*(client.entity_names(kind, ids[kind]) for kind in ids))
    return {
        (kind.field, key): name
        for kind, names in zip(ids, found, strict=True)
        for key, name in names.items()
    }

"""Build the plan of a scene: fetch what each planning stage needs, and pass its value on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from stashbot.decide.planning.change_plan import EntityNames, make_plan
from stashbot.decide.planning.plan_edits import RULES
from stashbot.decide.planning.proposal_merge import merge_proposals
from stashbot.decide.planning.scene_plan import ids_to_name, needs_cover, plan_scene
from stashbot.flows.enrich.apply_rules import with_rules
from stashbot.flows.enrich.match_entities import match_entities
from stashbot.flows.runs.context import RunContext
from stashbot.models import Plan, Proposal, Scene
from stashbot.pages.scrape_dialog import NAMED_ROWS_KEY
from stashbot.settings import FieldSettings
from stashbot.stash.client import StashClient


async def build_plan(context: RunContext, scene: Scene, proposals: Sequence[Proposal]) -> Plan:
    """Return the run's plan over this before-image, from trusted proposals and the rules.

    Each change of several merged proposals names the source that won it.

    Raises:
        ConfigError: the rules would go on without end for this scene.
    """
    if not proposals:
        return await with_rules(context, scene, Plan(scene_id=scene.id, source=RULES))
    return await with_rules(context, scene, await _proposed_plan(context, scene, proposals))


async def _proposed_plan(context: RunContext, scene: Scene, proposals: Sequence[Proposal]) -> Plan:
    options, client = context.options, context.stash
    merged = merge_proposals(scene, proposals, options.fields, options.consensus)
    linked = await match_entities(context, scene, merged.proposal, proposals)
    shows_cover = needs_cover(merged.proposal, merged.policies)
    return plan_scene(
        scene,
        merged,
        linked,
        organize=options.organize,
        names=await entity_names(client, linked.proposal),
        cover=await client.cover_sha256(scene) if shows_cover else None,
        dialog_has_names=NAMED_ROWS_KEY in context.services.selectors,
    )


async def planned(
    client: StashClient,
    policies: FieldSettings,
    scene: Scene,
    proposal: Proposal,
    *,
    organize: bool,
) -> Plan:
    """Return the plan of one proposal, with the names that Stash has for its entities."""
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

"""From what sources propose to the plan for a scene: merged, named as Stash names it, compared."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from stashbot.decide.planning.change_plan import make_plan
from stashbot.decide.planning.dialog_plan import DIALOG_ONLY, without_dialog
from stashbot.decide.planning.plan_edits import RULES
from stashbot.decide.planning.proposal_merge import FieldWinner, merge_proposals
from stashbot.flows.enrich.apply_rules import with_rules
from stashbot.flows.enrich.match_entities import KINDS, entities_of, match_entities
from stashbot.flows.runs.context import RunContext
from stashbot.models import (
    Change,
    FieldName,
    FieldPolicy,
    NewEntity,
    Omission,
    Plan,
    Proposal,
    Scene,
)
from stashbot.pages.scrape_dialog import NAMED_ROWS_KEY
from stashbot.settings import FieldSettings
from stashbot.stash.client import StashClient


async def build_plan(context: RunContext, scene: Scene, proposals: Sequence[Proposal]) -> Plan:
    """The run's plan over this before-image, from trusted proposals and what rules want.

    Each change of several merged proposals names the source that won it.

    Raises:
        ConfigError: the rules would go on without end for this scene.
    """
    if not proposals:
        return await with_rules(context, scene, Plan(scene_id=scene.id, source=RULES))
    return await with_rules(context, scene, await _proposed_plan(context, scene, proposals))


async def _proposed_plan(context: RunContext, scene: Scene, proposals: Sequence[Proposal]) -> Plan:
    options, client = context.options, context.stash
    settings = options.consensus
    if len(proposals) == 1 and proposals[0].source not in settings.policies:
        return await _resolved_plan(context, options.fields, scene, proposals[0], proposals)
    cover = await client.cover_sha256(scene) if any(one.cover for one in proposals) else None
    merged = merge_proposals(scene, proposals, options.fields, settings, cover=cover)
    plan = await _resolved_plan(context, merged.policies, scene, merged.proposal, proposals)
    return _by_one_dialog(
        plan.model_copy(
            update={"changes": tuple(_credited(one, merged.winners) for one in plan.changes)}
        )
    )


async def _resolved_plan(
    context: RunContext,
    policies: FieldSettings,
    scene: Scene,
    proposal: Proposal,
    proposals: Sequence[Proposal],
) -> Plan:
    """The plan with the library's entities, and those to be created that it has use for."""
    found = await match_entities(context, scene, proposal, proposals)
    plan = await planned(
        context.stash, policies, scene, found.proposal, organize=context.options.organize
    )
    if NAMED_ROWS_KEY not in context.services.selectors:
        plan = without_dialog(plan)
    used = {one.field for one in plan.changes}
    reasons = found.reasons
    return plan.model_copy(
        update={
            "create": tuple(one for one in found.create if one.field in used),
            "omitted": tuple(
                one.model_copy(update={"reason": reasons.get((one.field, one.name), one.reason)})
                for one in plan.omitted
            ),
        }
    )


async def planned(
    client: StashClient,
    policies: FieldSettings,
    scene: Scene,
    proposal: Proposal,
    *,
    organize: bool,
) -> Plan:
    """The plan over this before-image, with entities under the names that Stash has."""
    named = {
        FieldName.STUDIO: (proposal.studio,) if proposal.studio else (),
        FieldName.PERFORMERS: proposal.performers,
        FieldName.TAGS: proposal.tags,
        FieldName.GROUPS: proposal.groups,
    }
    found = await asyncio.gather(
        *(
            client.entity_names(name, [one.stored_id for one in entities if one.stored_id])
            for name, entities in named.items()
        )
    )
    shows_cover = proposal.cover and policies.cover is not FieldPolicy.KEEP
    return make_plan(
        scene,
        proposal,
        policies,
        organize=organize,
        cover=await client.cover_sha256(scene) if shows_cover else None,
        lookups={
            (name, key): shown
            for name, names in zip(named, found, strict=True)
            for key, shown in names.items()
        },
    )


def naming_proposal(entity: NewEntity, proposals: Sequence[Proposal]) -> Proposal | None:
    """The first proposal that names an entity: its dialog can create it."""
    for one in proposals:
        if any(known.name == entity.name for known in entities_of(one, entity.field)):
            return one
    return None


def with_created_ids(proposal: Proposal, created: Mapping[tuple[FieldName, str], str]) -> Proposal:
    """The proposal as its dialog shows it after entities were created by it."""
    values: dict[str, Any] = {}
    for kind in KINDS:
        found = tuple(
            one.model_copy(update={"stored_id": one.stored_id or created.get((kind, one.name))})
            for one in entities_of(proposal, kind)
        )
        if found:
            values[kind.value] = found[0] if kind is FieldName.STUDIO else found
    return proposal.model_copy(update=values)


def dialog_proposal(plan: Plan, proposals: Sequence[Proposal]) -> Proposal:
    """The proposal whose results dialog carries out the plan as far as a dialog can.

    It is that of the source whose cover or stash id is planned, else the first.
    """
    needed = {change.source for change in plan.changes if change.field in DIALOG_ONLY}
    return next((one for one in proposals if one.source in needed), proposals[0])


def _credited(change: Change, winners: dict[FieldName, FieldWinner]) -> Change:
    winner = winners.get(change.field)
    return change if winner is None else change.model_copy(update={"source": winner.source})


def _by_one_dialog(plan: Plan) -> Plan:
    """A save goes through one dialog: what only another source's dialog could give is left out."""
    only = [change for change in plan.changes if change.field in DIALOG_ONLY]
    other = [change for change in only if change.source != only[0].source]
    omitted = tuple(
        Omission(
            field=change.field,
            name=change.source or plan.source,
            reason=f"it takes the results of {change.source}, and one save those of one source",
        )
        for change in other
    )
    kept = tuple(change for change in plan.changes if change not in other)
    return plan.model_copy(update={"changes": kept, "omitted": (*plan.omitted, *omitted)})

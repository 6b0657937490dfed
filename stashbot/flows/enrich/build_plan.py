"""From what sources propose to the plan for a scene: merged, named as Stash names it, compared."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from stashbot.decide.planning.change_plan import make_plan
from stashbot.decide.planning.dialog_plan import DIALOG_ONLY, without_dialog
from stashbot.decide.planning.plan_edits import RULES
from stashbot.decide.planning.proposal_merge import Won, merge
from stashbot.flows.enrich.apply_rules import ruled
from stashbot.flows.enrich.match_entities import KINDS, entities_of, resolve
from stashbot.flows.runs.context import Runtime
from stashbot.models import (
    Change,
    FieldName,
    FieldPolicy,
    LeftOut,
    NewEntity,
    Plan,
    Proposal,
    Scene,
)
from stashbot.pages.scrape_dialog import ROWS_TOLD
from stashbot.settings import FieldSettings
from stashbot.stash.client import StashClient


async def plan_for(runtime: Runtime, scene: Scene, proposals: Sequence[Proposal]) -> Plan:
    """The run's plan over this before-image, from trusted proposals and what rules want.

    Each change of several merged proposals names the source that won it.

    Raises:
        ConfigError: the rules would go on without end for this scene.
    """
    if not proposals:
        return await ruled(runtime, scene, Plan(scene_id=scene.id, source=RULES))
    return await ruled(runtime, scene, await _proposed_plan(runtime, scene, proposals))


async def _proposed_plan(runtime: Runtime, scene: Scene, proposals: Sequence[Proposal]) -> Plan:
    options, client = runtime.options, runtime.client
    settings = options.consensus
    if len(proposals) == 1 and proposals[0].source not in settings.policies:
        return await _resolved_plan(runtime, options.fields, scene, proposals[0], proposals)
    cover = await client.cover_sha256(scene) if any(one.cover for one in proposals) else None
    merged = merge(scene, proposals, options.fields, settings, cover=cover)
    plan = await _resolved_plan(runtime, merged.policies, scene, merged.proposal, proposals)
    return _by_one_dialog(
        plan.model_copy(
            update={"changes": tuple(_credited(one, merged.won) for one in plan.changes)}
        )
    )


async def _resolved_plan(
    runtime: Runtime,
    policies: FieldSettings,
    scene: Scene,
    proposal: Proposal,
    proposals: Sequence[Proposal],
) -> Plan:
    """The plan with the library's entities, and those to be created that it has use for."""
    found = await resolve(runtime, scene, proposal, proposals)
    plan = await planned(
        runtime.client, policies, scene, found.proposal, organize=runtime.options.organize
    )
    if ROWS_TOLD not in runtime.selectors:
        plan = without_dialog(plan)
    used = {one.field for one in plan.changes}
    reasons = found.reasons
    return plan.model_copy(
        update={
            "create": tuple(one for one in found.create if one.field in used),
            "left_out": tuple(
                one.model_copy(update={"reason": reasons.get((one.field, one.name), one.reason)})
                for one in plan.left_out
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


def naming(entity: NewEntity, proposals: Sequence[Proposal]) -> Proposal | None:
    """The first proposal that names an entity: its dialog can create it."""
    for one in proposals:
        if any(known.name == entity.name for known in entities_of(one, entity.field)):
            return one
    return None


def with_ids(proposal: Proposal, created: Mapping[tuple[FieldName, str], str]) -> Proposal:
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


def _credited(change: Change, won: dict[FieldName, Won]) -> Change:
    winner = won.get(change.field)
    return change if winner is None else change.model_copy(update={"source": winner.source})


def _by_one_dialog(plan: Plan) -> Plan:
    """A save goes through one dialog: what only another source's dialog could give is left out."""
    only = [change for change in plan.changes if change.field in DIALOG_ONLY]
    other = [change for change in only if change.source != only[0].source]
    left_out = tuple(
        LeftOut(
            field=change.field,
            name=change.source or plan.source,
            reason=f"it takes the results of {change.source}, and one save those of one source",
        )
        for change in other
    )
    kept = tuple(change for change in plan.changes if change not in other)
    return plan.model_copy(update={"changes": kept, "left_out": (*plan.left_out, *left_out)})

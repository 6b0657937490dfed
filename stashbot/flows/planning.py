"""From what sources propose to the plan for a scene: merged, named as Stash names it, compared."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from stashbot.decide.consensus import Won, merge
from stashbot.decide.dialog import DIALOG_ONLY
from stashbot.decide.fields import make_plan
from stashbot.flows.runtime import Runtime
from stashbot.models import Change, FieldName, FieldPolicy, LeftOut, Plan, Proposal, Scene
from stashbot.settings import FieldSettings
from stashbot.stash.client import StashClient


async def plan_for(runtime: Runtime, scene: Scene, proposals: Sequence[Proposal]) -> Plan:
    """The run's plan over this before-image, from one trusted proposal or several merged ones.

    Each change names the source that won it.
    """
    options, client = runtime.options, runtime.client
    settings = options.consensus
    if len(proposals) == 1 and proposals[0].source not in settings.policies:
        only = proposals[0]
        return await planned(client, options.fields, scene, only, organize=options.organize)
    cover = await client.cover_sha256(scene) if any(one.cover for one in proposals) else None
    merged = merge(scene, proposals, options.fields, settings, cover=cover)
    plan = await planned(client, merged.policies, scene, merged.proposal, organize=options.organize)
    return _by_one_dialog(
        plan.model_copy(
            update={"changes": tuple(_credited(one, merged.won) for one in plan.changes)}
        )
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

"""Link the names of a proposal to the library's entities: fetch what ``link_entities`` needs."""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.decide.matching.scene_facts import read_scene_facts
from stashbot.decide.planning.entity_linking import LinkedProposal, kinds_to_link, link_entities
from stashbot.decide.rules.rule_set import ActionKind
from stashbot.flows.runs.context import RunContext
from stashbot.flows.runs.rule_snapshot import named
from stashbot.models import Proposal, Scene

#: The key of the button that creates.
CREATES = "scrape_dialog.new_named"


async def match_entities(
    context: RunContext, scene: Scene, proposal: Proposal, proposals: Sequence[Proposal]
) -> LinkedProposal:
    """Return the proposal linked to the library; it was merged from ``proposals``."""
    options = context.options
    settings = options.creation
    if CREATES not in context.services.selectors.keys:
        settings = settings.without_creation  # before 0.30 the dialog's rows have no names
    return link_entities(
        proposal,
        read_scene_facts(scene, options.filenames, options.routing),
        {kind: await context.entities.of(kind) for kind in kinds_to_link(proposal)},
        settings,
        proposals=proposals,
        tag_counts=context.missing_tags,
        wanted_tags=(*context.rules.macros.tags, *named(context.rules, ActionKind.TAG)),
    )

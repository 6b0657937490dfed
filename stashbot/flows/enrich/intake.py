"""Clean what a source returned: fetch what cleaning needs to know of the library."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from stashbot.decide.intake.proposal_cleaning import (
    IntakeFacts,
    clean_proposal,
    names_several_people,
    nobody_is_known,
)
from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.models import EntityKind, Proposal
from stashbot.stash.client import StashClient
from stashbot.stash.entity_library import EntityLibrary

#: The first release of Stash that takes a year or a month as a date.
PARTIAL_DATES_SINCE = (0, 30)


async def clean_proposals(
    client: StashClient,
    entities: EntityLibrary,
    facts: SceneFacts,
    proposals: Sequence[Proposal],
    *,
    today: date,
) -> tuple[Proposal, ...]:
    """Return the proposals for a scene, cleaned; the library is read only for joined names."""
    intake = IntakeFacts(
        today=today,
        takes_partial_dates=client.server.release >= PARTIAL_DATES_SINCE,
        days=facts.possible_days,
        fingerprints=facts.known.fingerprints,
    )
    is_known = nobody_is_known
    if any(names_several_people(proposal) for proposal in proposals):
        is_known = (await entities.of(EntityKind.PERFORMER)).has
    return tuple(clean_proposal(proposal, intake, is_known=is_known) for proposal in proposals)

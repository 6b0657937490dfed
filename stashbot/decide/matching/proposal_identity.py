"""Whether two proposals say the same, however they are written."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from stashbot.decide.matching.names import by_case, by_punctuation
from stashbot.models import Proposal, ScrapedEntity

_TEXTS = ("title", "code", "details", "director", "date")
_LISTS = ("performers", "tags", "groups")


def gist(proposal: Proposal) -> dict[str, JsonValue]:
    """What a proposal says, without case, punctuation and the order of lists.

    Pictures are left aside, for sources encode them anew, and durations count in whole seconds.
    """
    told: dict[str, JsonValue] = {"source": proposal.source}
    for name in _TEXTS:
        told[name] = _plain(getattr(proposal, name) or "")
    for name in _LISTS:
        told[name] = _names(getattr(proposal, name))
    told["studio"] = _names((proposal.studio,) if proposal.studio else ())
    told["urls"] = [*sorted({url.strip().casefold().rstrip("/") for url in proposal.urls})]
    told["stash_id"] = proposal.stash_id.model_dump(mode="json") if proposal.stash_id else None
    told["duration"] = round(proposal.duration) if proposal.duration else None
    return told


def _names(entities: Iterable[ScrapedEntity]) -> JsonValue:
    return [*sorted({_plain(entity.name) for entity in entities})]


def _plain(text: str) -> str:
    return by_punctuation(text) or by_case(text)

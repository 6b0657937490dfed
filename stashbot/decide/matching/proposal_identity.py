"""Tell whether two proposals have the same content, however they are written."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from stashbot.decide.matching.names import fold_case, fold_punctuation
from stashbot.models import Proposal, ScrapedEntity

_TEXTS = ("title", "code", "details", "director", "date")
_LISTS = ("performers", "tags", "groups")


def normalized_content(proposal: Proposal) -> dict[str, JsonValue]:
    """Return the content of a proposal without case, punctuation and the order of lists.

    Two proposals that are equal in this form propose the same. Pictures are left out, since sources
    encode them anew each time; durations are rounded to seconds. Of a cleaned proposal it is
    the content of the source's answer.
    """
    proposal = proposal.as_shown
    content: dict[str, JsonValue] = {"source": proposal.source}
    for name in _TEXTS:
        content[name] = _fold(getattr(proposal, name) or "")
    for name in _LISTS:
        content[name] = _names(getattr(proposal, name))
    content["studio"] = _names((proposal.studio,) if proposal.studio else ())
    content["urls"] = [*sorted({url.strip().casefold().rstrip("/") for url in proposal.urls})]
    content["stash_id"] = proposal.stash_id.model_dump(mode="json") if proposal.stash_id else None
    content["duration"] = round(proposal.duration) if proposal.duration else None
    return content


def _names(entities: Iterable[ScrapedEntity]) -> JsonValue:
    return [*sorted({_fold(entity.name) for entity in entities})]


def _fold(text: str) -> str:
    return fold_punctuation(text) or fold_case(text)

"""Tell whether two proposals have the same content, however they are written."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from stashbot.decide.intake.addresses import page_key
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


def is_same_answer(candidate: Proposal, known: Proposal) -> bool:
    """Return whether a candidate of a search is a known answer, as far as the candidate tells.

    A candidate has fewer fields than the answer in full. Ids and pages decide where both have them;
    else it is the title, with no date, code or studio that differs.
    """
    if candidate.stash_id and known.stash_id:
        return candidate.stash_id == known.stash_id
    if candidate.urls and known.urls:
        return not {*map(page_key, candidate.urls)}.isdisjoint(map(page_key, known.urls))
    title = _fold(candidate.title or "")
    if not title or title != _fold(known.title or ""):
        return False
    studios = tuple(each.studio.name if each.studio else "" for each in (candidate, known))
    pairs = ((candidate.date, known.date), (candidate.code, known.code), studios)
    return all(not ours or not theirs or _fold(ours) == _fold(theirs) for ours, theirs in pairs)


def _names(entities: Iterable[ScrapedEntity]) -> JsonValue:
    return [*sorted({_fold(entity.name) for entity in entities})]


def _fold(text: str) -> str:
    return fold_punctuation(text) or fold_case(text)

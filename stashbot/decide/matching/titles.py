"""When a proposed title is the title that is known, however a file name or a source writes it."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

from stashbot.decide.matching.dates import read_date
from stashbot.models import Known, Proposal

_NUMBERS = re.compile(r"\d+")


def agrees(proposal: Proposal, known: Known) -> bool:
    """Whether the titles are the same; one that was read from a file name may lack its signs, or
    begin with names that the proposal gives.
    """
    if not known.title or not proposal.title:
        return False
    by_name = known.origin.get("title") == "file name"
    return (
        same_title(proposal.title, known.title, from_file_name=by_name)
        or (by_name and normal_title(known.title) in told_titles(proposal, known))
        or (by_name and _follows_names(proposal, known))
    )


def likeness(proposal: Proposal, known: Known) -> float:
    """How alike the titles are, from 0 to 1, without case, punctuation and leading names.

    0 where their numbers differ: ``Part 1`` and ``Part 2`` are two scenes.
    """
    best = 0.0
    for rest, _ in rests_of(proposal, known.title or ""):
        for told in told_titles(proposal, known):
            if _NUMBERS.findall(rest) == _NUMBERS.findall(told):
                best = max(best, SequenceMatcher(None, rest, told, autojunk=False).ratio())
    return best


def normal_title(title: str) -> str:
    """A title without case, punctuation, accents' composition and spaces.

    A file name cannot carry every character of a title (``Part 2: "Again"`` becomes
    ``Part.2.Again``), so a title that was read from one is compared in this form.
    """
    plain = unicodedata.normalize("NFKC", title).casefold()
    return "".join(char for char in plain if char.isalnum())


def same_title(proposed: str, known: str, *, from_file_name: bool) -> bool:
    """Equal ignoring case; for a title from a file name, equal in normal form and not empty."""
    if folded(proposed) == folded(known):
        return True
    normal = normal_title(known)
    return from_file_name and bool(normal) and normal_title(proposed) == normal


def folded(text: str) -> str:
    """A text without case and accents' composition."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _follows_names(proposal: Proposal, known: Known) -> bool:
    """Whether the known title is the proposed title after names that the proposal gives.

    ``Studio.24.01.13.Ada.Sample.Evening.Light`` does not tell where the name ends; a proposal
    whose studio, performers and title together use up the whole text does.
    """
    rests = {rest for rest, _ in rests_of(proposal, known.title or "")[1:]}
    return bool(told_titles(proposal, known) & rests)


def rests_of(proposal: Proposal, known: str) -> list[tuple[str, bool]]:
    """What is left of the text after names that the proposal gives, and whether its studio went."""
    names = {normal_title(entity.name) for entity in proposal.performers} - {""}
    studio = normal_title(proposal.studio.name) if proposal.studio else ""
    rests = [(normal_title(known), False)]
    for rest, without in rests:  # grows while it is walked; each new one is shorter
        starts = {joint + name for name in names for joint in ("", "and")}
        found = [(rest.removeprefix(one), without) for one in starts if rest.startswith(one)]
        if studio and not without and rest.startswith(studio):
            found.append((rest.removeprefix(studio), True))
        rests += [one for one in found if one not in rests]
    return rests


def told_titles(proposal: Proposal, known: Known) -> set[str]:
    """The proposed title as a file name may hold it.

    A numbered one may end at its colon, ``Part 2`` for ``Part 2: Harbour``, where the dates are the
    same: alone that is the name of too many scenes.
    """
    title = proposal.title or ""
    numbered = title.partition(":")[0]
    dated = bool(known.date) and day_of(known.date or "") == day_of(proposal.date or "")
    told = {title}
    if dated and any(char.isdigit() for char in numbered):
        told.add(numbered)
    return {normal_title(one) for one in told} - {""}


def day_of(text: str) -> str:
    """A date in Stash's form, which is what a plan would write; else the text itself."""
    try:
        return read_date(text)
    except ValueError:
        return text

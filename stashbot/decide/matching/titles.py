"""Compare a proposed title with the known title, however file names and sources write it."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import NamedTuple

from stashbot.decide.matching.dates import normalize_date
from stashbot.models import KnownFacts, Proposal

_NUMBERS = re.compile(r"\d+")


class TitleRest(NamedTuple):
    """The normalized rest of a title after leading names, and whether the studio was removed."""

    text: str
    without_studio: bool


def titles_match(proposal: Proposal, known: KnownFacts) -> bool:
    """Return whether the titles are the same.

    A title from a file name may lack punctuation, or begin with names that the proposal gives.
    """
    if not known.title or not proposal.title:
        return False
    from_file_name = known.origin.get("title") == "file name"
    if same_title(proposal.title, known.title, from_file_name=from_file_name):
        return True
    # The first rest is the whole title; the others follow names that the proposal gives.
    rests = {rest.text for rest in titles_without_names(proposal, known.title)}
    return from_file_name and not rests.isdisjoint(title_variants(proposal, known))


def title_similarity(proposal: Proposal, known: KnownFacts) -> float:
    """Return how similar the titles are, from 0 to 1, without case, punctuation and leading names.

    It is 0 where their numbers differ: ``Part 1`` and ``Part 2`` are two scenes.
    """
    best = 0.0
    for rest in titles_without_names(proposal, known.title or ""):
        for variant in title_variants(proposal, known):
            if _NUMBERS.findall(rest.text) == _NUMBERS.findall(variant):
                matcher = SequenceMatcher(None, rest.text, variant, autojunk=False)
                best = max(best, matcher.ratio())
    return best


def normalize_title(title: str) -> str:
    """Return the letters and digits of a title, without case.

    A file name cannot hold every character of a title (``Part 2: "Again"`` becomes
    ``Part.2.Again``), so titles from file names are compared in this form.
    """
    plain = unicodedata.normalize("NFKC", title).casefold()
    return "".join(char for char in plain if char.isalnum())


def same_title(proposed: str, known: str, *, from_file_name: bool) -> bool:
    """Return whether two titles are equal, ignoring case.

    A title from a file name also matches by its letters and digits alone, if it has any.
    """
    if normalize_case(proposed) == normalize_case(known):
        return True
    normal = normalize_title(known)
    return from_file_name and bool(normal) and normalize_title(proposed) == normal


def normalize_case(text: str) -> str:
    """Return the text in lower case, with composed accents."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def titles_without_names(proposal: Proposal, title: str) -> list[TitleRest]:
    """Return the title, and each rest of it after names that the proposal gives.

    ``Studio.24.01.13.Ada.Sample.Evening.Light`` does not say where the name ends. The title is
    certain if studio, performers and title of a proposal use up the whole text.
    """
    performers = {normalize_title(performer.name) for performer in proposal.performers} - {""}
    prefixes = {joint + name for name in performers for joint in ("", "and")}
    studio = normalize_title(proposal.studio.name) if proposal.studio else ""
    rests = [TitleRest(normalize_title(title), without_studio=False)]
    for text, without_studio in rests:  # grows while it is walked; each new rest is shorter
        shorter = [
            TitleRest(text.removeprefix(prefix), without_studio)
            for prefix in prefixes
            if text.startswith(prefix)
        ]
        if studio and not without_studio and text.startswith(studio):
            shorter.append(TitleRest(text.removeprefix(studio), without_studio=True))
        rests += [rest for rest in shorter if rest not in rests]
    return rests


def title_variants(proposal: Proposal, known: KnownFacts) -> set[str]:
    """Return the normalized forms in which a file name may hold the proposed title.

    A numbered title may end at its colon, ``Part 2`` for ``Part 2: Harbour``, if the dates are the
    same; without a date, too many scenes have such a title.
    """
    title = proposal.title or ""
    variants = {title}
    beginning = title.partition(":")[0]
    day = normalize_date(known.date or "")
    same_date = bool(day) and day == normalize_date(proposal.date or "")
    if same_date and any(char.isdigit() for char in beginning):
        variants.add(beginning)
    return {normalize_title(variant) for variant in variants} - {""}

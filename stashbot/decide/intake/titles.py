"""Read titles that also hold the site, the performers, the code or the year."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from stashbot.decide.intake.people import read_person
from stashbot.decide.intake.studios import bare_studio
from stashbot.decide.intake.texts import strip_separators
from stashbot.models import Proposal

#: Two titles in one, as scrapers join the values of a list.
_TWO_TITLES = re.compile(r"\s*;;\s*")
_PARTS = re.compile(r"\s+[-\u2010-\u2015]\s+|\s*[|\u2022\u00b7]\s*|\s*:\s+|\s+[/~]\s+")
_YEAR_AT_END = re.compile(r"\s*[(\[]?\b(\d{4})[)\]]?$")
#: Words between performers and a title: ``Ada Sample In: 'Evening Light'``.
_IN = re.compile(r"^\s*(?:in|stars? in|starring in|[-:|])\b\s*:?\s*|^\s*[-:|]\s*", re.IGNORECASE)
#: Words between a title and performers: ``Evening Light w/ Ada Sample``.
_WITH = re.compile(r"\s+(?:w/|with|feat\.?|featuring|ft\.?|starring)\s*", re.IGNORECASE)
_QUOTED = re.compile(
    r"^(?:'(?P<a>[^']+)'|\"(?P<b>[^\"]+)\"|\u2018(?P<c>[^\u2018\u2019]+)\u2019"
    r"|\u201c(?P<d>[^\u201c\u201d]+)\u201d|\u00ab(?P<e>[^\u00ab\u00bb]+)\u00bb)$"
)
_JOINTS = re.compile(r"\s*(?:,|&|\+|\band\b)\s*", re.IGNORECASE)


def title_readings(proposal: Proposal) -> tuple[str, ...]:
    """Return the title, then what is left of it without what the proposal says in other fields.

    ``Evening Light | Northlight (2024)`` of the studio Northlight may be the ``Evening Light`` of a
    file name. Only judging goes by the readings; the title itself is what gets written.
    """
    if not proposal.title:
        return ()
    own = _OwnNames(proposal)
    readings = [proposal.title]
    for title in readings:  # grows while it is walked; each new reading is shorter
        readings += [rest for rest in own.rests(title) if rest and rest not in readings]
    return tuple(readings)


def two_titles(title: str) -> tuple[str, ...]:
    """Return the different titles of a text that joins several with ``;;``; else none."""
    titles = {_fold(text): text for text in _TWO_TITLES.split(title) if text.strip()}
    return tuple(titles.values()) if len(titles) > 1 else ()


class _OwnNames:
    """The names that a proposal gives besides its title, folded."""

    def __init__(self, proposal: Proposal) -> None:
        studio = proposal.studio
        studios = [studio.name, bare_studio(studio.name)] if studio else []
        if studio and studio.parent:
            studios += [studio.parent, bare_studio(studio.parent)]
        people = [
            name
            for person in proposal.performers
            for name in (person.name, read_person(person.name).name, *person.aliases)
        ]
        self.people = {_fold(name) for name in people} - {""}
        self.first_names = {_fold(name.split()[0]) for name in people if name.split()} - {""}
        self.code = _fold(proposal.code or "")
        self.year = (proposal.date or "")[:4]
        others = (*studios, proposal.code or "", proposal.date or "")
        self.names = {_fold(name) for name in others} - {""}

    def rests(self, title: str) -> Iterator[str]:
        """Yield the title without one thing that another field says, at its start or its end."""
        if (match := _YEAR_AT_END.search(title)) and match[1] == self.year:
            yield strip_separators(title[: match.start()])
        if match := _QUOTED.match(title):
            yield next(filter(None, match.groups())).strip()
        for match in _PARTS.finditer(title):
            if self._is_own(title[: match.start()]):
                yield strip_separators(title[match.end() :])
            if self._is_own(title[match.end() :]):
                yield strip_separators(title[: match.start()])
        for match in _WITH.finditer(title):
            if self._are_people(title[match.end() :]):
                yield strip_separators(title[: match.start()])
        yield from self._without_leading_words(title)

    def _without_leading_words(self, title: str) -> Iterator[str]:
        """Yield what follows the code, or performers and a word such as ``in:``."""
        words = list(re.finditer(r"\S+", title))
        for word in words[:-1]:
            head, tail = title[: word.end()], title[word.end() :]
            if self.code and _fold(head) == self.code:
                yield strip_separators(tail)
            after = _IN.match(tail)
            if after and tail[after.end() :].strip() and self._are_people(head):
                yield strip_separators(tail[after.end() :])

    def _is_own(self, text: str) -> bool:
        return _fold(text) in self.names or self._are_people(text)

    def _are_people(self, text: str) -> bool:
        """Return whether a text is performers of the proposal, by full or first names."""
        names = [_fold(name) for name in _JOINTS.split(text.strip())]
        known = self.people | self.first_names
        return any(names) and all(name in known for name in names if name)


@lru_cache(maxsize=1 << 14)
def _fold(text: str) -> str:
    """Return the letters and digits of a text, without case and accents."""
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(char for char in plain if char.isalnum())

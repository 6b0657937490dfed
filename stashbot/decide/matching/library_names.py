"""The names of the performers and studios of a library, made once a run for all its scenes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from stashbot.decide.matching.folding import fold_phrase, fold_words

#: Letters that a name of a single word must have before it counts as a name within other words.
_MIN_SINGLE = 5


class NamedEntity(Protocol):
    """An entity of a library, such as an entry of an entity index."""

    @property
    def id(self) -> str: ...  # noqa: D102

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def aliases(self) -> tuple[str, ...]: ...  # noqa: D102


@dataclass(frozen=True)
class NameIndex:
    """Entities by each of their folded names; ``longest`` is the number of words of the longest."""

    ids: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    longest: int = 0

    @classmethod
    def of(cls, entities: Iterable[NamedEntity]) -> NameIndex:
        """Return the index of these entities."""
        ids: dict[str, set[str]] = {}
        names: dict[str, tuple[str, ...]] = {}
        longest = 0
        for entity in entities:
            names[entity.id] = (entity.name, *entity.aliases)
            for name in names[entity.id]:
                words = fold_words(name)
                longest = max(longest, len(words))
                if len(words) == 1 and len(words[0]) < _MIN_SINGLE:
                    continue
                for phrase in fold_phrase(name):
                    ids.setdefault(phrase, set()).add(entity.id)
        return cls({phrase: frozenset(found) for phrase, found in ids.items()}, names, longest)

    def names_of(self, name: str, entity_id: str | None = None) -> tuple[str, ...]:
        """Return all names of the entities that have this name or id."""
        found: set[str] = set()
        if entity_id is not None and entity_id in self.names:
            found.add(entity_id)
        else:
            for phrase in fold_phrase(name):
                found |= self.ids.get(phrase, frozenset())
        return tuple(dict.fromkeys(other for key in sorted(found) for other in self.names[key]))

    def find_in(self, texts: Sequence[str], start: int, end: int) -> list[tuple[int, int, str]]:
        """Return the known names in ``texts[start:end]``, longest first at each place.

        Each is a start, an end, and the name as the library has it.
        """
        found: list[tuple[int, int, str]] = []
        at = start
        while at < end:
            for stop in range(min(end, at + self.longest + 1), at, -1):
                phrase = "".join(texts[at:stop])
                if texts[at] and phrase in self.ids:
                    key = min(self.ids[phrase])
                    found.append((at, stop, self.names[key][0]))
                    at = stop - 1
                    break
            at += 1
        return found


@dataclass(frozen=True)
class LibraryNames:
    """The performers and studios of a library by their names and aliases."""

    performers: NameIndex = field(default_factory=NameIndex)
    studios: NameIndex = field(default_factory=NameIndex)

    @classmethod
    def of(cls, performers: Iterable[NamedEntity], studios: Iterable[NamedEntity]) -> LibraryNames:
        """Return the names of these performers and studios."""
        return cls(NameIndex.of(performers), NameIndex.of(studios))


NO_NAMES = LibraryNames()

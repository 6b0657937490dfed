"""Entities of the library that a new name may mean: by their own names or by aliases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from stashbot.decide.matching.names import KEYS, SURE, Likeness, one_slip_apart, slips
from stashbot.models import Entity, Model


class LibraryEntity(Entity):
    """An entity of the library, with what tells it from others of its name."""

    aliases: tuple[str, ...] = ()
    birthdate: str | None = None
    disambiguation: str = ""


class LookAlike(Model):
    """An entity of the library that a name may mean: by its own name, or by its ``alias``."""

    id: str
    name: str
    by: Likeness
    alias: str | None = None
    disambiguation: str = ""

    @property
    def sure(self) -> bool:
        """Whether the two names are one."""
        return self.by in SURE

    @property
    def told(self) -> str:
        """The entity in a sentence: ``Ada Sample (alias A. Sample, 12)``."""
        alias = f"alias {self.alias}, " if self.alias is not None else ""
        more = f"{self.disambiguation}, " if self.disambiguation else ""
        return f"{self.name} ({alias}{more}{self.id})"


class Library:
    """The entities of one kind, found by names that look alike; made once for many look-ups."""

    def __init__(self, entities: Iterable[LibraryEntity] = ()) -> None:
        self._held: dict[str, LibraryEntity] = {}
        self._by: dict[tuple[Likeness, str], dict[str, str | None]] = defaultdict(dict)
        for entity in entities:
            self.add(entity)

    def add(self, entity: LibraryEntity) -> None:
        """Take in an entity, such as one that was just created."""
        self._held[entity.id] = entity
        for alias in (None, *entity.aliases):
            name = entity.name if alias is None else alias
            keys = [(kind, key(name)) for kind, key in KEYS.items()]
            keys += [(Likeness.SPELLING, slip) for slip in slips(name)]
            for kind, key in keys:
                if key:
                    self._by[kind, key].setdefault(entity.id, alias)

    def entity(self, entity_id: str) -> LibraryEntity:
        """The entity of that id.

        Raises:
            KeyError: it is not in this library.
        """
        return self._held[entity_id]

    def has(self, name: str) -> bool:
        """Whether an entity surely bears this name, or has it as an alias."""
        return any(one.sure for one in self.look_alikes(name))

    def look_alikes(self, name: str) -> tuple[LookAlike, ...]:
        """All that share the surest likeness that any has.

        Of those that are alike by their own name and by an alias, Stash takes the former; so do we.
        """
        for kind in Likeness:
            found = self._found(kind, name)
            named = {key: alias for key, alias in found.items() if alias is None}
            if found:
                return tuple(
                    LookAlike(
                        id=key,
                        name=self._held[key].name,
                        by=kind,
                        alias=alias,
                        disambiguation=self._held[key].disambiguation,
                    )
                    for key, alias in sorted((named or found).items())
                )
        return ()

    def _found(self, kind: Likeness, name: str) -> dict[str, str | None]:
        """Ids of what is alike by one kind, with the alias that is; ``None`` for the own name."""
        if kind is not Likeness.SPELLING:
            return dict(self._by.get((kind, KEYS[kind](name)), {}))
        return {
            key: alias
            for slip in sorted(slips(name))
            for key, alias in self._by.get((kind, slip), {}).items()
            if one_slip_apart(name, self._held[key].name if alias is None else alias)
        }

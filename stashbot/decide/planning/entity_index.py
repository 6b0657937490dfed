"""Find entities of the library by names that look like their names or aliases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from stashbot.decide.intake.studios import bare_studio
from stashbot.decide.matching.names import (
    CERTAIN,
    FOLDS,
    Likeness,
    deletion_variants,
    fold_punctuation,
    within_one_edit,
)
from stashbot.models import Entity, Model, StashId


class LibraryEntity(Entity):
    """An entity of the library, with what tells it from others of the same name."""

    aliases: tuple[str, ...] = ()
    birthdate: str | None = None
    gender: str | None = None
    disambiguation: str = ""
    stash_ids: tuple[StashId, ...] = ()

    def id_at(self, endpoint: str) -> str | None:
        """Return the entity's id in a stash-box, if it has any there."""
        ids = (known.stash_id for known in self.stash_ids if known.endpoint == endpoint)
        return next(ids, None)


class LookAlike(Model):
    """An entity of the library that a name may mean, by its own name or by its ``alias``."""

    id: str
    name: str
    by: Likeness
    alias: str | None = None
    disambiguation: str = ""

    @property
    def is_certain(self) -> bool:
        """Whether the two names are the same name."""
        return self.by in CERTAIN

    @property
    def label(self) -> str:
        """The entity in words, such as ``Ada Sample (alias A. Sample, 12)``."""
        alias = f"alias {self.alias}, " if self.alias is not None else ""
        disambiguation = f"{self.disambiguation}, " if self.disambiguation else ""
        return f"{self.name} ({alias}{disambiguation}{self.id})"


class EntityIndex:
    """The entities of a kind, indexed by their names for many look-ups."""

    def __init__(self, entities: Iterable[LibraryEntity] = ()) -> None:
        self._entities: dict[str, LibraryEntity] = {}
        # By likeness and folded name: the alias that has it (None: the own name), by entity id.
        self._names: dict[tuple[Likeness, str], dict[str, str | None]] = defaultdict(dict)
        for entity in entities:
            self.add(entity)

    def add(self, entity: LibraryEntity) -> None:
        """Add an entity, such as a new entity."""
        self._entities[entity.id] = entity
        for alias in (None, *entity.aliases):
            name = entity.name if alias is None else alias
            keys = [(kind, fold(name)) for kind, fold in FOLDS.items()]
            keys += [(Likeness.SPELLING, variant) for variant in deletion_variants(name)]
            keys.append((Likeness.SITE, fold_punctuation(bare_studio(name))))
            for kind, key in keys:
                if key:
                    self._names[kind, key].setdefault(entity.id, alias)

    @property
    def entities(self) -> tuple[LibraryEntity, ...]:
        """All entities of the index."""
        return tuple(self._entities.values())

    def entity(self, entity_id: str) -> LibraryEntity:
        """Return the entity with that id.

        Raises:
            KeyError: It is not in this index.
        """
        return self._entities[entity_id]

    def find(self, entity_id: str) -> LibraryEntity | None:
        """Return the entity with that id, if this index has it."""
        return self._entities.get(entity_id)

    def has(self, name: str) -> bool:
        """Return whether an entity certainly has this name, or has it as an alias."""
        return any(look_alike.is_certain for look_alike in self.look_alikes(name))

    def look_alikes(self, name: str) -> tuple[LookAlike, ...]:
        """Return the entities that look most like the name: all that share the best likeness.

        An entity with the name itself goes before entities with such an alias, as in Stash's own
        matching.
        """
        for kind in (*FOLDS, Likeness.SPELLING):
            if aliases := self._find(kind, name):
                return self._look_alikes(kind, aliases)
        return ()

    def same_site(self, name: str) -> tuple[LookAlike, ...]:
        """Return the studios whose name differs by a domain, a mark or an article only."""
        bare = fold_punctuation(bare_studio(name))
        return self._look_alikes(Likeness.SITE, self._names.get((Likeness.SITE, bare), {}))

    def _look_alikes(
        self, kind: Likeness, aliases: Mapping[str, str | None]
    ) -> tuple[LookAlike, ...]:
        own_names = {key: alias for key, alias in aliases.items() if alias is None}
        return tuple(
            LookAlike(
                id=key,
                name=self._entities[key].name,
                by=kind,
                alias=alias,
                disambiguation=self._entities[key].disambiguation,
            )
            for key, alias in sorted((own_names or aliases).items())
        )

    def _find(self, kind: Likeness, name: str) -> dict[str, str | None]:
        """Return the entities that are alike in this way, with the alias that is, if any."""
        if kind is not Likeness.SPELLING:
            return dict(self._names.get((kind, FOLDS[kind](name)), {}))
        return {
            key: alias
            for variant in sorted(deletion_variants(name))
            for key, alias in self._names.get((kind, variant), {}).items()
            if within_one_edit(name, self._entities[key].name if alias is None else alias)
        }

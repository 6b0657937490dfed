"""Smart collections (playbook 3.2): an expression, and the tag or group that its scenes get.

A collection is brought up to date by its differences: matching scenes without the tag or group get
it, scenes with it that no longer match lose it. Nothing is written to the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from stashbot.decide.matching.names import fold_case
from stashbot.decide.rules.expressions import SceneFilter, compile_where
from stashbot.errors import ConfigError, ExpressionError
from stashbot.models import Model, Scene
from stashbot.settings import CollectionSettings

Kind = Literal["tag", "group"]


class CollectionDiff(Model):
    """The scenes to add and to remove, by id, in the order in which the scenes were given."""

    name: str
    kind: Kind
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    kept: int = Field(default=0, description="members that stay")

    @property
    def is_empty(self) -> bool:
        """Whether the collection is up to date."""
        return not self.add and not self.remove


@dataclass(frozen=True, kw_only=True)
class Collection:
    """A collection that was checked."""

    name: str
    settings: CollectionSettings
    matches: SceneFilter = field(repr=False, compare=False)

    def contains(self, scene: Scene) -> bool:
        """Return whether the scene has the collection's tag or group, in any case."""
        entities = scene.tags if self.settings.kind == "tag" else scene.groups
        return any(fold_case(entity.name) == fold_case(self.name) for entity in entities)

    def diff(self, scenes: Iterable[Scene]) -> CollectionDiff:
        """Return which of these scenes are to be added and which to be removed."""
        add: list[str] = []
        remove: list[str] = []
        kept = 0
        for scene in scenes:
            is_member, matches = self.contains(scene), self.matches(scene)
            if matches and not is_member:
                add.append(scene.id)
            elif is_member and not matches and not self.settings.adds_only:
                remove.append(scene.id)
            else:
                kept += is_member
        return CollectionDiff(
            name=self.name,
            kind=self.settings.kind,
            add=tuple(add),
            remove=tuple(remove),
            kept=kept,
        )


def compile_collections(tables: Mapping[str, CollectionSettings]) -> tuple[Collection, ...]:
    """Return the collections of the settings.

    Raises:
        ConfigError: A name is empty, two names differ by case only, an expression cannot be used,
            or it reads the very tag or group that the collection gives, so that no update would be
            the last.
    """
    collections: list[Collection] = []
    for name, settings in tables.items():
        if not name.strip():
            raise _bad_collection(name, "has no name")
        for other in collections:
            if fold_case(other.name) == fold_case(name):
                raise _bad_collection(
                    name, f"is named like {other.name!r}; to Stash they are the same"
                )
        try:
            matches = compile_where(settings.where)
        except ExpressionError as error:
            reason = f"cannot be used: {error.message}"
            raise _bad_collection(name, reason, error.hint) from error
        own_field = "tags" if settings.kind == "tag" else "groups"
        if own_field in matches.fields and fold_case(name) in fold_case(settings.where):
            raise _bad_collection(name, f"is defined by itself: {settings.where}")
        collections.append(Collection(name=name, settings=settings, matches=matches))
    return tuple(collections)


def _bad_collection(name: str, problem: str, hint: str = "") -> ConfigError:
    return ConfigError(
        f"The collection {name!r} {problem.rstrip('.')}.",
        hint=hint or "Correct it under [collections] in the settings.",
        key=f"collections.{name}",
    )

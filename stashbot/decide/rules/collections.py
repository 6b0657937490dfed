"""Smart collections (playbook 3.2): an expression, and the tag or group that its scenes bear.

A collection is brought up to date by what differs: scenes that match and lack it get it, scenes
that bear it and no longer match lose it. Nothing is written to the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from stashbot.decide.matching.names import by_case
from stashbot.decide.rules.expressions import SceneFilter, compile_where
from stashbot.decide.rules.rule_set import used_fields
from stashbot.errors import ConfigError, ExpressionError
from stashbot.models import Model, Scene
from stashbot.settings import CollectionSettings

Kind = Literal["tag", "group"]


class CollectionDiff(Model):
    """What brings a collection up to date: ids of scenes, in the order in which they were given."""

    name: str
    kind: Kind
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    kept: int = Field(default=0, description="members that stay")

    @property
    def empty(self) -> bool:
        """Whether it is up to date."""
        return not self.add and not self.remove


@dataclass(frozen=True, kw_only=True)
class Collection:
    """A collection that was checked."""

    name: str
    settings: CollectionSettings
    matches: SceneFilter = field(repr=False, compare=False)

    def holds(self, scene: Scene) -> bool:
        """Whether the scene bears the collection's tag or group, in whatever case."""
        entities = scene.tags if self.settings.kind == "tag" else scene.groups
        return any(by_case(one.name) == by_case(self.name) for one in entities)

    def diff(self, scenes: Iterable[Scene]) -> CollectionDiff:
        """Who is to be added and who removed, of these scenes; those not given stay as they are."""
        add: list[str] = []
        remove: list[str] = []
        kept = 0
        for scene in scenes:
            member, wanted = self.holds(scene), self.matches(scene)
            if wanted and not member:
                add.append(scene.id)
            elif member and not wanted and not self.settings.adds_only:
                remove.append(scene.id)
            else:
                kept += member
        return CollectionDiff(
            name=self.name,
            kind=self.settings.kind,
            add=tuple(add),
            remove=tuple(remove),
            kept=kept,
        )


def read_collections(tables: Mapping[str, CollectionSettings]) -> tuple[Collection, ...]:
    """The collections of the settings.

    Raises:
        ConfigError: a name is empty, two differ by case only, an expression cannot be used, or it
            looks at the very tag or group that the collection gives, so that no update would be
            the last.
    """
    collections: list[Collection] = []
    for name, settings in tables.items():
        if not name.strip():
            raise _bad(name, "has no name")
        twin = next((one.name for one in collections if by_case(one.name) == by_case(name)), None)
        if twin is not None:
            raise _bad(name, f"is named like {twin!r}; to Stash they are one")
        try:
            matches = compile_where(settings.where)
        except ExpressionError as error:
            raise _bad(name, f"cannot be used: {error.message}", error.hint) from error
        collection = Collection(name=name, settings=settings, matches=matches)
        own = "tags" if settings.kind == "tag" else "groups"
        if own in used_fields(settings.where) and by_case(name) in by_case(settings.where):
            raise _bad(name, f"is defined by itself: {settings.where}")
        collections.append(collection)
    return tuple(collections)


def _bad(name: str, why: str, hint: str = "") -> ConfigError:
    return ConfigError(
        f"The collection {name!r} {why.rstrip('.')}.",
        hint=hint or "Correct it under [collections] in the settings.",
        key=f"collections.{name}",
    )

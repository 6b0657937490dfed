"""The plan of the changes to a scene."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import JsonValue

from stashbot.models.base import Model
from stashbot.models.entity_kind import EntityKind
from stashbot.models.scene import FieldName, FieldPolicy

#: Stands between the names of several sources that something comes from.
SOURCE_JOINT = " + "


class Change(Model):
    """The change of a field, with values in the JSON form of ``Scene.value``.

    ``source`` is the source that won the field where several were merged, or all that gave members
    of a list, joined by ``SOURCE_JOINT``; else ``None``.
    """

    field: FieldName
    before: JsonValue
    after: JsonValue
    policy: FieldPolicy = FieldPolicy.FILL
    source: str | None = None


class OmissionKind(StrEnum):
    """Why a plan leaves something out."""

    #: A source names an entity that Stash does not have and that is not created.
    NOT_IN_STASH = "not_in_stash"
    #: A rule names an entity that Stash does not have and that is not created.
    NOT_IN_STASH_BY_RULE = "not_in_stash_by_rule"
    #: Stash does not take the value, such as half a date.
    INVALID_VALUE = "invalid_value"
    #: The scene has another value, which the policy does not replace.
    OTHER_VALUE = "other_value"
    #: Only the scrape dialog of another source, or of another release, could set it.
    NEEDS_DIALOG = "needs_dialog"
    #: The settings leave it out.
    UNWANTED = "unwanted"
    #: Several values could be meant.
    AMBIGUOUS = "ambiguous"
    #: Stash has another entity of the same name: its stash id differs.
    NAMESAKE = "namesake"


class Omission(Model):
    """A value that was proposed for a scene, and that the plan leaves out."""

    field: FieldName
    name: str
    kind: OmissionKind
    reason: str


class NewEntity(Model):
    """An entity that a plan creates before it changes the scene; ``why`` is the evidence for it."""

    kind: EntityKind
    name: str
    why: str = ""

    @property
    def field(self) -> FieldName:
        """The field of the scene that the entity is created for."""
        return self.kind.field

    @property
    def label(self) -> str:
        """Kind and name, such as ``performer Ada Sample``."""
        return f"{self.kind.value} {self.name}"


class Plan(Model):
    """The changes that a run intends for a scene; nothing else may be written to it.

    ``create`` are entities to be created first; until then changes name them without a real id.
    ``rules`` are those that matched, ``webhooks`` the addresses that are notified of the save.
    """

    scene_id: str
    source: str
    create: tuple[NewEntity, ...] = ()
    changes: tuple[Change, ...] = ()
    omitted: tuple[Omission, ...] = ()
    organize: bool = False
    rules: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()

    def change(self, field: FieldName) -> Change | None:
        """Return the planned change of a field; ``None`` if the plan leaves it alone."""
        return next((change for change in self.changes if change.field is field), None)

    def without(self, field: FieldName) -> Self:
        """Return the plan without its change of a field."""
        kept = tuple(change for change in self.changes if change.field is not field)
        return self.model_copy(update={"changes": kept})

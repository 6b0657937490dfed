"""What is to be changed, and what is left out of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import JsonValue

from stashbot.models.base import Model
from stashbot.models.entity_kind import EntityKind
from stashbot.models.scene import FieldName, FieldPolicy


class Change(Model):
    """One field of a plan, in the JSON form of ``Scene.value``.

    ``source`` is who won the field where several sources were merged, else ``None``.
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
    #: The value is not one that Stash takes, such as half a date.
    INVALID_VALUE = "invalid_value"
    #: The scene has another value, which the policy does not replace.
    OTHER_VALUE = "other_value"
    #: Only the scrape dialog of another source, or of another release, could set it.
    NEEDS_DIALOG = "needs_dialog"
    #: More than one value could be meant.
    AMBIGUOUS = "ambiguous"


class Omission(Model):
    """A value that was proposed for a scene, and that the plan leaves out."""

    field: FieldName
    name: str
    kind: OmissionKind
    reason: str


class NewEntity(Model):
    """A performer, studio, tag or group that is to be created first, and what speaks for it."""

    kind: EntityKind
    name: str
    why: str = ""

    @property
    def field(self) -> FieldName:
        """The field of the scene that it is created for."""
        return self.kind.field

    @property
    def label(self) -> str:
        """Kind and name, such as ``performer Ada Sample``."""
        return f"{self.kind.value} {self.name}"


class Plan(Model):
    """The changes that a run intends for one scene; nothing else may be written to it.

    ``create`` are entities to be created first; until then changes name them without a real id.
    ``rules`` are those that matched, ``webhooks`` the addresses to be told of the save.
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
        """The planned change of ``field``, if there is one."""
        return next((change for change in self.changes if change.field is field), None)

    def without(self, field: FieldName) -> Self:
        """The same plan with ``field`` left as it is."""
        kept = tuple(change for change in self.changes if change.field is not field)
        return self.model_copy(update={"changes": kept})

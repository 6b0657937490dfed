"""What is to be changed, and what is left out of it."""

from __future__ import annotations

from typing import Self

from pydantic import JsonValue

from stashbot.models.base import Model
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


#: How the reason begins for what is left out because Stash does not have it.
NOT_IN_STASH = "not in Stash"


class LeftOut(Model):
    """Something that a source proposed and the plan does not carry out, and why."""

    field: FieldName
    name: str
    reason: str


class NewEntity(Model):
    """A performer, studio, tag or group that is to be created first, and what speaks for it."""

    field: FieldName
    name: str
    why: str = ""

    @property
    def told(self) -> str:
        """Kind and name, such as ``performers Ada Sample``."""
        return f"{self.field.value} {self.name}"


class Plan(Model):
    """The changes that a run intends for one scene; nothing else may be written to it.

    ``create`` are entities to be created first; until then changes name them without a real id.
    ``rules`` are those that matched, ``webhooks`` the addresses to be told of the save.
    """

    scene_id: str
    source: str
    create: tuple[NewEntity, ...] = ()
    changes: tuple[Change, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
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

"""The table ``[creation]`` and the tables of each kind of entity within it (playbook 2.4)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from stashbot.settings.base import POINT_DIGITS, Points, Section


class GateSettings(Section):
    """The points of each signal for a new entity, and the ``threshold`` that creates it.

    With ``create = false`` no entity of the kind is created; it is left to a person.
    """

    create: bool = True
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.6
    name: Points = 0.4
    alias: Points = 0.1

    @property
    def points(self) -> dict[str, float]:
        """The points of each signal, by its name."""
        others = {"create", "threshold"}
        return {name: getattr(self, name) for name in type(self).model_fields if name not in others}

    @model_validator(mode="after")
    def _threshold_is_reachable(self) -> Self:
        best = round(sum(self.points.values()), POINT_DIGITS)
        if self.create and best < self.threshold:
            message = f"the signals add up to {best:g} and never reach threshold {self.threshold:g}"
            raise ValueError(message)
        return self


class PerformerGate(GateSettings):
    """The playbook's gate: name .4, site .3, birthdate .2, alias .1; and a second witness .3."""

    site: Points = 0.3
    witness: Points = 0.3
    birthdate: Points = 0.2


class StudioGate(GateSettings):
    """Name .4, site .3, a second witness .3, a parent studio that the library has .1, alias .1."""

    site: Points = 0.3
    witness: Points = 0.3
    parent: Points = 0.1


class TagGate(GateSettings):
    """Named by another source or the settings .4, listed there .3, many scenes .2, alias .1."""

    listed: Points = 0.3
    scenes: Points = 0.2


class GroupGate(GateSettings):
    """Name .4, site .3, a second witness .3, of the scene's own studio .1, alias .1."""

    site: Points = 0.3
    witness: Points = 0.3
    studio: Points = 0.1


class CreationSettings(Section):
    """The entities that stashbot creates by itself.

    ``tags`` may be created wherever a source proposes them. A tag counts as frequent if it was
    proposed for ``frequent`` scenes. A proposal that would create more than ``max_new_entities``
    entities of a kind creates none of them.
    """

    performer: PerformerGate = PerformerGate()
    studio: StudioGate = StudioGate()
    tag: TagGate = TagGate()
    group: GroupGate = GroupGate()
    tags: tuple[str, ...] = ()
    frequent: Annotated[int, Field(ge=1)] = 3
    max_new_entities: Annotated[int, Field(ge=0)] = 10

    @property
    def without_creation(self) -> CreationSettings:
        """The same settings with every gate closed; names are still linked."""
        gates = {
            "performer": self.performer,
            "studio": self.studio,
            "tag": self.tag,
            "group": self.group,
        }
        closed = {name: gate.model_copy(update={"create": False}) for name, gate in gates.items()}
        return self.model_copy(update=closed)

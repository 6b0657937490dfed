"""The tables ``[people]`` and ``[tags]``: which of a source's performers and tags are taken."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from stashbot.settings.base import Section

Gender = Literal[
    "male", "female", "transgender_male", "transgender_female", "intersex", "non_binary"
]
GENDERS: tuple[Gender, ...] = get_args(Gender)


def _known_gender(value: object) -> object:
    words = re.split(r"[-_\s]+", value.casefold()) if isinstance(value, str) else ()
    written = "_".join(words)
    if written not in GENDERS:
        raise ValueError(f"{value!r} is no gender; write {', '.join(GENDERS)}")
    return written


class PeopleSettings(Section):
    """Performers by their ``genders``: with any, others are left out; without, all are taken.

    A performer stays whose gender neither the source nor Stash gives.
    """

    genders: tuple[Annotated[Gender, BeforeValidator(_known_gender)], ...] = ()


class TagSettings(Section):
    """Tags of sources: ``map`` gives them other names, ``only`` lists all that are taken.

    A tag is mapped to a name, to several, or to none: ``[]`` leaves it out. Case does not count.
    """

    map: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    only: tuple[str, ...] = ()

    @field_validator("map", mode="before")
    @classmethod
    def _names_are_lists(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {key: (names,) if isinstance(names, str) else names for key, names in value.items()}

    @model_validator(mode="after")
    def _names_make_sense(self) -> TagSettings:
        keys: dict[str, str] = {}
        for key in self.map:
            if not key.strip():
                raise ValueError("map: a name is empty")
            if (other := keys.setdefault(key.strip().casefold(), key)) != key:
                raise ValueError(f"map: {other!r} and {key!r} are the same name")
        wanted = {name.strip().casefold() for name in self.only}
        if "" in wanted:
            raise ValueError("only: a name is empty")
        for key, names in self.map.items():
            for name in names:
                folded = name.strip().casefold()
                if not folded:
                    raise ValueError(f"map: {key!r} has an empty name; [] leaves it out")
                if folded in keys and folded != key.strip().casefold():
                    raise ValueError(f"map: {key!r} leads to {name!r}, which is mapped itself")
                if wanted and folded not in wanted:
                    raise ValueError(f"map: {key!r} leads to {name!r}, which is not in only")
        return self

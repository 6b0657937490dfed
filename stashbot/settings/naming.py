"""The tables ``[naming]`` and ``[cleanup]``: how files are named and titles are written."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from stashbot.settings.base import Section


class NamingSettings(Section):
    """How files are named (playbook 3.1); ``stashbot.decide.renaming.template`` reads templates.

    ``max_bytes`` is the greatest length of a file or folder name in UTF-8; all usual file systems
    take 255. With ``same_name = "refuse"``, scenes whose files would have the same name are not
    renamed.
    """

    template: str = "{studio} - {date} - {title}.{ext}"
    max_bytes: Annotated[int, Field(ge=32, le=255)] = 255
    same_name: Literal["number", "refuse"] = "number"


# fmt: off
SMALL_WORDS = (
    "a", "an", "and", "as", "at", "but", "by", "for", "from", "if", "in", "into", "nor", "of",
    "off", "on", "onto", "or", "over", "per", "so", "the", "to", "up", "via", "vs", "with", "yet",
)
#: Only those that are not words as well, such as us, am and it.
ACRONYMS = (
    "3D", "4K", "8K", "BBC", "BTS", "CEO", "DIY", "DJ", "DVD", "EU", "FAQ", "FBI", "HD", "NASA",
    "NYC", "OK", "POV", "TV", "UFO", "UK", "USA", "VHS", "VIP", "VR",
)
# fmt: on


class CleanupSettings(Section):
    """How titles are written (playbook 3.4).

    ``small_words`` are lower-case within a title. ``acronyms`` and ``keep_spelling`` are written as
    they are given here, whatever their case in the title. ``strip`` are texts that are removed from
    both ends of a title, ``remove_markup`` takes HTML out of details.
    """

    title_case: bool = True
    small_words: tuple[str, ...] = SMALL_WORDS
    acronyms: tuple[str, ...] = ACRONYMS
    keep_spelling: tuple[str, ...] = ()
    strip: tuple[str, ...] = ()
    remove_markup: bool = False

    @field_validator("strip")
    @classmethod
    def _texts_are_not_empty(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(text.strip() for text in value):
            raise ValueError("a text is empty")
        return value

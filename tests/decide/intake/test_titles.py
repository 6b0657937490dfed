"""Titles that hold what the proposal says in other fields too."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.decide.intake.titles import title_readings, two_titles
from stashbot.models import Proposal, ScrapedEntity


def proposal(title: str | None, **fields: Any) -> Proposal:
    return Proposal(
        source="AlphaSource",
        title=title,
        date="2024-01-13",
        code="ABC-123",
        studio=ScrapedEntity(name="Northlight.com", parent="Meadow Network"),
        performers=(
            ScrapedEntity(name="Ada Sample", aliases=("Ada Stage",)),
            ScrapedEntity(name="Dana Mock"),
        ),
        **fields,
    )


@pytest.mark.parametrize(
    "title",
    [
        "Evening Light",
        "Evening Light | Northlight",
        "Northlight: Evening Light",
        "Evening Light - Meadow Network",
        "Ada Sample - Evening Light",
        "Ada Sample & Dana Mock - Evening Light",
        "Evening Light - Dana Mock, Ada Stage",
        "Evening Light (2024)",
        "Ada Sample In: 'Evening Light'",
        "Ada Sample in Evening Light",
        "Evening Light w/ Ada",
        "Evening Light with Ada Sample and Dana Mock",
        "ABC-123 Evening Light",
        "abc123: Evening Light",
        "\u201cEvening Light\u201d",
        "Northlight - Ada Sample - Evening Light (2024) | ABC-123",
    ],
)
def test_what_another_field_says_is_no_part_of_the_title(title: str) -> None:
    """The reading is there beside the title itself, which is first."""
    readings = title_readings(proposal(title))
    assert readings[0] == title
    assert "Evening Light" in readings


@pytest.mark.parametrize(
    "title",
    [
        "Evening Light (2019)",
        "Southlight: Evening Light",
        "Evening Light with Friends",
        "Evening Light - Part 2",
        "ABC-124 Evening Light",
        "Adagio in Evening Light",
        "Ada Sample",
    ],
)
def test_other_words_belong_to_the_title(title: str) -> None:
    """Another year, studio, person or code is not the proposal's own."""
    assert title_readings(proposal(title)) == (title,)


def test_a_proposal_without_a_title_has_no_readings() -> None:
    """Its names are no title."""
    assert title_readings(proposal(None)) == ()


@pytest.mark.parametrize(
    ("title", "titles"),
    [
        ("Evening Light;;Morning Light", ("Evening Light", "Morning Light")),
        ("Evening Light;;evening light", ()),
        ("Evening Light;;", ()),
        ("Evening; Light", ()),
    ],
)
def test_two_titles_in_one(title: str, titles: tuple[str, ...]) -> None:
    """The same title twice is a single title."""
    assert two_titles(title) == titles

"""Names of people and studios as sources write them."""

from __future__ import annotations

import pytest

from stashbot.decide.intake.people import (
    PersonName,
    may_be_several,
    read_person,
    split_people,
)
from stashbot.decide.intake.studios import bare_studio, clean_studio, without_kind

KNOWN = {"Ada Sample", "Dana Mock", "Kara"}


@pytest.mark.parametrize(
    ("text", "name", "disambiguation", "aliases"),
    [
        ("Ada Sample", "Ada Sample", "", ()),
        ("Ada Sample (Northlight)", "Ada Sample", "Northlight", ()),
        ("Ada (Northlight)", "Ada", "Northlight", ()),
        ("Ada Sample (II)", "Ada Sample", "II", ()),
        ("Ada Sample [1990]", "Ada Sample", "1990", ()),
        ("Ada Sample aka Ada Stage", "Ada Sample", "", ("Ada Stage",)),
        ("Ada Sample a.k.a. Ada Stage, Addy", "Ada Sample", "", ("Ada Stage", "Addy")),
        ("Ada Sample (aka Ada Stage)", "Ada Sample", "", ("Ada Stage",)),
        ("Ada Sample (as Ada Stage)", "Ada Sample", "", ("Ada Stage",)),
        ("Ada Stage (Dana Mock)", "Ada Stage", "Dana Mock", ("Dana Mock",)),
        ("(Ada)", "(Ada)", "", ()),
        ("Akane Sample", "Akane Sample", "", ()),
        ("aka Ada", "aka Ada", "", ()),
    ],
)
def test_a_name_is_taken_apart(
    text: str, name: str, disambiguation: str, aliases: tuple[str, ...]
) -> None:
    """A full name in brackets may be either, another word there tells namesakes apart."""
    expected = PersonName(name=name, disambiguation=disambiguation, aliases=aliases)
    assert read_person(text) == expected


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Ada Sample, Dana Mock", ("Ada Sample", "Dana Mock")),
        ("Eve One, Flo Two and Gia Three", ("Eve One", "Flo Two and Gia Three")),
        ("Ada, Ben, Kara", ("Ada", "Ben", "Kara")),
        ("Eve One; Flo Two | Gia", ("Eve One", "Flo Two", "Gia")),
        ("Eve One / Flo Two", ("Eve One / Flo Two",)),
        ("Ada Sample / Kara", ("Ada Sample", "Kara")),
        ("Ada Sample & Dana Mock", ("Ada Sample", "Dana Mock")),
        ("Ada Sample and Kara", ("Ada Sample", "Kara")),
        ("Ada Sample & Eve One", ("Ada Sample & Eve One",)),
        ("Sample, Ada", ("Sample, Ada",)),
        ("Ada Sample, Jr.", ("Ada Sample, Jr.",)),
        ("Ada Sample (with Kara & Co)", ("Ada Sample (with Kara & Co)",)),
        ("Sandy Anderson", ("Sandy Anderson",)),
    ],
)
def test_several_people_in_a_text(text: str, people: tuple[str, ...]) -> None:
    """A sign of lists splits; a joint does only between people who are all known."""
    assert split_people(text, KNOWN.__contains__) == people


@pytest.mark.parametrize(
    ("text", "several"),
    [("Ada & Eve", True), ("Ada, Eve", True), ("Ada; Eve", True), ("Ada Sample (A & B)", False)],
)
def test_a_text_that_may_name_several_people(text: str, several: bool) -> None:
    """It is never created as a performer."""
    assert may_be_several(text) is several


@pytest.mark.parametrize(
    ("name", "clean", "bare"),
    [
        ("Northlight", "Northlight", "Northlight"),
        ("Northlight.com", "Northlight.com", "Northlight"),
        ("www.Northlight.com", "Northlight.com", "Northlight"),
        ("https://www.northlight.com/", "northlight.com", "northlight"),
        ("Northlight\u2122", "Northlight", "Northlight"),
        ("Northlight \u00ae", "Northlight", "Northlight"),
        ("The Northlight", "The Northlight", "Northlight"),
        ("Northlight, The", "Northlight, The", "Northlight"),
        ("Northlight (Network)", "Northlight (Network)", "Northlight"),
        ("Northlight (North)", "Northlight (North)", "Northlight (North)"),
        ("The", "The", "The"),
        ("Mr. Tv", "Mr. Tv", "Mr. Tv"),
        ("\u2122", "\u2122", "\u2122"),
    ],
)
def test_a_studio_without_what_is_not_its_name(name: str, clean: str, bare: str) -> None:
    """Marks go for good; domain, article and kind only to compare."""
    assert (clean_studio(name), bare_studio(name)) == (clean, bare)


def test_the_kind_of_a_studio_is_a_word_in_brackets() -> None:
    """Other brackets are its name."""
    assert without_kind("Northlight (Network)") == "Northlight"
    assert without_kind("Northlight (UK)") == "Northlight (UK)"

"""Performers and tags of sources that the settings want."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.decide.planning.entity_index import EntityIndex, LibraryEntity
from stashbot.decide.planning.entity_selection import select_entities
from stashbot.models import FieldName, OmissionKind, Proposal, ScrapedEntity
from stashbot.settings import PeopleSettings, TagSettings

ALL_PEOPLE, ALL_TAGS = PeopleSettings(), TagSettings()
LIBRARY = EntityIndex(
    [
        LibraryEntity(id="5", name="Ben Placeholder", gender="MALE"),
        LibraryEntity(id="6", name="Kara Demo"),
    ]
)
GIVEN = Proposal(
    source="Alpha",
    performers=(
        ScrapedEntity(name="Ada Sample", gender="FEMALE"),
        ScrapedEntity(name="Ben Placeholder", stored_id="5"),
        ScrapedEntity(name="Kara Demo", stored_id="6"),
        ScrapedEntity(name="Dan Proto", gender="MALE"),
        ScrapedEntity(name="Eve One", gender="TRANSGENDER_FEMALE"),
    ),
    tags=(
        ScrapedEntity(name="Outdoors", stored_id="1"),
        ScrapedEntity(name="Snow & Ice"),
        ScrapedEntity(name="HD"),
        ScrapedEntity(name="Water", stored_id="2"),
    ),
)
NAMES = {(FieldName.TAGS, "1"): "Outside", (FieldName.TAGS, "2"): "Lakes"}


def test_without_settings_all_is_taken() -> None:
    """The proposal is the same."""
    assert select_entities(GIVEN, ALL_PEOPLE, ALL_TAGS, names={}).proposal is GIVEN


@pytest.mark.parametrize(
    ("genders", "kept"),
    [
        (("female",), ["Ada Sample", "Kara Demo"]),
        (("FEMALE", "Transgender Female"), ["Ada Sample", "Kara Demo", "Eve One"]),
        (("male",), ["Ben Placeholder", "Kara Demo", "Dan Proto"]),
    ],
)
def test_performers_of_other_genders_are_left_out(
    genders: tuple[str, ...], kept: list[str]
) -> None:
    """The library says what the source does not; a performer of no known gender stays."""
    people = PeopleSettings.model_validate({"genders": genders})
    found = select_entities(GIVEN, people, ALL_TAGS, names={}, performers=LIBRARY)
    assert [person.name for person in found.proposal.performers] == kept
    (left,) = found.omitted
    assert (left.field, left.kind) == (FieldName.PERFORMERS, OmissionKind.UNWANTED)
    assert found.proposal.tags == GIVEN.tags


@pytest.mark.parametrize(
    ("settings", "kept", "left"),
    [
        ({"only": ("outside", "Lakes")}, [("Outdoors", "1"), ("Water", "2")], "Snow & Ice, HD"),
        ({"only": ("water",)}, [("Water", "2")], "Outdoors, Snow & Ice, HD"),
        (
            {"map": {"outdoors": "Outside", "snow & ice": ["Snow", "Ice"], "HD": []}},
            [("Outside", None), ("Snow", None), ("Ice", None), ("Water", "2")],
            "HD",
        ),
        (
            {"map": {"Outdoors": "Water"}},
            [("Water", "2"), ("Snow & Ice", None), ("HD", None)],
            None,
        ),
        ({"map": {"Outdoors": "Sun"}, "only": ("Sun",)}, [("Sun", None)], "Snow & Ice, HD, Water"),
    ],
)
def test_tags_have_the_users_names(
    settings: dict[str, Any], kept: list[tuple[str, str | None]], left: str | None
) -> None:
    """A mapped tag is looked up anew; ``only`` knows the name in Stash, too."""
    tags = TagSettings.model_validate(settings)
    found = select_entities(GIVEN, ALL_PEOPLE, tags, names=NAMES)
    assert [(tag.name, tag.stored_id) for tag in found.proposal.tags] == kept
    assert [omission.name for omission in found.omitted] == ([left] if left else [])

"""What names of files certainly say, and what they leave to a person."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from stashbot.decide.matching.library_names import LibraryNames
from stashbot.decide.matching.scene_facts import SceneFacts, read_scene_facts
from stashbot.decide.planning.entity_index import LibraryEntity
from stashbot.decide.planning.name_reading import CertainName, fill_from_name, read_certainly
from stashbot.models import Entity, FieldName, Scene, VideoFile
from stashbot.settings import CleanupSettings, FilenamePattern, FilenameSettings

TODAY = date(2025, 6, 15)
LIBRARY = LibraryNames.of(
    performers=[
        LibraryEntity(id="1", name="Ada Sample", aliases=("Ada Stage",)),
        LibraryEntity(id="2", name="Dana Mock"),
        LibraryEntity(id="3", name="Kim"),
        LibraryEntity(id="4", name="Mia Trial", disambiguation="I"),
        LibraryEntity(id="5", name="Mia Trial", disambiguation="II"),
    ],
    studios=[
        LibraryEntity(id="7", name="Northlight"),
        LibraryEntity(id="8", name="Blue Kite"),
    ],
)


def scene(basename: str, **fields: Any) -> Scene:
    file = VideoFile(id="1", path=f"/v/{basename}", basename=basename)
    return Scene.model_validate({"id": "9", "files": (file,), **fields})


def facts(basename: str, settings: FilenameSettings | None = None, **fields: Any) -> SceneFacts:
    return read_scene_facts(scene(basename, **fields), settings or FilenameSettings())


def read(basename: str, settings: FilenameSettings | None = None) -> CertainName:
    return read_certainly(facts(basename, settings), LIBRARY, today=TODAY)


#: A name, and its studio, date, title, performers and code.
CERTAIN = [
    ("Northlight - 2024-01-13 - Harbour Steps.mp4", "Northlight|2024-01-13|Harbour Steps||"),
    ("Northlight.2024-01-13.harbour.steps.XXX.1080p.mp4", "Northlight|2024-01-13|harbour steps||"),
    ("northlight.com_2024-01-13_Harbour_Steps.mp4", "Northlight|2024-01-13|Harbour Steps||"),
    (
        "[Northlight] Ada Sample - Harbour Steps (13.01.2024).mp4",
        "Northlight|2024-01-13|Harbour Steps|Ada Sample|",
    ),
    (
        "[Blue Kite] Ada Stage & Dana Mock - Harbour Steps [1080p].mp4",
        "Blue Kite||Harbour Steps|Ada Sample,Dana Mock|",
    ),
    ("Harbour Steps - Northlight.mp4", "Northlight||Harbour Steps||"),
    ("Ada Sample - Harbour Steps (2024-01-13).mp4", "|2024-01-13|Harbour Steps|Ada Sample|"),
    ("Northlight - NL-0107 - Harbour Steps.mp4", "Northlight||Harbour Steps||NL-0107"),
    (
        "Northlight - 2024-01-13 - Harbour Steps - Scene 2.mp4",
        "Northlight|2024-01-13|Harbour Steps - Scene 2||",
    ),
    ("Northlight - Jan 13, 2024 - Harbour Steps.mp4", "Northlight|2024-01-13|Harbour Steps||"),
    ("Northlight - 2024-01-13 - Ada Sample.mp4", "Northlight|2024-01-13||Ada Sample|"),
    # The date of two digits may be several days; the rest is certain.
    ("Northlight.24.01.13.Harbour.Steps.1080p.mp4", "Northlight||Harbour Steps||"),
    # A day ahead is no date of a scene.
    ("Northlight - 2031-01-13 - Harbour Steps.mp4", "Northlight||Harbour Steps||"),
]

#: A name, what it says for certain, and the fields that are left to a person.
UNCERTAIN = [
    ("[Northlight] Eve One - Harbour Steps (2024-01-13).mp4", "Northlight|2024-01-13|||", "title"),
    ("Harbour Steps (2024-01-13).mp4", "|2024-01-13|||", "title"),
    ("Northlight.Harbour.Steps.mp4", "||||", "title"),
    ("Northlight - Evening with Ada Sample.mp4", "Northlight||Evening with Ada Sample||", ""),
    ("Northlight - Blue Kite - Harbour Steps.mp4", "||Harbour Steps||", "studio"),
    ("Northlight - 01.02.2024 - Harbour Steps.mp4", "Northlight||Harbour Steps||", "date"),
    ("Northlight - 2024-01-13 - OrchardAtDawn.mp4", "Northlight|2024-01-13|||", "title"),
    ("Mia Trial - Harbour Steps.mp4", "||||", "title"),
    ("northlight_Eve-One_Harbour-Steps_1080p.mp4", "Northlight||||", "title"),
    ("2009-03-28 (28).wmv", "||||", ""),
    ("IMG_2041.mp4", "||||", ""),
]


def parts(found: CertainName) -> str:
    people = ",".join(person.name for person in found.performers)
    studio = found.studio.name if found.studio else ""
    return "|".join((studio, found.date or "", found.title or "", people, found.code or ""))


@pytest.mark.parametrize(("name", "expected"), CERTAIN)
def test_a_name_that_says_it_certainly_is_read(name: str, expected: str) -> None:
    """In any order of parts; aliases and domains lead to the library's entity."""
    assert parts(read(name)) == expected


@pytest.mark.parametrize(("name", "expected", "left"), UNCERTAIN)
def test_what_may_be_something_else_is_left_to_a_person(
    name: str, expected: str, left: str
) -> None:
    """An unknown part may be a title or a person; the doubt names the field."""
    found = read(name)
    assert parts(found) == expected
    assert {doubt.field.value for doubt in found.doubts} == set(filter(None, [left]))


def test_the_order_of_short_dates_can_be_set() -> None:
    """Then such a date is a single day."""
    settings = FilenameSettings(date_order="ymd")
    assert read("Northlight.24.01.13.Harbour.Steps.mp4", settings).date == "2024-01-13"


def test_the_users_own_pattern_counts_as_it_reads() -> None:
    """Only its studio and performers must be in the library."""
    pattern = FilenamePattern(
        name="own", regex=r"(?P<title>.+) by (?P<performers>.+) of (?P<studio>.+)"
    )
    settings = FilenameSettings(patterns=(pattern,))
    found = read("Steps by Ada Sample, Eve One of Northlight.mp4", settings)
    assert parts(found) == "Northlight||Steps|Ada Sample|"
    assert [(doubt.field, doubt.name) for doubt in found.doubts] == [
        (FieldName.PERFORMERS, "Eve One")
    ]


def test_only_empty_fields_are_filled() -> None:
    """The title is cased; a title that is the file's name counts as empty."""
    name = "northlight - 2024-01-13 - harbour steps.mp4"
    certain = read(name)
    plan = fill_from_name(scene(name, title=name), certain, CleanupSettings())
    assert [(change.field, change.before, change.after) for change in plan.changes] == [
        (FieldName.TITLE, name, "Harbour Steps"),
        (FieldName.DATE, None, "2024-01-13"),
        (FieldName.STUDIO, None, {"id": "7", "name": "Northlight"}),
    ]
    full = scene(name, title="Other", date="2020-01-01", studio=Entity(id="8", name="Blue Kite"))
    assert fill_from_name(full, certain, CleanupSettings()).changes == ()

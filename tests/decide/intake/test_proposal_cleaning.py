"""Proposals as sources return them, and as they are judged and written."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.intake.proposal_cleaning import (
    IntakeFacts,
    clean_proposal,
    names_several_people,
    says_nothing,
)
from stashbot.models import (
    FieldName,
    FileFingerprint,
    Proposal,
    Scene,
    ScrapedEntity,
    Source,
    SourceKind,
)
from stashbot.stash.scraped_scene import proposal_from_answer

ALPHA = Source(kind=SourceKind.SCRAPER, key="alpha", name="AlphaSource")
FACTS = IntakeFacts(today=date(2024, 6, 15))
OLD_STASH = IntakeFacts(today=date(2024, 6, 15), takes_partial_dates=False)
KNOWN = {"Ada Sample", "Dana Mock"}


def answer(**fields: Any) -> Proposal:
    return proposal_from_answer(ALPHA, fields)


def cleaned(facts: IntakeFacts = FACTS, /, **fields: Any) -> Proposal:
    return clean_proposal(answer(**fields), facts, is_known=KNOWN.__contains__)


def people(*names: str) -> list[dict[str, Any]]:
    return [{"name": name} for name in names]


@pytest.mark.parametrize(
    ("field", "given", "expected"),
    [
        ("title", "Q&amp;A With Ada&#039;s &amp;quot;Light&amp;quot;", 'Q&A With Ada\'s "Light"'),
        ("title", "Tour - Evening Light - ", "Tour - Evening Light"),
        ("title", "It's  Raining\r\nAgain\x00", "It's Raining Again"),
        ("title", "N/A", None),
        ("title", "-", None),
        ("title", "Evening Light", "Evening Light"),
        ("code", "&", None),
        ("code", " NL-1 |", "NL-1"),
        ("director", "Unknown", None),
        ("details", "From the catalog, &quot;1&quot;.\n\nTwo\x07", 'From the catalog, "1".\n\nTwo'),
        ("details", "N/A", None),
        ("date", "2023-12-29T00:00:00+01:00", "2023-12-29"),
        ("date", "2024-01-13 00:00:00", "2024-01-13"),
        ("date", "2024-01-12T23:00:00Z", "2024-01-13"),
        ("date", "Sept. 2, 2023", "2023-09-02"),
        ("date", "20240102", "2024-01-02"),
        ("date", "0001-01-01", None),
        ("date", "1970-01-01", None),
        ("date", "2099-01-01", None),
        ("date", "N/A", None),
        # The plan leaves these out, and says why.
        ("date", "0000-03-25", "0000-03-25"),
        ("date", "2024-02-31", "2024-02-31"),
        ("date", "03/04/2024", "03/04/2024"),
        ("date", "2014", "2014"),
    ],
)
def test_a_text_is_cleaned(field: str, given: str, expected: str | None) -> None:
    """It is as written on the page, or left out where it stands for nothing."""
    fields: dict[str, Any] = {field: given}
    assert getattr(cleaned(**fields), field) == expected


@pytest.mark.parametrize(
    ("day", "kept"), [("2014", None), ("2006-08", None), ("2006-08-09", "2006-08-09")]
)
def test_a_partial_date_is_left_out_where_stash_refuses_it(day: str, kept: str | None) -> None:
    """Before 0.30 such a date would cost the whole save."""
    assert cleaned(OLD_STASH, date=day).date == kept
    assert cleaned(FACTS, date=day).date == day


@pytest.mark.parametrize(
    ("given", "known", "expected"),
    [
        ("2024-01-12T23:00:00Z", "2024-01-12", "2024-01-12"),
        ("2024-01-12T23:00:00Z", "2024-01-14", "2024-01-13"),
        ("03/04/2024", "2024-04-03", "2024-04-03"),
        ("13.01.24", "2024-01-13", "2024-01-13"),
        ("2024-01-12", "2024-01-13", "2024-01-12"),
    ],
)
def test_of_several_days_the_day_of_the_scene_is_taken(
    given: str, known: str, expected: str
) -> None:
    """A day that the date cannot mean is never taken."""
    facts = IntakeFacts(today=date(2024, 6, 15), days=(known,))
    assert cleaned(facts, date=given).date == expected


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (("Ada Sample, Dana Mock",), ["Ada Sample", "Dana Mock"]),
        (("Ada Sample & Dana Mock",), ["Ada Sample", "Dana Mock"]),
        (("Ada Sample & Eve One",), ["Ada Sample & Eve One"]),
        (("Ada Sample & Dana Mock", "Dana Mock"), ["Ada Sample", "Dana Mock"]),
        (("N/A", "&", "Unknown", "Ada&nbsp;Sample"), ["Ada Sample"]),
        (("Ada Sample -", "ADA SAMPLE"), ["Ada Sample"]),
        (("Ada Sample (Northlight)",), ["Ada Sample (Northlight)"]),
        (("Ada Sample aka Ada Stage",), ["Ada Sample / Ada Stage"]),
    ],
)
def test_performers_are_people(given: tuple[str, ...], names: list[str]) -> None:
    """Lists are split, stand-ins and repeats left out, names taken apart."""
    found = cleaned(performers=people(*given)).performers
    assert [
        person.name
        + (f" ({person.disambiguation})" if person.disambiguation else "")
        + "".join(f" / {alias}" for alias in person.aliases)
        for person in found
    ] == names


def test_a_list_that_stash_matched_is_a_single_performer() -> None:
    """The library has a performer of that very name."""
    found = cleaned(performers=[{"name": "Ada Sample, Dana Mock", "stored_id": "7"}])
    assert [(person.name, person.stored_id) for person in found.performers] == [
        ("Ada Sample, Dana Mock", "7")
    ]


def test_the_page_of_a_list_belongs_to_none_of_its_people() -> None:
    """It would speak for creating each of them."""
    item = {"name": "Ada Sample, Eve One", "urls": ["https://northlight.example/model/1"]}
    assert [person.urls for person in cleaned(performers=[item]).performers] == [(), ()]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Northlight\u2122", "Northlight"),
        ("www.northlight.com", "northlight.com"),
        ("The Northlight", "The Northlight"),
        ("N/A", None),
    ],
)
def test_a_studio_has_its_name(name: str, expected: str | None) -> None:
    """Article and domain may be a part of it; linking compares without them."""
    studio = cleaned(studio={"name": name}).studio
    assert (studio and studio.name) == expected


def test_addresses_are_mended_and_the_rest_stays_for_the_plan_to_leave_out() -> None:
    """Each page is there once."""
    found = cleaned(
        urls=[
            "Northlight.example/v/1",
            "https://www.northlight.example/v/1?utm_source=a",
            "//northlight.example/v/2",
            "/v/3",
        ]
    )
    assert found.urls == (
        "https://Northlight.example/v/1",
        "https://northlight.example/v/2",
        "/v/3",
    )


@pytest.mark.parametrize(
    "image", ["//cdn.example/a.jpg", "/media/a.jpg", "data:text/html;base64,PGh0bWw+"]
)
def test_a_broken_cover_is_left_out_and_the_rest_is_kept(image: str) -> None:
    """An address that Stash could not load, or the page of an error."""
    found = cleaned(title="Evening Light", image=image)
    assert (found.title, found.cover) == ("Evening Light", None)


def test_the_length_is_that_of_the_own_fingerprint() -> None:
    """Three hundred fingerprints of a short clip do not move it."""
    prints = [{"algorithm": "PHASH", "hash": f"{n:x}", "duration": 12} for n in range(300)]
    prints.append({"algorithm": "PHASH", "hash": "beef00", "duration": 1800})
    own = IntakeFacts(today=FACTS.today, fingerprints={"phash": "beef00"})
    assert cleaned(own, fingerprints=prints).duration == 1800
    assert cleaned(FACTS, fingerprints=prints).duration == 12
    assert cleaned(own, fingerprints=prints, duration=1790).duration == 1790


def test_two_titles_in_one_are_left_to_a_person() -> None:
    """Which of them it is, nobody can say."""
    found = cleaned(title="Evening Light;;Morning Light")
    assert found.doubts == ("AlphaSource gives two titles: 'Evening Light' and 'Morning Light'",)
    assert cleaned(title="Evening Light").doubts == ()


def test_each_change_has_a_note_and_the_dialog_shows_what_was_given() -> None:
    """A clean proposal has neither."""
    given = answer(
        title="Q&amp;A -",
        date="1970-01-01",
        performers=people("Ada Sample, Dana Mock"),
        fingerprints=[{"algorithm": "PHASH", "hash": "1"}],
    )
    found = clean_proposal(given, FACTS)
    assert [note.description for note in found.cleanings] == [
        "title: 'Q&amp;A -' became 'Q&A' (entities, spaces or control characters; separators)",
        "date: '1970-01-01' left out (it stands for no date)",
        "performers: 'Ada Sample, Dana Mock' became 'Ada Sample; Dana Mock' "
        "(several people, or more than a name)",
    ]
    assert found.as_shown == given.model_copy(update={"fingerprints": ()})
    assert found.fingerprints == (FileFingerprint(kind="phash", value="1"),)
    clean = answer(title="Evening Light", date="2024-01-13", performers=people("Ada Sample"))
    assert clean_proposal(clean, FACTS) == clean
    assert clean.as_shown is clean


def test_a_second_cleaning_changes_nothing() -> None:
    """It adds no note either."""
    given = answer(title="&amp;amp; A -", urls=["Northlight.example/v/1"], date="Jan 1, 2024")
    once = clean_proposal(given, FACTS)
    assert clean_proposal(once, FACTS) == once


@pytest.mark.parametrize(
    ("fields", "nothing"),
    [
        ({"studio": {"name": "Northlight"}}, True),
        ({"studio": {"name": "Northlight"}, "urls": ["https://www.northlight.example/v/1"]}, True),
        ({"studio": {"name": "Northlight"}, "urls": ["https://northlight.example/"]}, True),
        ({"studio": {"name": "Northlight"}, "title": "N/A", "date": "1970-01-01"}, True),
        ({}, True),
        ({"studio": {"name": "Northlight"}, "urls": ["https://northlight.example/v/2"]}, False),
        ({"studio": {"name": "Northlight"}, "date": "2024-01-13"}, False),
        ({"tags": [{"name": "Outdoor"}]}, False),
    ],
)
def test_a_studio_alone_is_nothing_found(fields: dict[str, Any], nothing: bool) -> None:
    """Nor are the scene's own address, the root of a site, and stand-ins."""
    scene = Scene(id="1", urls=("https://northlight.example/v/1",))
    assert says_nothing(cleaned(**fields), scene) is nothing


@pytest.mark.parametrize(
    ("name", "dialog_names"),
    [
        ("Ada Sample", ["Ada Sample"]),
        ("Ada&nbsp;Sample", ["Ada&nbsp;Sample"]),
        ("Ada  Sample", [None]),
        ("Ada\nSample", [None]),
        ("Ada Sample aka A. S.", ["Ada Sample aka A. S."]),
        ("Ada Sample, Eve One", [None, None]),
    ],
)
def test_a_name_keeps_that_of_the_dialogs_button(name: str, dialog_names: list[str | None]) -> None:
    """There is none for a name out of a list, and for white space that a page shows otherwise."""
    found = cleaned(performers=people(name)).performers
    assert [person.dialog_name for person in found] == dialog_names


def test_the_library_is_needed_only_for_joined_names() -> None:
    """Most proposals are cleaned without it."""
    assert names_several_people(answer(performers=people("Ada &amp; Dana")))
    assert not names_several_people(answer(performers=people("Ada Sample", "Dana Mock")))


def test_names_of_tags_and_groups_are_cleaned() -> None:
    """Their brackets and joints are their own."""
    found = cleaned(tags=people("Sun &amp; Sea", "-"), groups=people("Harbour (Vol. 1) |"))
    assert found.tags == (ScrapedEntity(name="Sun & Sea", shown_as="Sun &amp; Sea"),)
    assert [group.name for group in found.groups] == ["Harbour (Vol. 1)"]
    assert [note.field for note in found.cleanings] == [FieldName.TAGS, FieldName.GROUPS]


texts = st.text(st.characters(exclude_categories=()), max_size=40)


@given(title=texts, name=texts, day=texts, url=texts, details=texts)
def test_any_text_is_cleaned_or_left_out(
    title: str, name: str, day: str, url: str, details: str
) -> None:
    """Nothing raises; what is left can be encoded, and one-line texts are a line."""
    found = clean_proposal(
        answer(
            title=title,
            details=details,
            date=day,
            urls=[url],
            studio={"name": name},
            performers=people(name),
        ),
        FACTS,
        is_known=KNOWN.__contains__,
    )
    found.model_dump_json()
    lines = [found.title or "", *(person.name for person in found.performers)]
    assert all(line == " ".join(line.split()) for line in lines)
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for line in lines for char in line)
    assert says_nothing(found, Scene(id="1")) in {True, False}

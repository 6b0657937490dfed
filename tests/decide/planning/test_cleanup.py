"""Clean-up of titles, dates and spaces, and the dates that are left to a person."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stashbot.decide.planning.cleanup import (
    SOURCE,
    clean_lines,
    clean_spaces,
    clean_title,
    clean_up,
    date_readings,
    title_case,
)
from stashbot.models import Entity, FieldName, FieldPolicy, Scene, VideoFile
from stashbot.settings import CleanupSettings
from tests.decide.strategies import applied, scenes

DEFAULTS = CleanupSettings()


@pytest.mark.parametrize(
    ("title", "cased"),
    [
        ("the old mill by the river", "The Old Mill by the River"),
        ("A Tale Of Two Boats", "A Tale of Two Boats"),
        ("things to look up", "Things to Look Up"),
        ("clip 12: the frozen pier", "Clip 12: The Frozen Pier"),
        ("clip 12 - a frozen pier", "Clip 12 - A Frozen Pier"),
        ("what? the end (a new one)", "What? The End (A New One)"),
        ('"the light" of day', '"The Light" of Day'),
        ("ada vs. the sea", "Ada vs. the Sea"),
        ("THE OLD MILL", "The Old Mill"),
        ("THE TV STUDIO", "The TV Studio"),
        ("tv and vr in nyc", "TV and VR in NYC"),
        ("let us go", "Let Us Go"),
        ("my iPhone and McDonald", "My iPhone and McDonald"),
        ("NASA", "NASA"),
        ("part ii: the return", "Part II: The Return"),
        ("vol. iv", "Vol. IV"),
        ("mix and vi", "Mix and Vi"),
        ("don't stop, it's o'neil", "Don't Stop, It's O'Neil"),
        ("o'neil and d'artagnan", "O'Neil and D'Artagnan"),
        ("l\u2019amour d'artagnan", "L\u2019amour d'artagnan"),
        ("l'\u00e9t\u00e9 \u00e0 la plage", "L'\u00e9t\u00e9 \u00e0 la plage"),
        ("DER WEG ZUM LICHT", "DER WEG ZUM LICHT"),
        ("der weg zum Licht", "Der weg zum Licht"),
        ("el mar y los barcos", "El mar y los barcos"),
        ("la dolce vita", "La Dolce Vita"),
        ("die hard at sea", "Die Hard at Sea"),
        ("mother-in-law", "Mother-in-Law"),
        ("s02e05 night 1080p 3d", "s02e05 Night 1080p 3D"),
        ("élan vital", "Élan Vital"),
        ("ΟΔΟΣ ΕΛΠΙΔΟΣ", "ΟΔΟΣ ΕΛΠΙΔΟΣ"),
        ("большой дом", "Большой дом"),
        ("夜の市場", "夜の市場"),
        ("ßtraße", "ßtraße"),
        ("", ""),
        ("!!!", "!!!"),
    ],
)
def test_title_case(title: str, cased: str) -> None:
    """Small words, acronyms, numerals and apostrophes, in scripts with and without capitals."""
    assert title_case(title, DEFAULTS) == cased


def test_names_keep_their_spelling() -> None:
    """A longer name goes before a shorter name within it; a part of a word is not a name."""
    names = ("René van der Berg", "van", "k.d. lang")
    found = title_case("rené van der berg and K.D. LANG in a vanguard", DEFAULTS, names=names)
    assert found == "René van der Berg and k.d. lang in a Vanguard"


def test_words_and_spellings_of_the_settings() -> None:
    """Small words, acronyms and spellings are those of the settings."""
    own = CleanupSettings(small_words=("und",), acronyms=("ABC",), keep_spelling=("eBook",))
    assert title_case("Tag Und Nacht of abc EBOOK", own) == "Tag und Nacht Of ABC eBook"


texts = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["the", "OF", "nasa", "FBIX", "a", "Ii", "part", ":", "-", "d'or", "İ", "ﬁn", "ǆ", "TV"]
        ),
        max_size=8,
    ).map(" ".join),
)


@given(title=texts, names=st.lists(st.text("aA b", max_size=6), max_size=3))
def test_title_case_is_stable(title: str, names: list[str]) -> None:
    """A second call changes nothing, and only the case of letters ever changes."""
    cased = title_case(title, DEFAULTS, names=names)
    assert title_case(cased, DEFAULTS, names=names) == cased
    assert len(cased) == len(title) or not title.isascii()
    if title.isascii():
        assert "".join(cased.lower().split()) == "".join(title.lower().split())


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("2024/01/13", ("2024-01-13",)),
        ("2024-01", ("2024-01",)),
        ("13/04/2024", ("2024-04-13",)),
        ("12/12/2024", ("2024-12-12",)),
        ("03/04/2024", ("2024-03-04", "2024-04-03")),
        ("12/11/2024", ("2024-11-12", "2024-12-11")),
        ("20240102", ("2024-01-02",)),
        ("Sept. 2, 2024", ("2024-09-02",)),
        ("Tuesday, 2 January 2024", ("2024-01-02",)),
        ("2024\u201101\u201102", ("2024-01-02",)),
        ("\u200e2024-01-02", ("2024-01-02",)),
        ("30/02/2024", ()),
        ("2024-13-40", ()),
        ("soon", ()),
        ("01/02/0000", ()),
    ],
)
def test_readings_of_a_date(text: str, readings: tuple[str, ...]) -> None:
    """There are two if day and month may be swapped, and none if it is not a day."""
    assert date_readings(text) == readings


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  a \t b\u00a0c\n", "a b c"),
        ("a_long_name", "a long name"),
        ("a_b c", "a b c"),
        ("IMG_2041 at sea", "IMG_2041 at sea"),
        ("(old_mill) by night", "(old mill) by night"),
        ("a\u200bb\ufeff\u202e", "ab"),
        ("e\u0301", "é"),
        ("___", ""),
    ],
)
def test_spaces_and_invisible_characters_are_cleaned(text: str, clean: str) -> None:
    """A text has single spaces, composed letters and no underscores between words."""
    assert clean_spaces(text) == clean


def test_paragraphs_of_details_are_kept() -> None:
    """Spaces at the ends of lines and repeated empty lines are removed."""
    assert clean_lines(" a  \r\n\r\n\r\n\r\n  b\t\n") == "a\n\n  b"


def scene(**fields: Any) -> Scene:
    return Scene.model_validate({"id": "7", **fields})


def test_clean_up_is_a_plan() -> None:
    """The changes are in the order of the form, and have a source of their own."""
    dirty = scene(
        title=" ada sample AND the sea ",
        code=" NL-1 ",
        date="2024/1/13",
        details="ok",
        performers=[Entity(id="1", name="Ada SAMPLE")],
    )
    found = clean_up(dirty, DEFAULTS)
    assert [(change.field, change.before, change.after) for change in found.changes] == [
        (FieldName.TITLE, " ada sample AND the sea ", "Ada SAMPLE and the Sea"),
        (FieldName.CODE, " NL-1 ", "NL-1"),
        (FieldName.DATE, "2024/1/13", "2024-01-13"),
    ]
    plan = found.plan
    assert (plan.scene_id, plan.source, plan.changes) == ("7", SOURCE, found.changes)
    assert {change.policy for change in plan.changes} == {FieldPolicy.OVERWRITE}


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        ("03/04/2024", "'03/04/2024' may be 2024-03-04 or 2024-04-03"),
        ("2024-02-31", "'2024-02-31' is not a date that exists"),
    ],
)
def test_uncertain_date_is_left_to_a_person(date: str, reason: str) -> None:
    """It is not changed, and the plan has its readings."""
    found = clean_up(scene(date=date), DEFAULTS)
    assert found.changes == ()
    assert [omission.reason for omission in found.plan.omitted] == [reason]


def test_names_without_capitals_are_ignored() -> None:
    """A performer in lower case is not an example for the title."""
    dirty = scene(title="ada sample", performers=[Entity(id="1", name="ada sample")])
    assert clean_up(dirty, DEFAULTS).changes[0].after == "Ada Sample"


def test_title_case_can_be_switched_off() -> None:
    """Spaces are still cleaned."""
    off = CleanupSettings(title_case=False)
    assert clean_up(scene(title="a  b"), off).changes[0].after == "a b"


@given(
    base=scenes,
    title=texts,
    details=st.text("a \n\r_", max_size=20),
    date=st.text("01/2-", max_size=10),
)
def test_no_field_is_emptied_and_a_second_clean_up_changes_nothing(
    base: Scene, title: str, details: str, date: str
) -> None:
    """Each change has a new value that differs from the old value."""
    dirty = base.model_copy(update={"title": title, "details": details, "date": date or None})
    found = clean_up(dirty, DEFAULTS)
    for change in found.changes:
        assert change.after
        assert change.before == dirty.value(change.field) != change.after
    assert clean_up(applied(dirty, found.plan), DEFAULTS).changes == ()


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("Q&amp;A With Ada", "Q&A with Ada"),
        ("ada&#039;s evening", "Ada's Evening"),
        ("evening light -", "Evening Light"),
        ("Tour - Evening Light - ", "Tour - Evening Light"),
        ("evening light | northlight", "Evening Light"),
        ("Northlight: evening light \u2665 | NORTHLIGHT", "Evening Light"),
        ("northlights", "Northlights"),
    ],
)
def test_titles_are_decoded_and_stripped(title: str, clean: str) -> None:
    """Before their capitals are set; separators always go, other texts by the settings."""
    settings = CleanupSettings(strip=("| Northlight", "Northlight:", "\u2665"))
    assert clean_title(title, settings) == clean
    assert clean_title(clean, settings) == clean


def test_a_title_that_is_the_name_of_the_file_is_left_and_listed() -> None:
    """With or without the extension; nothing else in the scene is left."""
    name = "Northlight.24.01.13.Harbour.Steps.XXX.1080p.mp4"
    file = VideoFile(id="1", path=f"/v/{name}", basename=name)
    for title in (name, name.removesuffix(".mp4")):
        found = clean_up(scene(title=title, code=" NL-1", files=(file,)), DEFAULTS)
        assert [change.field for change in found.changes] == [FieldName.CODE]
        (left,) = found.plan.omitted
        assert left.reason == f"{title!r} is the name of the file; --from-name reads it"


def test_a_file_that_is_called_by_its_title_has_a_title() -> None:
    """Such a title is cleaned like any other."""
    file = VideoFile(id="1", path="/v/evening light.mp4", basename="evening light.mp4")
    found = clean_up(scene(title="evening light", files=(file,)), DEFAULTS)
    assert [change.after for change in found.changes] == ["Evening Light"]


def test_markup_in_details_goes_only_if_wished() -> None:
    """Entities are decoded in any case."""
    given = "<p>One &amp; two</p><p>Three</p>"
    assert clean_up(scene(details=given), DEFAULTS).changes[0].after == (
        "<p>One & two</p><p>Three</p>"
    )
    wished = CleanupSettings(remove_markup=True)
    assert clean_up(scene(details=given), wished).changes[0].after == "One & two\nThree"


def test_an_empty_text_to_strip_is_refused() -> None:
    """It would never end."""
    with pytest.raises(ValidationError, match="a text is empty"):
        CleanupSettings(strip=(" ",))

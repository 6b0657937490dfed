"""Clean-up: capitals, dates and spaces, and what is left to a person."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.planning.cleanup import (
    SOURCE,
    clean_lines,
    clean_spaces,
    clean_up,
    date_readings,
    title_case,
)
from stashbot.models import Entity, FieldName, FieldPolicy, Scene
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
        ("l\u2019amour d'artagnan", "L\u2019Amour D'Artagnan"),
        ("mother-in-law", "Mother-in-Law"),
        ("s02e05 night 1080p 3d", "s02e05 Night 1080p 3D"),
        ("élan vital", "Élan Vital"),
        ("ΟΔΟΣ ΕΛΠΙΔΟΣ", "Οδος Ελπιδος"),
        ("большой дом", "Большой Дом"),
        ("夜の市場", "夜の市場"),
        ("ßtraße", "ßtraße"),
        ("", ""),
        ("!!!", "!!!"),
    ],
)
def test_capitals(title: str, cased: str) -> None:
    """Small words, acronyms, numerals, apostrophes, scripts with and without capitals."""
    assert title_case(title, DEFAULTS) == cased


def test_names_are_spelled_as_they_are() -> None:
    """Names of several words, longest first; a part of another word is none of them."""
    names = ("René van der Berg", "van", "k.d. lang")
    found = title_case("rené van der berg and K.D. LANG in a vanguard", DEFAULTS, names=names)
    assert found == "René van der Berg and k.d. lang in a Vanguard"


def test_own_words_and_spellings() -> None:
    """The settings name small words, acronyms and spellings of one's own."""
    own = CleanupSettings(small_words=("und",), acronyms=("ABC",), spelled=("eBook",))
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
def test_twice_is_once(title: str, names: list[str]) -> None:
    """A title in order stays as it is, and only the case of its letters ever changes."""
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
        ("30/02/2024", ()),
        ("2024-13-40", ()),
        ("soon", ()),
        ("01/02/0000", ()),
    ],
)
def test_all_readings_of_a_date(text: str, readings: tuple[str, ...]) -> None:
    """One where it is sure, two where day and month may change places, none where it is no day."""
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
def test_spaces(text: str, clean: str) -> None:
    """Single spaces, nothing invisible, composed letters."""
    assert clean_spaces(text) == clean


def test_lines_are_kept() -> None:
    """Details keep their paragraphs and lose what nobody sees."""
    assert clean_lines(" a  \r\n\r\n\r\n\r\n  b\t\n") == "a\n\n  b"


def scene(**fields: Any) -> Scene:
    return Scene.model_validate({"id": "7", **fields})


def test_a_clean_up_is_a_plan() -> None:
    """Changes with before and after, in the form's order, under a source of its own."""
    made = scene(
        title=" ada sample AND the sea ",
        code=" NL-1 ",
        date="2024/1/13",
        details="ok",
        performers=[Entity(id="1", name="Ada SAMPLE")],
    )
    found = clean_up(made, DEFAULTS)
    assert [(one.field, one.before, one.after) for one in found.changes] == [
        (FieldName.TITLE, " ada sample AND the sea ", "Ada SAMPLE and the Sea"),
        (FieldName.CODE, " NL-1 ", "NL-1"),
        (FieldName.DATE, "2024/1/13", "2024-01-13"),
    ]
    plan = found.plan
    assert (plan.scene_id, plan.source, plan.changes) == ("7", SOURCE, found.changes)
    assert {one.policy for one in plan.changes} == {FieldPolicy.OVERWRITE}


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        ("03/04/2024", "'03/04/2024' may be 2024-03-04 or 2024-04-03"),
        ("2024-02-31", "'2024-02-31' is no date that exists"),
    ],
)
def test_an_unsure_date_is_left_to_a_person(date: str, reason: str) -> None:
    """It is not changed, and the plan says what it may be."""
    found = clean_up(scene(date=date), DEFAULTS)
    assert found.changes == ()
    assert [one.reason for one in found.plan.left_out] == [reason]


def test_names_without_capitals_are_no_model() -> None:
    """A performer whom someone typed in lower case does not take the title's capitals."""
    made = scene(title="ada sample", performers=[Entity(id="1", name="ada sample")])
    assert clean_up(made, DEFAULTS).changes[0].after == "Ada Sample"


def test_title_case_can_be_switched_off() -> None:
    """Spaces are still put in order."""
    off = CleanupSettings(title_case=False)
    assert clean_up(scene(title="a  b"), off).changes[0].after == "a b"


@given(
    base=scenes,
    title=texts,
    details=st.text("a \n\r_", max_size=20),
    date=st.text("01/2-", max_size=10),
)
def test_no_field_is_emptied_and_cleaning_ends(
    base: Scene, title: str, details: str, date: str
) -> None:
    """Every change has a value and is one; after it there is nothing more to clean."""
    made = base.model_copy(update={"title": title, "details": details, "date": date or None})
    found = clean_up(made, DEFAULTS)
    for change in found.changes:
        assert change.after
        assert change.before == made.value(change.field) != change.after
    assert clean_up(applied(made, found.plan), DEFAULTS).changes == ()

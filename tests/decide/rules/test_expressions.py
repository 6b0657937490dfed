"""The language of ``--where``: what it says of scenes, and how it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.rules.expressions import FIELDS, compile_where, scene_context
from stashbot.errors import ExpressionError
from stashbot.models import Entity, GroupEntry, Scene, VideoFile
from tests.decide.strategies import scenes

FULL = Scene(
    id="12",
    title="Clip 12",
    code="NL-12",
    details="Snow.",
    director="Ida",
    date="2024-01-13",
    urls=("https://example.org/12",),
    studio=Entity(id="1", name="Northlight"),
    performers=(Entity(id="1", name="Ada Sample"),),
    tags=(Entity(id="1", name="outdoor"), Entity(id="2", name="snow")),
    groups=(GroupEntry(id="1", name="Clips", scene_index=12),),
    rating100=80,
    files=(
        VideoFile(
            id="1",
            path="/v/c.mp4",
            basename="c.mp4",
            duration=612.5,
            width=1920,
            height=1080,
            size=9,
        ),
    ),
    created_at="2024-02-01T10:00:00Z",
    updated_at="2024-02-02T10:00:00Z",
)
BLANK = Scene(id="13")


def refused(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        compile_where(text)
    assert caught.value.fields == {"expression": text}
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        'studio == "Northlight" and not organized',
        '"outdoor" in tags',
        'not ("indoor" in tags)',
        'title =~ "Clip.*"',
        "duration > 612.4 and duration < 612.6",
        'date > "2024-01-01" and date < "2024-02"',
        "year == 2024 and id == 12 and rating == 80",
        "width == 1920 and height == 1080 and size == 9",
        '"Ada Sample" in performers and "Clips" in groups',
        'code == "NL-12" and details == "Snow." and director == "Ida"',
        'path == "/v/c.mp4" and file == "c.mp4"',
        'created < updated and updated > "2024-02-02"',
        '"https://example.org/12" in urls',
        "tags.length == 2",
        "title != null",
    ],
)
def test_expressions_over_every_field(text: str) -> None:
    """What the scene has can be asked for, by the name that the expression gives it."""
    assert compile_where(text)(FULL) is True


@pytest.mark.parametrize(
    "text",
    [
        'date > "2024-01-01"',
        'date < "2024-01-01"',
        "duration > 0",
        "duration < 1",
        'title =~ ".*"',
        "year >= 0",
        "rating <= 100",
        'studio == "Northlight"',
        '"outdoor" in tags',
        'tags[0] == "outdoor"',
        "title.length > 0",
        "duration / 0 > 1",
        "not (duration > 0)",
    ],
)
def test_what_is_missing_is_false_and_no_error(text: str) -> None:
    """A scene without the value does not match, neither the expression nor its contrary."""
    assert compile_where(text)(BLANK) is False


@pytest.mark.parametrize(
    "text",
    [
        'duration > 600 or "outdoor" in tags',
        '"outdoor" in tags or duration > 600',
        'not organized or rating > 5 or "outdoor" in tags',
        '(duration > 600 and organized) or "outdoor" in tags',
        'not (duration > 600 and organized == false) or "outdoor" in tags',
        'not (title.length > 3 and not ("outdoor" in tags))',
        'organized ? rating > 5 or "outdoor" in tags : false',
        'not ((rating > 5 ? organized : not organized) and not ("outdoor" in tags))',
    ],
)
def test_what_is_missing_hides_nothing_else(text: str) -> None:
    """A part that cannot be answered leaves the answer to the others, in whatever order."""
    assert compile_where(text)(Scene(id="1", organized=True, tags=FULL.tags)) is True


def test_an_undecided_condition_chooses_no_case() -> None:
    """Whether the rating is above 5 is not known, so neither case is the answer."""
    matches = compile_where("rating > 5 ? organized : organized")
    assert matches(Scene(id="1", organized=True)) is False
    assert matches(Scene(id="1", organized=True, rating100=80)) is True


def test_groups_of_a_pattern_reach_the_rest_of_the_expression() -> None:
    """``$re_groups`` is what the last pattern found in this scene, also behind ``and``."""
    matches = compile_where(r'title =~ "Clip (\\d+)" and $re_groups[0] == "12"')
    assert matches(FULL) is True
    assert matches(Scene(id="1", title="Clip 13")) is False
    assert matches(BLANK) is False


@pytest.mark.parametrize(
    "text", ["title == null", "date == null", "studio == null", 'title == null or title == "x"']
)
def test_null_can_be_asked_for(text: str) -> None:
    """Scenes that lack something are what a library is searched for."""
    assert compile_where(text)(BLANK) is True
    assert compile_where(text)(FULL) is False


def test_a_year_is_enough_of_a_date() -> None:
    """Stash takes partial dates: their year can be asked for."""
    assert compile_where("year == 2024")(Scene(id="1", date="2024"))


@pytest.mark.parametrize(
    ("text", "column", "near"),
    [
        ("title == = 3", 10, "= 3"),
        ('title == "a', 10, '"a'),
        ("import os", 8, "os"),
        ("@title", 1, "@title"),
        ("duration > 1 2", 14, "2"),
        ("organized and and title", 15, "and title"),
    ],
)
def test_a_syntax_error_says_where(text: str, column: int, near: str) -> None:
    """The message counts columns from 1 and shows what stands there."""
    error = refused(text)
    assert f"at column {column}, near {near!r}" in error.message
    assert error.hint


@pytest.mark.parametrize("text", ["", "  ", "title ==", "(title", "not"])
def test_an_expression_that_ends_too_early(text: str) -> None:
    """Where nothing stands at the place of the error, the message says so."""
    assert "ends too early" in refused(text).message


@pytest.mark.parametrize(
    ("text", "name"),
    [("titel == 3", "titel"), ('foo.bar == "x"', "foo"), ('__import__("os")', "__import__")],
)
def test_an_unknown_field_is_answered_with_all_fields(text: str, name: str) -> None:
    """The message names the unknown field, the hint every field there is."""
    error = refused(text)
    assert f"no field {name!r}" in error.message
    assert error.hint == f"Fields: {', '.join(FIELDS)}."


@pytest.mark.parametrize(
    "text",
    [
        "title > 3",
        'duration + "a" > 3',
        "3 in title",
        "title =~ 3",
        'date > d"2024-01-01"',
        'id == "7"',
        'tags == "outdoor"',
        "organized == 1",
        'organized or not (studio != 3 and title == "x")',
        "[tag for tag in tags if tag == 3].length > 0",
    ],
)
def test_unlike_types_are_refused(text: str) -> None:
    """A comparison that can never hold is a mistake, also by ``==`` and deep inside."""
    error = refused(text)
    assert "mismatch" in error.message
    assert error.hint == "Compare texts with texts and numbers with numbers."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title =~ "("', "regular expression"),
        ("title.foo == 1", "attribute: 'foo'"),
        ("1 / 0 == 1", "division by zero"),
        ('date == d"2024-13-40"', "datetime"),
        (" and ".join(["organized"] * 5000), "nested too deeply"),
    ],
)
def test_what_cannot_be_used_says_why(text: str, said: str) -> None:
    """Bad patterns, attributes and literals are refused before any scene is looked at."""
    assert said in refused(text).message


@given(text=st.text(max_size=40))
def test_any_text_compiles_or_is_refused(text: str) -> None:
    """No text raises anything but ``ExpressionError``, and what compiles answers for any scene."""
    try:
        matches = compile_where(text)
    except ExpressionError:
        return
    assert isinstance(matches(FULL), bool)
    assert isinstance(matches(BLANK), bool)


_TERMS = st.sampled_from(
    [
        'title == "Clip 12"',
        "organized",
        "duration > 600",
        '"outdoor" in tags',
        "title == null",
        'date > "2024"',
        "rating / year > 0",
        "(",
        ")",
        "and",
        "or",
        "not",
        "==",
        "[",
        "]",
        "tags",
        "$now",
    ]
)


@given(terms=st.lists(_TERMS, max_size=8), scene=scenes)
def test_any_expression_answers_for_any_scene(terms: list[str], scene: Scene) -> None:
    """Whatever parses gives yes or no for every scene, with whatever is missing."""
    try:
        matches = compile_where(" ".join(terms))
    except ExpressionError:
        return
    assert isinstance(matches(scene), bool)


_CLAUSES = st.sampled_from(
    [
        "organized",
        'title == "Clip 12"',
        'title =~ "C.*"',
        "rating > 5",
        "year >= 2024",
        'date > "2024-01-20"',
        "details.length > 1",
        '"Name 1" in tags',
        "not (rating > 5)",
        "studio == null",
    ]
)


@given(one=_CLAUSES, other=_CLAUSES, scene=scenes)
def test_the_order_of_parts_changes_nothing(one: str, other: str, scene: Scene) -> None:
    """``and`` and ``or`` may be turned round, and ``or`` holds wherever one of its parts does."""

    def holds(text: str) -> bool:
        return compile_where(text)(scene)

    assert holds(f"{one} or {other}") == holds(f"{other} or {one}")
    assert holds(f"{one} and {other}") == holds(f"{other} and {one}")
    assert holds(f"{one} or {other}") == (holds(one) or holds(other))
    assert holds(f"{one} and {other}") == (holds(one) and holds(other))
    assert holds(f"not ({one} or {other})") == holds(f"not ({one}) and not ({other})")
    assert holds(f"not ({one} and {other})") == holds(f"not ({one}) or not ({other})")
    assert holds(f"not (not ({one}))") == holds(one)
    assert not (holds(one) and holds(f"not ({one})"))


@given(scene=scenes)
def test_an_expression_sees_every_field_in_its_type(scene: Scene) -> None:
    """The context holds all names of ``FIELDS``, each null or of the type that is promised."""
    context = scene_context(scene)
    assert list(context) == list(FIELDS)
    kinds: dict[str, Any] = {"FLOAT": (int, float), "STRING": str, "BOOLEAN": bool, "ARRAY": tuple}
    for name, value in context.items():
        assert value is None or isinstance(value, kinds[FIELDS[name].name])


@pytest.mark.parametrize("name", ["$anny([true])", "$random(3) == 1", "$nwo"])
def test_an_unknown_name_is_refused(name: str) -> None:
    """A name with ``$`` that there is none of is named with its column, never null in silence."""
    with pytest.raises(ExpressionError, match=r"at column 11") as raised:
        compile_where(f"id < 3 or {name}")
    assert "$any" in raised.value.hint


def test_a_sign_within_a_text_is_no_name() -> None:
    """``$`` in a text, a pattern or a comment names nothing."""
    scene = Scene(id="1", title="$cash")
    assert compile_where("title == '$cash'")(scene)
    assert compile_where("title =~ '.*h$' # $later")(scene)

"""Expressions over scenes: which scenes match, and which expressions are refused."""

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
    assert caught.value.details == {"expression": text}
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
def test_expressions_name_every_field(text: str) -> None:
    """Each value of a scene has a name in expressions."""
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
def test_scene_without_the_value_does_not_match(text: str) -> None:
    """It matches neither the expression nor its negation, and nothing raises."""
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
def test_undecided_part_leaves_the_answer_to_the_others(text: str) -> None:
    """The order of the parts does not matter."""
    assert compile_where(text)(Scene(id="1", organized=True, tags=FULL.tags)) is True


def test_undecided_condition_chooses_no_case() -> None:
    """Without a rating neither case is the answer."""
    matches = compile_where("rating > 5 ? organized : organized")
    assert matches(Scene(id="1", organized=True)) is False
    assert matches(Scene(id="1", organized=True, rating100=80)) is True


def test_groups_of_the_last_pattern_are_available() -> None:
    """``$re_groups`` has the groups of the last pattern in this scene, also after ``and``."""
    matches = compile_where(r'title =~ "Clip (\\d+)" and $re_groups[0] == "12"')
    assert matches(FULL) is True
    assert matches(Scene(id="1", title="Clip 13")) is False
    assert matches(BLANK) is False


@pytest.mark.parametrize(
    "text", ["title == null", "date == null", "studio == null", 'title == null or title == "x"']
)
def test_missing_value_equals_null(text: str) -> None:
    """Scenes that lack a value can be selected."""
    assert compile_where(text)(BLANK) is True
    assert compile_where(text)(FULL) is False


def test_year_of_a_partial_date() -> None:
    """``year`` is that of a date without month and day too."""
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
def test_syntax_error_has_column_and_text(text: str, column: int, near: str) -> None:
    """Columns count from 1; the message quotes the text at the column."""
    error = refused(text)
    assert f"at column {column}, near {near!r}" in error.message
    assert error.hint


@pytest.mark.parametrize("text", ["", "  ", "title ==", "(title", "not"])
def test_expression_that_ends_too_early_is_refused(text: str) -> None:
    """The message says so instead of a column."""
    assert "ends too early" in refused(text).message


@pytest.mark.parametrize(
    ("text", "name"),
    [("titel == 3", "titel"), ('foo.bar == "x"', "foo"), ('__import__("os")', "__import__")],
)
def test_unknown_field_is_refused(text: str, name: str) -> None:
    """The message names the field, the hint lists all fields."""
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
def test_comparison_of_unlike_types_is_refused(text: str) -> None:
    """A comparison that can never be true is a mistake, also by ``==`` and deep inside."""
    error = refused(text)
    assert "mismatch" in error.message
    assert error.hint == "Compare texts with texts and numbers with numbers."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('title =~ "("', "regular expression"),
        ("title.foo == 1", "attribute: 'foo'"),
        ("1 / 0 == 1", "division by zero"),
        ('date == d"2024-13-40"', "datetime"),
        (" and ".join(["organized"] * 5000), "nested too deeply"),
    ],
)
def test_unusable_expression_is_refused_with_reason(text: str, problem: str) -> None:
    """Bad patterns, attributes and literals are refused before any scene is tested."""
    assert problem in refused(text).message


@given(text=st.text(max_size=40))
def test_any_text_compiles_or_is_refused(text: str) -> None:
    """A text raises nothing but ``ExpressionError``; otherwise it answers for any scene."""
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
    """An expression that compiles gives a bool for every scene, whatever the scene lacks."""
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


@given(first=_CLAUSES, second=_CLAUSES, scene=scenes)
def test_logic_does_not_depend_on_the_order(first: str, second: str, scene: Scene) -> None:
    """``and`` and ``or`` are commutative, and obey De Morgan's laws."""

    def holds(text: str) -> bool:
        return compile_where(text)(scene)

    assert holds(f"{first} or {second}") == holds(f"{second} or {first}")
    assert holds(f"{first} and {second}") == holds(f"{second} and {first}")
    assert holds(f"{first} or {second}") == (holds(first) or holds(second))
    assert holds(f"{first} and {second}") == (holds(first) and holds(second))
    assert holds(f"not ({first} or {second})") == holds(f"not ({first}) and not ({second})")
    assert holds(f"not ({first} and {second})") == holds(f"not ({first}) or not ({second})")
    assert holds(f"not (not ({first}))") == holds(first)
    assert not (holds(first) and holds(f"not ({first})"))


@given(scene=scenes)
def test_every_field_is_null_or_of_its_type(scene: Scene) -> None:
    """The context of a scene has all names of ``FIELDS``."""
    context = scene_context(scene)
    assert list(context) == list(FIELDS)
    kinds: dict[str, Any] = {"FLOAT": (int, float), "STRING": str, "BOOLEAN": bool, "ARRAY": tuple}
    for name, value in context.items():
        assert value is None or isinstance(value, kinds[FIELDS[name].name])


@pytest.mark.parametrize("name", ["$anny([true])", "$random(3) == 1", "$nwo"])
def test_unknown_name_with_dollar_is_refused(name: str) -> None:
    """The message has the column, the hint the names that exist; it is never null silently."""
    with pytest.raises(ExpressionError, match=r"at column 11") as raised:
        compile_where(f"id < 3 or {name}")
    assert "$any" in raised.value.hint


def test_dollar_within_a_text_is_not_a_name() -> None:
    """``$`` in a text, a pattern or a comment is an ordinary character."""
    scene = Scene(id="1", title="$cash")
    assert compile_where("title == '$cash'")(scene)
    assert compile_where("title =~ '.*h$' # $later")(scene)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("studio == \"the title\" and 'tags' in tags", ("studio", "tags")),
        ("duration > 600 or (title == null and duration > 60)", ("duration", "title")),
        ("$any([tag.length > 3 for tag in tags]) and urls[0].starts_with(code)",
         ("tags", "urls", "code")),
        ("true", ()),
    ],
)  # fmt: skip
def test_filter_names_the_fields_of_its_expression(text: str, fields: tuple[str, ...]) -> None:
    """Each field once, in the order of the expression; words within texts are not fields."""
    assert compile_where(text).fields == fields

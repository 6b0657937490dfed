"""Names that mean the same to a reader, and those that only seem to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.names import (
    SURE,
    Likeness,
    likeness,
    one_slip_apart,
    same_name,
    slips,
    words,
)


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("Ada Sample", "Ada Sample", Likeness.CASE),
        ("Ada Sample", "ADA  SAMPLE", Likeness.CASE),
        ("STRASSE", "straße", Likeness.CASE),
        ("René Demo", "Rene\u0301 Demo", Likeness.CASE),
        ("René Demo", "rene demo", Likeness.ACCENTS),
        ("Søren Łuk", "Soren Luk", Likeness.ACCENTS),
        ("Mary-Jane O'Test", "Mary Jane OTest", Likeness.PUNCTUATION),
        ("HarborFilms", "Harbor Films", Likeness.PUNCTUATION),
        ("Sample, Ada", "Ada Sample", Likeness.ORDER),
        ("Harbour Films", "Harbor Films", Likeness.SPELLING),
        ("Harbor Fimls", "Harbor Films", Likeness.SPELLING),
        ("Ada Sample", "Ada Simple", Likeness.SPELLING),
        ("Ada Sample", "Ben Sample", None),
        ("Walking", "Talking", None),
        ("Volume 1 of All", "Volume 2 of All", None),
        ("!!!", "???", None),
        ("か", "が", None),
        ("", "", None),
    ],
)
def test_what_two_names_differ_by(one: str, other: str, found: Likeness | None) -> None:
    """The surest likeness is told, in both directions; another letter of the script is none."""
    assert likeness(one, other) is found
    assert likeness(other, one) is found


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [("abcdefg", "abcdef", False), ("abcdefgh", "abcdefg", False), ("abcdefgh", "abcdefghi", True)],
)
def test_a_slip_takes_eight_letters(one: str, other: str, slip: bool) -> None:
    """Names of seven letters are never slips of each other, names of eight are."""
    assert one_slip_apart(one, other) is slip


long_names = st.text("abcdé 12", min_size=8, max_size=14)


@given(one=long_names, at=st.integers(0, 13), letter=st.sampled_from("xyz"))
def test_one_slip_is_found_by_shared_slips(one: str, at: int, letter: str) -> None:
    """Whatever is one slip apart shares an entry of the index, so no look-up misses it."""
    other = one[:at] + letter + one[at + 1 :]
    if one_slip_apart(one, other):
        assert slips(one) & slips(other)


@given(one=st.text(max_size=20), other=st.text(max_size=20))
def test_likeness_has_no_direction(one: str, other: str) -> None:
    """Any two texts are alike in the same way from either side."""
    assert likeness(one, other) is likeness(other, one)
    assert same_name(one, other) is (likeness(one, other) in SURE)


def test_words_keep_marks_that_are_letters() -> None:
    """Vowel signs stay in their words; apostrophes part none."""
    assert words("हिन्दी फ़िल्म") == ("हिन्दी", "फ़िल्म")
    assert words("Ada's Work-shop") == ("adas", "work", "shop")

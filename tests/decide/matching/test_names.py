"""Names that mean the same to a reader, and names that only look so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.names import (
    CERTAIN,
    Likeness,
    compare_names,
    deletion_variants,
    same_name,
    within_one_edit,
    words,
)


@pytest.mark.parametrize(
    ("name", "other", "likeness"),
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
def test_names_have_their_most_certain_likeness(
    name: str, other: str, likeness: Likeness | None
) -> None:
    """The likeness is the same in both directions; a voiced kana is another letter."""
    assert compare_names(name, other) is likeness
    assert compare_names(other, name) is likeness


@pytest.mark.parametrize(
    ("name", "other", "is_edit"),
    [("abcdefg", "abcdef", False), ("abcdefgh", "abcdefg", False), ("abcdefgh", "abcdefghi", True)],
)
def test_names_within_an_edit_have_eight_letters(name: str, other: str, is_edit: bool) -> None:
    """In shorter names a different letter makes another name."""
    assert within_one_edit(name, other) is is_edit


long_names = st.text("abcdé 12", min_size=8, max_size=14)


@given(name=long_names, at=st.integers(0, 13), letter=st.sampled_from("xyz"))
def test_names_within_an_edit_share_a_variant(name: str, at: int, letter: str) -> None:
    """So an index of the variants finds each of them."""
    other = name[:at] + letter + name[at + 1 :]
    if within_one_edit(name, other):
        assert deletion_variants(name) & deletion_variants(other)


@given(name=st.text(max_size=20), other=st.text(max_size=20))
def test_likeness_is_symmetric(name: str, other: str) -> None:
    """Two names are the same name if their likeness is certain."""
    assert compare_names(name, other) is compare_names(other, name)
    assert same_name(name, other) is (compare_names(name, other) in CERTAIN)


def test_words_keep_vowel_signs() -> None:
    """Marks that are vowels stay in their words; an apostrophe does not separate words."""
    assert words("हिन्दी फ़िल्म") == ("हिन्दी", "फ़िल्म")
    assert words("Ada's Work-shop") == ("adas", "work", "shop")

"""Texts of sources: entities, invisible characters, edges, stand-ins, markup."""

from __future__ import annotations

import pytest

from stashbot.decide.intake.texts import (
    clean_line,
    clean_paragraphs,
    encodable,
    is_stand_in,
    remove_markup,
    strip_separators,
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Q&amp;A With Ada&#039;s &amp;quot;Light&amp;quot;", 'Q&A With Ada\'s "Light"'),
        ("&amp;amp;amp;", "&amp;"),
        ("Salt &#38; Pepper&nbsp;&#8217;n&#x2019; Rice", "Salt & Pepper \u2019n\u2019 Rice"),
        ("a&region=1&copy that", "a&region=1&copy that"),
        ("R&B &bogus; &", "R&B &bogus; &"),
        ("It's  Raining\r\nAgain\t!", "It's Raining Again !"),
        ("Eve\x00ning\x1b[2J \u202eLight\ufeff\x9b", "Evening Light"),
        ("\x1b]8;;http://x.example\x07Evening\x1b]8;;\x1b\\ Light", "Evening Light"),
        ("Lone \ud83c surrogate", "Lone surrogate"),
        ("Cafe\u0301 \U0001f468\u200d\U0001f469 ok", "Caf\u00e9 \U0001f468\u200d\U0001f469 ok"),
        ("a\u2028b\x85c", "a b c"),
    ],
)
def test_a_line_is_decoded_visible_and_single_spaced(text: str, line: str) -> None:
    """Entities are decoded at most twice, and only with their semicolon."""
    assert clean_line(text) == line


def test_paragraphs_keep_their_lines() -> None:
    """Only control characters and entities are cleaned."""
    text = " One &amp; two\n\n  three\x00\x07\u202e \n"
    assert clean_paragraphs(text) == "One & two\n\n  three"


def test_what_cannot_be_encoded_is_replaced() -> None:
    """A lone surrogate; a pair of them is a character already."""
    assert encodable("a\udc00b \U0001f3a5") == "a\ufffdb \U0001f3a5"


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("Evening Light -", "Evening Light"),
        ("Tour - Evening Light - ", "Tour - Evening Light"),
        ("| Evening Light: ", "Evening Light"),
        ("Evening Light\u2013", "Evening Light"),
        ("Evening Light \u2665", "Evening Light \u2665"),
        ("...And Then?", "...And Then?"),
        ("#3 (Again)", "#3 (Again)"),
        ("3-Way", "3-Way"),
        ("- -", ""),
    ],
)
def test_separators_at_the_edges_are_removed(text: str, stripped: str) -> None:
    """Signs that belong to a title stay."""
    assert strip_separators(text) == stripped


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("N/A", True),
        ("n.a.", True),
        ("&", True),
        ("-", True),
        (" \u2014 ", True),
        ("...", True),
        ("??", True),
        ("Unknown", True),
        ("NULL", True),
        ("Unknown Shore", False),
        ("Na", False),
        ("!!!", False),
        ("\u2665", False),
        ("7", False),
    ],
)
def test_stand_ins(text: str, is_one: bool) -> None:
    """A text that only fills a field is none; a name that looks odd is a name."""
    assert is_stand_in(text) is is_one


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>One</p><br>Two&nbsp;three", "One\n\nTwo three"),
        ("<p>One</p>\n<p>Two &amp; <b>three</b></p>", "One\nTwo & three"),
        ("<ul><li>a</li><li>b</li></ul><script>x()</script>", "a\nb"),
        ("1 < 2 and 3 > 2 &amp; more", "1 < 2 and 3 > 2 &amp; more"),
        ("I <3 you", "I <3 you"),
    ],
)
def test_markup_becomes_lines(text: str, plain: str) -> None:
    """Blocks and breaks begin lines; a text without markup is left alone."""
    assert remove_markup(text) == plain

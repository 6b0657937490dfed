"""Selectors are checked strictly, and values cannot break out of them."""

from __future__ import annotations

import pytest

from stashbot.selectors import css_syntax


@pytest.mark.parametrize(
    "selector",
    [
        "#a .b:has(> .row a.x[href^='/scenes/12?'])",
        ":is(.a, #b):not(.c) > i",
        "a:nth-child(2) + b ~ c",
        '.x[data-field={field}] a[href="/s/{id}"]',
        ".toast-container:not(.hidden) .toast",
        "body.modal-open",
        ":where(input, textarea)",
        '[title="a)b\\"]"]',
        ".a, .b",
    ],
)
def test_selectors_that_name_something_pass(selector: str) -> None:
    """Stash's page needs :has, :is, :not, attributes, lists and placeholders."""
    css_syntax.check_selector(selector)


@pytest.mark.parametrize(
    "selector",
    ["*", "body", "html", "", "  ", "html body *", ".a, *", ":not(.a)", ":is(*, .a)", ":root",
     "body > *", ":has(*)", ":first-child", "HTML", "div", "body div span", "[class]",
     "div[id]", "#root *", ".a > .b *"],
)  # fmt: skip
def test_selectors_that_match_everything_are_refused(selector: str) -> None:
    """A selector that names nothing, or all descendants, is refused, also within a list."""
    with pytest.raises(ValueError, match=r"matches everything|not a CSS selector"):
        css_syntax.check_selector(selector)


@pytest.mark.parametrize(
    "selector",
    ["a >", "a[b", "a..b", ".x:has(", "a,,b", "a{b", "a)", ".a:is()", ".a:is([)", '[a="b]', "a | b",
     "[data-x=1]", ".a:has-text('x')", ".a:visible", "a::before", ">> .a", "text=Save", "//div",
     ".{}", ".{a b}"],
)  # fmt: skip
def test_broken_selectors_are_refused(selector: str) -> None:
    """Selectors that a browser would repair or refuse, or of other tools, are refused."""
    with pytest.raises(ValueError, match=r"\w"):
        css_syntax.check_selector(selector)


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("title", "title"),
        ("12", r"\31 2"),
        ("-1", r"-\31 "),
        ("-", r"\-"),
        ("a b", r"a\ b"),
        ('"]', r"\"\]"),
        ("é日", "é日"),
        ("\n\0", "\\a \ufffd"),
        ("a{b}", r"a\{b\}"),
    ],
)
def test_values_are_escaped_like_the_browser_does(value: str, escaped: str) -> None:
    """The escaped form is that of CSS.escape."""
    assert css_syntax.escape_css(value) == escaped


def test_filled_values_are_not_filled_again() -> None:
    """A value in braces is text, not a placeholder."""
    assert css_syntax.fill("{a} {b}", {"a": "{b}", "b": "1"}, escape=False) == "{b} 1"

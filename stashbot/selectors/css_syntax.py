"""Placeholders and a strict syntax check for the CSS of the registry.

The check accepts less than a browser does. It refuses what a browser would repair (an unclosed
bracket), drop (half of an ``:is()``) or refuse at run time (an unknown pseudo-class), and a
selector that names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cssselect2 import parser

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_QUOTED = re.compile(r"""\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""", re.DOTALL)
_BRACKETS = {")": "(", "]": "["}
#: Tags and attributes without a value that are everywhere in a page: they name nothing.
_EVERYWHERE = frozenset({"html", "head", "body", "div", "span"})
_BARE = frozenset({"class", "id", "style"})
_PSEUDO_CLASSES = frozenset(
    {
        *("checked", "default", "disabled", "empty", "enabled", "first-child", "first-of-type"),
        *("focus", "focus-visible", "focus-within", "indeterminate", "invalid", "last-child"),
        *("last-of-type", "link", "modal", "nth-child", "nth-last-child", "nth-last-of-type"),
        *("nth-of-type", "only-child", "only-of-type", "open", "optional", "placeholder-shown"),
        *("popover-open", "read-only", "read-write", "required", "root", "valid"),
    }
)


def placeholders(template: str) -> frozenset[str]:
    """Return the names in braces.

    Raises:
        ValueError: braces that hold no lower-case name, or a brace without its partner.
    """
    names = _PLACEHOLDER.findall(template)
    for name in names:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise ValueError(
                f"{{{name}}} is not a placeholder; write a lower-case name in the braces"
            )
    if re.search(r"[{}]", _PLACEHOLDER.sub("", template)):
        raise ValueError("a brace has no partner")
    return frozenset(names)


def fill(template: str, values: Mapping[str, str], *, escape: bool) -> str:
    """Return the template with its placeholders filled.

    With ``escape`` a value means itself both as an identifier (``#{id}``) and inside a quoted
    string (``[href="/scenes/{id}"]``), and can never end either.
    """
    if escape:
        values = {name: escape_css(value) for name, value in values.items()}
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)


def escape_css(value: str) -> str:
    """Return ``value`` as a CSS identifier, like the browser's ``CSS.escape``."""
    return "".join(_escaped(index, value) for index in range(len(value)))


def _escaped(index: int, value: str) -> str:
    char = value[index]
    leading = index == 0 or (index == 1 and value[0] == "-")
    if char == "\0":
        return "\ufffd"
    if char < " " or char == "\x7f" or (char.isascii() and char.isdigit() and leading):
        return f"\\{ord(char):x} "
    if value == "-":
        return "\\-"
    if not char.isascii() or char in "-_" or char.isalnum():
        return char
    return f"\\{char}"


def check_selector(css: str) -> None:
    """Raise ``ValueError`` unless ``css`` is a valid selector that names something.

    Raises:
        ValueError: the syntax is wrong, or a part of the list matches nearly everything.
    """
    _check_brackets(css)
    try:
        selectors = list(
            parser.parse(fill(css, dict.fromkeys(placeholders(css), "x"), escape=True))
        )
    except parser.SelectorError as error:
        raise ValueError(f"not a CSS selector: {error.args[-1]}") from error
    for selector in selectors:
        if selector.pseudo_element is not None:
            raise ValueError(f"::{selector.pseudo_element} is not an element that can be acted on")
        for simple in _simple(selector.parsed_tree):
            _check_simple(simple)
        if not _names(selector.parsed_tree):
            raise ValueError("it matches everything; name an id, a class, an attribute or a tag")
        if _takes_all_below(selector.parsed_tree):
            raise ValueError("it matches everything below what it names; say what it is to find")


def normalize(css: str) -> str:
    """Return ``css`` without spaces that make no difference."""
    return re.sub(r"\s*([>+~,])\s*", r"\1", " ".join(css.split()))


def _check_brackets(css: str) -> None:
    open_brackets: list[str] = []
    for char in _QUOTED.sub("", css):
        if char in "([":
            open_brackets.append(char)
        elif char in ")]" and (not open_brackets or open_brackets.pop() != _BRACKETS[char]):
            raise ValueError(f"not a CSS selector: {char!r} closes nothing")
        elif char in "\"'":
            raise ValueError(f"not a CSS selector: {char} is never closed")
    if open_brackets:
        raise ValueError(f"not a CSS selector: {open_brackets[-1]!r} is never closed")


def _check_simple(simple: Any) -> None:
    name = getattr(simple, "name", None)
    if isinstance(simple, parser.PseudoClassSelector | parser.FunctionalPseudoClassSelector) and (
        name not in _PSEUDO_CLASSES
    ):
        raise ValueError(f":{name} is not a pseudo-class that the registry knows")
    if getattr(simple, "selector_list", None) == []:
        raise ValueError("not a CSS selector: empty brackets")


def _simple(tree: Any) -> Iterator[Any]:
    """Yield all simple selectors of a tree, nested ones too."""
    if isinstance(tree, parser.CombinedSelector):
        yield from _simple(tree.left)
        yield from _simple(tree.right)
        return
    for simple in tree.simple_selectors:
        yield simple
        for nested in getattr(simple, "selector_list", ()):
            yield from _simple(_tree(nested))


def _tree(selector: Any) -> Any:
    """Return the tree of a nested selector; ``:has()`` wraps its own once more."""
    return getattr(selector, "selector", selector).parsed_tree


def _names(tree: Any) -> bool:
    """Say whether the selector names anything that not every element of a page is."""
    if isinstance(tree, parser.CombinedSelector):
        return _names(tree.left) or _names(tree.right)
    return any(_simple_names(simple) for simple in tree.simple_selectors)


def _takes_all_below(tree: Any) -> bool:
    """Say whether it finds all descendants of what it names, such as ``#form *``."""
    return (
        isinstance(tree, parser.CombinedSelector)
        and tree.combinator == " "
        and not tree.right.simple_selectors
    )


def _simple_names(simple: Any) -> bool:
    if isinstance(simple, parser.LocalNameSelector):
        return simple.lower_local_name not in _EVERYWHERE
    if isinstance(simple, parser.MatchesAnySelector | parser.SpecificityAdjustmentSelector):
        return all(_names(_tree(nested)) for nested in simple.selector_list)
    if isinstance(simple, parser.RelationalSelector):
        return all(_names(_tree(nested)) for nested in simple.selector_list)
    if isinstance(simple, parser.AttributeSelector):
        return simple.operator is not None or simple.lower_name not in _BARE
    return isinstance(simple, parser.IDSelector | parser.ClassSelector)

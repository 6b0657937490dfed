"""Errors: the tree in the module's docstring, typed attributes, and a next step in each of them."""

from __future__ import annotations

import ast
import inspect
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import stashbot
from stashbot import errors
from stashbot.errors import (
    ConfigError,
    ElementNotReady,
    GraphQLError,
    PageLost,
    StashbotError,
    UnexpectedError,
)

#: Their message is the reason that is shown for a scene or a step of a check.
REASONS = {"NameRefused", "StateUnreachable", "StepSkipped"}
SAMPLES: dict[str, Any] = {
    "str": "x",
    "str | None": "x",
    "float | None": 1.5,
    "int": 3,
    "int | None": 3,
    "bool": True,
    "Sequence[str]": ["x", "y"],
    "Mapping[str, str] | None": {"x": "y"},
}


def error_types(root: type[StashbotError] = StashbotError) -> Iterator[type[StashbotError]]:
    """Yield the class and all classes below it that stashbot itself defines."""
    if root.__module__ == errors.__name__:
        yield root
        for kind in root.__subclasses__():
            yield from error_types(kind)


def sample(kind: type[StashbotError]) -> StashbotError:
    """Return an error with a value for each of its attributes."""
    parameters = inspect.signature(kind).parameters
    own = {
        name: SAMPLES[str(parameter.annotation)]
        for name, parameter in parameters.items()
        if name not in {"message", "hint"}
    }
    return kind("It happened.", hint="Do this.", **own)


def drawn_tree() -> dict[str, str]:
    """Return the parent of each class in the tree of the docstring."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"    ((?:│   |    |├── |└── )*)([A-Z]\w+)", line):
            depth = len(match[1]) // 4
            path = [*path[:depth], match[2]]
            if depth:
                parents[match[2]] = path[depth - 1]
    return parents


def test_the_tree_shows_every_class_below_its_base() -> None:
    """The tree in the docstring and the classes are the same."""
    bases = {kind.__name__: kind.__bases__[0].__name__ for kind in error_types()}
    assert drawn_tree() == {name: base for name, base in bases.items() if name != "StashbotError"}


def constructor_calls() -> Iterator[tuple[str, str, set[str]]]:
    """Yield place, class and keyword arguments of each error that the package constructs."""
    names = {kind.__name__ for kind in error_types()}
    root = Path(stashbot.__file__).parent
    for file in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name)) if name in names:
                    keywords = {str(keyword.arg) for keyword in node.keywords}
                    yield f"{file.relative_to(root)}:{node.lineno}", name, keywords


def test_every_error_says_what_to_do_next() -> None:
    """Each is raised with a hint, or its class has a default hint."""
    silent = {kind.__name__ for kind in error_types() if not kind.default_hint} - REASONS
    lacking = [
        f"{place}: {name}"
        for place, name, keywords in constructor_calls()
        if name in silent and "hint" not in keywords
    ]
    assert lacking == []


@pytest.mark.parametrize("kind", tuple(error_types()))
def test_an_error_survives_pickling(kind: type[StashbotError]) -> None:
    """Class, message, hint and all attributes are the same afterwards."""
    error = sample(kind)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(copy) is kind
    assert (copy.message, copy.hint, copy.details) == (error.message, error.hint, error.details)
    assert set(inspect.signature(kind).parameters) == {"message", "hint", *error.details}


def test_details_leave_out_attributes_that_are_not_set() -> None:
    """So that the error document of a command holds what is known."""
    assert ConfigError("No.", key="run.workers").details == {"key": "run.workers"}
    assert ElementNotReady("No.", key="form.save", reasons={"#a": "absent"}).details == {
        "key": "form.save",
        "reasons": {"#a": "absent"},
    }


def test_a_given_hint_replaces_the_one_of_the_class() -> None:
    """The text of an error is its message and the hint."""
    assert str(PageLost("It crashed.")) == f"It crashed. {PageLost.default_hint}"
    assert str(PageLost("It crashed.", hint="Wait.")) == "It crashed. Wait."


def test_the_reason_of_a_graphql_error_is_in_the_words_of_stash() -> None:
    """Without the sentence of stashbot's own around them."""
    error = GraphQLError("Stash answered Ask with: a; b", messages=["a", "b"])
    assert error.reason == "a; b"
    assert GraphQLError("Stash said no.").reason == "Stash said no."


def test_a_foreign_exception_keeps_its_type_and_message() -> None:
    """Recorded and shown as a bug of stashbot."""
    error = UnexpectedError.from_exception(KeyError("x"))
    assert (error.message, error.type_name) == ("KeyError: 'x'", "KeyError")
    assert "bug" in error.hint

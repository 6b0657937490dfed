"""Tag macros: names that stand for several tags, and for other macros.

``[macros]`` in the settings file::

    winter = ["Snow", "Cold"]
    winter-city = ["@winter", "City"]

A member that begins with ``@`` is another macro; every other member is a tag. Two spellings of a
tag that differ by case only are the same tag, as in Stash; the first spelling stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

from stashbot.decide.matching.names import fold_case
from stashbot.errors import ConfigError

#: Begins a member that is another macro.
NESTED = "@"
_NAME = re.compile(r"[^\s@](?:.*\S)?")


class Macros:
    """Tag macros that were checked: they have no cycles, and every macro that they name exists.

    Raises:
        ConfigError: A macro names a macro that does not exist, is empty, holds itself (the message
            shows the cycle), or has a name or a member that is not allowed.
    """

    def __init__(self, macros: Mapping[str, Iterable[str]]) -> None:
        members = {name: tuple(names) for name, names in macros.items()}
        nested = {name: _nested(name, names, members) for name, names in members.items()}
        self._tags: dict[str, tuple[str, ...]] = {}
        for name in _inner_first(nested):
            parts = (
                self._tags[member[1:].strip()] if member.startswith(NESTED) else (member,)
                for member in members[name]
            )
            self._tags[name] = unique_tags(tag for part in parts for tag in part)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all macros, in alphabetical order."""
        return tuple(sorted(self._tags))

    @property
    def tags(self) -> tuple[str, ...]:
        """Every tag of any macro."""
        return unique_tags(tag for name in self.names for tag in self._tags[name])

    def expand(self, name: str) -> tuple[str, ...]:
        """Return the tags of a macro and of all macros within it, each once.

        Raises:
            ConfigError: There is no such macro.
        """
        if name not in self._tags:
            raise _unknown_macro(f"There is no tag macro {name!r}", name, self._tags)
        return self._tags[name]


def unique_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags in their order, each once whatever its case, with single spaces."""
    unique: dict[str, str] = {}
    for tag in tags:
        unique.setdefault(fold_case(tag), " ".join(tag.split()))
    return tuple(unique.values())


def _nested(
    name: str, members: tuple[str, ...], macros: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """Return the macros that a macro names, after checking its name and members."""
    if not _NAME.fullmatch(name):
        raise _bad_macro(name, "is not a name; it must not be empty or begin with @")
    if not members:
        raise _bad_macro(name, "has no tags")
    if any(not member.strip(f" {NESTED}\t\n") for member in members):
        raise _bad_macro(name, "has an empty member")
    nested = tuple(member[1:].strip() for member in members if member.startswith(NESTED))
    for other in nested:
        if other not in macros:
            message = f"The tag macro {name!r} names {NESTED}{other}, which does not exist"
            raise _unknown_macro(message, other, macros)
    return nested


def _inner_first(nested: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    try:
        return tuple(TopologicalSorter(nested).static_order())
    except CycleError as error:
        # The sorter lists the cycle from inner to outer.
        path = tuple(reversed(error.args[1]))
        raise ConfigError(
            f"Tag macros hold each other: {' -> '.join(path)}.",
            hint="Remove the last one from its macro in the settings.",
            key=f"macros.{path[0]}",
        ) from error


def _unknown_macro(message: str, name: str, macros: Iterable[str]) -> ConfigError:
    close = get_close_matches(name, sorted(macros), n=1)
    suggestion = f"Did you mean {close[0]!r}? " if close else ""
    names = ", ".join(sorted(macros)) or "none is defined"
    return ConfigError(f"{message}.", hint=f"{suggestion}Macros: {names}.", key=f"macros.{name}")


def _bad_macro(name: str, problem: str) -> ConfigError:
    return ConfigError(
        f"The tag macro {name!r} {problem}.",
        hint='Write it like winter = ["Snow", "Cold"] under [macros].',
        key=f"macros.{name}",
    )

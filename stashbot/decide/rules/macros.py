"""Tag macros: a name for several tags, and for other macros.

``[macros]`` in the settings file::

    winter = ["Snow", "Cold"]
    winter-city = ["@winter", "City"]

A member that begins with ``@`` is another macro; every other one is a tag. Two spellings of a tag
that differ by case only are one tag, as for Stash; the first stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

from stashbot.decide.matching.names import by_case
from stashbot.errors import ConfigError

NESTED = "@"
_NAME = re.compile(r"[^\s@](?:.*\S)?")


class Macros:
    """Macros that were checked: none is in a cycle, and all that they name are there.

    Raises:
        ConfigError: a macro names one that does not exist, is empty, holds itself (the error shows
            on which way), or has a name or member that cannot be.
    """

    def __init__(self, macros: Mapping[str, Iterable[str]]) -> None:
        members = {name: tuple(found) for name, found in macros.items()}
        nested = {name: _nested(name, found, members) for name, found in members.items()}
        self._tags: dict[str, tuple[str, ...]] = {}
        for name in _inner_first(nested):
            parts = (
                self._tags[one[1:].strip()] if one.startswith(NESTED) else (one,)
                for one in members[name]
            )
            self._tags[name] = union(tag for part in parts for tag in part)

    @property
    def names(self) -> tuple[str, ...]:
        """All macros, in the alphabet's order."""
        return tuple(sorted(self._tags))

    @property
    def tags(self) -> tuple[str, ...]:
        """Every tag of any macro: names that the user wants to exist."""
        return union(tag for name in self.names for tag in self._tags[name])

    def expand(self, name: str) -> tuple[str, ...]:
        """The tags of a macro and of all macros within it, each once.

        Raises:
            ConfigError: there is no such macro.
        """
        if name not in self._tags:
            raise _unknown(f"There is no tag macro {name!r}", name, self._tags)
        return self._tags[name]

    def applied(self, tags: Iterable[str], name: str) -> tuple[str, ...]:
        """``tags`` and those of the macro that are not among them.

        Raises:
            ConfigError: there is no such macro.
        """
        return union((*tags, *self.expand(name)))


def union(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags in their order, each once whatever its case."""
    held: dict[str, str] = {}
    for tag in tags:
        held.setdefault(by_case(tag), " ".join(tag.split()))
    return tuple(held.values())


def _nested(
    name: str, members: tuple[str, ...], macros: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    if not _NAME.fullmatch(name):
        raise _bad(name, "is no name; it must not be empty or begin with @")
    if not members:
        raise _bad(name, "has no tags")
    if any(not one.strip(f" {NESTED}\t\n") for one in members):
        raise _bad(name, "has an empty member")
    nested = tuple(one[1:].strip() for one in members if one.startswith(NESTED))
    for one in nested:
        if one not in macros:
            raise _unknown(
                f"The tag macro {name!r} names {NESTED}{one}, which is none", one, macros
            )
    return nested


def _inner_first(nested: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    try:
        return tuple(TopologicalSorter(nested).static_order())
    except CycleError as error:
        # The sorter goes from what is held to what holds it.
        path = tuple(reversed(error.args[1]))
        raise ConfigError(
            f"Tag macros hold each other: {' -> '.join(path)}.",
            hint="Take one of them out of the other in the settings.",
            key=f"macros.{path[0]}",
        ) from error


def _unknown(message: str, name: str, known: Iterable[str]) -> ConfigError:
    near = get_close_matches(name, sorted(known), n=1)
    listed = ", ".join(sorted(known)) or "none is defined"
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return ConfigError(f"{message}.", hint=f"{hint}Macros: {listed}.", key=f"macros.{name}")


def _bad(name: str, why: str) -> ConfigError:
    return ConfigError(
        f"The tag macro {name!r} {why}.",
        hint='Write it like winter = ["Snow", "Cold"] under [macros].',
        key=f"macros.{name}",
    )

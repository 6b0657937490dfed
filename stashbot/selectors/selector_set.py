"""The keys of the registry for a release of Stash."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from stashbot.errors import RegistryError, UnsupportedStash
from stashbot.selectors import css_syntax
from stashbot.selectors.schema import Entry, FilledStrategy, Strategy, Target, release_name
from stashbot.selectors.ui_states import State


class SelectorSet:
    """The keys that a release has; ``key in selectors`` is false for keys of later releases.

    ``exact`` is false where Stash is newer than the registry: then the newest strategies are used,
    and the selectors should be checked. ``states`` are those that the release has.
    """

    def __init__(
        self,
        *,
        release: tuple[int, int],
        exact: bool,
        entries: Mapping[str, Entry],
        files: Mapping[str, str],
        states: Mapping[str, State],
    ) -> None:
        self.release = release
        self.exact = exact
        self._entries = dict(entries)
        self._files = dict(files)
        self.states = {name: state for name, state in states.items() if state.covers(release)}
        self._strategies = {
            key: strategies
            for key, entry in entries.items()
            if (strategies := tuple(each for each in entry.strategies if each.covers(release)))
        }

    def __contains__(self, key: str) -> bool:
        return key in self._strategies

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that this release has, sorted."""
        return tuple(sorted(self._strategies))

    def in_state(self, state: str) -> tuple[str, ...]:
        """Return the keys that must hold in that state, sorted."""
        return tuple(key for key in self.keys if self._entries[key].state == state)

    def entry(self, key: str) -> Entry:
        """Return the entry of ``key``.

        Raises:
            RegistryError: there is no such key.
            UnsupportedStash: the key came with a later release.
        """
        if key not in self._entries:
            near = difflib.get_close_matches(key, self._entries, n=1)
            hint = f"Did you mean {near[0]}?" if near else "See `stashbot selectors list`."
            raise RegistryError(
                f"The selector registry has no key {key!r}.", hint=hint, key=key, file=None
            )
        entry = self._entries[key]
        if key not in self._strategies:
            first = release_name(entry.first or self.release)
            raise UnsupportedStash(
                f"Stash {release_name(self.release)} has no {key}: {entry.why}.",
                hint=f"Update Stash to {first} or newer.",
                version=release_name(self.release),
            )
        return entry

    def strategies(self, key: str) -> tuple[Strategy, ...]:
        """Return the strategies of ``key`` for this release, in order.

        Raises:
            RegistryError: there is no such key.
            UnsupportedStash: the key came with a later release.
        """
        self.entry(key)
        return self._strategies[key]

    def target(self, key: str, /, **values: str) -> Target:
        """Return the target of ``key``, with all of its placeholders filled.

        Raises:
            RegistryError: there is no such key, its placeholders and ``values`` differ, or a
                value is empty (it would match other elements).
            UnsupportedStash: the key came with a later release.
        """
        entry = self.entry(key)
        self._check_values(key, entry, values)
        filled = tuple(
            FilledStrategy(
                css=css_syntax.fill(strategy.css, values, escape=True),
                text=None
                if strategy.text is None
                else css_syntax.fill(strategy.text, values, escape=False).strip(),
                nth=strategy.nth,
            )
            for strategy in self._strategies[key]
        )
        return Target(
            key=key,
            values=dict(values),
            access=entry.access,
            count=entry.count,
            visible=entry.visible,
            strategies=filled,
        )

    def _check_values(self, key: str, entry: Entry, values: Mapping[str, str]) -> None:
        problems = [f"{name} is missing" for name in sorted(entry.placeholders - values.keys())]
        problems += [f"it has no {name}" for name in sorted(values.keys() - entry.placeholders)]
        problems += [f"{name} is empty" for name, value in values.items() if not value.strip()]
        if problems:
            raise RegistryError(
                f"Cannot look up selector {key}: {', '.join(problems)}.",
                hint=f"Its placeholders are: {', '.join(sorted(entry.placeholders)) or 'none'}.",
                key=key,
                file=self._files[key],
            )

"""The selector registry: ``selectors/*.toml``, one file a page, checked when it is read.

A key is ``<file stem>.<table>``, such as ``edit_form.save``. Two files are no pages:
``states.toml`` names the states in which keys must hold, ``releases.toml`` the releases of Stash
that are covered.
A project may override keys with files of the same form in a folder of its own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from stashbot.errors import RegistryError, UnsupportedStash
from stashbot.models import Model
from stashbot.selectors import css_syntax
from stashbot.selectors.file_stamps import Stamp, stamps
from stashbot.selectors.schema import Entry, Releases, release_name
from stashbot.selectors.selector_set import SelectorSet
from stashbot.selectors.ui_states import State, wrong_ways

STATES = "states"
RELEASES = "releases"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ModelT = TypeVar("_ModelT", bound=Model)


def data_folder() -> Path:
    """The selector files: inside the installed package, else at the project's root."""
    installed = Path(__file__).with_name("data")
    return installed if installed.is_dir() else Path(__file__).parents[2] / "selectors"


class Registry:
    """All keys with the strategies of all covered releases."""

    def __init__(
        self,
        *,
        releases: Releases,
        states: Mapping[str, State],
        entries: Mapping[str, Entry],
        files: Mapping[str, str],
    ) -> None:
        self.releases = releases
        self.states = dict(states)
        self._entries = dict(entries)
        self._files = dict(files)

    @classmethod
    def load(
        cls,
        extra: Path | None = None,
        *,
        folder: Path | None = None,
        problems: list[RegistryError] | None = None,
    ) -> Registry:
        """The built-in registry, with the keys found in ``extra`` replaced by those.

        ``extra`` may be a folder that does not exist (nothing is overridden); a file in it whose
        key is not in the registry, turns a write key into a read key, or leaves out a release that
        has the key, is refused.
        ``folder`` takes the place of the built-in files. What is wrong in ``extra`` is added to
        ``problems``, if given, and the built-in key stays; else it is raised.

        Raises:
            RegistryError: a file is wrong; names file and key, and says what to do.
        """
        folder = folder or data_folder()
        releases, states, held = _read(folder, stamps(sorted(folder.glob("*.toml"))))
        entries = {key: entry for key, (entry, _) in held.items()}
        files = {key: file for key, (_, file) in held.items()}
        for file, key, entry in _overrides(extra, states, releases, entries, problems):
            entries[key], files[key] = entry, str(file)
        return cls(releases=releases, states=states, entries=entries, files=files)

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys, sorted."""
        return tuple(sorted(self._entries))

    def file(self, key: str) -> str:
        """The file that ``key`` comes from.

        Raises:
            KeyError: there is no such key.
        """
        return self._files[key]

    def for_release(self, release: tuple[int, int]) -> SelectorSet:
        """The keys for one release; a newer one than the registry knows gets the newest keys.

        Raises:
            UnsupportedStash: the release is older than the registry covers.
        """
        if release < self.releases.oldest:
            oldest = release_name(self.releases.oldest)
            raise UnsupportedStash(
                f"Stash {release_name(release)} is older than stashbot supports.",
                hint=f"Update Stash to {oldest} or newer.",
                version=release_name(release),
            )
        return SelectorSet(
            release=min(release, self.releases.newest),
            exact=release <= self.releases.newest,
            entries=self._entries,
            files=self._files,
            states=self.states,
        )


@lru_cache(maxsize=4)
def _read(
    folder: Path, found: tuple[Stamp, ...]
) -> tuple[Releases, Mapping[str, State], Mapping[str, tuple[Entry, str]]]:
    """A folder's releases, states, and entries with their files, which nobody may change."""
    releases = _releases(folder / f"{RELEASES}.toml")
    states = _states(folder / f"{STATES}.toml")
    held: dict[str, tuple[Entry, str]] = {}
    for file, *_ in found:
        if file.stem not in {STATES, RELEASES}:
            for key, entry in _page(file, states, releases).items():
                held[key] = entry, str(file)
    for name, why in wrong_ways(states, {key: entry for key, (entry, _) in held.items()}):
        raise _wrong(folder / f"{STATES}.toml", name, why)
    return releases, states, held


def _releases(file: Path) -> Releases:
    tables = _tables(file)
    if set(tables) != {"stash"}:
        raise _wrong(file, "", "it must hold the table [stash] and no other")
    return _model(Releases, file, "stash", tables["stash"])


def _states(file: Path) -> dict[str, State]:
    return {name: _model(State, file, name, table) for name, table in _tables(file).items()}


def _page(file: Path, states: Mapping[str, State], releases: Releases) -> dict[str, Entry]:
    return {
        f"{file.stem}.{name}": _entry(file, name, table, states, releases)
        for name, table in _page_tables(file).items()
    }


def _page_tables(file: Path) -> dict[str, Any]:
    if not _NAME.fullmatch(file.stem) or file.stem in {STATES, RELEASES}:
        raise _wrong(file, "", f"{file.stem!r} cannot be the name of a page")
    return _tables(file)


def _entry(
    file: Path, name: str, table: object, states: Mapping[str, State], releases: Releases
) -> Entry:
    key = f"{file.stem}.{name}"
    if not _NAME.fullmatch(name):
        raise _wrong(file, key, "a key is written in lower case, digits and underscores")
    entry = _model(Entry, file, key, table)
    if entry.state not in states:
        named = ", ".join(sorted(states))
        raise _wrong(file, key, f"there is no state {entry.state!r} (there are: {named})")
    _check_releases(file, key, entry, releases)
    return entry


def _overrides(
    extra: Path | None,
    states: Mapping[str, State],
    releases: Releases,
    entries: Mapping[str, Entry],
    problems: list[RegistryError] | None,
) -> Iterator[tuple[Path, str, Entry]]:
    """The keys of the files of ``extra``; what is wrong there is collected, or raised."""
    if extra is not None and extra.is_file():
        _collect(problems, _wrong(extra, "", "it must be a folder that holds such files"))
    for file in sorted(extra.glob("*.toml")) if extra else ():
        try:
            tables = _page_tables(file)
        except RegistryError as error:
            _collect(problems, error)
            continue
        for name, table in tables.items():
            key = f"{file.stem}.{name}"
            try:
                entry = _entry(file, name, table, states, releases)
                _check_override(file, key, entry, entries.get(key))
                _check_first(file, key, entry, entries[key], releases)
            except RegistryError as error:
                _collect(problems, error)
                continue
            yield file, key, entry


def _collect(problems: list[RegistryError] | None, error: RegistryError) -> None:
    if problems is None:
        raise error
    problems.append(error)


def _check_releases(file: Path, key: str, entry: Entry, releases: Releases) -> None:
    """A key may begin with a later release; from there to the newest one it has no hole."""
    oldest, newest = releases.oldest, releases.newest
    for number, strategy in enumerate(entry.strategies, 1):
        if (strategy.since or oldest) > newest or (strategy.until or newest) <= oldest:
            span = f"{release_name(oldest)} to {release_name(newest)}"
            raise _wrong(file, key, f"strategy {number} is for no covered release ({span})")
    bounds = {strategy.since for strategy in entry.strategies}
    bounds |= {strategy.until for strategy in entry.strategies}
    first = entry.first or oldest
    for release in sorted(
        {first, newest} | {bound for bound in bounds if bound and first <= bound <= newest}
    ):
        ways = [
            (css_syntax.normal(strategy.css), strategy.text, strategy.nth)
            for strategy in entry.strategies
            if strategy.covers(release)
        ]
        if not ways:
            raise _wrong(file, key, f"it has no strategy for Stash {release_name(release)}")
        if len(set(ways)) < len(ways):
            raise _wrong(
                file, key, f"the same strategy stands there twice for Stash {release_name(release)}"
            )


def _check_override(file: Path, key: str, entry: Entry, original: Entry | None) -> None:
    if original is None:
        raise _wrong(file, key, "it overrides no key of the registry")
    for name in ("access", "count", "placeholders"):
        if getattr(entry, name) != getattr(original, name):
            raise _wrong(file, key, f"an override must leave {name} as it is in the registry")


def _check_first(file: Path, key: str, entry: Entry, original: Entry, releases: Releases) -> None:
    """An override must not take a key away from releases that have it."""
    first = original.first or releases.oldest
    if (entry.first or releases.oldest) > first:
        raise _wrong(file, key, f"it has no strategy for Stash {release_name(first)}")


def _tables(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        key, what = "", f"it is not valid TOML: {error}"
        if twice := re.match(r"Cannot (?:declare|overwrite).*", str(error)):
            name = re.search(r"'([^']+)'", twice[0])
            key = f"{file.stem}.{name[1]}" if name else ""
            what = f"something stands there twice: {error}"
        raise _wrong(file, key, what) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(file, "", f"it cannot be read: {error}") from error


def _model(kind: type[_ModelT], file: Path, key: str, table: object) -> _ModelT:
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(
            f"strategy {part + 1}" if isinstance(part, int) else str(part)
            for part in problem["loc"]
            if part != "strategies"
        )
        reason = {
            "extra_forbidden": "is no attribute of a selector file",
            "missing": "is missing",
            "model_type": "must be a table",
        }.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        separator = " " if problem["type"] in {"extra_forbidden", "missing"} else ": "
        raise _wrong(file, key, f"{where}{separator}{reason}" if where else reason) from error


def _wrong(file: Path, key: str, what: str) -> RegistryError:
    named = f"key {key} in " if key else ""
    return RegistryError(
        f"Selector registry, {named}{file}: {what}.",
        hint="Correct the file; docs/selectors.md describes its form.",
        file=str(file),
        key=key or None,
    )

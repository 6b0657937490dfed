"""The selector registry: ``selectors/*.toml``, a file for each page, checked when it is read.

A key is ``<file stem>.<table>``, such as ``edit_form.save``. Two files are not about pages:
``states.toml`` names the states in which keys must hold, ``releases.toml`` the releases of Stash
that are covered. A project may override keys with files of the same form in a folder of its own.
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
from stashbot.selectors.file_stamps import FileStamp, stamp_files
from stashbot.selectors.schema import Entry, Releases, release_name
from stashbot.selectors.selector_set import SelectorSet
from stashbot.selectors.ui_states import State, route_errors

STATES = "states"
RELEASES = "releases"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ModelT = TypeVar("_ModelT", bound=Model)


def data_folder() -> Path:
    """Return the folder of the selector files.

    It is inside the installed package, or else at the project's root.
    """
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
        """Load the built-in registry, with its keys overridden by the folder ``extra``.

        ``extra`` need not exist. An override is refused if its key is not in the registry, if it
        turns a write key into a read key, or if it leaves out a release that has the key.
        ``folder`` takes the place of the built-in files. Errors in ``extra`` are added to
        ``problems``, if given, and the built-in key stays; otherwise they are raised.

        Raises:
            RegistryError: a file is wrong; the error names file and key.
        """
        folder = folder or data_folder()
        releases, states, read = _read(folder, stamp_files(sorted(folder.glob("*.toml"))))
        entries = {key: entry for key, (entry, _) in read.items()}
        files = {key: file for key, (_, file) in read.items()}
        for file, key, entry in _read_overrides(extra, states, releases, entries, problems):
            entries[key], files[key] = entry, str(file)
        return cls(releases=releases, states=states, entries=entries, files=files)

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys, sorted."""
        return tuple(sorted(self._entries))

    def file(self, key: str) -> str:
        """Return the file that ``key`` comes from.

        Raises:
            KeyError: there is no such key.
        """
        return self._files[key]

    def for_release(self, release: tuple[int, int]) -> SelectorSet:
        """Return the keys for a release; for an unknown newer release, the newest keys.

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
    folder: Path, found: tuple[FileStamp, ...]
) -> tuple[Releases, Mapping[str, State], Mapping[str, tuple[Entry, str]]]:
    """Return a folder's releases, states, and entries with their files.

    The result is cached, so it must not be changed.
    """
    releases = _read_releases(folder / f"{RELEASES}.toml")
    states = _read_states(folder / f"{STATES}.toml")
    entries: dict[str, tuple[Entry, str]] = {}
    for file, *_ in found:
        if file.stem not in {STATES, RELEASES}:
            for key, entry in _read_page(file, states, releases).items():
                entries[key] = entry, str(file)
    for name, why in route_errors(states, {key: entry for key, (entry, _) in entries.items()}):
        raise _error(folder / f"{STATES}.toml", name, why)
    return releases, states, entries


def _read_releases(file: Path) -> Releases:
    tables = _read_tables(file)
    if set(tables) != {"stash"}:
        raise _error(file, "", "it must hold the table [stash] and no other")
    return _validate(Releases, file, "stash", tables["stash"])


def _read_states(file: Path) -> dict[str, State]:
    return {name: _validate(State, file, name, table) for name, table in _read_tables(file).items()}


def _read_page(file: Path, states: Mapping[str, State], releases: Releases) -> dict[str, Entry]:
    return {
        f"{file.stem}.{name}": _read_entry(file, name, table, states, releases)
        for name, table in _read_page_tables(file).items()
    }


def _read_page_tables(file: Path) -> dict[str, Any]:
    if not _NAME.fullmatch(file.stem) or file.stem in {STATES, RELEASES}:
        raise _error(file, "", f"{file.stem!r} cannot be the name of a page")
    return _read_tables(file)


def _read_entry(
    file: Path, name: str, table: object, states: Mapping[str, State], releases: Releases
) -> Entry:
    key = f"{file.stem}.{name}"
    if not _NAME.fullmatch(name):
        raise _error(file, key, "a key is written in lower case, digits and underscores")
    entry = _validate(Entry, file, key, table)
    if entry.state not in states:
        named = ", ".join(sorted(states))
        raise _error(file, key, f"there is no state {entry.state!r} (there are: {named})")
    _check_releases(file, key, entry, releases)
    return entry


def _read_overrides(
    extra: Path | None,
    states: Mapping[str, State],
    releases: Releases,
    entries: Mapping[str, Entry],
    problems: list[RegistryError] | None,
) -> Iterator[tuple[Path, str, Entry]]:
    """Yield file, key and entry of each override; collect or raise errors."""
    if extra is not None and extra.is_file():
        _collect(problems, _error(extra, "", "it must be a folder that holds such files"))
    for file in sorted(extra.glob("*.toml")) if extra else ():
        try:
            tables = _read_page_tables(file)
        except RegistryError as error:
            _collect(problems, error)
            continue
        for name, table in tables.items():
            key = f"{file.stem}.{name}"
            try:
                entry = _read_entry(file, name, table, states, releases)
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
    """Refuse a key that some release lacks, from the first that has it to the newest."""
    oldest, newest = releases.oldest, releases.newest
    for number, strategy in enumerate(entry.strategies, 1):
        if (strategy.since or oldest) > newest or (strategy.until or newest) <= oldest:
            span = f"{release_name(oldest)} to {release_name(newest)}"
            raise _error(file, key, f"strategy {number} is for no covered release ({span})")
    bounds = {strategy.since for strategy in entry.strategies}
    bounds |= {strategy.until for strategy in entry.strategies}
    first = entry.first or oldest
    for release in sorted(
        {first, newest} | {bound for bound in bounds if bound and first <= bound <= newest}
    ):
        strategies = [
            (css_syntax.normalize(strategy.css), strategy.text, strategy.nth)
            for strategy in entry.strategies
            if strategy.covers(release)
        ]
        if not strategies:
            raise _error(file, key, f"it has no strategy for Stash {release_name(release)}")
        if len(set(strategies)) < len(strategies):
            raise _error(
                file, key, f"it has the same strategy twice for Stash {release_name(release)}"
            )


def _check_override(file: Path, key: str, entry: Entry, original: Entry | None) -> None:
    if original is None:
        raise _error(file, key, "it overrides no key of the registry")
    for name in ("access", "count", "placeholders"):
        if getattr(entry, name) != getattr(original, name):
            raise _error(file, key, f"an override must leave {name} as it is in the registry")


def _check_first(file: Path, key: str, entry: Entry, original: Entry, releases: Releases) -> None:
    """Refuse an override that takes a key away from releases that have it."""
    first = original.first or releases.oldest
    if (entry.first or releases.oldest) > first:
        raise _error(file, key, f"it has no strategy for Stash {release_name(first)}")


def _read_tables(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        key, what = "", f"it is not valid TOML: {error}"
        if twice := re.match(r"Cannot (?:declare|overwrite).*", str(error)):
            name = re.search(r"'([^']+)'", twice[0])
            key = f"{file.stem}.{name[1]}" if name else ""
            what = f"a name is used twice: {error}"
        raise _error(file, key, what) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _error(file, "", f"it cannot be read: {error}") from error


def _validate(kind: type[_ModelT], file: Path, key: str, table: object) -> _ModelT:
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
            "extra_forbidden": "is not an attribute of a selector file",
            "missing": "is missing",
            "model_type": "must be a table",
        }.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        separator = " " if problem["type"] in {"extra_forbidden", "missing"} else ": "
        raise _error(file, key, f"{where}{separator}{reason}" if where else reason) from error


def _error(file: Path, key: str, what: str) -> RegistryError:
    named = f"key {key} in " if key else ""
    return RegistryError(
        f"Selector registry, {named}{file}: {what}.",
        hint="Correct the file; docs/selectors.md describes its form.",
        file=str(file),
        key=key or None,
    )

"""The book of fingerprints: what each key found when it last held, by release and profile."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from stashbot.errors import RegistryError
from stashbot.models import Model
from stashbot.selectors.element_fingerprint import Fingerprint
from stashbot.selectors.file_stamps import Stamp, stamps
from stashbot.selectors.schema import Release, release_name

#: Fingerprints kept of a key that finds many: they are alike, so a few show what there is.
KEPT = 5
FILE = "fingerprints.json"
#: Values that are the owner's words, not Stash's; the book never holds them.
_OWNERS = frozenset({"name"})
_ANY = "*"

Profile = Literal["session", "user"]


class Page(Model):
    """What one key found in one state. ``values`` are as ``general`` makes them."""

    release: Release
    profile: str
    state: str
    key: str
    values: dict[str, str] = Field(default_factory=dict)
    fingerprints: tuple[Fingerprint, ...]


class _File(Model):
    version: Literal[1] = 1
    pages: tuple[Page, ...] = ()


class FingerprintBook:
    """Records fingerprints and finds those of the nearest release.

    What was recorded on this server comes before what stashbot brings along for the same release.
    """

    def __init__(self, pages: Sequence[Page] = (), *, packaged: Sequence[Page] = ()) -> None:
        self._pages = {_place(page): page for page in pages}
        self._packaged = tuple(packaged)

    @classmethod
    def load(cls, path: Path, *, recordings: Path | None = None) -> FingerprintBook:
        """The book at ``path``, empty if there is none, over the recordings in that folder.

        Raises:
            RegistryError: a file is damaged; it names the file.
        """
        brought = sorted((recordings or recordings_folder()).glob(f"*/{FILE}"))
        packaged = _packaged(stamps(brought))
        return cls(_read(path) if path.exists() else (), packaged=packaged)

    def save(self, path: Path) -> None:
        """Writes the book, all or nothing: whoever reads meanwhile reads the old one.

        Raises:
            RegistryError: the file cannot be written.
        """
        pages = [self._pages[place].model_dump(mode="json") for place in sorted(self._pages)]
        for page in pages:
            page["release"] = release_name(tuple(page["release"]))
        lines = ",\n".join(json.dumps(page, ensure_ascii=False) for page in pages)
        text = f'{{"version": 1, "pages": [\n{lines}\n]}}\n'
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, text)
        except OSError as error:
            raise RegistryError(
                f"The fingerprints cannot be written to {path}: {error}.",
                hint="Make the folder writable.",
                file=str(path),
                key=None,
            ) from error

    def record(
        self,
        *,
        release: tuple[int, int],
        profile: str,
        state: str,
        key: str,
        values: Mapping[str, str],
        fingerprints: Sequence[Fingerprint],
    ) -> None:
        """Takes down what ``key`` found; an empty find leaves what is known."""
        distinct = {one.model_dump_json(): one for one in fingerprints}
        if distinct:
            page = Page(
                release=release,
                profile=profile,
                state=state,
                key=key,
                values=general(values),
                fingerprints=tuple(distinct.values())[:KEPT],
            )
            self._pages[_place(page)] = page

    def find(
        self,
        *,
        release: tuple[int, int],
        profile: str,
        state: str,
        key: str,
        values: Mapping[str, str],
    ) -> tuple[Fingerprint, ...]:
        """What ``key`` looked like, on the nearest release that is known; empty if none is."""
        asked = general(values)
        found = [
            (page, own)
            for page, own in self._all()
            if (page.state, page.key, page.values) == (state, key, asked)
        ]
        found.sort(key=lambda one: _distance(one[0], release, profile, own=one[1]))
        return found[0][0].fingerprints if found else ()

    def keys(
        self, *, release: tuple[int, int], profile: str, state: str
    ) -> tuple[tuple[str, dict[str, str]], ...]:
        """The keys known in that state on any release, with the values that they were known with.

        Ids and the owner's words among the values are ``#`` and ``*``.
        """
        known = sorted(
            (_distance(page, release, profile, own=own), page.key, json.dumps(page.values))
            for page, own in self._all()
            if page.state == state
        )
        distinct = dict.fromkeys((key, values) for _, key, values in known)
        return tuple((key, json.loads(values)) for key, values in sorted(distinct))

    def aliases(
        self,
        *,
        release: tuple[int, int],
        profile: str,
        state: str,
        key: str,
        values: Mapping[str, str],
    ) -> tuple[tuple[str, dict[str, str]], ...]:
        """Other keys, and values, that found the same element, as far as fingerprints tell."""

        def prints(key: str, values: Mapping[str, str]) -> tuple[Fingerprint, ...]:
            return self.find(release=release, profile=profile, state=state, key=key, values=values)

        wanted = prints(key, values)
        return tuple(
            (other, its)
            for other, its in self.keys(release=release, profile=profile, state=state)
            if (other, its) != (key, general(values))
            and any(one == two for one in wanted for two in prints(other, its))
        )

    def _all(self) -> Iterator[tuple[Page, bool]]:
        yield from ((page, True) for page in self._pages.values())
        yield from ((page, False) for page in self._packaged)


def recordings_folder() -> Path:
    """What stashbot brings along: inside the installed package, else at the project's root."""
    installed = Path(__file__).with_name("recordings")
    return installed if installed.is_dir() else Path(__file__).parents[2] / "recordings"


def general(values: Mapping[str, str]) -> dict[str, str]:
    """``values`` without what belongs to one server: ids are ``#``, the owner's words ``*``."""
    return {
        name: _ANY if name in _OWNERS else "#" if value.isdigit() else value
        for name, value in sorted(values.items())
    }


def _place(page: Page) -> tuple[str, ...]:
    values = json.dumps(page.values, sort_keys=True)
    major, minor = page.release
    return (f"{major:04}.{minor:04}", page.profile, page.state, page.key, values)


def _distance(
    page: Page, release: tuple[int, int], profile: str, *, own: bool
) -> tuple[int, int, bool, bool, bool]:
    """Nearest release first, the older of two; then the server's own; then the same profile."""
    (major, minor), (wanted_major, wanted_minor) = page.release, release
    return (
        abs(major - wanted_major),
        abs(minor - wanted_minor),
        page.release > release,
        not own,
        page.profile != profile,
    )


@lru_cache(maxsize=4)
def _packaged(files: tuple[Stamp, ...]) -> tuple[Page, ...]:
    return tuple(page for file, *_ in files for page in _read(file))


def _read(file: Path) -> tuple[Page, ...]:
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8"))
        return _File.model_validate(content).pages
    except (OSError, ValueError, ValidationError) as error:
        raise RegistryError(
            f"The fingerprints in {file} cannot be read: {str(error).splitlines()[0]}.",
            hint="Remove the file; the next check that goes well writes it anew.",
            file=str(file),
            key=None,
        ) from error


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise

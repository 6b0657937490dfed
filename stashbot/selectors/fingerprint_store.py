"""Fingerprints of the elements that each key last found, by release and profile."""

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
from stashbot.selectors.file_stamps import FileStamp, stamp_files
from stashbot.selectors.schema import Release, release_name

#: Fingerprints kept of a key that finds many elements: they are alike, so a few are enough.
KEPT = 5
FILE = "fingerprints.json"
#: Placeholders whose values are the owner's words; these are never stored.
_OWNERS_WORDS = frozenset({"name"})
_ANY_WORD = "*"
_ANY_ID = "#"

Profile = Literal["session", "user"]


class FingerprintRecord(Model):
    """Fingerprints of a key in a state; ``values`` are as ``generalize`` returns them."""

    release: Release
    profile: str
    state: str
    key: str
    values: dict[str, str] = Field(default_factory=dict)
    fingerprints: tuple[Fingerprint, ...]


class _File(Model):
    version: Literal[1] = 1
    pages: tuple[FingerprintRecord, ...] = ()


class FingerprintStore:
    """Records fingerprints, and finds those of the nearest release.

    Fingerprints recorded on this server come before those of the same release that are packaged
    with stashbot.
    """

    def __init__(
        self,
        records: Sequence[FingerprintRecord] = (),
        *,
        packaged: Sequence[FingerprintRecord] = (),
    ) -> None:
        self._records = {_sort_key(record): record for record in records}
        self._packaged = tuple(packaged)

    @classmethod
    def load(cls, path: Path, *, recordings: Path | None = None) -> FingerprintStore:
        """Load the store at ``path``, over the packaged recordings.

        There need not be a file at ``path``. ``recordings`` is another folder than the packaged.

        Raises:
            RegistryError: a file is damaged; the error names it.
        """
        files = sorted((recordings or recordings_folder()).glob(f"*/{FILE}"))
        packaged = _read_packaged(stamp_files(files))
        return cls(_read(path) if path.exists() else (), packaged=packaged)

    def save(self, path: Path) -> None:
        """Write the store, all or nothing: another process reads the old file until then.

        Raises:
            RegistryError: the file cannot be written.
        """
        records = [self._records[key].model_dump(mode="json") for key in sorted(self._records)]
        for record in records:
            record["release"] = release_name(tuple(record["release"]))
        lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
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
        """Record what ``key`` found; without fingerprints the earlier ones stay."""
        distinct = {each.model_dump_json(): each for each in fingerprints}
        if distinct:
            record = FingerprintRecord(
                release=release,
                profile=profile,
                state=state,
                key=key,
                values=generalize(values),
                fingerprints=tuple(distinct.values())[:KEPT],
            )
            self._records[_sort_key(record)] = record

    def find(
        self,
        *,
        release: tuple[int, int],
        profile: str,
        state: str,
        key: str,
        values: Mapping[str, str],
    ) -> tuple[Fingerprint, ...]:
        """Return the fingerprints of ``key`` on the nearest known release, if any."""
        wanted = (state, key, generalize(values))
        found = [
            (record, is_own)
            for record, is_own in self._all()
            if (record.state, record.key, record.values) == wanted
        ]
        found.sort(key=lambda entry: _distance(entry[0], release, profile, is_own=entry[1]))
        return found[0][0].fingerprints if found else ()

    def keys(
        self, *, release: tuple[int, int], profile: str, state: str
    ) -> tuple[tuple[str, dict[str, str]], ...]:
        """Return the keys known in that state, each with its generalized values."""
        known = sorted(
            (
                _distance(record, release, profile, is_own=is_own),
                record.key,
                json.dumps(record.values),
            )
            for record, is_own in self._all()
            if record.state == state
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
        """Return other keys, with values, that found the same element by its fingerprint."""

        def find(key: str, values: Mapping[str, str]) -> tuple[Fingerprint, ...]:
            return self.find(release=release, profile=profile, state=state, key=key, values=values)

        wanted = find(key, values)
        return tuple(
            (other, known)
            for other, known in self.keys(release=release, profile=profile, state=state)
            if (other, known) != (key, generalize(values))
            and any(fingerprint in wanted for fingerprint in find(other, known))
        )

    def _all(self) -> Iterator[tuple[FingerprintRecord, bool]]:
        """Yield all records, and whether each is of this server."""
        yield from ((record, True) for record in self._records.values())
        yield from ((record, False) for record in self._packaged)


def recordings_folder() -> Path:
    """Return the folder of the packaged recordings.

    It is inside the installed package, or else at the project's root.
    """
    installed = Path(__file__).with_name("recordings")
    return installed if installed.is_dir() else Path(__file__).parents[2] / "recordings"


def generalize(values: Mapping[str, str]) -> dict[str, str]:
    """Return ``values`` with ``#`` in place of ids and ``*`` in place of names."""
    return {
        name: _ANY_WORD if name in _OWNERS_WORDS else _ANY_ID if value.isdigit() else value
        for name, value in sorted(values.items())
    }


def _sort_key(record: FingerprintRecord) -> tuple[str, ...]:
    values = json.dumps(record.values, sort_keys=True)
    major, minor = record.release
    return (f"{major:04}.{minor:04}", record.profile, record.state, record.key, values)


def _distance(
    record: FingerprintRecord, release: tuple[int, int], profile: str, *, is_own: bool
) -> tuple[int, int, bool, bool, bool]:
    """Return a sort key: nearest release, the older of two, own server, same profile."""
    (major, minor), (wanted_major, wanted_minor) = record.release, release
    return (
        abs(major - wanted_major),
        abs(minor - wanted_minor),
        record.release > release,
        not is_own,
        record.profile != profile,
    )


@lru_cache(maxsize=4)
def _read_packaged(files: tuple[FileStamp, ...]) -> tuple[FingerprintRecord, ...]:
    return tuple(record for file, *_ in files for record in _read(file))


def _read(file: Path) -> tuple[FingerprintRecord, ...]:
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8"))
        return _File.model_validate(content).pages
    except (OSError, ValueError, ValidationError) as error:
        raise RegistryError(
            f"The fingerprints in {file} cannot be read: {str(error).splitlines()[0]}.",
            hint="Remove the file; the next check that succeeds writes it anew.",
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

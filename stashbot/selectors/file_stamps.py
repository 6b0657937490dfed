"""Stamps of files, to read them again only when they changed: reading all takes half a second."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

#: A file as it is now: path, time of the last change in ns, and size in bytes.
FileStamp = tuple[Path, int, int]


def stamp_files(files: Iterable[Path]) -> tuple[FileStamp, ...]:
    """Return the stamps of the files; a missing file has time and size 0."""
    return tuple(_stamp(file) for file in files)


def _stamp(file: Path) -> FileStamp:
    try:
        found = file.stat()
    except OSError:
        return file, 0, 0
    return file, found.st_mtime_ns, found.st_size

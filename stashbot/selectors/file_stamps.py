"""Files that are read again only when they changed: reading all of them takes half a second."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

#: A file as it is now: its path, when it was written, and its size in bytes.
Stamp = tuple[Path, int, int]


def stamps(files: Iterable[Path]) -> tuple[Stamp, ...]:
    """The files in their order; one that is not there has no date and no size."""
    return tuple(_stamp(file) for file in files)


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError:
        return file, 0, 0
    return file, found.st_mtime_ns, found.st_size

"""Folders and files that only their owner can read: the state holds titles, traces and a log."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_private(folder: Path) -> None:
    """Make a folder, with its parents, that nobody else can enter; one that is there stays.

    Raises:
        OSError: it cannot be made.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def open_private(path: str, flags: int) -> int:
    """Open a file as ``opener`` of ``open``: a new file is nobody else's to read."""
    return os.open(path, flags, FILE_MODE)


def tighten(folder: Path, own: Collection[str]) -> None:
    """Take from everybody else what earlier versions let them read in a state folder.

    ``own`` are the names in it that are stashbot's, files and folders. The folder itself is
    tightened too if nothing else is in it. What belongs to another user stays as it is, and so does
    everything on a disk that cannot be written to.
    """
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name in own and not entry.is_symlink():
            _tighten_tree(entry)
    if all(entry.name in own for entry in entries):
        _change_mode(folder, FOLDER_MODE)


def _tighten_tree(path: Path) -> None:
    _change_mode(path, FOLDER_MODE if path.is_dir() else FILE_MODE)
    for root, folders, files in os.walk(path):
        for names, mode in ((folders, FOLDER_MODE), (files, FILE_MODE)):
            for name in names:
                if not (child := Path(root, name)).is_symlink():
                    _change_mode(child, mode)


def _change_mode(path: Path, mode: int) -> None:
    try:
        if path.stat().st_mode & 0o777 & ~mode:
            path.chmod(mode)
    except OSError:
        return  # another user's, or gone, or on a disk that is read-only

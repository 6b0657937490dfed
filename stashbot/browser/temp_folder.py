"""Temporary folders of browsers: private, below the state, and removed when nobody uses them.

The driver keeps traces and the profile of the browser there, with cookies and whatever Stash
answered. A process that is killed leaves its folder; the next process that starts a browser on the
same state removes it. A lock that dies with its process says which folders are in use.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from loguru import logger

from stashbot.private_files import FILE_MODE, make_private

_PREFIX = "browser-"
_LOCK = ".lock"


@contextmanager
def temp_folder(root: Path | None) -> Iterator[Path]:
    """Make an empty folder below ``root`` for the block, and remove it at the end.

    Folders that dead processes left there are removed first. Without a ``root``, without the
    folder that it is in, or where it cannot be written to, the folder is in the system's temporary
    folder.
    """
    lock: FileLock | None = None
    try:
        has_place = root is not None and root.parent.is_dir()
        folder, lock = _new_folder(root) if root and has_place else (_system_folder(), None)
    except OSError as error:
        logger.debug("no temporary folder in {}: {}", root, error)
        folder = _system_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            Path(lock.lock_file).unlink(missing_ok=True)
            lock.release()


def remove_abandoned(root: Path) -> None:
    """Remove the folders below ``root`` whose processes are dead, and their locks."""
    for lock_file in root.glob(f"{_PREFIX}*{_LOCK}"):
        lock = FileLock(lock_file, mode=FILE_MODE)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            continue
        shutil.rmtree(lock_file.with_suffix(""), ignore_errors=True)
        lock_file.unlink(missing_ok=True)
        lock.release()


def _new_folder(root: Path) -> tuple[Path, FileLock]:
    """Return a new folder below ``root``, and its lock, which is taken before the folder exists.

    Raises:
        OSError: it cannot be made.
    """
    make_private(root)
    remove_abandoned(root)
    name = root / f"{_PREFIX}{secrets.token_hex(4)}"
    lock = FileLock(f"{name}{_LOCK}", mode=FILE_MODE)
    lock.acquire(timeout=0)
    make_private(name)
    return name, lock


def _system_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="stashbot-"))

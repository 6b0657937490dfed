"""The lock of a SQLite state: a single worker process at a time, any number of commands beside it.

The operating system lets the lock go when its process dies, however it dies.
"""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from stashbot.errors import StateError, StateLocked
from stashbot.private_files import FILE_MODE, make_private

WORKER_LOCK = "worker.lock"


class FolderLock:
    """A lock file in each of several folders: all are taken, or none.

    There are two when the database is not in the state folder.
    """

    def __init__(self, *folders: Path, name: str = WORKER_LOCK) -> None:
        self._locks = {
            folder: FileLock(folder / name, mode=FILE_MODE)
            for folder in sorted({folder.absolute() for folder in folders})
        }

    def acquire(self) -> None:
        """Take the lock in each folder.

        Raises:
            StateLocked: another process has the lock.
            StateError: a folder cannot be made or written to.
        """
        for folder, lock in self._locks.items():
            try:
                make_private(folder)
                lock.acquire(timeout=0)
            except Timeout as error:
                self.release()
                raise StateLocked(
                    f"Another stashbot process works on the state in {folder}.",
                    hint="Wait for it to end or stop it, or use another folder with --state.",
                    path=str(folder),
                ) from error
            except OSError as error:
                self.release()
                raise StateError(
                    f"Cannot use the state folder {folder}: {error.strerror}.",
                    hint="Check its permissions, or name another folder with --state.",
                    path=str(folder),
                ) from error

    def release(self) -> None:
        """Let the lock go."""
        for lock in self._locks.values():
            lock.release()

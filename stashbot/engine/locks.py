"""One worker a state: a lock file beside SQLite, an advisory lock for each run on Postgres.

Both are held by the process and let go by the operating system when it dies, however it dies.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from filelock import FileLock, Timeout

from stashbot.errors import StateError, StateLocked
from stashbot.store import database

LOCK_FILE = "worker.lock"


class Lock(Protocol):
    """What an engine holds while it is open."""

    def acquire(self) -> None:
        """Take it, or raise StateLocked at once."""

    def release(self) -> None:
        """Let it go."""


class FolderLock:
    """For SQLite: one worker process a folder, since two would disturb each other's flows.

    Several folders are held when the database is not in the state folder.
    """

    def __init__(self, *folders: Path) -> None:
        self._locks = {
            folder: FileLock(folder / LOCK_FILE)
            for folder in sorted({folder.absolute() for folder in folders})
        }

    def acquire(self) -> None:
        """Take the lock in each folder, all or none.

        Raises:
            StateLocked: another process holds one.
            StateError: a folder cannot be made or written to.
        """
        for folder, lock in self._locks.items():
            try:
                folder.mkdir(parents=True, exist_ok=True)
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
        """Let go of what is held."""
        for lock in self._locks.values():
            lock.release()


class RunLock:
    """For Postgres: any number of workers, but one process a run."""

    def __init__(self, url: sa.URL, executor_id: str) -> None:
        self._url = url
        self._executor_id = executor_id
        digest = hashlib.blake2b(executor_id.encode(), digest_size=8).digest()
        self._number = int.from_bytes(digest, signed=True)
        self._engine: sa.Engine | None = None
        self._connection: sa.Connection | None = None

    def acquire(self) -> None:
        """Take the lock, on a connection of its own.

        Raises:
            StateLocked: another process holds it.
            StateError: the database does not answer.
        """
        place = database.display_name(self._url)
        self._engine = database.create_engine(self._url)
        try:
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._connection = connection
            taken = connection.scalar(sa.select(sa.func.pg_try_advisory_lock(self._number)))
        except sa.exc.SQLAlchemyError as error:
            self.release()
            raise database.translate(error, place) from error
        if not taken:
            self.release()
            raise StateLocked(
                f"Another stashbot process works on run {self._executor_id} in {place}.",
                hint="Wait for it to end or stop it.",
                path=place,
            )

    def release(self) -> None:
        """Close the connection, which lets the lock go."""
        connection, self._connection = self._connection, None
        engine, self._engine = self._engine, None
        if connection is not None:
            connection.close()
        if engine is not None:
            engine.dispose()


def lock_for(url: sa.URL, *, executor_id: str, state_dir: Path) -> Lock:
    """The lock that an engine on this database takes."""
    if database.is_sqlite(url):
        return FolderLock(state_dir, Path(str(url.database)).parent)
    return RunLock(url, executor_id)

"""Where the state lives: a SQLite file by default, Postgres by URL, opened the same way.

Every SQLite connection is in WAL mode with ``synchronous=NORMAL``: readers never wait for the run
that writes, and a commit costs no fsync (0.2 ms instead of 10). What a power cut may take in that
mode is the last commits, never the file; killed processes lose nothing.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from stashbot.errors import (
    ConfigError,
    DatabaseUnreachable,
    StateError,
    StateFull,
    StateReadOnly,
    UnreadableState,
)

BUSY_TIMEOUT_MS = 30_000
CONNECT_TIMEOUT_S = 10
_DAMAGE = ("malformed", "not a database", "file is encrypted", "disk image")
#: SQLite's and Postgres's messages for a full disk.
_FULL = ("database or disk is full", "No space left on device")
#: SQLite's message for a file that it may not write to, also for a write-ahead log beside it.
_READ_ONLY = ("attempt to write a readonly database", "unable to open database file")


class Connection(sqlite3.Connection):
    """A SQLite connection with the modes that the state needs.

    The engine hands this class to DBOS as well, which sets none of them itself.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        if kwargs.get("uri"):  # only a file that is read-only is opened by a URI
            return
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=NORMAL")
        self.execute("PRAGMA foreign_keys=ON")


def clean(text: str) -> str:
    """Return text that every database takes: without NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


class CleanText(TypeDecorator[str]):
    """Text from outside, such as the name of an entity, cleaned before it is written."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text without what a database refuses: see ``clean``."""
        del dialect
        return None if value is None else clean(value)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime, kept as ISO 8601 text in UTC, which sorts by time in every database."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Return the text of an aware time.

        Raises:
            ValueError: the time is naive, and would mean another moment on another machine.
        """
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times must be aware")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Return the aware UTC time of the text."""
        del dialect
        return None if value is None else datetime.fromisoformat(value)


def parse_url(database_url: str) -> sa.URL:
    """Return the URL with the driver that stashbot uses: ``sqlite`` or ``postgresql+psycopg``.

    Raises:
        ConfigError: it is no URL, names no database, or names another kind of database.
    """
    hint = "Use sqlite:///path/to/stashbot.sqlite or postgresql://user@host/database."
    try:
        url = sa.make_url(database_url)
    except sa.exc.ArgumentError as error:
        raise ConfigError(
            "The database URL is not a URL.", hint=hint, key="state.database"
        ) from error
    backend = url.drivername.partition("+")[0]
    if backend in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    elif backend == "sqlite":
        url = url.set(drivername="sqlite")
    else:
        raise ConfigError(f"{backend} is not supported.", hint=hint, key="state.database")
    if not url.database or url.database == ":memory:":
        raise ConfigError(
            "The database URL names no database that outlives the process.",
            hint=hint,
            key="state.database",
        )
    return url


def is_sqlite(url: sa.URL) -> bool:
    """Return whether the state is a SQLite file."""
    return url.get_backend_name() == "sqlite"


def display_name(url: sa.URL) -> str:
    """Return the state as errors name it: the file, or the URL without its password."""
    return str(url.database) if is_sqlite(url) else url.render_as_string(hide_password=True)


def create_engine(url: sa.URL) -> sa.Engine:
    """Return an engine whose writers on SQLite exclude each other from their first statement on.

    A transaction on SQLite is ``BEGIN IMMEDIATE`` when the connection has the execution option
    ``write``, so that it never fails half-way because another process wrote in between.
    """
    if not is_sqlite(url):
        return sa.create_engine(
            url,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_S,
                "application_name": "stashbot",
            },
        )
    if is_read_only(file := Path(str(url.database))):
        url = sa.make_url(f"sqlite:///{read_only_uri(file)}&uri=true")
    engine = sa.create_engine(url, connect_args={"factory": Connection})

    @sa.event.listens_for(engine, "connect")
    def _no_implicit_transactions(connection: sqlite3.Connection, record: object) -> None:
        del record
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def inspect_file(path: Path) -> frozenset[str]:
    """Return the tables of a SQLite file without writing to it; none for a new or empty file.

    Only SQLite opens the file: closing any other descriptor of it would drop all locks that this
    process holds on it, and other processes could then delete the write-ahead log of a live run.

    Raises:
        UnreadableState: it is no SQLite database, or is damaged.
        StateError: it cannot be read at all.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return frozenset()
    except OSError as error:
        raise _cannot_read(path, str(error.strerror)) from error
    if not stat.S_ISREG(found.st_mode):
        raise _cannot_read(path, "it is no file")
    if not os.access(path, os.R_OK):
        raise _cannot_read(path, "permission denied")
    if not found.st_size:
        return frozenset()
    try:
        connection = sqlite3.connect(read_only_uri(path), uri=True)
        try:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return frozenset(str(row[0]) for row in rows)
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise unreadable(str(path), str(error)) from error


def is_read_only(file: Path) -> bool:
    """Return whether SQLite cannot write to a file that is there, or not make files beside it."""
    return file.exists() and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))


def read_only_uri(file: Path) -> str:
    """Return the URI by which SQLite opens the file and writes nothing, not even beside it.

    A write-ahead log that cannot be opened for writing is read only if it is there with its index;
    without them the file is opened as one that nobody changes.
    """
    logged = all(file.with_name(f"{file.name}{end}").exists() for end in ("-wal", "-shm"))
    fixed = "&immutable=1" if is_read_only(file) and not logged else ""
    return f"{file.absolute().as_uri()}?mode=ro{fixed}"


def read_only(path: str) -> StateReadOnly:
    """Return the error for a state that cannot be written to."""
    return StateReadOnly(f"The state {path} is read-only.", path=path)


def _cannot_read(path: Path, reason: str) -> StateError:
    return StateError(
        f"Cannot read the state {path}: {reason}.",
        hint="Check the path and its permissions, or name another folder with --state.",
        path=str(path),
    )


def unreadable(path: str, reason: str) -> UnreadableState:
    """Return the error for a state that is damaged or not stashbot's."""
    return UnreadableState(
        f"{path} is damaged or not stashbot's state: {reason}.",
        hint="Nothing in it was changed. Name another folder with --state, or restore a backup.",
        path=path,
    )


def translate(error: sa.exc.SQLAlchemyError, path: str) -> StateError:
    """Return the StateError that says what a database error means for the state."""
    cause = getattr(error, "orig", None) or error
    reason = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    if any(mark in reason for mark in _DAMAGE):
        return unreadable(path, reason)
    if any(mark in reason for mark in _FULL):
        return StateFull(f"The disk of the state {path} is full.", path=path)
    if any(mark in reason for mark in _READ_ONLY) and is_read_only(Path(path)):
        return read_only(path)
    if _is_disconnected(error):
        return DatabaseUnreachable(f"The database {path} does not answer: {reason}.", path=path)
    return StateError(
        f"Cannot use the state {path}: {reason}.",
        hint="Check that it exists, is writable and has space, and that its server runs.",
        path=path,
    )


def _is_disconnected(error: sa.exc.SQLAlchemyError) -> bool:
    """Return whether a database server is gone, starts or stops; SQLite has none."""
    if not isinstance(error, sa.exc.OperationalError) or isinstance(error.orig, sqlite3.Error):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if error.connection_invalidated or state is not None:
        return error.connection_invalidated or str(state).startswith(("08", "57P"))
    # There was no connection; a server that runs and refuses it says FATAL, such as a bad password
    return "FATAL" not in str(error.orig) or "starting up" in str(error.orig)

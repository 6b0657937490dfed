"""Opening a state: create it, migrate it, and bind it to the Stash server that it belongs to."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from stashbot.errors import ForeignState, StateError, UnreadableState
from stashbot.private_files import make_private, open_private
from stashbot.store.database import (
    display_name,
    inspect_file,
    is_read_only,
    is_sqlite,
    read_only,
    unreadable,
)
from stashbot.store.migrations import MIGRATIONS
from stashbot.store.tables import META, METADATA, SCHEMA_VERSION

VERSION_KEY = "schema_version"
SERVER_KEY = "server"
#: Tables that show a file to be stashbot's: its own, or the engine's in a file that it made first.
_OURS = frozenset({META.name, "dbos_migrations"})
_CREATION_LOCK = 0x57A54B07


def exists(url: sa.URL) -> bool:
    """Return whether there is a state to open; on a database server there always is.

    Raises:
        UnreadableState: the file is no SQLite database, or is damaged.
    """
    return not is_sqlite(url) or bool(inspect_file(Path(str(url.database))))


def prepare_file(url: sa.URL, *, create: bool) -> None:
    """Check the SQLite file before anything is written to it, and make its folder.

    Raises:
        UnreadableState: the file is no SQLite database, is damaged, or holds other tables.
        StateError: there is no state and ``create`` is off, or the folder cannot be made.
    """
    if not is_sqlite(url):
        return
    file = Path(str(url.database))
    tables = inspect_file(file)
    if create and is_read_only(file):
        raise read_only(str(file))
    if tables and not tables & _OURS:
        raise unreadable(str(file), f"it holds other tables, such as {min(tables)}")
    if tables:
        return
    if not create:
        raise StateError(
            f"There is no state at {file} yet.",
            hint="Run `stashbot run` first, or name the state folder with --state.",
            path=str(file),
        )
    try:
        make_private(file.parent)
        os.close(open_private(str(file), os.O_CREAT | os.O_RDWR))  # SQLite's other files follow it
    except OSError as error:
        raise StateError(
            f"Cannot make the state {file}: {error.strerror}.",
            hint="Check its permissions, or name another folder with --state.",
            path=str(file.parent),
        ) from error


def schema_version(connection: sa.Connection) -> int | None:
    """Return the schema version of the tables; ``None`` if there are none. Read-only.

    Raises:
        UnreadableState: they are of a newer stashbot, or their version is unreadable.
    """
    if not sa.inspect(connection).has_table(META.name):
        return None
    found = meta(connection, VERSION_KEY)
    path = display_name(connection.engine.url)
    if found is None or not found.isdecimal() or int(found) < 1:
        raise unreadable(path, f"its schema version is {found!r}")
    if int(found) > SCHEMA_VERSION:
        raise UnreadableState(
            f"{path} was written by a newer stashbot (schema {found}, this stashbot knows "
            f"{SCHEMA_VERSION}).",
            hint="Upgrade stashbot, or name another folder with --state. Nothing was changed.",
            path=path,
        )
    return int(found)


def is_current(connection: sa.Connection, *, migrate: bool) -> bool:
    """Return whether there are tables, of this version. Read-only.

    Raises:
        UnreadableState: as ``schema_version``.
        StateError: the tables are of an older version, and must not be migrated.
    """
    version = schema_version(connection)
    if version not in {None, SCHEMA_VERSION} and not migrate:
        path = display_name(connection.engine.url)
        raise StateError(
            f"{path} was written by an older stashbot.",
            hint="End any run of it, then bring the state up to date with `stashbot run`.",
            path=path,
        )
    return version == SCHEMA_VERSION


def upgrade(connection: sa.Connection) -> None:
    """Create the tables, or migrate them, in the transaction of ``connection``.

    Raises:
        UnreadableState: as ``schema_version``.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATION_LOCK)))
    version = schema_version(connection)
    if version is None:
        METADATA.create_all(connection)
        connection.execute(META.insert().values(key=VERSION_KEY, value=str(SCHEMA_VERSION)))
        return
    for migrate in MIGRATIONS[version - 1 :]:
        migrate(connection)
    connection.execute(
        META.update().where(META.c.key == VERSION_KEY).values(value=str(SCHEMA_VERSION))
    )


def meta(connection: sa.Connection, key: str) -> str | None:
    """Return a value of the meta table; ``None`` if it has none."""
    value: str | None = connection.execute(
        sa.select(META.c.value).where(META.c.key == key)
    ).scalar_one_or_none()
    return value


def bind_server(connection: sa.Connection, server: str) -> None:
    """Bind a fresh state to ``server``; the first of two that try at once wins."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {"key": SERVER_KEY, "value": server}
    connection.execute(dialect.insert(META).values(**values).on_conflict_do_nothing())


def check_server(found: str | None, server: str, path: str) -> None:
    """Raise unless the state is bound to ``server``.

    Raises:
        ForeignState: it belongs to another Stash.
    """
    if found == server:
        return
    raise ForeignState(
        f"{path} belongs to {found}, not to {server}.",
        hint="Use --url for that server, or another folder with --state for this Stash.",
        path=path,
        expected=server,
        found=found,
    )


def server_identity(url: str) -> str:
    """Return the URL of a Stash as the state keeps it: lower-case host, no credentials."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in {None, default} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"

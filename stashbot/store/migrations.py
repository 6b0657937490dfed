"""Opening a state: creating it, bringing it up to date, and holding it to one Stash server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from stashbot.errors import ForeignState, StateError, UnreadableState
from stashbot.store.database import inspect_file, is_sqlite, place, unreadable
from stashbot.store.tables import META, METADATA, SCHEMA_VERSION, SOURCE_STATS, TRIAGE

VERSION_KEY = "schema_version"
SERVER_KEY = "server"
#: Tables that show a file to be stashbot's: its own, or the engine's in a file that it made first.
_OURS = frozenset({META.name, "dbos_migrations"})
_CREATION_LOCK = 0x57A54B07


def _weigh_sources(connection: sa.Connection) -> None:
    """Counts of sources decay, and triage remembers the scene that it saw."""
    for column in ("weighed_ok", "weighed_fail"):
        connection.execute(
            sa.text(f"ALTER TABLE {SOURCE_STATS.name} ADD COLUMN {column} FLOAT DEFAULT 0 NOT NULL")
        )
    weighed = {"weighed_ok": SOURCE_STATS.c.ok, "weighed_fail": SOURCE_STATS.c.fail}
    connection.execute(SOURCE_STATS.update().values(weighed))
    for column in ("seen", "taken"):
        connection.execute(sa.text(f"ALTER TABLE {TRIAGE.name} ADD COLUMN {column} TEXT"))


#: ``MIGRATIONS[n]`` brings the tables from schema version ``n + 1`` to ``n + 2``.
MIGRATIONS: tuple[Callable[[sa.Connection], None], ...] = (_weigh_sources,)


def is_there(url: sa.URL) -> bool:
    """Whether there is a state to open; a server's database always counts as one.

    Raises:
        UnreadableState: the file is no SQLite database, or is damaged.
    """
    return not is_sqlite(url) or bool(inspect_file(Path(str(url.database))))


def prepare_place(url: sa.URL, *, create: bool) -> None:
    """Check the SQLite file before anything is written to it, and make its folder.

    Raises:
        UnreadableState: the file is no SQLite database, is damaged, or holds someone else's tables.
        StateError: there is no state and ``create`` is off, or the folder cannot be made.
    """
    if not is_sqlite(url):
        return
    file = Path(str(url.database))
    tables = inspect_file(file)
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
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(
            f"Cannot make the state folder {file.parent}: {error.strerror}.",
            hint="Check its permissions, or name another folder with --state.",
            path=str(file.parent),
        ) from error


def is_current(connection: sa.Connection) -> bool:
    """Whether the tables are there in this version; read-only.

    Raises:
        UnreadableState: as ``upgrade``.
    """
    return _version(connection) == SCHEMA_VERSION


def upgrade(connection: sa.Connection) -> None:
    """Create the tables, or migrate them, in the transaction of ``connection``.

    Raises:
        UnreadableState: they are of a newer stashbot, or their version is unreadable.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATION_LOCK)))
    version = _version(connection)
    if version is None:
        METADATA.create_all(connection)
        connection.execute(META.insert().values(key=VERSION_KEY, value=str(SCHEMA_VERSION)))
        return
    for migrate in MIGRATIONS[version - 1 :]:
        migrate(connection)
    connection.execute(
        META.update().where(META.c.key == VERSION_KEY).values(value=str(SCHEMA_VERSION))
    )


def _version(connection: sa.Connection) -> int | None:
    if not sa.inspect(connection).has_table(META.name):
        return None
    found = meta(connection, VERSION_KEY)
    path = place(connection.engine.url)
    if found is None or not found.isdecimal() or int(found) < 1:
        raise unreadable(path, f"its schema version is {found!r}")
    if int(found) > SCHEMA_VERSION:
        raise UnreadableState(
            f"{path} was written by a newer stashbot (schema {found}, this one knows "
            f"{SCHEMA_VERSION}).",
            hint="Upgrade stashbot, or name another folder with --state. Nothing was changed.",
            path=path,
        )
    return int(found)


def meta(connection: sa.Connection, key: str) -> str | None:
    """A value of the meta table."""
    value: str | None = connection.execute(
        sa.select(META.c.value).where(META.c.key == key)
    ).scalar_one_or_none()
    return value


def claim(connection: sa.Connection, server: str) -> None:
    """Bind a fresh state to ``server``; the first of two claims at the same moment holds."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {"key": SERVER_KEY, "value": server}
    connection.execute(dialect.insert(META).values(**values).on_conflict_do_nothing())


def check_server(found: str | None, server: str, path: str) -> None:
    """Nothing, if the state is bound to ``server``.

    Raises:
        ForeignState: it belongs to another Stash.
    """
    if found == server:
        return
    raise ForeignState(
        f"{path} belongs to {found}, not to {server}.",
        hint="Use --url for that server, or another folder with --state for this one.",
        path=path,
        expected=server,
        found=found,
    )


def server_identity(url: str) -> str:
    """The URL of a Stash as the state remembers it: lower-case host, no credentials."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in {None, default} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"

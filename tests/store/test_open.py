"""Opening a state: whose it is, what is refused, and that nothing foreign is touched."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from stashbot.errors import (
    ConfigError,
    DatabaseUnreachable,
    ForeignState,
    StateError,
    UnreadableState,
)
from stashbot.store import Store, database, migrations, opening
from stashbot.store.tables import SCHEMA_VERSION
from tests.store.conftest import Use, spoil

HOME = "http://localhost:9999"


def run_ids(url: str, server: str | None = HOME, *, create: bool = True) -> list[str]:
    """Open and close a store; the ids of its runs."""

    async def main() -> list[str]:
        async with Store(url, server=server, create=create) as store:
            return [run.id for run in await store.runs.list()]

    return asyncio.run(main())


def fill(url: str) -> None:
    """Return a state with a run in it."""

    async def main() -> None:
        async with Store(url, server=HOME) as store:
            await store.runs.add(["1"], kind="enrich", run_id="first")

    asyncio.run(main())


def test_a_state_is_made_and_found_again(url: str) -> None:
    """A new state is empty; opened again it holds what was written."""
    assert run_ids(url) == []
    fill(url)
    assert run_ids(url) == ["first"]


def test_the_folder_is_made(tmp_path: Path) -> None:
    """A state folder that is not there yet is made, parents included."""
    file = tmp_path / "a" / "b" / "state.sqlite"
    assert run_ids(f"sqlite:///{file}") == []
    assert file.exists()


def test_many_may_make_it_at_once(url: str) -> None:
    """Ten that open a new state at once make it once; the first of two servers gets it."""

    async def main() -> list[BaseException | None]:
        servers = (HOME, "http://nas:9999")
        stores = [Store(url, server=servers[number % 2]) for number in range(10)]
        ends = await asyncio.gather(*(store.open() for store in stores), return_exceptions=True)
        await asyncio.gather(*(store.close() for store in stores))
        return ends

    ends = asyncio.run(main())
    assert ends.count(None) == 5
    assert all(isinstance(end, ForeignState) for end in ends if end is not None)


def test_a_reader_makes_no_state(tmp_path: Path) -> None:
    """Without ``create`` a missing state is an error that says what to do, and stays missing."""
    file = tmp_path / "state" / "state.sqlite"
    with pytest.raises(StateError, match=r"no state at .* yet.*stashbot run"):
        run_ids(f"sqlite:///{file}", create=False)
    assert not file.parent.exists()


def test_a_state_belongs_to_one_stash(url: str) -> None:
    """Opened for another server it is refused in a sentence that names both."""
    fill(url)
    with pytest.raises(ForeignState) as caught:
        run_ids(url, "http://nas:9999")
    assert "belongs to http://localhost:9999, not to http://nas:9999" in str(caught.value)
    assert caught.value.expected == "http://nas:9999"
    assert run_ids(url) == ["first"]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("http://localhost:9999", "http://LOCALHOST:9999/", True),
        ("http://host", "http://host:80", True),
        ("https://host:443/stash/", "https://host/stash", True),
        ("http://me:secret@host:9999", "http://host:9999", True),
        ("http://[::1]:9999", "http://[::1]:9999/", True),
        ("http://host:9999", "https://host:9999", False),
        ("http://host/a", "http://host/b", False),
    ],
)
def test_a_server_is_known_by_its_address(first: str, second: str, same: bool) -> None:
    """Spelling and credentials do not make another server; scheme, host, port and path do."""
    assert (opening.server_identity(first) == opening.server_identity(second)) is same
    assert "secret" not in opening.server_identity(first)


def test_without_a_server_any_state_opens(url: str) -> None:
    """A tool that does not care for the server may look in."""
    fill(url)
    assert run_ids(url, None) == ["first"]


@pytest.mark.parametrize("content", [b"my notes\n", b"SQLite format 3\x00" + b"junk" * 2000])
def test_a_file_that_is_no_database_is_left_alone(content: bytes, tmp_path: Path) -> None:
    """It is refused, and not a byte of it changes; nothing appears beside it."""
    file = tmp_path / "state.sqlite"
    file.write_bytes(content)
    with pytest.raises(UnreadableState, match="Nothing in it was changed"):
        run_ids(f"sqlite:///{file}")
    assert file.read_bytes() == content
    assert list(tmp_path.iterdir()) == [file]


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    """A SQLite file with other tables is refused unchanged, named by a table of it."""
    file = tmp_path / "state.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(UnreadableState, match="songs"):
        run_ids(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_a_damaged_state_is_named(tmp_path: Path) -> None:
    """A state whose pages were overwritten raises UnreadableState, not a database's error."""
    file = tmp_path / "state.sqlite"
    fill(f"sqlite:///{file}")
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(UnreadableState, match=r"state\.sqlite is damaged"):
        run_ids(f"sqlite:///{file}")
    assert file.read_bytes() == content


def test_damage_that_is_found_late_is_named(tmp_path: Path) -> None:
    """A state that opens and has a broken page raises UnreadableState when that page is read."""
    file = tmp_path / "state.sqlite"
    fill(f"sqlite:///{file}")
    connection = sqlite3.connect(file)
    (page,) = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'stashbot_runs'"
    ).fetchone()
    connection.close()
    content = bytearray(file.read_bytes())
    content[4096 * (page - 1) : 4096 * page] = b"\xff" * 4096
    file.write_bytes(content)
    with pytest.raises(UnreadableState, match=r"state\.sqlite is damaged"):
        run_ids(f"sqlite:///{file}")


def test_a_newer_state_asks_for_an_upgrade(url: str) -> None:
    """Written by a newer stashbot it is refused before anything is read or written."""
    fill(url)
    spoil(url, "UPDATE stashbot_meta SET value = '999' WHERE key = 'schema_version'")
    with pytest.raises(UnreadableState, match=r"newer stashbot .*Upgrade stashbot"):
        run_ids(url)


@pytest.mark.parametrize("version", ["'soon'", "'0'", "'-1'"])
def test_a_version_that_is_none_is_damage(version: str, url: str) -> None:
    """A schema version that is no positive number is not guessed at."""
    fill(url)
    spoil(url, f"UPDATE stashbot_meta SET value = {version} WHERE key = 'schema_version'")  # noqa: S608
    with pytest.raises(UnreadableState, match="schema version"):
        run_ids(url)


def test_an_older_state_is_migrated_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The migrations that are missing run in order, in a single transaction, and never again."""
    fill(url)
    ran: list[int] = []

    def migration(number: int) -> object:
        def migrate(connection: sa.Connection) -> None:
            ran.append(number)
            connection.exec_driver_sql(f"CREATE TABLE stashbot_new_{number} (id INTEGER)")

        return migrate

    now = SCHEMA_VERSION
    monkeypatch.setattr(opening, "SCHEMA_VERSION", now + 2)
    added = (migration(now + 1), migration(now + 2))
    monkeypatch.setattr(opening, "MIGRATIONS", (*migrations.MIGRATIONS, *added))
    assert run_ids(url) == ["first"]
    assert run_ids(url) == ["first"]
    assert ran == [now + 1, now + 2]


def test_a_migration_that_fails_changes_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a migration would be worse than none: the old state is still there."""
    fill(url)

    def migrate(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE stashbot_half (id INTEGER)")
        connection.exec_driver_sql("this is no SQL")

    with monkeypatch.context() as patch:
        patch.setattr(opening, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
        patch.setattr(opening, "MIGRATIONS", (*migrations.MIGRATIONS, migrate))
        with pytest.raises(StateError):
            run_ids(url)
    assert run_ids(url) == ["first"]
    engine = sa.create_engine(database.parse_url(url))
    assert not sa.inspect(engine).has_table("stashbot_half")
    engine.dispose()


@pytest.mark.parametrize(
    "text", ["", "nonsense", "mysql://host/db", "sqlite://", "sqlite:///:memory:", "postgresql://h"]
)
def test_a_bad_database_url_is_a_setting(text: str) -> None:
    """Anything but a SQLite file or a Postgres database is a ConfigError with examples."""
    with pytest.raises(ConfigError, match="sqlite:///path") as caught:
        Store(text)
    assert caught.value.key == "state.database"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_postgres_is_postgres_however_it_is_written(scheme: str) -> None:
    """All common spellings use the driver that stashbot installs."""
    assert database.parse_url(f"{scheme}://me@h/db").drivername == "postgresql+psycopg"


def test_a_server_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    """No database server: an error that says what to start and does not show the password."""
    with pytest.raises(DatabaseUnreachable) as caught:
        run_ids(f"postgresql://me:secret@/none?host={tmp_path}")
    assert "secret" not in str(caught.value)
    assert "does not answer" in str(caught.value)


def test_sqlite_is_in_wal_mode(tmp_path: Path) -> None:
    """Readers do not wait for the writer, and a commit does not wait for the disk."""
    engine = database.create_engine(database.parse_url(f"sqlite:///{tmp_path / 'x.sqlite'}"))
    with engine.connect() as connection:
        names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        modes = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    engine.dispose()
    assert modes == ["wal", 1, 30_000, 1]


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    """Used before it is opened or after it is closed, it raises StateError."""
    store = Store(f"sqlite:///{tmp_path / 'x.sqlite'}")
    with pytest.raises(StateError, match="is not open"):
        asyncio.run(store.runs.list())


def test_times_are_utc_and_aware(use: Use) -> None:
    """A time of another zone comes back as the same moment in UTC; a naive time is refused."""
    east = datetime(2024, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))

    async def remember(store: Store) -> datetime | None:
        await store.scenes.update("1", scraped_at=east)
        return (await store.scenes.get("1")).scraped_at

    found = use(remember)
    assert found == east
    assert found.tzinfo == UTC

    with pytest.raises(StateError, match="aware"):
        use(lambda store: store.scenes.update("1", scraped_at=east.replace(tzinfo=None)))


def test_a_second_process_leaves_the_log_of_a_live_one(tmp_path: Path) -> None:
    """Another process that opens and closes the state leaves the write-ahead log of this process.

    Also after the state was inspected while it was open, as the engine does.
    """
    file = tmp_path / "stashbot.sqlite"
    url = f"sqlite:///{file}"
    visit = (
        "import asyncio, sys\n"
        "from stashbot.store import Store\n"
        "async def visit():\n"
        "    async with Store(sys.argv[1], create=False) as store:\n"
        "        await store.runs.list()\n"
        "asyncio.run(visit())\n"
    )

    async def live() -> bool:
        async with Store(url, server=HOME) as store:
            await store.kv.set("test", "key", value=1)
            database.inspect_file(file)
            await asyncio.to_thread(
                subprocess.run, [sys.executable, "-c", visit, url], check=True, timeout=60
            )
            return file.with_name(f"{file.name}-wal").exists()

    assert asyncio.run(live())

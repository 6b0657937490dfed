"""A state on a disk that is read-only or full: named as such, and read where it can be."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from stashbot.errors import StateError, StateFull, StateReadOnly
from stashbot.store import Store, database

HOME = "http://localhost:9999"


def state_with_a_run(folder: Path) -> Path:
    """Return the file of a state with a run in it, closed properly."""
    file = folder / "stashbot.sqlite"

    async def main() -> None:
        async with Store(f"sqlite:///{file}", server=HOME) as store:
            await store.runs.add(["1"], kind="enrich", run_id="first")

    asyncio.run(main())
    return file


def run_ids(file: Path, *, create: bool) -> list[str]:
    """Return the ids of the runs of a state."""

    async def main() -> list[str]:
        async with Store(f"sqlite:///{file}", create=create) as store:
            return [run.id for run in await store.runs.list()]

    return asyncio.run(main())


def make_read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system say of every file that it cannot be written to, to root too."""
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)


def test_a_read_only_state_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is written, not even a file beside it."""
    file = state_with_a_run(tmp_path)
    make_read_only(monkeypatch)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert run_ids(file, create=False) == ["first"]
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_read_only_state_is_not_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says why, and what still works; the state is not called damaged."""
    file = state_with_a_run(tmp_path)
    make_read_only(monkeypatch)
    with pytest.raises(StateReadOnly, match="is read-only") as caught:
        run_ids(file, create=True)
    assert "--state" in caught.value.hint
    assert "audit" in caught.value.hint


def test_a_state_that_turns_read_only_is_named_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the system mounts a failing disk anew; other failures to open stay what they are."""
    file = state_with_a_run(tmp_path)
    cause = sqlite3.OperationalError("attempt to write a readonly database")
    error = sa.exc.OperationalError("INSERT", {}, cause)
    assert type(database.translate(error, str(file))) is StateError
    make_read_only(monkeypatch)
    assert type(database.translate(error, str(file))) is StateReadOnly


def test_a_full_disk_is_named_so(tmp_path: Path) -> None:
    """SQLite says the same of a file that may not grow."""
    engine = database.create_engine(sa.make_url(f"sqlite:///{state_with_a_run(tmp_path)}"))
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE large (content)")
        connection.exec_driver_sql("PRAGMA max_page_count=1")
        with pytest.raises(sa.exc.OperationalError) as caught:
            connection.exec_driver_sql("INSERT INTO large VALUES (zeroblob(10000000))")
    engine.dispose()
    error = database.translate(caught.value, "state.sqlite")
    assert isinstance(error, StateFull)
    assert "full" in error.message


def test_new_states_and_their_logs_are_private(tmp_path: Path) -> None:
    """The database, its write-ahead log and index, and the folder."""
    before = os.umask(0)
    try:

        async def modes() -> set[str]:
            file = tmp_path / "state" / "stashbot.sqlite"
            async with Store(f"sqlite:///{file}", server=HOME) as store:
                await store.runs.add(["1"], kind="enrich", run_id="first")
                return {
                    f"{path.name} {path.stat().st_mode & 0o777:o}"
                    for path in (file.parent, *file.parent.iterdir())
                }

        assert asyncio.run(modes()) == {
            "state 700",
            "stashbot.sqlite 600",
            "stashbot.sqlite-shm 600",
            "stashbot.sqlite-wal 600",
        }
    finally:
        os.umask(before)

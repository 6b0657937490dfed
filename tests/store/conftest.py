"""Every test of the tables runs on a SQLite file and on a real Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from stashbot.store import Store, database
from stashbot.testing.postgres import binaries, new_database, running_server

START = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


class Clock:
    """A clock that stands still between calls of ``go_on``."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """Return the time it stands at."""
        return self.now

    def go_on(self, **more: float) -> None:
        """Advance by hours, minutes, seconds."""
        self.now += timedelta(**more)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Yield the URL of a server."""
    if binaries() is None:
        pytest.skip("no Postgres server binaries on this machine")
    with running_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a fresh state."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.sqlite'}"
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture
def clock() -> Clock:
    """Return the clock of the stores that ``use`` opens."""
    return Clock()


Use = Callable[[Callable[[Store], Awaitable[Any]]], Any]


@pytest.fixture
def use(url: str, clock: Clock) -> Use:
    """Return a function that calls a coroutine function with a newly opened store."""

    def call(work: Callable[[Store], Awaitable[Any]]) -> Any:
        async def main() -> Any:
            async with Store(url, server="http://localhost:9999", clock=clock) as store:
                return await work(store)

        return asyncio.run(main())

    return call


def spoil(url: str, statement: str) -> None:
    """Change the state by SQL, past the store."""
    engine = sa.create_engine(database.parse_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()

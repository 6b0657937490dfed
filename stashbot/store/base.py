"""The connection under every part of the store, and the one place that decides on threads.

SQLAlchemy blocks, so every call runs in a thread of the store's own pool: a write may have to wait
for another process, and the event loop drives the browser. The pool is not asyncio's default one,
which the engine replaces while it runs.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError
from sqlalchemy.dialects import postgresql, sqlite

from stashbot.errors import StateError, UnreadableState
from stashbot.store import database, migrations

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
_THREADS = 4
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


def utc_now() -> datetime:
    """The aware time now: the default clock of a store."""
    return datetime.now(UTC)


def encode(value: Any) -> str:
    """JSON text with sorted keys: equal values have equal texts."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)


def clean(text: str) -> str:
    """Text that every database takes: no NUL and no lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def matching(table: sa.Table, **wanted: object) -> list[sa.ColumnElement[bool]]:
    """A condition for each column of which a value is wanted; ``None`` takes any."""
    return [table.c[column] == value for column, value in wanted.items() if value is not None]


class StoreBase:
    """One open state. ``clock`` gives aware times; ``server`` is the URL of the Stash it serves.

    Without ``server`` the identity is not checked. With ``create`` off a missing state is an error,
    for commands that only read.
    """

    def __init__(
        self,
        database_url: str,
        *,
        server: str | None = None,
        create: bool = True,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.url = database.parse_url(database_url)
        self.path = database.place(self.url)
        self.clock = clock
        self._server = None if server is None else migrations.server_identity(server)
        self._create = create
        self._engine: sa.Engine | None = None
        self._threads: ThreadPoolExecutor | None = None

    @property
    def is_there(self) -> bool:
        """Whether there is a state, so that reading it without ``create`` can do.

        Raises:
            UnreadableState: as ``open``.
        """
        return migrations.is_there(self.url)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Open the state, creating or migrating its tables.

        Raises:
            ForeignState: it belongs to another Stash.
            UnreadableState: it is damaged, not stashbot's, or of a newer stashbot.
            StateError: it cannot be reached, read or written.
        """
        migrations.prepare_place(self.url, create=self._create)
        self._engine = database.create_engine(self.url)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="stashbot-store")
        try:
            if not await self._read(migrations.is_current):
                await self._write(migrations.upgrade)
            if self._server is not None:
                await self._hold_to(self._server)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close all connections; calls in progress end first."""
        threads, self._threads = self._threads, None
        engine, self._engine = self._engine, None
        if threads is not None:
            await asyncio.to_thread(threads.shutdown)
        if engine is not None:
            engine.dispose()

    async def _hold_to(self, server: str) -> None:
        found = await self._read(lambda c: migrations.meta(c, migrations.SERVER_KEY))
        if found is None:
            await self._write(lambda c: migrations.claim(c, server))
            found = await self._read(lambda c: migrations.meta(c, migrations.SERVER_KEY))
        migrations.check_server(found, server, self.path)

    async def _read(self, work: Callable[[sa.Connection], T]) -> T:
        return await self._in_thread(work, write=False)

    async def _write(self, work: Callable[[sa.Connection], T]) -> T:
        """All of ``work`` in one transaction that no other writer interleaves with."""
        return await self._in_thread(work, write=True)

    async def _in_thread(self, work: Callable[[sa.Connection], T], *, write: bool) -> T:
        if self._engine is None or self._threads is None:
            raise StateError(f"The state {self.path} is not open.", path=self.path)
        engine = self._engine.execution_options(write=write)

        def call() -> T:
            try:
                with engine.begin() as connection:
                    return work(connection)
            except sa.exc.SQLAlchemyError as error:
                raise database.translate(error, self.path) from error

        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that can say what happens on conflict, in the dialect of this database."""
        if database.is_sqlite(self.url):
            return sqlite.insert(table)
        return postgresql.insert(table)

    def _upsert(self, table: sa.Table, values: dict[str, Any], *, key: tuple[str, ...]) -> Any:
        rest = {name: value for name, value in values.items() if name not in key}
        statement = self._insert(table).values(**values)
        return statement.on_conflict_do_update(index_elements=list(key), set_=rest)

    def _decode(self, text: str, *, table: sa.Table, row: str) -> JsonValue:
        """The JSON value of a row.

        Raises:
            UnreadableState: naming the row, which is left as it is.
        """
        try:
            return _JSON.validate_json(text)
        except ValidationError as error:
            raise self._unreadable_row(table, row) from error

    def _model(
        self, kind: type[M], values: str | dict[str, Any], *, table: sa.Table, row: str
    ) -> M:
        try:
            if isinstance(values, str):
                return kind.model_validate_json(values)
            return kind.model_validate(values)
        except ValidationError as error:
            raise self._unreadable_row(table, row) from error

    def _unreadable_row(self, table: sa.Table, row: str) -> UnreadableState:
        return UnreadableState(
            f"Row {row} of {table.name} in {self.path} is unreadable.",
            hint="Nothing was changed. Delete that row or restore a backup.",
            path=self.path,
            table=table.name,
            row=row,
        )

"""The open database under every part of the store, and the threads that it is used in.

SQLAlchemy blocks, so every call runs in a thread of the store's own pool: a write may have to wait
for another process, and the event loop drives the browser. Rows are decoded in that thread too. The
pool is not asyncio's default executor, which the engine replaces while it runs.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError
from sqlalchemy.dialects import postgresql, sqlite

from stashbot.errors import StateError, UnreadableState
from stashbot.store import database

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
_THREADS = 4
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


def utc_now() -> datetime:
    """Return the aware time now: the default clock of a store."""
    return datetime.now(UTC)


def encode(value: Any) -> str:
    """Return JSON text with sorted keys, so that equal values have equal texts."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)


def equals_filters(table: sa.Table, **values: object) -> list[sa.ColumnElement[bool]]:
    """Return a condition for each column whose value is given; ``None`` accepts any value."""
    return [table.c[column] == value for column, value in values.items() if value is not None]


class Database:
    """The database of a state, read and written in threads of its own.

    ``clock`` gives aware times; every time that the store writes comes from it.
    """

    def __init__(self, database_url: str, *, clock: Callable[[], datetime]) -> None:
        self.url = database.parse_url(database_url)
        self.path = database.display_name(self.url)
        self.clock = clock
        self._engine: sa.Engine | None = None
        self._threads: ThreadPoolExecutor | None = None

    def connect(self) -> None:
        """Make the engine and the threads; the first query opens a connection."""
        self._engine = database.create_engine(self.url)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="stashbot-store")

    async def close(self) -> None:
        """Close all connections after the calls in progress have ended."""
        threads, self._threads = self._threads, None
        engine, self._engine = self._engine, None
        if threads is not None:
            await asyncio.to_thread(threads.shutdown)
        if engine is not None:
            engine.dispose()

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Run ``work`` in a thread, in a transaction that reads."""
        return await self._in_thread(work, write=False)

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Run ``work`` in a thread, in a transaction; on SQLite writers take turns."""
        return await self._in_thread(work, write=True)

    async def fetch(
        self, query: sa.Select[Any], decode: Callable[[sa.RowMapping], T]
    ) -> tuple[T, ...]:
        """Return the rows of ``query``, each decoded in the store's thread."""
        return await self.read(lambda c: tuple(decode(row) for row in c.execute(query).mappings()))

    async def execute(self, statement: sa.Executable) -> None:
        """Run a statement that writes, in a transaction of its own."""
        await self.write(lambda c: c.execute(statement))

    async def call(self, work: Callable[[], T]) -> T:
        """Run ``work``, which blocks and needs no database, in a thread of the store."""
        if self._threads is None:
            raise self._not_open()
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _in_thread(self, work: Callable[[sa.Connection], T], *, write: bool) -> T:
        if self._engine is None:
            raise self._not_open()
        engine = self._engine.execution_options(write=write)

        def call() -> T:
            try:
                with engine.begin() as connection:
                    return work(connection)
            except sa.exc.SQLAlchemyError as error:
                raise database.translate(error, self.path) from error

        return await self.call(call)

    def _not_open(self) -> StateError:
        return StateError(
            f"The state {self.path} is not open.",
            hint="Use it within `async with`.",
            path=self.path,
        )

    def insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """Return an INSERT of this database's dialect, which can say what a conflict does."""
        if database.is_sqlite(self.url):
            return sqlite.insert(table)
        return postgresql.insert(table)

    def upsert(self, table: sa.Table, values: dict[str, Any], *, key: tuple[str, ...]) -> Any:
        """Return an INSERT of ``values`` that overwrites the row with the same ``key`` columns."""
        rest = {name: value for name, value in values.items() if name not in key}
        statement = self.insert(table).values(**values)
        return statement.on_conflict_do_update(index_elements=list(key), set_=rest)

    def rows(self, values: Iterable[str]) -> sa.Subquery:
        """Return the values as rows of a query, with columns ``position``, from 0, and ``value``.

        They are a single parameter, however many they are.
        """
        texts = [database.clean(value) for value in values]
        if database.is_sqlite(self.url):
            each = sa.func.json_each(encode(texts)).table_valued("key", "value")
            return sa.select(each.c.key.label("position"), each.c.value).subquery()
        array = sa.cast(texts, postgresql.ARRAY(sa.Text))
        unnested = sa.func.unnest(array).table_valued("value", with_ordinality="number")
        each = unnested.render_derived()
        return sa.select((each.c.number - 1).label("position"), each.c.value).subquery()

    def is_among(
        self, column: sa.ColumnElement[str], values: Iterable[str]
    ) -> sa.ColumnElement[bool]:
        """Return the condition that the column has any of the values, however many they are."""
        if database.is_sqlite(self.url):
            return column.in_(sa.select(self.rows(values).c.value))
        # Postgres hashes an array; of a query in its place it knows no size, and may loop over it
        return column == sa.any_(sa.cast(list(values), postgresql.ARRAY(database.CleanText)))

    def lock(self, connection: sa.Connection, name: str) -> None:
        """Wait until no other transaction holds the lock of that name, and hold it until the end.

        Does nothing on SQLite, whose write transactions exclude each other already.
        """
        if not database.is_sqlite(self.url):
            digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
            number = int.from_bytes(digest, signed=True)
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))

    def decode_json(self, text: str, *, table: sa.Table, row: str) -> JsonValue:
        """Return the JSON value of a row.

        Raises:
            UnreadableState: the text is no JSON; the error names the row, which stays as it is.
        """
        try:
            return _JSON.validate_json(text)
        except ValidationError as error:
            raise self._unreadable_row(table, row) from error

    def decode_model(
        self, kind: type[M], values: str | dict[str, Any], *, table: sa.Table, row: str
    ) -> M:
        """Return the model of a row, from its JSON text or its columns.

        Raises:
            UnreadableState: as ``decode_json``.
        """
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


class Part:
    """A part of the store: a few tables and the methods that read and write them."""

    def __init__(self, db: Database) -> None:
        self._db = db

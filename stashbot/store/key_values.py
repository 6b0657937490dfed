"""A namespaced key-value table: JSON values, optional expiry, atomic across processes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import JsonValue

from stashbot.store.base import StoreBase, encode
from stashbot.store.tables import KV


class KeyValues(StoreBase):
    """The part of the store for small facts. An expired value is as good as absent."""

    async def kv_get(self, namespace: str, key: str, default: JsonValue = None) -> JsonValue:
        """The value, or ``default``.

        Raises:
            UnreadableState: the row is damaged; the error names it and leaves it as it is.
        """
        text = await self._read(lambda c: self._live(c, namespace, key))
        if text is None:
            return default
        return self._decode(text, table=KV, row=f"{namespace}/{key}")

    async def kv_set(
        self, namespace: str, key: str, value: JsonValue, *, ttl_s: float | None = None
    ) -> None:
        """Write the value; after ``ttl_s`` seconds it is gone."""
        await self._write(lambda c: self._put(c, namespace, key, value, ttl_s))

    async def kv_add(
        self, namespace: str, key: str, value: JsonValue, *, ttl_s: float | None = None
    ) -> bool:
        """Write the value if there is none; of all processes that try, one gets ``True``."""

        def work(connection: sa.Connection) -> bool:
            self._lock(connection, namespace, key)
            if self._live(connection, namespace, key) is not None:
                return False
            self._put(connection, namespace, key, value, ttl_s)
            return True

        return await self._write(work)

    async def kv_update(
        self,
        namespace: str,
        key: str,
        change: Callable[[JsonValue], JsonValue],
        *,
        default: JsonValue = None,
        ttl_s: float | None = None,
    ) -> JsonValue:
        """Replace the value by ``change(value)``; no other process writes in between.

        ``change`` runs in a thread and inside the transaction: it computes, and nothing else.

        Raises:
            UnreadableState: as ``kv_get``.
        """

        def work(connection: sa.Connection) -> JsonValue:
            self._lock(connection, namespace, key)
            text = self._live(connection, namespace, key)
            old = (
                default if text is None else self._decode(text, table=KV, row=f"{namespace}/{key}")
            )
            new = change(old)
            self._put(connection, namespace, key, new, ttl_s)
            return new

        return await self._write(work)

    async def kv_delete(self, namespace: str, key: str) -> None:
        """Remove the value, if there is one."""
        statement = KV.delete().where(KV.c.namespace == namespace, KV.c.key == key)
        await self._write(lambda c: c.execute(statement))

    async def kv_items(self, namespace: str) -> dict[str, JsonValue]:
        """All values of a namespace, by key in order.

        Raises:
            UnreadableState: as ``kv_get``.
        """
        query = (
            sa.select(KV.c.key, KV.c.value)
            .where(KV.c.namespace == namespace, self._not_expired())
            .order_by(KV.c.key)
        )
        rows = await self._read(lambda c: c.execute(query).all())
        return {
            str(row.key): self._decode(row.value, table=KV, row=f"{namespace}/{row.key}")
            for row in rows
        }

    async def kv_sweep(self) -> int:
        """Delete what has expired, and say how much."""
        statement = KV.delete().where(KV.c.expires <= self.clock()).returning(KV.c.key)
        return len(await self._write(lambda c: c.execute(statement).all()))

    def _not_expired(self) -> sa.ColumnElement[bool]:
        return sa.or_(KV.c.expires.is_(None), KV.c.expires > self.clock())

    def _live(self, connection: sa.Connection, namespace: str, key: str) -> str | None:
        query = sa.select(KV.c.value).where(
            KV.c.namespace == namespace, KV.c.key == key, self._not_expired()
        )
        text: str | None = connection.execute(query).scalar_one_or_none()
        return text

    def _put(
        self,
        connection: sa.Connection,
        namespace: str,
        key: str,
        value: JsonValue,
        ttl_s: float | None,
    ) -> None:
        now = self.clock()
        values: dict[str, Any] = {
            "namespace": namespace,
            "key": key,
            "value": encode(value),
            "expires": None if ttl_s is None else now + timedelta(seconds=ttl_s),
            "updated": now,
        }
        connection.execute(self._upsert(KV, values, key=("namespace", "key")))

    def _lock(self, connection: sa.Connection, namespace: str, key: str) -> None:
        """One writer a key; SQLite's write transactions exclude each other already."""
        if connection.dialect.name == "postgresql":
            digest = hashlib.blake2b(encode([namespace, key]).encode(), digest_size=8).digest()
            number = int.from_bytes(digest, signed=True)
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))

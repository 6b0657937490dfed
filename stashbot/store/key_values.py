"""A namespaced key-value table: JSON values, optional expiry, atomic across processes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from pydantic import JsonValue

from stashbot.store.connection import Part, encode
from stashbot.store.tables import KV


class KeyValues(Part):
    """Small facts by namespace and key. An expired value is as good as absent."""

    async def get(self, namespace: str, key: str, default: JsonValue = None) -> JsonValue:
        """Return the value, or ``default``.

        Raises:
            UnreadableState: the row is damaged; the error names it and leaves it as it is.
        """
        return await self._db.read(lambda c: self._get(c, namespace, key, default))

    async def set(
        self, namespace: str, key: str, value: JsonValue, *, ttl_s: float | None = None
    ) -> None:
        """Write the value; after ``ttl_s`` seconds it is gone."""
        await self._db.write(lambda c: self._set(c, namespace, key, value, ttl_s))

    async def update(
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
            UnreadableState: as ``get``.
        """

        def work(connection: sa.Connection) -> JsonValue:
            self._db.lock(connection, encode([namespace, key]))
            new = change(self._get(connection, namespace, key, default))
            self._set(connection, namespace, key, new, ttl_s)
            return new

        return await self._db.write(work)

    async def items(self, namespace: str) -> dict[str, JsonValue]:
        """Return all values of a namespace, by key in order.

        Raises:
            UnreadableState: as ``get``.
        """
        query = (
            KV.select().where(KV.c.namespace == namespace, self._not_expired()).order_by(KV.c.key)
        )
        return dict(await self._db.fetch(query, lambda row: (str(row["key"]), self._decode(row))))

    async def sweep(self) -> int:
        """Delete the values that have expired, and return how many they were."""
        statement = KV.delete().where(KV.c.expires <= self._db.clock())
        return await self._db.write(lambda c: c.execute(statement).rowcount)

    def _not_expired(self) -> sa.ColumnElement[bool]:
        return sa.or_(KV.c.expires.is_(None), KV.c.expires > self._db.clock())

    def _get(
        self, connection: sa.Connection, namespace: str, key: str, default: JsonValue
    ) -> JsonValue:
        query = KV.select().where(KV.c.namespace == namespace, KV.c.key == key, self._not_expired())
        row = connection.execute(query).mappings().first()
        return default if row is None else self._decode(row)

    def _set(
        self,
        connection: sa.Connection,
        namespace: str,
        key: str,
        value: JsonValue,
        ttl_s: float | None,
    ) -> None:
        now = self._db.clock()
        values = {
            "namespace": namespace,
            "key": key,
            "value": encode(value),
            "expires": None if ttl_s is None else now + timedelta(seconds=ttl_s),
            "updated": now,
        }
        connection.execute(self._db.upsert(KV, values, key=("namespace", "key")))

    def _decode(self, row: sa.RowMapping) -> JsonValue:
        return self._db.decode_json(row["value"], table=KV, row=f"{row['namespace']}/{row['key']}")

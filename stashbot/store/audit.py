"""The audit: every change that stashbot made, written once however often its step is repeated."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from pydantic import JsonValue

from stashbot.store.connection import Part, encode, equals_filters
from stashbot.store.records import AuditEntry
from stashbot.store.tables import AUDIT


class Audit(Part):
    """The changes that stashbot made."""

    async def add(
        self,
        run_id: str,
        scene_id: str,
        *,
        step: str,
        kind: str,
        changes: Iterable[tuple[str, JsonValue, JsonValue]],
        source: str | None = None,
        undoes: int | None = None,
    ) -> int:
        """Write ``(field, before, after)`` of each change, and say how many were new.

        ``step`` names the durable step: the same run, scene, step and field are written once, the
        first time.
        """
        now = self._db.clock()
        rows = [
            {
                "run": run_id,
                "scene": scene_id,
                "step": step,
                "kind": kind,
                "source": source,
                "field": field,
                "before": encode(before),
                "after": encode(after),
                "at": now,
                "undoes": undoes,
            }
            for field, before, after in changes
        ]
        if not rows:
            return 0
        statement = (
            self._db.insert(AUDIT)
            .values(rows)
            .on_conflict_do_nothing(index_elements=["run", "scene", "step", "field"])
            .returning(AUDIT.c.id)
        )
        return len(await self._db.write(lambda c: c.execute(statement).all()))

    async def entries(
        self,
        *,
        last: int | None = None,
        run: str | None = None,
        scene: str | None = None,
        source: str | None = None,
        field: str | None = None,
        kind: str | None = None,
    ) -> tuple[AuditEntry, ...]:
        """The changes, newest first, that match every given filter; at most ``last``."""
        wanted = equals_filters(AUDIT, run=run, scene=scene, source=source, field=field, kind=kind)
        query = AUDIT.select().where(*wanted).order_by(AUDIT.c.id.desc()).limit(last)
        rows = await self._db.read(lambda c: c.execute(query).mappings().all())
        return tuple(self._to_entry(row) for row in rows)

    async def reverted_ids(self) -> frozenset[int]:
        """The ids of the entries that a later entry reverts."""
        query = sa.select(AUDIT.c.undoes).where(AUDIT.c.undoes.is_not(None)).distinct()
        return frozenset(await self._db.read(lambda c: c.execute(query).scalars().all()))

    def _to_entry(self, row: sa.RowMapping) -> AuditEntry:
        name = str(row["id"])
        values = dict(row)
        for key in ("before", "after"):
            values[key] = self._db.decode_json(row[key], table=AUDIT, row=name)
        return self._db.decode_model(AuditEntry, values, table=AUDIT, row=name)

"""The changes that stashbot made in Stash, and those that it was about to make.

Audit entries are written once, however often their step is repeated. An intent is written before
its change is sent, so that a change has a record even if its end was not seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa
from pydantic import JsonValue

from stashbot.models import SOURCE_JOINT
from stashbot.store.connection import Part, encode, equals_filters
from stashbot.store.records import AuditEntry, Intent, IntentOutcome
from stashbot.store.tables import AUDIT, INTENTS

KEEP_SETTLED_S = 30 * 24 * 3600.0


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
        """Add ``(field, before, after)`` of each change, and return how many were new.

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
        """Return the changes that match every given filter, newest first; at most ``last``.

        A change of several sources is a change of each of them.
        """
        filters = equals_filters(AUDIT, run=run, scene=scene, field=field, kind=kind)
        if source is not None:
            filters.append(_is_from(source))
        query = AUDIT.select().where(*filters).order_by(AUDIT.c.id.desc()).limit(last)
        return await self._db.fetch(query, self._decode)

    async def latest_run(self) -> str | None:
        """Return the run that changed something last; an undo is none. ``None`` if none did."""
        query = sa.select(AUDIT.c.run).where(AUDIT.c.undoes.is_(None)).order_by(AUDIT.c.id.desc())
        run: str | None = await self._db.read(lambda c: c.scalar(query.limit(1)))
        return run

    async def reverted_ids(self) -> frozenset[int]:
        """Return the ids of the entries that a later entry reverts."""
        query = sa.select(AUDIT.c.undoes).where(AUDIT.c.undoes.is_not(None)).distinct()
        return await self._db.read(lambda c: frozenset(c.scalars(query)))

    def _decode(self, row: sa.RowMapping) -> AuditEntry:
        name = str(row["id"])
        values = dict(row)
        for key in ("before", "after"):
            values[key] = self._db.decode_json(row[key], table=AUDIT, row=name)
        return self._db.decode_model(AuditEntry, values, table=AUDIT, row=name)


class Intents(Part):
    """The changes that steps were about to make, by run, scene and step."""

    async def begin(
        self, run_id: str, scene_id: str, step: str, *, kind: str, plan: JsonValue = None
    ) -> None:
        """Write an open intent before its change is sent, over an earlier intent of the step."""
        values = {
            "run": run_id,
            "scene": scene_id,
            "step": step,
            "kind": kind,
            "plan": encode(plan),
            "began": self._db.clock(),
            "settled": None,
            "outcome": None,
        }
        await self._db.execute(self._db.upsert(INTENTS, values, key=("run", "scene", "step")))

    async def find(self, run_id: str, scene_id: str, step: str) -> Intent | None:
        """Return the intent of a step, open or settled; ``None`` if the step began no change."""
        found = await self._db.fetch(
            INTENTS.select().where(_is(run_id, scene_id, step)), self._decode
        )
        return found[0] if found else None

    async def settle(self, run_id: str, scene_id: str, step: str, outcome: IntentOutcome) -> bool:
        """Write whether the change is in Stash; ``False`` if there is no open intent."""
        statement = (
            INTENTS.update()
            .where(_is(run_id, scene_id, step), INTENTS.c.settled.is_(None))
            .values(settled=self._db.clock(), outcome=outcome.value)
            .returning(INTENTS.c.run)
        )
        return await self._db.write(lambda c: c.execute(statement).first()) is not None

    async def prune(self, *, keep_s: float = KEEP_SETTLED_S) -> int:
        """Delete the intents that were settled more than ``keep_s`` seconds ago.

        Returns how many were deleted. What was applied stays in the audit.
        """
        oldest = self._db.clock() - timedelta(seconds=keep_s)
        statement = INTENTS.delete().where(INTENTS.c.settled < oldest)
        return await self._db.write(lambda c: c.execute(statement).rowcount)

    async def open(self, *, run: str | None = None) -> tuple[Intent, ...]:
        """Return the intents that are not settled, oldest first."""
        query = (
            INTENTS.select()
            .where(INTENTS.c.settled.is_(None), *equals_filters(INTENTS, run=run))
            .order_by(INTENTS.c.began, INTENTS.c.run, INTENTS.c.scene, INTENTS.c.step)
        )
        return await self._db.fetch(query, self._decode)

    def _decode(self, row: sa.RowMapping) -> Intent:
        name = f"{row['run']}/{row['scene']}/{row['step']}"
        values = {**row, "plan": self._db.decode_json(row["plan"], table=INTENTS, row=name)}
        return self._db.decode_model(Intent, values, table=INTENTS, row=name)


def _is(run_id: str, scene_id: str, step: str) -> sa.ColumnElement[bool]:
    return (INTENTS.c.run == run_id) & (INTENTS.c.scene == scene_id) & (INTENTS.c.step == step)


def _is_from(source: str) -> sa.ColumnElement[bool]:
    """Return the condition that a change comes from a source, alone or among others."""
    among = sa.literal(SOURCE_JOINT) + AUDIT.c.source + SOURCE_JOINT
    return among.contains(f"{SOURCE_JOINT}{source}{SOURCE_JOINT}", autoescape=True)

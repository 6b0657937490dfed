"""The progress of runs, as rows that any process can follow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa

from stashbot.store.connection import Database, Part, equals_filters
from stashbot.store.records import ACTIVE, Event, EventKind, NewEvent, SceneQueueState
from stashbot.store.tables import EVENTS, RUN_SCENES, RUNS

#: Events are for those who follow a run now; what must last is in the results.
KEEP_S = 24 * 3600.0
KEEP = 10_000
#: How many events a process adds before it prunes again.
PRUNE_EVERY = 1_000


class Events(Part):
    """The events of runs, oldest first. Who adds them also prunes them."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._added = 0

    async def add(self, events: Iterable[NewEvent]) -> None:
        """Add the events in their order, in a single transaction."""
        rows = [event.model_dump() for event in events]
        if not rows:
            return

        def work(connection: sa.Connection) -> None:
            # seq must rise in the order of commits: see Results.save
            self._db.lock(connection, EVENTS.name)
            connection.execute(EVENTS.insert(), rows)
            self._added += len(rows)
            if self._added >= PRUNE_EVERY:
                self._added = 0
                connection.execute(self._prune(KEEP_S, KEEP))

        await self._db.write(work)

    async def after(
        self, seq: int, *, run: str | None = None, limit: int = 1000
    ) -> tuple[Event, ...]:
        """Return the events after that ``seq``, oldest first; at most ``limit``."""
        query = (
            EVENTS.select()
            .where(EVENTS.c.seq > seq, *equals_filters(EVENTS, run=run))
            .order_by(EVENTS.c.seq)
            .limit(limit)
        )
        return await self._db.fetch(query, self._decode)

    async def last_seq(self) -> int:
        """Return the ``seq`` of the newest event; 0 if there is none."""
        return await self._db.read(lambda c: c.scalar(sa.select(sa.func.max(EVENTS.c.seq)))) or 0

    async def current(self, run: str | None = None) -> tuple[Event, ...]:
        """Return the newest phase of each scene that is in progress, in an active run.

        It looks at the few scenes that are queued, and not at all events: many readers ask often.
        """
        newest = (
            sa.select(sa.func.max(EVENTS.c.seq))
            .where(
                EVENTS.c.run == RUN_SCENES.c.run,
                EVENTS.c.scene == RUN_SCENES.c.scene,
                EVENTS.c.kind.in_((EventKind.PHASE, EventKind.RESULT)),
            )
            .scalar_subquery()
        )
        queued = (
            sa.select(newest)
            .select_from(RUN_SCENES)
            .join(RUNS, RUN_SCENES.c.run == RUNS.c.id)
            .where(
                RUN_SCENES.c.state == SceneQueueState.QUEUED,
                RUNS.c.status.in_(ACTIVE),
                *equals_filters(RUN_SCENES, run=run),
            )
        )
        query = (
            EVENTS.select()
            .where(EVENTS.c.seq.in_(queued), EVENTS.c.kind == EventKind.PHASE)
            .order_by(EVENTS.c.seq)
        )
        return await self._db.fetch(query, self._decode)

    async def prune(self, *, keep_s: float = KEEP_S, keep: int = KEEP) -> int:
        """Delete events older than ``keep_s`` seconds and all but the newest ``keep``.

        Returns how many were deleted.
        """
        statement = self._prune(keep_s, keep)
        return await self._db.write(lambda c: c.execute(statement).rowcount)

    def _prune(self, keep_s: float, keep: int) -> sa.Delete:
        oldest = self._db.clock() - timedelta(seconds=keep_s)
        last_out = sa.select(EVENTS.c.seq).order_by(EVENTS.c.seq.desc()).offset(keep).limit(1)
        return EVENTS.delete().where(
            sa.or_(EVENTS.c.at < oldest, EVENTS.c.seq <= last_out.scalar_subquery())
        )

    def _decode(self, row: sa.RowMapping) -> Event:
        return self._db.decode_model(Event, dict(row), table=EVENTS, row=str(row["seq"]))

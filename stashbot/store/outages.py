"""The failures of sources in a run, shared by all workers of the run."""

from __future__ import annotations

import sqlalchemy as sa

from stashbot.decide.sources.outages import FailureStreak
from stashbot.models import SourceOutage
from stashbot.settings import SourceSettings
from stashbot.store.connection import Part, encode, equals_filters
from stashbot.store.tables import SOURCE_FAILURES


class Outages(Part):
    """How often each source failed in a row, by run."""

    async def add_failure(
        self, run_id: str, source: str, scene_id: str, *, detail: str, settings: SourceSettings
    ) -> tuple[SourceOutage | None, bool]:
        """Count that a source failed for a scene; the same scene again changes nothing.

        Returns the outage that follows from it, if any, and whether it begins with this failure.
        """
        now = self._db.clock()

        def work(connection: sa.Connection) -> tuple[SourceOutage | None, bool]:
            # The row of a source that failed for the first time cannot be locked.
            self._db.lock(connection, SOURCE_FAILURES.name)
            row = connection.execute(_rows(run_id, source)).mappings().first()
            before = self._decode(row) if row else FailureStreak(source=source)
            after = before.with_failure(scene_id, detail, now=now, settings=settings)
            values = {
                "run": run_id,
                "source": source,
                "scenes": encode(after.scenes),
                "detail": after.detail,
                "stopped": after.stopped,
                "retry_at": after.retry_at,
                "at": now,
            }
            connection.execute(
                self._db.upsert(SOURCE_FAILURES, values, key=("run", "source")),
            )
            outage = after.outage(now)
            return outage, outage is not None and before.outage(now) is None

        return await self._db.write(work)

    async def add_answer(self, run_id: str, source: str) -> None:
        """Count that a source answered: its failures before no longer count.

        A source that is asked no more stays so: the answer was under way before.
        """
        still_asked = (
            *equals_filters(SOURCE_FAILURES, run=run_id, source=source),
            SOURCE_FAILURES.c.stopped.is_(None),
        )
        query = sa.select(SOURCE_FAILURES.c.run).where(*still_asked)
        if await self._db.read(lambda c: c.execute(query).first()) is not None:
            await self._db.execute(SOURCE_FAILURES.delete().where(*still_asked))

    async def of_run(self, run_id: str) -> tuple[SourceOutage, ...]:
        """Return the sources that are not to be asked at this moment, by name."""
        now = self._db.clock()
        streaks = await self._db.fetch(_rows(run_id), self._decode)
        return tuple(outage for streak in streaks if (outage := streak.outage(now)))

    def _decode(self, row: sa.RowMapping) -> FailureStreak:
        name = f"{row['run']}/{row['source']}"
        scenes = self._db.decode_json(row["scenes"], table=SOURCE_FAILURES, row=name)
        values = {key: row[key] for key in FailureStreak.model_fields} | {"scenes": scenes}
        return self._db.decode_model(FailureStreak, values, table=SOURCE_FAILURES, row=name)


def _rows(run_id: str, source: str | None = None) -> sa.Select[tuple[str]]:
    filters = equals_filters(SOURCE_FAILURES, run=run_id, source=source)
    return SOURCE_FAILURES.select().where(*filters).order_by(SOURCE_FAILURES.c.source)

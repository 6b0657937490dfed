"""Statistics of sources, the state of scenes, and timings of phases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from stashbot.decide.scheduling.budgets import budget_report
from stashbot.decide.sources.ranking import SourceCounts
from stashbot.models import BudgetReport, Outcome
from stashbot.settings import RoutingSettings
from stashbot.store.connection import Part, equals_filters
from stashbot.store.records import SceneState, SourceStat
from stashbot.store.tables import SCENE_STATE, SOURCE_ANSWERS, SOURCE_STATS, TIMINGS

_HALF_LIFE = timedelta(days=RoutingSettings().half_life_days)


class Sources(Part):
    """How often each source had an answer, by key, such as a studio or a series."""

    async def count(
        self,
        run_id: str,
        scene_id: str,
        source: str,
        *,
        keys: Iterable[str],
        ok: bool,
        half_life: timedelta = _HALF_LIFE,
    ) -> bool:
        """Count an answer of a source under every key, and return whether a count changed.

        A source counts once for a run, scene and key, by its best answer: a source that finds by
        search what it did not by fragment is a success, and a repeated step changes nothing.
        Answers weigh half after a ``half_life``.
        """
        now = self._db.clock()

        def work(connection: sa.Connection) -> bool:
            changed = False
            # in the same order everywhere, or two writers wait for each other's rows
            for key in sorted(set(keys)):
                answer = {"run": run_id, "scene": scene_id, "source": source, "key": key}
                added = (
                    self._db.insert(SOURCE_ANSWERS)
                    .values(**answer, ok=ok, at=now)
                    .on_conflict_do_nothing()
                    .returning(SOURCE_ANSWERS.c.key)
                )
                failed_at = None
                if connection.execute(added).first() is None:
                    failed_at = self._improve(connection, answer, now) if ok else None
                    if failed_at is None:
                        continue
                changed = True
                counts = self._counts(connection, key, source, now)
                _store_counts(connection, _counted(counts, now, half_life, ok, failed_at))
            return changed

        return await self._db.write(work)

    def _improve(
        self, connection: sa.Connection, answer: Mapping[str, str], now: datetime
    ) -> datetime | None:
        """Turn a failed answer into a success, and return when the failure was counted."""
        failed = sa.and_(
            *equals_filters(SOURCE_ANSWERS, **answer), SOURCE_ANSWERS.c.ok.is_(sa.false())
        )
        at: datetime | None = connection.scalar(
            sa.select(SOURCE_ANSWERS.c.at).where(failed).with_for_update()
        )
        if at is not None:
            connection.execute(SOURCE_ANSWERS.update().where(failed).values(ok=True, at=now))
        return at

    def _counts(
        self, connection: sa.Connection, key: str, source: str, now: datetime
    ) -> SourceStat:
        connection.execute(
            self._db.insert(SOURCE_STATS)
            .values(key=key, source=source, ok=0, fail=0, updated=now)
            .on_conflict_do_nothing()
        )
        row = SOURCE_STATS.select().where(*equals_filters(SOURCE_STATS, key=key, source=source))
        return _to_stat(connection.execute(row.with_for_update()).mappings().one())

    async def stats(self, keys: Iterable[str] | None = None) -> tuple[SourceStat, ...]:
        """Return the counts of all sources, by key and source; without ``keys``, of all keys."""
        query = SOURCE_STATS.select().order_by(SOURCE_STATS.c.key, SOURCE_STATS.c.source)
        if keys is not None:
            query = query.where(self._db.is_among(SOURCE_STATS.c.key, keys))
        return await self._db.fetch(query, _to_stat)


def _to_stat(row: sa.RowMapping) -> SourceStat:
    return SourceStat(**row)


def _counted(
    stat: SourceStat, now: datetime, half_life: timedelta, ok: bool, failed_at: datetime | None
) -> SourceStat:
    """Return the counts with this answer added, and without the failure of ``failed_at``."""
    weighted = stat.weighted.with_answer(now, half_life, ok=ok)
    fail = weighted.fail
    if failed_at is not None:
        failure = SourceCounts(key=stat.key, source=stat.source, fail=1, at=failed_at)
        fail = max(0.0, fail - failure.decayed_to(weighted.at, half_life).fail)
    return stat.model_copy(
        update={
            "ok": stat.ok + int(ok),
            "fail": stat.fail + int(not ok) - int(failed_at is not None),
            "weighted_ok": weighted.ok,
            "weighted_fail": fail,
            "updated": weighted.at,
        }
    )


def _store_counts(connection: sa.Connection, stat: SourceStat) -> None:
    values = stat.model_dump(exclude={"key", "source"})
    row = equals_filters(SOURCE_STATS, key=stat.key, source=stat.source)
    connection.execute(SOURCE_STATS.update().where(*row).values(values))


class Scenes(Part):
    """When stashbot last scraped and organized each scene, and how it came out."""

    async def update(
        self,
        scene_id: str,
        *,
        scraped_at: datetime | None = None,
        last_outcome: Outcome | None = None,
        organized_at: datetime | None = None,
        asked_with: str | None = None,
    ) -> None:
        """Write what was done with a scene; what is not given stays as it was.

        ``asked_with`` is a hash of how it was asked, to be given whenever sources were asked:
        without it the scene is due again.
        """
        given = {
            "scraped_at": scraped_at,
            "last_outcome": last_outcome and last_outcome.value,
            "organized_at": organized_at,
        }
        values: dict[str, datetime | str | None] = {
            key: value for key, value in given.items() if value is not None
        }
        if last_outcome is not None:
            values["asked_with"] = asked_with
        if values:
            values["scene"] = scene_id
            await self._db.execute(self._db.upsert(SCENE_STATE, values, key=("scene",)))

    async def get(self, scene_id: str) -> SceneState:
        """Return the state of a scene; an empty state if stashbot never touched it."""
        return (await self.get_many([scene_id])).get(scene_id, SceneState(scene=scene_id))

    async def get_many(self, scene_ids: Iterable[str]) -> dict[str, SceneState]:
        """Return the states of these scenes, by id; scenes never touched are absent."""
        query = SCENE_STATE.select().where(self._db.is_among(SCENE_STATE.c.scene, scene_ids))
        return {state.scene: state for state in await self._db.fetch(query, self._decode)}

    def _decode(self, row: sa.RowMapping) -> SceneState:
        return self._db.decode_model(SceneState, dict(row), table=SCENE_STATE, row=row["scene"])


class Timings(Part):
    """How long phases took."""

    async def add(
        self, run_id: str, scene_id: str, phase: str, elapsed_ms: int, *, label: str = ""
    ) -> None:
        """Write how long a phase took for a scene; ``label`` tells the times of a phase apart.

        A repeated step overwrites its own time.
        """
        values = {
            "run": run_id,
            "scene": scene_id,
            "phase": phase,
            "label": label,
            "elapsed_ms": elapsed_ms,
            "at": self._db.clock(),
        }
        key = ("run", "scene", "phase", "label")
        await self._db.execute(self._db.upsert(TIMINGS, values, key=key))

    async def by_phase(self, *, run: str | None = None) -> dict[str, tuple[int, ...]]:
        """Return the elapsed milliseconds of each phase, oldest first."""
        times = sa.select(TIMINGS.c.phase, TIMINGS.c.elapsed_ms).order_by(TIMINGS.c.at)
        query = times.where(*equals_filters(TIMINGS, run=run))

        def work(connection: sa.Connection) -> dict[str, tuple[int, ...]]:
            found: dict[str, list[int]] = {}
            for phase, elapsed_ms in connection.execute(query):
                found.setdefault(phase, []).append(elapsed_ms)
            return {phase: tuple(times) for phase, times in found.items()}

        return await self._db.read(work)

    async def budgets(
        self, run_id: str | None, budgets: Mapping[str, int]
    ) -> dict[str, BudgetReport]:
        """Return how the phases of a run, or of all runs, kept to their budgets.

        ``budgets`` are milliseconds by phase.
        """
        timings = await self.by_phase(run=run_id)
        return {
            phase: budget_report(phase, budget_ms, timings.get(phase, ()))
            for phase, budget_ms in budgets.items()
        }

"""What runs learn: how good sources are, what was done with a scene, how long phases take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from stashbot.decide.scheduling.budgets import budget_report as budgets_of
from stashbot.models import BudgetReport, Outcome
from stashbot.settings import RoutingSettings
from stashbot.store.base import StoreBase, matching
from stashbot.store.records import SceneState, SourceStat
from stashbot.store.tables import SCENE_STATE, SOURCE_SEEN, SOURCE_STATS, TIMINGS

_CHUNK = 500
_HALF_LIFE = timedelta(days=RoutingSettings().half_life_days)


class Stats(StoreBase):
    """The part of the store that counts."""

    async def count_source(
        self,
        run_id: str,
        scene_id: str,
        source: str,
        *,
        keys: Iterable[str],
        ok: bool,
        half_life: timedelta = _HALF_LIFE,
    ) -> bool:
        """Count one answer of a source under every key; whether it was new.

        A run counts a source once for a scene and key, so a repeated step changes nothing. What was
        counted before weighs half after a ``half_life``.
        """
        now = self.clock()
        base = {"run": run_id, "scene": scene_id, "source": source}

        def work(connection: sa.Connection) -> bool:
            new = False
            for key in sorted(set(keys)):
                seen = (
                    self._insert(SOURCE_SEEN)
                    .values(**base, key=key, ok=ok, at=now)
                    .on_conflict_do_nothing()
                    .returning(SOURCE_SEEN.c.key)
                )
                if connection.execute(seen).first() is None:
                    continue
                new = True
                self._count(connection, key, source, ok=ok, half_life=half_life)
            return new

        return await self._write(work)

    def _count(
        self, connection: sa.Connection, key: str, source: str, *, ok: bool, half_life: timedelta
    ) -> None:
        now = self.clock()
        connection.execute(
            self._insert(SOURCE_STATS)
            .values(key=key, source=source, ok=0, fail=0, updated=now)
            .on_conflict_do_nothing()
        )
        row = (SOURCE_STATS.c.key == key) & (SOURCE_STATS.c.source == source)
        held = connection.execute(SOURCE_STATS.select().where(row).with_for_update()).mappings()
        tally = SourceStat(**dict(held.one())).tally.counted(now, half_life, ok=ok)
        connection.execute(
            SOURCE_STATS.update()
            .where(row)
            .values(
                ok=SOURCE_STATS.c.ok + int(ok),
                fail=SOURCE_STATS.c.fail + int(not ok),
                weighed_ok=tally.ok,
                weighed_fail=tally.fail,
                updated=tally.at,
            )
        )

    async def source_stats(self, keys: Iterable[str] | None = None) -> tuple[SourceStat, ...]:
        """The counts of all sources, by key and source; of all keys without ``keys``."""
        query = SOURCE_STATS.select().order_by(SOURCE_STATS.c.key, SOURCE_STATS.c.source)
        if keys is not None:
            query = query.where(SOURCE_STATS.c.key.in_(sorted(set(keys))))
        rows = await self._read(lambda c: c.execute(query).mappings().all())
        return tuple(SourceStat(**dict(row)) for row in rows)

    async def set_scene_state(
        self,
        scene_id: str,
        *,
        scraped_at: datetime | None = None,
        last_outcome: Outcome | None = None,
        organized_at: datetime | None = None,
    ) -> None:
        """Remember what was done with a scene; what is not given stays as it was."""
        given = {
            "scraped_at": scraped_at,
            "last_outcome": last_outcome and last_outcome.value,
            "organized_at": organized_at,
        }
        values = {key: value for key, value in given.items() if value is not None}
        if not values:
            return
        statement = self._upsert(SCENE_STATE, {"scene": scene_id, **values}, key=("scene",))
        await self._write(lambda c: c.execute(statement))

    async def scene_state(self, scene_id: str) -> SceneState:
        """What is remembered of a scene; an empty state for one that was never touched."""
        return (await self.scene_states([scene_id])).get(scene_id, SceneState(scene=scene_id))

    async def scene_states(self, scene_ids: Iterable[str]) -> dict[str, SceneState]:
        """What is remembered of these scenes; those never touched are absent."""
        wanted = sorted(set(scene_ids))
        found: dict[str, SceneState] = {}
        for start in range(0, len(wanted), _CHUNK):
            query = SCENE_STATE.select().where(
                SCENE_STATE.c.scene.in_(wanted[start : start + _CHUNK])
            )
            for row in await self._read(lambda c, q=query: c.execute(q).mappings().all()):  # type: ignore[misc]
                name = str(row["scene"])
                found[name] = self._model(SceneState, dict(row), table=SCENE_STATE, row=name)
        return found

    async def add_timing(
        self, run_id: str, scene_id: str, phase: str, elapsed_ms: int, *, label: str = ""
    ) -> None:
        """Write how long a phase took for a scene; ``label`` tells several of one phase apart.

        A repeated step overwrites its own time.
        """
        values = {
            "run": run_id,
            "scene": scene_id,
            "phase": phase,
            "label": label,
            "elapsed_ms": elapsed_ms,
            "at": self.clock(),
        }
        statement = self._upsert(TIMINGS, values, key=("run", "scene", "phase", "label"))
        await self._write(lambda c: c.execute(statement))

    async def timings(self, *, run: str | None = None) -> dict[str, tuple[int, ...]]:
        """Elapsed milliseconds by phase, oldest first."""
        times = sa.select(TIMINGS.c.phase, TIMINGS.c.elapsed_ms).order_by(TIMINGS.c.at)
        query = times.where(*matching(TIMINGS, run=run))
        found: dict[str, list[int]] = {}
        for phase, elapsed_ms in await self._read(lambda c: c.execute(query).all()):
            found.setdefault(phase, []).append(elapsed_ms)
        return {phase: tuple(times) for phase, times in found.items()}

    async def budget_report(
        self, run_id: str | None, budgets: Mapping[str, int]
    ) -> dict[str, BudgetReport]:
        """How the phases of a run, or of all, kept to their budgets: milliseconds by phase."""
        timings = await self.timings(run=run_id)
        return {
            phase: budgets_of(phase, budget_ms, timings.get(phase, ()))
            for phase, budget_ms in budgets.items()
        }

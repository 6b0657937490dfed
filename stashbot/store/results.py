"""The results of scenes in runs, and the tags that sources proposed and Stash lacked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import sqlalchemy as sa

from stashbot.decide.matching.names import fold_case
from stashbot.models import FieldName, OmissionKind, SceneResult
from stashbot.store.connection import Database, Part, encode
from stashbot.store.records import PastResult, SavedResult, SceneQueueState
from stashbot.store.runs import Runs
from stashbot.store.tables import MISSING_TAGS, RESULTS, RUN_SCENES, RUN_TOTALS, RUNS

#: Results that are decoded at once: 1,000 hold a thread of the store for 30 ms.
PAGE = 1_000


class Results(Part):
    """How scenes came out of runs."""

    async def save(self, run_id: str, result: SceneResult) -> bool:
        """Save a scene's result unless the run has it already, and return whether it was new.

        A result of a run that is not dry also adds to the missing tags.
        """

        def work(connection: sa.Connection) -> bool:
            # seq must rise in the order of commits: else a reader that goes on after a higher seq
            # misses a result that is committed later
            self._db.lock(connection, RESULTS.name)
            statement = (
                self._db.insert(RESULTS)
                .values(
                    run=run_id,
                    scene=result.id,
                    outcome=result.outcome.value,
                    elapsed_ms=result.elapsed_ms,
                    result=encode(result),
                    at=self._db.clock(),
                )
                .on_conflict_do_nothing(index_elements=["run", "scene"])
                .returning(RESULTS.c.seq)
            )
            if connection.execute(statement).first() is None:
                return False
            self._count(connection, run_id, result)
            dry_run = connection.scalar(sa.select(RUNS.c.dry_run).where(RUNS.c.id == run_id))
            if dry_run is False:
                add_missing_tags(self._db, connection, (result,))
            return True

        return await self._db.write(work)

    async def amend(self, run_id: str, result: SceneResult) -> None:
        """Replace the result of a scene that the run went on with after it had ended."""
        await self._db.execute(
            RESULTS.update()
            .where(RESULTS.c.run == run_id, RESULTS.c.scene == result.id)
            .values(result=encode(result))
        )

    def _count(self, connection: sa.Connection, run_id: str, result: SceneResult) -> None:
        """Mark the scene as done and raise the run's total of its outcome."""
        connection.execute(
            RUN_SCENES.update()
            .where(RUN_SCENES.c.run == run_id, RUN_SCENES.c.scene == result.id)
            .values(state=SceneQueueState.DONE)
        )
        connection.execute(
            self._db.insert(RUN_TOTALS)
            .values(run=run_id, outcome=result.outcome.value, scenes=1)
            .on_conflict_do_update(
                index_elements=["run", "outcome"], set_={"scenes": RUN_TOTALS.c.scenes + 1}
            )
        )

    async def of_run(
        self, run_id: str, *, after_seq: int = 0, limit: int | None = None
    ) -> tuple[SavedResult, ...]:
        """Return the results of a run in the order in which they were saved.

        ``after_seq`` leaves out those up to and with that ``seq``; at most ``limit`` are returned.
        """
        query = (
            sa.select(RESULTS)
            .where(RESULTS.c.run == run_id, RESULTS.c.seq > after_seq)
            .order_by(RESULTS.c.seq)
            .limit(limit)
        )
        return await self._db.fetch(
            query,
            lambda row: SavedResult(seq=row["seq"], at=row["at"], result=self._decode(row)),
        )

    async def last_seq(self, run_id: str) -> int:
        """Return the ``seq`` of the result that was saved last; 0 if there is none."""
        query = sa.select(sa.func.max(RESULTS.c.seq)).where(RESULTS.c.run == run_id)
        return int(await self._db.read(lambda c: c.scalar(query)) or 0)

    async def get(self, run_id: str, scene_id: str) -> SceneResult | None:
        """Return the result of a scene in a run; ``None`` if it has none yet."""
        query = sa.select(RESULTS).where(RESULTS.c.run == run_id, RESULTS.c.scene == scene_id)
        found = await self._db.fetch(query, self._decode)
        return found[0] if found else None

    async def in_order(self, run_id: str) -> tuple[SceneResult, ...]:
        """Return the results that the run has so far, in the order of its scenes.

        Raises:
            UnknownRun: this state does not hold it.
        """
        return tuple([result async for result in self.iter_in_order(run_id)])

    async def iter_in_order(self, run_id: str) -> AsyncIterator[SceneResult]:
        """Yield what ``in_order`` returns; a page at a time is read and decoded.

        Raises:
            UnknownRun: this state does not hold the run.
        """
        run = await Runs(self._db).get(run_id)
        same = (RUN_SCENES.c.run == RESULTS.c.run) & (RUN_SCENES.c.scene == RESULTS.c.scene)
        in_run = (
            sa.select(RESULTS)
            .join(RUN_SCENES, same)
            .where(RUN_SCENES.c.run == run_id)
            .order_by(RUN_SCENES.c.position)
        )
        for first in range(0, run.scene_count, PAGE):
            # a range of positions reads its index alone; a limit may sort all results each time
            page = RUN_SCENES.c.position.between(first, first + PAGE - 1)
            for result in await self._db.fetch(in_run.where(page), self._decode):
                yield result
        others = sa.select(RESULTS).where(
            RESULTS.c.run == run_id, ~sa.select(RUN_SCENES).where(same).exists()
        )
        for result in await self._db.fetch(others.order_by(RESULTS.c.seq), self._decode):
            yield result

    async def of_scene(self, scene_id: str, *, last: int = 20) -> tuple[PastResult, ...]:
        """Return how a scene came out of runs, newest first; at most ``last``."""
        query = (
            sa.select(RESULTS, RUNS.c.dry_run)
            .join(RUNS, RESULTS.c.run == RUNS.c.id)
            .where(RESULTS.c.scene == scene_id)
            .order_by(RESULTS.c.at.desc(), RESULTS.c.seq.desc())
            .limit(last)
        )
        return await self._db.fetch(
            query,
            lambda row: PastResult(
                run=row["run"], at=row["at"], dry_run=row["dry_run"], result=self._decode(row)
            ),
        )

    async def totals(self, run_id: str) -> dict[str, int]:
        """Return how many scenes of a run had each outcome; outcomes without scenes are absent."""
        query = sa.select(RUN_TOTALS.c.outcome, RUN_TOTALS.c.scenes).where(
            RUN_TOTALS.c.run == run_id
        )
        rows = await self._db.read(lambda c: c.execute(query).all())
        return {str(outcome): int(count) for outcome, count in rows}

    def _decode(self, row: sa.RowMapping) -> SceneResult:
        name = f"{row['run']}/{row['scene']}"
        return self._db.decode_model(SceneResult, row["result"], table=RESULTS, row=name)


class MissingTags(Part):
    """The tags that sources proposed and Stash lacked, with the scenes that they were for."""

    async def counts(self) -> dict[str, int]:
        """Return for how many scenes each tag was missing, by its name without case.

        Of all results of runs that were not dry; a scene counts once for a tag.
        """
        query = sa.select(MISSING_TAGS.c.tag, sa.func.count()).group_by(MISSING_TAGS.c.tag)
        rows = await self._db.read(lambda c: c.execute(query).all())
        return {str(tag): int(count) for tag, count in rows}


def add_missing_tags(
    db: Database, connection: sa.Connection, results: Iterable[SceneResult]
) -> None:
    """Add the tags that these results omitted because Stash does not have them."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for result in results:
        for omission in result.omitted:
            is_missing = omission.kind is OmissionKind.NOT_IN_STASH
            if omission.field is FieldName.TAGS and is_missing:
                row = {"tag": fold_case(omission.name), "scene": result.id, "name": omission.name}
                rows[row["tag"], row["scene"]] = row
    if rows:
        insert = db.insert(MISSING_TAGS).on_conflict_do_nothing()
        connection.execute(insert, list(rows.values()))

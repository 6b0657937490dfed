"""The results of scenes in runs, and the tags that sources proposed and Stash lacked."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa

from stashbot.decide.matching.names import fold_case
from stashbot.models import NOT_IN_STASH, FieldName, SceneResult
from stashbot.store.connection import Part, encode
from stashbot.store.records import PastResult
from stashbot.store.runs import Runs
from stashbot.store.tables import RESULTS, RUNS

#: The newest results are telling enough of what sources propose.
RESULTS_READ = 20_000


class Results(Part):
    """How scenes came out of runs."""

    async def save(self, run_id: str, result: SceneResult) -> None:
        """Write a scene's result, over the one that a resumed run may have written before."""
        values = {
            "run": run_id,
            "scene": result.id,
            "outcome": result.outcome.value,
            "elapsed_ms": result.elapsed_ms,
            "result": encode(result),
            "at": self._db.clock(),
        }
        statement = self._db.upsert(RESULTS, values, key=("run", "scene"))
        await self._db.write(lambda c: c.execute(statement))

    async def in_order(self, run_id: str) -> tuple[SceneResult, ...]:
        """The results that the run has so far, in the order of its scenes.

        Raises:
            UnknownRun: this state does not hold it.
        """
        order = {
            scene: place for place, scene in enumerate((await Runs(self._db).get(run_id)).scenes)
        }
        query = sa.select(RESULTS.c.scene, RESULTS.c.result).where(RESULTS.c.run == run_id)
        rows = await self._db.read(lambda c: c.execute(query).all())
        rows = sorted(rows, key=lambda row: (order.get(row.scene, len(order)), row.scene))
        return tuple(
            self._db.decode_model(
                SceneResult, row.result, table=RESULTS, row=f"{run_id}/{row.scene}"
            )
            for row in rows
        )

    async def of_scene(self, scene_id: str, *, last: int = 20) -> tuple[PastResult, ...]:
        """How a scene came out of runs, newest first; at most ``last``."""
        # By the runs' ids, so that the results' own key finds them.
        query = (
            sa.select(RESULTS.c.run, RESULTS.c.at, RESULTS.c.result, RUNS.c.dry_run)
            .join(RUNS, RESULTS.c.run == RUNS.c.id)
            .where(RESULTS.c.run.in_(sa.select(RUNS.c.id)), RESULTS.c.scene == scene_id)
            .order_by(RESULTS.c.at.desc(), RUNS.c.seq.desc())
            .limit(last)
        )
        rows = await self._db.read(lambda c: c.execute(query).all())
        return tuple(
            PastResult(
                run=row.run,
                at=row.at,
                dry_run=row.dry_run,
                result=self._db.decode_model(
                    SceneResult, row.result, table=RESULTS, row=f"{row.run}/{scene_id}"
                ),
            )
            for row in rows
        )

    async def totals(self, run_id: str) -> dict[str, int]:
        """Scenes of a run by outcome; outcomes that no scene had are absent."""
        query = (
            sa.select(RESULTS.c.outcome, sa.func.count())
            .where(RESULTS.c.run == run_id)
            .group_by(RESULTS.c.outcome)
        )
        rows = await self._db.read(lambda c: c.execute(query).all())
        return {str(outcome): int(count) for outcome, count in rows}


class MissingTags(Part):
    """The tags that sources proposed and Stash lacked."""

    async def counts(self, *, last: int = RESULTS_READ) -> dict[str, int]:
        """For how many scenes each tag was proposed that Stash lacked, by its name in one case.

        Of the newest results of runs that were not dry; a scene counts once.
        """
        query = (
            sa.select(RESULTS.c.run, RESULTS.c.scene, RESULTS.c.result)
            .join(RUNS, RESULTS.c.run == RUNS.c.id)
            .where(~RUNS.c.dry_run, RESULTS.c.result.contains('"omitted":[{'))
            .order_by(RESULTS.c.at.desc())
            .limit(last)
        )
        rows = await self._db.read(lambda c: c.execute(query).all())
        scenes: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            place = f"{row.run}/{row.scene}"
            result = self._db.decode_model(SceneResult, row.result, table=RESULTS, row=place)
            for one in result.omitted:
                if one.field is FieldName.TAGS and one.reason.startswith(NOT_IN_STASH):
                    scenes[fold_case(one.name)].add(row.scene)
        return {name: len(found) for name, found in scenes.items()}

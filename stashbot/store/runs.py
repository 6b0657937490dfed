"""Runs and the results of their scenes."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from pydantic import JsonValue

from stashbot.decide.matching.names import by_case
from stashbot.errors import UnknownRun, UsageError
from stashbot.models import NOT_IN_STASH, FieldName, SceneResult
from stashbot.store.base import StoreBase, encode, matching
from stashbot.store.records import PastResult, Run, RunStatus
from stashbot.store.tables import RESULTS, RUNS

#: The newest results are telling enough of what sources propose.
RESULTS_READ = 20_000


class Runs(StoreBase):
    """The part of the store that knows runs."""

    def new_run_id(self) -> str:
        """An id for a new run: its UTC time and a random tail, ``20240102-030405-1a2b``."""
        return f"{self.clock():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"

    async def start_run(
        self,
        scenes: Iterable[str],
        *,
        options: Mapping[str, JsonValue] | None = None,
        dry_run: bool = False,
        run_id: str | None = None,
    ) -> Run:
        """A new run, under ``new_run_id`` unless it is given one.

        Raises:
            UsageError: there is a run of that id already.
        """
        now = self.clock()
        run = Run(
            id=run_id or self.new_run_id(),
            started=now,
            scenes=tuple(scenes),
            options=dict(options or {}),
            dry_run=dry_run,
        )
        statement = (
            self._insert(RUNS)
            .values(
                id=run.id,
                started=run.started,
                options=encode(run.options),
                scenes=encode(list(run.scenes)),
                dry_run=run.dry_run,
                status=run.status.value,
            )
            .on_conflict_do_nothing(index_elements=["id"])
            .returning(RUNS.c.seq)
        )
        if await self._write(lambda c: c.execute(statement).first()) is None:
            raise UsageError(
                f"There is a run {run.id} already.",
                hint=f"Continue it with --resume {run.id}.",
                run=run.id,
            )
        return run

    async def reopen_run(self, run_id: str) -> Run:
        """The run, marked as running again.

        Raises:
            UnknownRun: this state does not hold it.
        """
        await self._set_status(run_id, RunStatus.RUNNING)
        return await self.run(run_id)

    async def finish_run(self, run_id: str, status: RunStatus = RunStatus.DONE) -> None:
        """Mark the run as done or interrupted, now.

        Raises:
            UnknownRun: this state does not hold it.
        """
        await self._set_status(run_id, status)

    async def _set_status(self, run_id: str, status: RunStatus) -> None:
        finished = None if status is RunStatus.RUNNING else self.clock()
        statement = (
            RUNS.update()
            .where(RUNS.c.id == run_id)
            .values(status=status.value, finished=finished)
            .returning(RUNS.c.id)
        )
        if await self._write(lambda c: c.execute(statement).first()) is None:
            raise _unknown(run_id)

    async def run(self, run_id: str) -> Run:
        """The run of that id.

        Raises:
            UnknownRun: this state does not hold it.
        """
        found = await self._runs(RUNS.select().where(RUNS.c.id == run_id))
        if not found:
            raise _unknown(run_id)
        return found[0]

    async def latest_run(self, *, dry_run: bool | None = None) -> Run:
        """The run that was started last; with ``dry_run`` only among dry or wet ones.

        Raises:
            UnknownRun: there is none yet.
        """
        found = await self.runs(last=1, dry_run=dry_run)
        if not found:
            raise UnknownRun("There is no run yet.", hint="Start one: stashbot run.", run="last")
        return found[0]

    async def runs(
        self, *, last: int | None = None, dry_run: bool | None = None
    ) -> tuple[Run, ...]:
        """The runs, newest first; at most ``last``."""
        query = RUNS.select().where(*matching(RUNS, dry_run=dry_run))
        return await self._runs(query.order_by(RUNS.c.seq.desc()).limit(last))

    async def _runs(self, query: sa.Select[Any]) -> tuple[Run, ...]:
        rows = await self._read(lambda c: c.execute(query).mappings().all())
        return tuple(self._to_run(row) for row in rows)

    def _to_run(self, row: sa.RowMapping) -> Run:
        name = str(row["id"])
        values: dict[str, Any] = {key: row[key] for key in Run.model_fields}
        for key in ("options", "scenes"):
            values[key] = self._decode(row[key], table=RUNS, row=name)
        return self._model(Run, values, table=RUNS, row=name)

    async def save_result(self, run_id: str, result: SceneResult) -> None:
        """Write a scene's result, over the one that a resumed run may have written before."""
        values = {
            "run": run_id,
            "scene": result.id,
            "outcome": result.outcome.value,
            "elapsed_ms": result.elapsed_ms,
            "result": encode(result),
            "at": self.clock(),
        }
        statement = self._upsert(RESULTS, values, key=("run", "scene"))
        await self._write(lambda c: c.execute(statement))

    async def results(self, run_id: str) -> tuple[SceneResult, ...]:
        """The results that the run has so far, in the order of its scenes.

        Raises:
            UnknownRun: this state does not hold it.
        """
        order = {scene: place for place, scene in enumerate((await self.run(run_id)).scenes)}
        query = sa.select(RESULTS.c.scene, RESULTS.c.result).where(RESULTS.c.run == run_id)
        rows = await self._read(lambda c: c.execute(query).all())
        rows = sorted(rows, key=lambda row: (order.get(row.scene, len(order)), row.scene))
        return tuple(
            self._model(SceneResult, row.result, table=RESULTS, row=f"{run_id}/{row.scene}")
            for row in rows
        )

    async def lacking_tags(self, *, last: int = RESULTS_READ) -> dict[str, int]:
        """For how many scenes each tag was proposed that Stash lacked, by its name in one case.

        Of the newest results of runs that were not dry; a scene counts once.
        """
        query = (
            sa.select(RESULTS.c.run, RESULTS.c.scene, RESULTS.c.result)
            .join(RUNS, RESULTS.c.run == RUNS.c.id)
            .where(~RUNS.c.dry_run, RESULTS.c.result.contains('"left_out":[{'))
            .order_by(RESULTS.c.at.desc())
            .limit(last)
        )
        rows = await self._read(lambda c: c.execute(query).all())
        scenes: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            place = f"{row.run}/{row.scene}"
            result = self._model(SceneResult, row.result, table=RESULTS, row=place)
            for one in result.left_out:
                if one.field is FieldName.TAGS and one.reason.startswith(NOT_IN_STASH):
                    scenes[by_case(one.name)].add(row.scene)
        return {name: len(found) for name, found in scenes.items()}

    async def results_of(self, scene_id: str, *, last: int = 20) -> tuple[PastResult, ...]:
        """How a scene came out of runs, newest first; at most ``last``."""
        # By the runs' ids, so that the results' own key finds them.
        query = (
            sa.select(RESULTS.c.run, RESULTS.c.at, RESULTS.c.result, RUNS.c.dry_run)
            .join(RUNS, RESULTS.c.run == RUNS.c.id)
            .where(RESULTS.c.run.in_(sa.select(RUNS.c.id)), RESULTS.c.scene == scene_id)
            .order_by(RESULTS.c.at.desc(), RUNS.c.seq.desc())
            .limit(last)
        )
        rows = await self._read(lambda c: c.execute(query).all())
        return tuple(
            PastResult(
                run=row.run,
                at=row.at,
                dry_run=row.dry_run,
                result=self._model(
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
        rows = await self._read(lambda c: c.execute(query).all())
        return {str(outcome): int(count) for outcome, count in rows}


def _unknown(run_id: str) -> UnknownRun:
    return UnknownRun(
        f"This state holds no run {run_id}.",
        hint="See the runs with `stashbot metrics runs`, or name the newest by `last`.",
        run=run_id,
    )

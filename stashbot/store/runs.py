"""Runs: their scenes, options and status."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from pydantic import JsonValue

from stashbot.errors import UnknownRun, UsageError
from stashbot.store.connection import Part, encode, equals_filters
from stashbot.store.records import Run, RunStatus
from stashbot.store.tables import RUNS


class Runs(Part):
    """The runs of a state."""

    def new_id(self) -> str:
        """An id for a new run: its UTC time and a random tail, ``20240102-030405-1a2b``."""
        return f"{self._db.clock():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"

    async def add(
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
        now = self._db.clock()
        run = Run(
            id=run_id or self.new_id(),
            started=now,
            scenes=tuple(scenes),
            options=dict(options or {}),
            dry_run=dry_run,
        )
        statement = (
            self._db.insert(RUNS)
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
        if await self._db.write(lambda c: c.execute(statement).first()) is None:
            raise UsageError(
                f"There is a run {run.id} already.",
                hint=f"Continue it with --resume {run.id}.",
                run=run.id,
            )
        return run

    async def reopen(self, run_id: str) -> Run:
        """The run, marked as running again.

        Raises:
            UnknownRun: this state does not hold it.
        """
        await self.set_status(run_id, RunStatus.RUNNING)
        return await self.get(run_id)

    async def set_status(self, run_id: str, status: RunStatus) -> None:
        """Mark the run as running, done or interrupted.

        Raises:
            UnknownRun: this state does not hold it.
        """
        finished = None if status is RunStatus.RUNNING else self._db.clock()
        statement = (
            RUNS.update()
            .where(RUNS.c.id == run_id)
            .values(status=status.value, finished=finished)
            .returning(RUNS.c.id)
        )
        if await self._db.write(lambda c: c.execute(statement).first()) is None:
            raise _unknown(run_id)

    async def get(self, run_id: str) -> Run:
        """The run of that id.

        Raises:
            UnknownRun: this state does not hold it.
        """
        found = await self._runs(RUNS.select().where(RUNS.c.id == run_id))
        if not found:
            raise _unknown(run_id)
        return found[0]

    async def latest(self, *, dry_run: bool | None = None) -> Run:
        """The run that was started last; with ``dry_run`` only among dry or wet ones.

        Raises:
            UnknownRun: there is none yet.
        """
        found = await self.list(last=1, dry_run=dry_run)
        if not found:
            raise UnknownRun("There is no run yet.", hint="Start one: stashbot run.", run="last")
        return found[0]

    async def list(
        self, *, last: int | None = None, dry_run: bool | None = None
    ) -> tuple[Run, ...]:
        """The runs, newest first; at most ``last``."""
        query = RUNS.select().where(*equals_filters(RUNS, dry_run=dry_run))
        return await self._runs(query.order_by(RUNS.c.seq.desc()).limit(last))

    async def _runs(self, query: sa.Select[Any]) -> tuple[Run, ...]:
        rows = await self._db.read(lambda c: c.execute(query).mappings().all())
        return tuple(self._to_run(row) for row in rows)

    def _to_run(self, row: sa.RowMapping) -> Run:
        name = str(row["id"])
        values: dict[str, Any] = {key: row[key] for key in Run.model_fields}
        for key in ("options", "scenes"):
            values[key] = self._db.decode_json(row[key], table=RUNS, row=name)
        return self._db.decode_model(Run, values, table=RUNS, row=name)


def _unknown(run_id: str) -> UnknownRun:
    return UnknownRun(
        f"This state holds no run {run_id}.",
        hint="See the runs with `stashbot metrics runs`, or name the newest by `last`.",
        run=run_id,
    )

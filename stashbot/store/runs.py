"""Runs: their options, status and scenes."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from pydantic import JsonValue

from stashbot.errors import UnknownRun, UsageError
from stashbot.store.connection import Part, encode, equals_filters
from stashbot.store.records import ACTIVE, Run, RunStatus, SceneQueueState
from stashbot.store.tables import RUN_SCENES, RUN_SNAPSHOTS, RUN_TOTALS, RUNS

_ENDED = (RunStatus.DONE, RunStatus.INTERRUPTED)
_IS = {state: RUN_SCENES.c.state == state for state in SceneQueueState}
_COLUMNS = [RUNS.c[name] for name in Run.model_fields]


class Runs(Part):
    """The runs of a state, each with its scenes in order."""

    def new_id(self) -> str:
        """Return an id for a new run: its UTC time and a random tail, ``20240102-030405-1a2b``."""
        return f"{self._db.clock():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"

    async def add(
        self,
        scenes: Iterable[str],
        *,
        kind: str,
        options: Mapping[str, JsonValue] | None = None,
        snapshot: JsonValue = None,
        dry_run: bool = False,
        run_id: str | None = None,
        owner: str | None = None,
    ) -> Run:
        """Add a run and its scenes, none of them queued; a scene that is named twice counts once.

        ``snapshot`` is what the run knows when it begins: see ``snapshot``. The id is made by
        ``new_id`` where none is given.

        Raises:
            UsageError: there is a run of that id already.
        """
        ids = tuple(dict.fromkeys(scenes))
        run = Run(
            id=run_id or self.new_id(),
            kind=kind,
            started=self._db.clock(),
            dry_run=dry_run,
            scene_count=len(ids),
            options=dict(options or {}),
            owner=owner,
        )

        def work(connection: sa.Connection) -> None:
            values = run.model_dump(exclude={"options", "stop_reason"})
            statement = (
                self._db.insert(RUNS)
                .values(**values, options=encode(run.options))
                .on_conflict_do_nothing(index_elements=["id"])
                .returning(RUNS.c.seq)
            )
            if connection.execute(statement).first() is None:
                raise UsageError(
                    f"There is a run {run.id} already.",
                    hint=f"Continue it with --resume {run.id}.",
                )
            connection.execute(RUN_SNAPSHOTS.insert().values(run=run.id, snapshot=encode(snapshot)))
            if ids:
                rows = self._db.rows(ids)
                connection.execute(
                    RUN_SCENES.insert().from_select(
                        ["run", "position", "scene", "state"],
                        sa.select(
                            sa.literal(run.id),
                            rows.c.position,
                            rows.c.value,
                            sa.literal(SceneQueueState.WAITING),
                        ),
                    )
                )

        await self._db.write(work)
        return run

    async def get(self, run_id: str) -> Run:
        """Return the run of that id.

        Raises:
            UnknownRun: this state does not hold it.
        """
        found = await self._fetch(sa.select(*_COLUMNS).where(RUNS.c.id == run_id))
        if not found:
            raise _unknown(run_id)
        return found[0]

    async def latest(self, *, kinds: Collection[str] | None = None) -> Run:
        """Return the run that was started last, among those of the ``kinds`` if any are given.

        Raises:
            UnknownRun: there is none yet.
        """
        found = await self.list(last=1, kinds=kinds)
        if not found:
            raise UnknownRun("There is no run yet.", hint="Start a run: stashbot run.", run="last")
        return found[0]

    async def list(
        self,
        *,
        last: int | None = None,
        kinds: Collection[str] | None = None,
        dry_run: bool | None = None,
    ) -> tuple[Run, ...]:
        """Return the runs that match every given filter, newest first; at most ``last``."""
        query = sa.select(*_COLUMNS).where(*equals_filters(RUNS, dry_run=dry_run))
        if kinds is not None:
            query = query.where(RUNS.c.kind.in_(kinds))
        return await self._fetch(query.order_by(RUNS.c.seq.desc()).limit(last))

    async def active(self) -> tuple[Run, ...]:
        """Return the runs that are running or stopping, oldest first."""
        query = sa.select(*_COLUMNS).where(RUNS.c.status.in_(ACTIVE)).order_by(RUNS.c.seq)
        return await self._fetch(query)

    async def set_status(
        self,
        run_id: str,
        status: RunStatus,
        *,
        only_from: Collection[RunStatus] | None = None,
        stop_reason: JsonValue = None,
    ) -> bool:
        """Change the status of a run; with ``only_from`` only from those statuses.

        Returns whether it was changed: of several that try at once, a single caller gets ``True``.
        ``stop_reason`` is kept until the run is running again.

        Raises:
            UnknownRun: this state does not hold it.
        """
        values: dict[str, Any] = {
            "status": status,
            "finished": self._db.clock() if status in _ENDED else None,
        }
        if status is RunStatus.RUNNING:
            values["stop_reason"] = None
        elif stop_reason is not None:
            values["stop_reason"] = encode(stop_reason)
        change = RUNS.update().where(RUNS.c.id == run_id).values(**values).returning(RUNS.c.id)
        if only_from is not None:
            change = change.where(RUNS.c.status.in_(only_from))

        def work(connection: sa.Connection) -> bool:
            if connection.execute(change).first() is not None:
                return True
            if connection.scalar(sa.select(RUNS.c.seq).where(RUNS.c.id == run_id)) is None:
                raise _unknown(run_id)
            return False

        return await self._db.write(work)

    async def set_report(self, run_id: str, report: JsonValue) -> None:
        """Keep the report of a run that has no results, such as an undo."""
        values = {"report": encode(report)}
        await self._db.execute(RUNS.update().where(RUNS.c.id == run_id).values(values))

    async def report(self, run_id: str) -> JsonValue:
        """Return the report that ``set_report`` kept; ``None`` if there is none."""
        query = sa.select(RUNS.c.report.label("text")).where(RUNS.c.id == run_id)
        return await self._json(query, table=RUNS, run_id=run_id)

    async def snapshot(self, run_id: str) -> JsonValue:
        """Return what the run knew when it began, such as the success of sources until then."""
        query = sa.select(RUN_SNAPSHOTS.c.snapshot.label("text"))
        return await self._json(
            query.where(RUN_SNAPSHOTS.c.run == run_id), table=RUN_SNAPSHOTS, run_id=run_id
        )

    # -- the scenes of a run

    async def scene_ids(
        self, run_id: str, *, start: int = 0, limit: int | None = None
    ) -> tuple[str, ...]:
        """Return the scenes of the run in order, from position ``start`` on; at most ``limit``."""
        return await self._scenes(run_id, RUN_SCENES.c.position >= start, limit=limit)

    async def waiting_scenes(self, run_id: str, *, limit: int) -> tuple[str, ...]:
        """Return the first scenes that are not queued yet, in order; at most ``limit``."""
        return await self._scenes(run_id, _IS[SceneQueueState.WAITING], limit=limit)

    async def mark_queued(self, run_id: str, scene_ids: Iterable[str]) -> None:
        """Note that these scenes of the run are queued; those with a result stay done."""
        await self._db.execute(
            RUN_SCENES.update()
            .where(
                RUN_SCENES.c.run == run_id,
                self._db.is_among(RUN_SCENES.c.scene, scene_ids),
                _IS[SceneQueueState.WAITING],
            )
            .values(state=SceneQueueState.QUEUED)
        )

    async def unfinished_scenes(
        self, run_id: str, *, queued: bool | None = True, limit: int | None = None
    ) -> tuple[str, ...]:
        """Return the queued scenes without a result, in order; at most ``limit``.

        ``queued=False`` asks for those that are not queued, ``None`` for both.
        """
        unfinished: sa.ColumnElement[bool]
        if queued is None:
            unfinished = RUN_SCENES.c.state.in_([SceneQueueState.WAITING, SceneQueueState.QUEUED])
        else:
            unfinished = _IS[SceneQueueState.QUEUED if queued else SceneQueueState.WAITING]
        return await self._scenes(run_id, unfinished, limit=limit)

    async def remaining(self, run_id: str) -> int:
        """Return how many scenes of the run have no result yet."""
        done = sa.select(sa.func.coalesce(sa.func.sum(RUN_TOTALS.c.scenes), 0))
        done_here = done.where(RUN_TOTALS.c.run == run_id).scalar_subquery()
        query = sa.select(RUNS.c.scene_count - done_here).where(RUNS.c.id == run_id)
        left = await self._db.read(lambda c: c.scalar(query))
        if left is None:
            raise _unknown(run_id)
        return int(left)

    async def _scenes(
        self, run_id: str, *conditions: sa.ColumnElement[bool], limit: int | None
    ) -> tuple[str, ...]:
        query = (
            sa.select(RUN_SCENES.c.scene)
            .where(RUN_SCENES.c.run == run_id, *conditions)
            .order_by(RUN_SCENES.c.position)
            .limit(limit)
        )
        return await self._db.read(lambda c: tuple(c.scalars(query)))

    async def _json(self, query: sa.Select[Any], *, table: sa.Table, run_id: str) -> JsonValue:
        def decode(row: sa.RowMapping) -> JsonValue:
            return self._db.decode_json(row["text"] or "null", table=table, row=run_id)

        found = await self._db.fetch(query, decode)
        return found[0] if found else None

    async def _fetch(self, query: sa.Select[Any]) -> tuple[Run, ...]:
        return await self._db.fetch(query, self._decode)

    def _decode(self, row: sa.RowMapping) -> Run:
        name = str(row["id"])
        values = dict(row)
        for key in ("options", "stop_reason"):
            values[key] = self._db.decode_json(row[key] or "null", table=RUNS, row=name)
        return self._db.decode_model(Run, values, table=RUNS, row=name)


def _unknown(run_id: str) -> UnknownRun:
    return UnknownRun(
        f"This state holds no run {run_id}.",
        hint="See the runs with `stashbot metrics runs`, or name the newest by `last`.",
        run=run_id,
    )

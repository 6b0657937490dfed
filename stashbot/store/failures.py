"""The scenes that failed: in which phase, why, and where their artifacts are."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from stashbot.store.connection import Part, equals_filters
from stashbot.store.records import Failure, FailureCount
from stashbot.store.tables import FAILURES


class Failures(Part):
    """The failures of scenes in runs."""

    async def add(
        self,
        run_id: str,
        scene_id: str,
        *,
        phase: str,
        reason: str,
        detail: str = "",
        artifacts_dir: Path | str | None = None,
    ) -> None:
        """Write a failure. The same run, scene, phase and reason count once, with the last detail.

        ``reason`` is short and countable, such as the name of an error; ``detail`` says the rest.
        """
        values = {
            "run": run_id,
            "scene": scene_id,
            "phase": phase,
            "reason": reason,
            "detail": detail,
            "artifacts_dir": None if artifacts_dir is None else str(artifacts_dir),
            "at": self._db.clock(),
        }
        statement = self._db.upsert(FAILURES, values, key=("run", "scene", "phase", "reason"))
        await self._db.execute(statement)

    async def list(
        self,
        *,
        last: int | None = None,
        run: str | None = None,
        scene: str | None = None,
        phase: str | None = None,
    ) -> tuple[Failure, ...]:
        """Return the failures that match every given filter, newest first; at most ``last``."""
        filters = equals_filters(FAILURES, run=run, scene=scene, phase=phase)
        query = FAILURES.select().where(*filters).order_by(FAILURES.c.id.desc()).limit(last)
        return await self._db.fetch(
            query,
            lambda row: self._db.decode_model(
                Failure, dict(row), table=FAILURES, row=str(row["id"])
            ),
        )

    async def counts(self, *, run: str | None = None) -> tuple[FailureCount, ...]:
        """Return how often each reason stopped a phase, the most frequent first."""
        count = sa.func.count().label("count")
        query = (
            sa.select(FAILURES.c.phase, FAILURES.c.reason, count)
            .where(*equals_filters(FAILURES, run=run))
            .group_by(FAILURES.c.phase, FAILURES.c.reason)
            .order_by(count.desc(), FAILURES.c.phase, FAILURES.c.reason)
        )
        return await self._db.fetch(query, lambda row: FailureCount(**row))

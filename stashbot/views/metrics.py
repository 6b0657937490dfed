"""Metrics of a state: how sources did, how long phases took, how runs ended, what was healed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from stashbot.flows.checks.heal import healed_counts
from stashbot.models import BudgetReport, Model
from stashbot.store import RunStatus, SourceStat, Store


class RunMetrics(Model):
    """A run with its number of scenes, and how many of them had each outcome."""

    id: str
    started: datetime
    finished: datetime | None = None
    status: RunStatus
    dry_run: bool = False
    scenes: int
    totals: dict[str, int]


class Metrics(Model):
    """Groups of metrics; a group that was not asked for is None.

    ``selectors`` is the number of times that each key was healed.
    """

    sources: tuple[SourceStat, ...] | None = None
    phases: tuple[BudgetReport, ...] | None = None
    runs: tuple[RunMetrics, ...] | None = None
    selectors: dict[str, int] | None = None


#: The names of all groups.
GROUPS = tuple(Metrics.model_fields)


async def read_metrics(
    store: Store,
    budgets: Mapping[str, int],
    *,
    groups: Collection[str] = GROUPS,
    run: str | None = None,
) -> Metrics:
    """Return these groups of metrics; ``phases`` of one run only if it is given.

    ``budgets`` are the milliseconds that each phase may take.
    """
    return Metrics(
        sources=await store.sources.stats() if "sources" in groups else None,
        phases=await _phases(store, budgets, run) if "phases" in groups else None,
        runs=await _runs(store) if "runs" in groups else None,
        selectors=await healed_counts(store) if "selectors" in groups else None,
    )


async def _phases(
    store: Store, budgets: Mapping[str, int], run: str | None
) -> tuple[BudgetReport, ...]:
    reports = await store.timings.budgets(run, budgets)
    return tuple(reports.values())


async def _runs(store: Store) -> tuple[RunMetrics, ...]:
    return tuple(
        [
            RunMetrics(
                id=run.id,
                started=run.started,
                finished=run.finished,
                status=run.status,
                dry_run=run.dry_run,
                scenes=run.scene_count,
                totals=await store.results.totals(run.id),
            )
            for run in await store.runs.list()
        ]
    )

"""Compare elapsed times with their budgets (playbook 6.4); all times are milliseconds.

Percentiles are nearest-rank: the smallest time that at least this share of all times does not
exceed. It is always a time that occurred, never a value between two.
"""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.models import BudgetReport
from stashbot.settings import BudgetSettings

_MEDIAN = 50
_HIGH = 95
_ALL = 100


def within_budget(elapsed_ms: float, budget_ms: float | None) -> bool:
    """Return whether a time is at most the budget; without a budget every time is within it."""
    return budget_ms is None or elapsed_ms <= budget_ms


def percentile(times_ms: Sequence[float], percent: int) -> float:
    """Return the nearest-rank percentile of times in any order; 100 is the longest time.

    Ranks are computed with integers: 95 per cent of 20 times is the 19th, however 0.95 is rounded.

    Raises:
        ValueError: There are no times, or ``percent`` is not from 1 to 100.
    """
    if not 1 <= percent <= _ALL:
        raise ValueError(f"a percentile is from 1 to {_ALL}, not {percent}")
    if not times_ms:
        raise ValueError("there is no percentile of no times")
    rank = -(-percent * len(times_ms) // _ALL)  # rounded up
    return float(sorted(times_ms)[rank - 1])


def budget_report(phase: str, budget_ms: int, times_ms: Sequence[float]) -> BudgetReport:
    """Return how the times of a phase compare with its budget; without times, all zeros."""
    if not times_ms:
        return BudgetReport(phase=phase, budget_ms=budget_ms)
    return BudgetReport(
        phase=phase,
        budget_ms=budget_ms,
        count=len(times_ms),
        over=sum(not within_budget(time, budget_ms) for time in times_ms),
        p50_ms=percentile(times_ms, _MEDIAN),
        p95_ms=percentile(times_ms, _HIGH),
        max_ms=float(max(times_ms)),
    )


class BudgetWatch:
    """Counts how many times in a row each phase was over its budget."""

    def __init__(self, settings: BudgetSettings) -> None:
        self._settings = settings
        self._in_a_row: dict[str, int] = {}

    def exceeded(self, phase: str, elapsed_ms: float) -> bool:
        """Count a time; return whether the phase was now over budget too often in a row."""
        within = within_budget(elapsed_ms, self._settings.by_phase.get(phase))
        self._in_a_row[phase] = 0 if within else self._in_a_row.get(phase, 0) + 1
        limit = self._settings.stop_after
        return bool(limit) and self._in_a_row[phase] >= limit

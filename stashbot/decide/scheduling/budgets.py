"""How elapsed times kept to a budget (playbook 6.4), all in milliseconds.

Percentiles are nearest-rank: the smallest time that at least so many per cent of all times do not
exceed. It is always a time that really occurred, never one between two.
"""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.models import BudgetReport
from stashbot.settings import BudgetSettings

MEDIAN = 50
HIGH = 95
WHOLE = 100


def within_budget(elapsed_ms: float, budget_ms: float | None) -> bool:
    """Whether a time is within the budget: at it still is. Without a budget every time is."""
    return budget_ms is None or elapsed_ms <= budget_ms


def percentile(times_ms: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile of times in any order; 100 is the longest.

    Ranks are counted in whole numbers: 95 per cent of 20 times is the 19th, whatever .95 is.

    Raises:
        ValueError: there are no times, or ``percent`` is not from 1 to 100.
    """
    if not 1 <= percent <= WHOLE:
        raise ValueError(f"a percentile is from 1 to {WHOLE}, not {percent}")
    if not times_ms:
        raise ValueError("no times, no percentile")
    rank = -(-percent * len(times_ms) // WHOLE)
    return float(sorted(times_ms)[rank - 1])


def budget_report(phase: str, budget_ms: int, times_ms: Sequence[float]) -> BudgetReport:
    """How the times of a phase kept to its budget; without times all numbers are 0."""
    if not times_ms:
        return BudgetReport(phase=phase, budget_ms=budget_ms)
    return BudgetReport(
        phase=phase,
        budget_ms=budget_ms,
        count=len(times_ms),
        over=sum(not within_budget(time, budget_ms) for time in times_ms),
        p50_ms=percentile(times_ms, MEDIAN),
        p95_ms=percentile(times_ms, HIGH),
        max_ms=float(max(times_ms)),
    )


class BudgetWatch:
    """Counts how often in a row each phase was over its budget."""

    def __init__(self, settings: BudgetSettings) -> None:
        self._settings = settings
        self._in_a_row: dict[str, int] = {}

    def exceeded(self, phase: str, elapsed_ms: float) -> bool:
        """Notes a time; whether the phase has now been over budget too often in a row."""
        within = within_budget(elapsed_ms, self._settings.by_phase.get(phase))
        self._in_a_row[phase] = 0 if within else self._in_a_row.get(phase, 0) + 1
        most = self._settings.stop_after
        return bool(most) and self._in_a_row[phase] >= most

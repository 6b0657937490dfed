"""Times of a phase compared with its budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.scheduling.budgets import (
    BudgetWatch,
    budget_report,
    percentile,
    within_budget,
)
from stashbot.models import BudgetReport
from stashbot.settings import BudgetSettings

PLAYBOOK = BudgetSettings()
times = st.lists(st.integers(0, 60_000), min_size=1, max_size=60)
percents = st.integers(1, 100)


def test_budgets_are_those_of_the_playbook() -> None:
    """A scrape may take 8000 ms, an apply 3000 ms."""
    assert PLAYBOOK.by_phase == {"scrape": 8000, "apply": 3000}


@pytest.mark.parametrize(
    ("elapsed", "budget", "within"),
    [(7999, 8000, True), (8000, 8000, True), (8001, 8000, False), (8000.5, 8000, False),
     (2999, 3000, True), (3000, 3000, True), (3001, 3000, False), (0, 3000, True)],
)  # fmt: skip
def test_budget_at_its_limit(elapsed: float, budget: int, within: bool) -> None:
    """A time equal to the budget is within it; a longer time is over it."""
    assert within_budget(elapsed, budget) is within
    assert budget_report("scrape", budget, [elapsed]).over == (0 if within else 1)


def test_no_budget_is_never_exceeded() -> None:
    """A phase without a budget may take any time."""
    assert within_budget(10**9, None) is True


@pytest.mark.parametrize(
    ("count", "percent", "rank"),
    [(1, 1, 1), (1, 100, 1), (2, 50, 1), (3, 50, 2), (4, 50, 2), (19, 95, 19), (20, 95, 19),
     (21, 95, 20), (100, 7, 7), (100, 95, 95), (101, 95, 96), (1000, 29, 290), (5, 100, 5)],
)  # fmt: skip
def test_ranks_are_exact(count: int, percent: int, rank: int) -> None:
    """The rank is the first that reaches the share; no rounding error moves it."""
    assert percentile(range(1, count + 1), percent) == rank


@given(elapsed=times, percent=percents)
def test_percentile_has_its_share_below(elapsed: list[int], percent: int) -> None:
    """A percentile is a time that occurred; ``percent`` of all times are not above it."""
    found = percentile(elapsed, percent)
    assert found in elapsed
    assert 100 * sum(time <= found for time in elapsed) >= percent * len(elapsed)
    assert 100 * sum(time < found for time in elapsed) < percent * len(elapsed)


@given(elapsed=times, more=st.integers(0, 60_000), percent=percents)
def test_percentiles_are_ordered(elapsed: list[int], more: int, percent: int) -> None:
    """Higher percentiles are no shorter, longer times make none shorter, order does not matter."""
    shortest, middle, longest = (percentile(elapsed, share) for share in (1, percent, 100))
    assert min(elapsed) == shortest <= middle <= longest == max(elapsed)
    assert percentile([*elapsed, max(elapsed) + more], percent) >= middle
    assert percentile(elapsed[::-1], percent) == middle


@given(elapsed=times, budget=st.integers(1, 60_000))
def test_report_agrees_with_its_times(elapsed: list[int], budget: int) -> None:
    """A report counts the times over budget, and does not change the times."""
    before = list(elapsed)
    report = budget_report("scrape", budget, elapsed)
    assert elapsed == before
    assert (report.phase, report.budget_ms, report.count) == ("scrape", budget, len(elapsed))
    assert report.over == len([time for time in elapsed if time > budget])
    assert report.p50_ms <= report.p95_ms <= report.max_ms == max(elapsed)


def test_report_has_the_50th_and_95th_percentile() -> None:
    """Of the times from 1 to 100 ms, the median is 50, the 95th percentile 95, the longest 100."""
    report = budget_report("scrape", 99, range(100, 0, -1))
    assert (report.p50_ms, report.p95_ms, report.max_ms) == (50, 95, 100)
    assert (report.count, report.over) == (100, 1)


def test_report_without_times_is_all_zeros() -> None:
    """Without times a report has zeros, and there is no percentile."""
    assert budget_report("apply", 3000, []) == BudgetReport(phase="apply", budget_ms=3000)
    with pytest.raises(ValueError, match="no times"):
        percentile([], 50)


@pytest.mark.parametrize("percent", [-5, 0, 101])
def test_percentiles_outside_of_1_to_100_are_refused(percent: int) -> None:
    """There is no such rank."""
    with pytest.raises(ValueError, match="from 1 to 100"):
        percentile([1], percent)


def test_watch_counts_times_over_budget_in_a_row() -> None:
    """A time within the budget starts the count anew, and each phase has a count of its own."""
    watch = BudgetWatch(BudgetSettings(scrape_ms=100, apply_ms=100, stop_after=2))
    assert [watch.exceeded("scrape", elapsed) for elapsed in (101, 100, 101)] == [False] * 3
    assert watch.exceeded("apply", 101) is False
    assert watch.exceeded("scrape", 101) is True


def test_watch_without_a_limit_never_stops() -> None:
    """``stop_after = 0`` never stops a run."""
    watch = BudgetWatch(BudgetSettings(scrape_ms=100, stop_after=0))
    assert not any(watch.exceeded("scrape", 10_000) for _ in range(10))

"""What a phase's times say about its budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.scheduling.budgets import budget_report, percentile, within_budget
from stashbot.models import BudgetReport
from stashbot.settings import BudgetSettings

PLAYBOOK = BudgetSettings()
times = st.lists(st.integers(0, 60_000), min_size=1, max_size=60)
percents = st.integers(1, 100)


def test_the_playbook_s_budgets() -> None:
    """A scrape may take 8000 ms and an apply 3000 ms."""
    assert (PLAYBOOK.scrape_ms, PLAYBOOK.apply_ms) == (8000, 3000)


@pytest.mark.parametrize(
    ("elapsed", "budget", "within"),
    [(7999, 8000, True), (8000, 8000, True), (8001, 8000, False), (8000.5, 8000, False),
     (2999, 3000, True), (3000, 3000, True), (3001, 3000, False), (0, 3000, True)],
)  # fmt: skip
def test_a_budget_at_its_limit(elapsed: float, budget: int, within: bool) -> None:
    """The budget itself is within it, a millisecond more is over."""
    assert within_budget(elapsed, budget) is within
    assert budget_report("scrape", budget, [elapsed]).over == (0 if within else 1)


def test_without_a_budget_nothing_is_over() -> None:
    """A phase that nobody set a budget for may take any time."""
    assert within_budget(10**9, None) is True


@pytest.mark.parametrize(
    ("count", "percent", "rank"),
    [(1, 1, 1), (1, 100, 1), (2, 50, 1), (3, 50, 2), (4, 50, 2), (19, 95, 19), (20, 95, 19),
     (21, 95, 20), (100, 7, 7), (100, 95, 95), (101, 95, 96), (1000, 29, 290), (5, 100, 5)],
)  # fmt: skip
def test_ranks_are_exact(count: int, percent: int, rank: int) -> None:
    """The rank is the first whole one that reaches the share: no rounding error moves it."""
    assert percentile(range(1, count + 1), percent) == rank


@given(elapsed=times, percent=percents)
def test_a_percentile_is_what_it_says(elapsed: list[int], percent: int) -> None:
    """It occurred; at least so many per cent are not above it; fewer are below it."""
    found = percentile(elapsed, percent)
    assert found in elapsed
    assert 100 * sum(one <= found for one in elapsed) >= percent * len(elapsed)
    assert 100 * sum(one < found for one in elapsed) < percent * len(elapsed)


@given(elapsed=times, more=st.integers(0, 60_000), percent=percents)
def test_percentiles_are_ordered(elapsed: list[int], more: int, percent: int) -> None:
    """A higher percentile is no shorter; a longer time makes none shorter; order is no matter."""
    found = [percentile(elapsed, one) for one in (1, percent, 100)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (min(elapsed), max(elapsed))
    assert percentile([*elapsed, max(elapsed) + more], percent) >= found[1]
    assert percentile(elapsed[::-1], percent) == found[1]


@given(elapsed=times, budget=st.integers(1, 60_000))
def test_a_report_agrees_with_its_times(elapsed: list[int], budget: int) -> None:
    """Counts, median, 95th percentile and longest time, and the times stay as they were."""
    before = list(elapsed)
    report = budget_report("scrape", budget, elapsed)
    assert elapsed == before
    assert (report.phase, report.budget_ms, report.count) == ("scrape", budget, len(elapsed))
    assert report.over == len([one for one in elapsed if one > budget])
    assert report.p50_ms <= report.p95_ms <= report.max_ms == max(elapsed)
    assert (report.over == 0) == (report.max_ms <= budget)


def test_a_report_s_percentiles_are_the_50th_and_95th() -> None:
    """Of the times from 1 to 100 ms the median is 50, the 95th percentile 95, the longest 100."""
    report = budget_report("scrape", 99, range(100, 0, -1))
    assert (report.p50_ms, report.p95_ms, report.max_ms) == (50, 95, 100)
    assert (report.count, report.over) == (100, 1)


def test_without_times_there_is_nothing_to_report() -> None:
    """No times are all zeros in a report, and have no percentile."""
    assert budget_report("apply", 3000, []) == BudgetReport(phase="apply", budget_ms=3000)
    with pytest.raises(ValueError, match="no times"):
        percentile([], 50)


@pytest.mark.parametrize("percent", [-5, 0, 101])
def test_what_is_no_percentile_is_refused(percent: int) -> None:
    """Below 1 and above 100 there is no such rank."""
    with pytest.raises(ValueError, match="from 1 to 100"):
        percentile([1], percent)

"""Refreshing: twelve months of thirty days, oldest first, within a budget."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.scheduling.refresh import choose_refresh, needs_refresh
from stashbot.settings import RefreshSettings

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
DEFAULTS = RefreshSettings()
YEAR = timedelta(days=360)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("age", "needs"),
    [(YEAR - SECOND, False), (YEAR, False), (YEAR + SECOND, True), (-YEAR, False), (None, True)],
)
def test_a_year_is_twelve_months_of_thirty_days(age: timedelta | None, needs: bool) -> None:
    """More than 360 days, as the playbook has it; never scraped counts as old."""
    at = None if age is None else NOW - age
    assert needs_refresh(at, now=NOW, settings=DEFAULTS) is needs


def test_never_scraped_ones_go_first_and_then_the_oldest() -> None:
    """Fresh ones are not in it; equal ages keep the given order."""
    ages = {"old": 400, "older": 500, "same": 400, "fresh": 10}
    held = {scene: NOW - timedelta(days=days) for scene, days in ages.items()}
    found = choose_refresh(["same", *ages, "new"], held, now=NOW, settings=DEFAULTS)
    assert found.scenes == ("new", "older", "same", "old")
    assert found.waiting == 0


@pytest.mark.parametrize(("budget", "chosen"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (None, 3)])
def test_a_budget_is_kept(budget: int | None, chosen: int) -> None:
    """And what waits is counted."""
    found = choose_refresh("abc", {}, now=NOW, settings=DEFAULTS, budget=budget)
    assert (len(found.scenes), found.waiting) == (chosen, 3 - chosen)


def test_a_budget_below_nothing_is_refused() -> None:
    """It cannot be kept."""
    with pytest.raises(ValueError, match="-1"):
        choose_refresh("a", {}, now=NOW, settings=DEFAULTS, budget=-1)


ages = st.dictionaries(st.sampled_from("abcdefgh"), st.one_of(st.none(), st.integers(0, 900)))


@given(found=ages, budget=st.integers(0, 10))
def test_nothing_older_is_left_waiting(found: dict[str, int | None], budget: int) -> None:
    """Each chosen scene needs it, and is at least as old as every one that waits."""
    held = {
        scene: None if days is None else NOW - timedelta(days=days) for scene, days in found.items()
    }
    chosen = choose_refresh(found, held, now=NOW, settings=DEFAULTS, budget=budget)
    needing = {one for one in found if needs_refresh(held[one], now=NOW, settings=DEFAULTS)}
    assert set(chosen.scenes) <= needing
    assert len(chosen.scenes) == min(budget, len(needing))
    assert chosen.waiting == len(needing) - len(chosen.scenes)
    age = {one: 10_000 if days is None else days for one, days in found.items()}
    for one in chosen.scenes:
        assert all(age[one] >= age[other] for other in needing - set(chosen.scenes))

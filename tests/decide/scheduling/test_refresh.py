"""The scenes of a refresh: older than twelve months, oldest first, within a budget."""

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
def test_year_is_twelve_months_of_thirty_days(age: timedelta | None, needs: bool) -> None:
    """A scene needs a refresh after more than 360 days, or if it was never scraped."""
    at = None if age is None else NOW - age
    assert needs_refresh(at, now=NOW, settings=DEFAULTS) is needs


def test_never_scraped_scenes_come_first_then_the_oldest() -> None:
    """Fresh scenes are left out, and scenes of the same age keep their order."""
    ages = {"old": 400, "older": 500, "same": 400, "fresh": 10}
    scraped_at = {scene: NOW - timedelta(days=days) for scene, days in ages.items()}
    found = choose_refresh(["same", *ages, "new"], scraped_at, now=NOW, settings=DEFAULTS)
    assert found.scenes == ("new", "older", "same", "old")
    assert found.waiting == 0


@pytest.mark.parametrize(("budget", "chosen"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (None, 3)])
def test_budget_limits_the_scenes(budget: int | None, chosen: int) -> None:
    """The scenes beyond the budget wait and are counted."""
    found = choose_refresh("abc", {}, now=NOW, settings=DEFAULTS, budget=budget)
    assert (len(found.scenes), found.waiting) == (chosen, 3 - chosen)


def test_negative_budget_is_refused() -> None:
    """A negative number of scenes is a mistake of the caller."""
    with pytest.raises(ValueError, match="-1"):
        choose_refresh("a", {}, now=NOW, settings=DEFAULTS, budget=-1)


ages = st.dictionaries(st.sampled_from("abcdefgh"), st.one_of(st.none(), st.integers(0, 900)))


@given(days_by_scene=ages, budget=st.integers(0, 10))
def test_no_waiting_scene_is_older_than_a_chosen_scene(
    days_by_scene: dict[str, int | None], budget: int
) -> None:
    """All chosen scenes are due, and as old as every scene that waits."""
    scraped_at = {
        scene: None if days is None else NOW - timedelta(days=days)
        for scene, days in days_by_scene.items()
    }
    found = choose_refresh(days_by_scene, scraped_at, now=NOW, settings=DEFAULTS, budget=budget)
    due = {
        scene for scene, at in scraped_at.items() if needs_refresh(at, now=NOW, settings=DEFAULTS)
    }
    chosen = set(found.scenes)
    assert chosen <= due
    assert len(found.scenes) == min(budget, len(due))
    assert found.waiting == len(due) - len(found.scenes)
    age = {scene: 10_000 if days is None else days for scene, days in days_by_scene.items()}
    for scene in chosen:
        assert all(age[scene] >= age[waiting] for waiting in due - chosen)

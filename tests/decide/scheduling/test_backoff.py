"""The delay before a scene is scraped again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.scheduling.backoff import backoff
from stashbot.settings import RescrapeSettings

DEFAULTS = RescrapeSettings()


@pytest.mark.parametrize(
    ("tries", "hours"),
    [(0, 6), (1, 2), (2, 4), (3, 8), (4, 16), (5, 24), (6, 24), (40, 24), (10**9, 24)],
)
def test_delays_are_those_of_the_playbook(tries: int, hours: float) -> None:
    """The first delay is 6 hours, the others are min(24, 2 ** tries) hours."""
    assert backoff(tries, DEFAULTS) == timedelta(hours=hours)


def test_settings_change_first_and_longest_delay() -> None:
    """``initial_delay_h`` is the first delay, ``max_delay_h`` the longest of the others."""
    settings = RescrapeSettings(initial_delay_h=12, max_delay_h=5)
    delays = [backoff(tries, settings) / timedelta(hours=1) for tries in range(5)]
    assert delays == [12, 2, 4, 5, 5]


def test_negative_tries_are_refused() -> None:
    """A negative number of failures is a mistake of the caller."""
    with pytest.raises(ValueError, match="failed -1 times"):
        backoff(-1, DEFAULTS)


@given(tries=st.integers(1, 200))
def test_delays_never_shrink_after_the_first_failure(tries: int) -> None:
    """Each delay is at least as long as the delay before, and a day at most."""
    assert backoff(tries, DEFAULTS) <= backoff(tries + 1, DEFAULTS) <= timedelta(hours=24)

"""Decide how long to wait before a scene is scraped again (playbook 1.3)."""

from __future__ import annotations

from datetime import timedelta

from stashbot.settings import RescrapeSettings

#: 2 to this power is more hours than any setting allows; larger powers are not computed.
_MAX_POWER = 40


def backoff(tries: int, settings: RescrapeSettings) -> timedelta:
    """Return how long to wait after ``tries`` failures: 6 hours first, then 2, 4, 8, 16 and 24.

    These are the defaults: ``settings.initial_delay_h`` before the first try, and after a failure
    ``min(settings.max_delay_h, 2 ** tries)`` hours.

    Raises:
        ValueError: ``tries`` is negative.
    """
    if tries < 0:
        raise ValueError(f"a scene cannot have failed {tries} times")
    if tries == 0:
        return timedelta(hours=settings.initial_delay_h)
    return timedelta(hours=min(settings.max_delay_h, 2.0 ** min(tries, _MAX_POWER)))

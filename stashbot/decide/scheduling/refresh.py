"""Which scenes to scrape anew because their data is old (playbook 1.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from stashbot.models import Model
from stashbot.settings import RefreshSettings

DAYS_A_MONTH = 30


class Refresh(Model):
    """The scenes of one refresh, oldest first, and how many more are waiting."""

    scenes: tuple[str, ...] = ()
    waiting: int = 0


def needs_refresh(scraped_at: datetime | None, *, now: datetime, settings: RefreshSettings) -> bool:
    """Whether the last scrape is longer ago than ``months`` of 30 days, or there was none.

    At the very limit it is not yet.
    """
    if scraped_at is None:
        return True
    return now - scraped_at > timedelta(days=settings.months * DAYS_A_MONTH)


def choose_refresh(
    scenes: Iterable[str],
    scraped_at: Mapping[str, datetime | None],
    *,
    now: datetime,
    settings: RefreshSettings,
    budget: int | None = None,
) -> Refresh:
    """The scenes to refresh: never scraped ones first, then the oldest, within the budget.

    ``budget`` is the number of scenes, ``settings.per_run`` unless it is given. Scenes of one age
    stay in the order in which they were given; a scene given twice counts once.

    Raises:
        ValueError: the budget is negative.
    """
    most = settings.per_run if budget is None else budget
    if most < 0:
        raise ValueError(f"a budget of {most} scenes cannot be kept")
    old = [
        (at is not None, at or now, scene)
        for scene in dict.fromkeys(scenes)
        if needs_refresh(at := scraped_at.get(scene), now=now, settings=settings)
    ]
    # By age alone: sorted() keeps the given order among equals.
    oldest = [scene for *_, scene in sorted(old, key=lambda one: one[:2])]
    return Refresh(scenes=tuple(oldest[:most]), waiting=max(0, len(oldest) - most))

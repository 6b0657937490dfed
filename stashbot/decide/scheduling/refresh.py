"""Choose the scenes to scrape again because their data is old (playbook 1.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from stashbot.models import Model
from stashbot.settings import RefreshSettings

DAYS_A_MONTH = 30


class Refresh(Model):
    """The scenes of a refresh, oldest first, and the number of scenes that wait for the next."""

    scenes: tuple[str, ...] = ()
    waiting: int = 0


def needs_refresh(scraped_at: datetime | None, *, now: datetime, settings: RefreshSettings) -> bool:
    """Return whether the last scrape is more than ``settings.months`` ago, or there was none."""
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
    """Return the scenes that are due for a refresh: never scraped ones, then the oldest.

    ``budget`` is the number of scenes, by default ``settings.per_run``. Scenes of the same age keep
    their order; a scene that is given twice counts once.

    Raises:
        ValueError: The budget is negative.
    """
    limit = settings.per_run if budget is None else budget
    if limit < 0:
        raise ValueError(f"a budget cannot be {limit} scenes")
    due = [
        scene
        for scene in dict.fromkeys(scenes)
        if needs_refresh(scraped_at.get(scene), now=now, settings=settings)
    ]
    # sorted() is stable: scenes of the same age keep their order.
    oldest = sorted(due, key=lambda scene: _age_key(scraped_at.get(scene), now))
    return Refresh(scenes=tuple(oldest[:limit]), waiting=max(0, len(oldest) - limit))


def _age_key(scraped_at: datetime | None, now: datetime) -> tuple[bool, datetime]:
    return scraped_at is not None, scraped_at or now

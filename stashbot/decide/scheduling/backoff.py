"""When scenes are scraped again (playbook 1.3): a queue of jobs, one a scene and source.

A job is due first after 6 hours. After its first failure it is due 2 hours later, then 4, 8, 16,
and from the fifth on 24: ``min(24, 2 ** tries)``. Five jobs are taken at a time, the earliest
enqueued first. A job that failed too often is given up, and stays in the list as such.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import AwareDatetime, Field

from stashbot.models import Model
from stashbot.settings import RescrapeSettings

#: 2 to this is more hours than any setting allows in practice; larger powers are not worked out.
_GREATEST_POWER = 40


class RescrapeJob(Model):
    """A scene to scrape again, from one source or (``None``) from any, and why."""

    scene_id: str
    source: str | None = None
    reason: str
    enqueued: AwareDatetime
    due: AwareDatetime
    tries: int = Field(default=0, ge=0)
    given_up: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What there is one job of: the scene and the source."""
        return self.scene_id, self.source or ""


def backoff(tries: int, settings: RescrapeSettings) -> timedelta:
    """How long to wait after so many failures; before the first one, ``first_h``.

    Raises:
        ValueError: ``tries`` is negative.
    """
    if tries < 0:
        raise ValueError(f"a job has not failed {tries} times")
    if tries == 0:
        return timedelta(hours=settings.first_h)
    return timedelta(hours=min(settings.longest_h, 2.0 ** min(tries, _GREATEST_POWER)))


def enqueued(
    jobs: Iterable[RescrapeJob],
    scene_id: str,
    reason: str,
    *,
    now: datetime,
    settings: RescrapeSettings,
    source: str | None = None,
) -> tuple[RescrapeJob, ...]:
    """The queue with a job for the scene and source, last in it.

    One that waits already stays as it is, with its place; one that was given up begins anew.
    """
    held = tuple(jobs)
    job = RescrapeJob(
        scene_id=scene_id,
        source=source,
        reason=reason,
        enqueued=now,
        due=now + backoff(0, settings),
    )
    if any(one.key == job.key and not one.given_up for one in held):
        return held
    return (*(one for one in held if one.key != job.key), job)


def due_jobs(
    jobs: Iterable[RescrapeJob], *, now: datetime, settings: RescrapeSettings
) -> tuple[RescrapeJob, ...]:
    """The jobs of one tick: due by ``now``, in the queue's order, at most ``per_tick``.

    Of several jobs of a scene only the first is taken, so that no scene is open twice.
    """
    taken: dict[str, RescrapeJob] = {}
    for job in jobs:
        if not job.given_up and job.due <= now:
            taken.setdefault(job.scene_id, job)
    return tuple(taken.values())[: settings.per_tick]


def after_try(
    jobs: Iterable[RescrapeJob],
    job: RescrapeJob,
    *,
    ok: bool,
    now: datetime,
    settings: RescrapeSettings,
) -> tuple[RescrapeJob, ...]:
    """The queue after a job was tried: without it, or with it last, waiting or given up."""
    rest = tuple(one for one in jobs if one.key != job.key)
    if ok:
        return rest
    tries = job.tries + 1
    failed = job.model_copy(
        update={
            "tries": tries,
            "due": now + backoff(tries, settings),
            "given_up": tries >= settings.tries,
        }
    )
    return (*rest, failed)

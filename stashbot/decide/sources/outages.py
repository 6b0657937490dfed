"""Decide when a source that keeps failing is asked no more in a run.

A source fails when Stash reports an error in place of an answer: the site refuses (403), wants a
login or an age confirmed, limits requests, or does not answer. An answer without a scene is no
failure. Failures are counted by scenes, so that several questions about one scene count once.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pydantic import AwareDatetime

from stashbot.models import Model, SourceOutage
from stashbot.settings import SourceSettings

_WORDED = re.compile(
    r"(?:retry|try)[\s_-]*(?:again)?[\s_-]*(?:after|in)[\"']?\s*[:=]?\s*[\"']?"
    r"(?P<number>\d{1,6})(?:\.\d+)?\s*(?P<unit>m(?:in(?:ute)?s?)?\b|h(?:ours?)?\b|s|\b)",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"retry-after[\"']?\s*[:=]\s*[\"']?(?P<date>\w{3}, \d{1,2} \w{3} \d{4} [\d:]{8} GMT)",
    re.IGNORECASE,
)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}
#: A longer delay is taken for this long, lest a nonsensical answer silence a source for years.
_MAX_DELAY = timedelta(days=1)


class FailureStreak(Model):
    """The scenes of a run for which a source failed in a row, and what it said the last time.

    ``stopped`` is when it had failed too often; ``retry_at`` when it says it can be asked again.
    """

    source: str
    scenes: tuple[str, ...] = ()
    detail: str = ""
    stopped: AwareDatetime | None = None
    retry_at: AwareDatetime | None = None

    def with_failure(
        self, scene: str, detail: str, *, now: datetime, settings: SourceSettings
    ) -> FailureStreak:
        """Return the streak with another failure; the same scene counts once.

        Questions that were under way when the source asked to be left alone do not count.
        """
        if self.retry_at is not None and now < self.retry_at:
            return self
        scenes = tuple(dict.fromkeys((*self.scenes, scene)))
        delay = read_retry_after(detail, now)
        stops = now if 0 < settings.stop_after <= len(scenes) else None
        return FailureStreak(
            source=self.source,
            scenes=scenes,
            detail=detail,
            stopped=self.stopped or stops,
            retry_at=None if delay is None else now + delay,
        )

    def outage(self, now: datetime) -> SourceOutage | None:
        """Return why the source is not asked at this moment; ``None`` if it is."""
        waits = self.retry_at is not None and now < self.retry_at
        if self.stopped is None and not waits:
            return None
        return SourceOutage(
            source=self.source,
            scenes=len(self.scenes),
            detail=self.detail,
            retry_at=None if self.stopped else self.retry_at,
        )


def read_retry_after(detail: str, now: datetime) -> timedelta | None:
    """Return how long a source asks to be left alone, from the text of its error.

    ``Retry-After: 120``, ``try again in 5 minutes``, ``Retry-After: Wed, 21 Oct 2026 07:28:00
    GMT``. ``None`` if the text says nothing of the kind; a day at most.
    """
    if dated := _DATED.search(detail):
        try:
            until = parsedate_to_datetime(dated["date"])
        except ValueError:
            return None
        return min(max(until.astimezone(UTC) - now, timedelta()), _MAX_DELAY)
    if worded := _WORDED.search(detail):
        unit = _UNITS.get(worded["unit"][:1].lower(), timedelta(seconds=1))
        return min(int(worded["number"]) * unit, _MAX_DELAY)
    return None

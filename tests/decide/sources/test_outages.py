"""When a source that keeps failing is asked no more, and for how long it wants to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stashbot.decide.sources.outages import FailureStreak, read_retry_after
from stashbot.settings import SourceSettings

NOW = datetime(2024, 1, 13, 12, 0, tzinfo=UTC)
LIMITS = SourceSettings(stop_after=3)


def streak(*scenes: str, settings: SourceSettings = LIMITS, detail: str = "403") -> FailureStreak:
    """Return the streak of a source that failed for these scenes, one after the other."""
    found = FailureStreak(source="Alpha")
    for scene in scenes:
        found = found.with_failure(scene, detail, now=NOW, settings=settings)
    return found


@pytest.mark.parametrize(
    ("scenes", "is_stopped"),
    [
        (("1", "2"), False),
        (("1", "2", "3"), True),
        (("1", "2", "3", "4"), True),
        (("1", "1", "2", "2"), False),  # two questions about a scene are one failure
    ],
)
def test_a_source_that_failed_too_often_is_asked_no_more(
    scenes: tuple[str, ...], is_stopped: bool
) -> None:
    """At the limit, for that many different scenes in a row, whatever time passes."""
    outage = streak(*scenes).outage(NOW + timedelta(days=1))
    assert (outage is not None) is is_stopped
    if outage is not None:
        assert outage.retry_at is None
        assert outage.reason == f"it failed for {len(set(scenes))} scenes in a row"


def test_a_limit_of_0_never_stops_asking() -> None:
    """However often the source fails."""
    assert streak(*"123456", settings=SourceSettings(stop_after=0)).outage(NOW) is None


def test_a_source_that_asks_for_a_pause_gets_it() -> None:
    """From its first failure on until the time that it named, and not longer."""
    found = streak("1", detail="429 Too Many Requests, Retry-After: 60")
    outage = found.outage(NOW + timedelta(seconds=59))
    assert outage is not None
    assert outage.retry_at == NOW + timedelta(seconds=60)
    assert outage.reason == "it asks for a pause until 12:01:00 UTC"
    assert found.outage(NOW + timedelta(seconds=60)) is None


def test_questions_on_their_way_do_not_count_in_a_pause() -> None:
    """Several pages may meet the limit at once; that is one refusal, not one for each."""
    assert streak("1", "2", "3", "4", detail="retry after 5 s").scenes == ("1",)


@pytest.mark.parametrize(
    ("detail", "seconds"),
    [
        ("Retry-After: 120", 120),
        ('{"retry-after": "7"}', 7),
        ("http status 429: retry after 30 seconds", 30),
        ("Too many requests. Please try again in 5 minutes.", 300),
        ("rate limited, try again in 1 hour", 3600),
        ("Retry-After: Sat, 13 Jan 2024 12:02:00 GMT", 120),
        ("Retry-After: Sat, 13 Jan 2024 11:00:00 GMT", 0),
        ("retry after 999999 s", 86400),
        ("http status 429 Too Many Requests", None),
        ("script error: exit status 1", None),
        ("retry the scene later", None),
    ],
)
def test_the_pause_is_read_from_the_error(detail: str, seconds: int | None) -> None:
    """In seconds, minutes, hours or as a date; a day at most."""
    delay = read_retry_after(detail, NOW)
    assert delay == (None if seconds is None else timedelta(seconds=seconds))

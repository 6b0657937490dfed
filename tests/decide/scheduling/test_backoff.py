"""Scraping again: the playbook's waits, five at a time, first come first served, an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.scheduling.backoff import RescrapeJob, after_try, backoff, due_jobs, enqueued
from stashbot.settings import RescrapeSettings

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
DEFAULTS = RescrapeSettings()
Queue = tuple[RescrapeJob, ...]


def queue(*scenes: str, source: str | None = None) -> Queue:
    jobs: Queue = ()
    for scene in scenes:
        jobs = enqueued(jobs, scene, "low", now=NOW, settings=DEFAULTS, source=source)
    return jobs


def due(jobs: Queue, hours: float) -> list[str]:
    found = due_jobs(jobs, now=NOW + timedelta(hours=hours), settings=DEFAULTS)
    return [one.scene_id for one in found]


@pytest.mark.parametrize(
    ("tries", "hours"),
    [(0, 6), (1, 2), (2, 4), (3, 8), (4, 16), (5, 24), (6, 24), (40, 24), (10**9, 24)],
)
def test_the_playbook_s_waits(tries: int, hours: float) -> None:
    """6 hours first, then min(24, 2 to the number of tries)."""
    assert backoff(tries, DEFAULTS) == timedelta(hours=hours)


def test_nothing_failed_less_than_never() -> None:
    """A negative number of tries is a mistake."""
    with pytest.raises(ValueError, match="-1"):
        backoff(-1, DEFAULTS)


@pytest.mark.parametrize(("hours", "found"), [(5.999, []), (6, ["1"]), (6.001, ["1"])])
def test_a_job_is_due_after_six_hours(hours: float, found: list[str]) -> None:
    """At six hours it is."""
    assert due(queue("1"), hours) == found


@pytest.mark.parametrize("count", [4, 5, 6])
def test_five_at_a_time_in_the_order_of_the_queue(count: int) -> None:
    """The first five of those that are due; the rest waits for the next tick."""
    names = [str(at) for at in range(9, 9 - count, -1)]
    assert due(queue(*names), 7) == names[:5]


def test_a_scene_waits_once_a_source() -> None:
    """The same again changes nothing, not even its place; another source is another job."""
    jobs = queue("1", "2")
    later = NOW + timedelta(hours=3)
    assert enqueued(jobs, "1", "again", now=later, settings=DEFAULTS) == jobs
    more = enqueued(jobs, "1", "low", now=NOW, settings=DEFAULTS, source="Catalog")
    assert len(more) == 3
    assert due(more, 7) == ["1", "2"]


def test_a_failed_job_waits_longer_and_goes_last() -> None:
    """Its place is behind those that were not tried yet."""
    jobs = queue("1", "2")
    at = NOW + timedelta(hours=6)
    jobs = after_try(jobs, jobs[0], ok=False, now=at, settings=DEFAULTS)
    assert [(one.scene_id, one.tries) for one in jobs] == [("2", 0), ("1", 1)]
    assert due(jobs, 7.9) == ["2"]
    assert due(jobs, 8) == ["2", "1"]


def test_a_job_that_succeeded_is_gone() -> None:
    """And only it."""
    jobs = queue("1", "2")
    left = after_try(jobs, jobs[0], ok=True, now=NOW, settings=DEFAULTS)
    assert [one.scene_id for one in left] == ["2"]


@pytest.mark.parametrize(("failures", "given_up"), [(7, False), (8, True)])
def test_a_job_is_given_up_after_its_last_try(failures: int, given_up: bool) -> None:
    """It stays visible, is never due again, and enqueued anew it begins anew."""
    jobs = queue("1")
    for _ in range(failures):
        jobs = after_try(jobs, jobs[0], ok=False, now=NOW, settings=DEFAULTS)
    assert (jobs[0].tries, jobs[0].given_up) == (failures, given_up)
    assert due(jobs, 10_000) == ([] if given_up else ["1"])
    if given_up:
        again = enqueued(jobs, "1", "asked", now=NOW, settings=DEFAULTS)
        assert [(one.tries, one.given_up, one.reason) for one in again] == [(0, False, "asked")]


events = st.lists(
    st.tuples(st.sampled_from("123456789"), st.sampled_from([None, "A"]), st.booleans()),
    max_size=30,
)


@given(found=events)
def test_the_queue_stays_a_queue(found: list[tuple[str, str | None, bool]]) -> None:
    """Whatever happens: one job a scene and source, ticks of five scenes at most, all of them due,
    and everything ends after so many tries.
    """
    jobs: Queue = ()
    now = NOW
    for scene, source, ok in found:
        now += timedelta(hours=2)
        jobs = enqueued(jobs, scene, "low", now=now, settings=DEFAULTS, source=source)
        tick = due_jobs(jobs, now=now, settings=DEFAULTS)
        assert len(tick) <= 5
        assert len({one.scene_id for one in tick}) == len(tick)
        assert all(one.due <= now and not one.given_up for one in tick)
        for job in tick:
            jobs = after_try(jobs, job, ok=ok, now=now, settings=DEFAULTS)
        assert len({one.key for one in jobs}) == len(jobs)
        assert all(one.given_up == (one.tries >= DEFAULTS.tries) for one in jobs)
    for _ in range(40 * DEFAULTS.tries):
        now += timedelta(hours=24)
        for job in due_jobs(jobs, now=now, settings=DEFAULTS):
            jobs = after_try(jobs, job, ok=False, now=now, settings=DEFAULTS)
    assert all(one.given_up for one in jobs)


@given(tries=st.integers(0, 200))
def test_waits_never_shrink_after_the_first_failure(tries: int) -> None:
    """And never pass a day."""
    if tries:
        assert backoff(tries, DEFAULTS) <= backoff(tries + 1, DEFAULTS) <= timedelta(hours=24)

"""The TTL cache: one flight a key, fresh for its time, errors never kept, waiters independent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from stashbot.errors import ConfigError, GraphQLError
from stashbot.stash.cache import DEFAULT_TTL_S, TTLCache


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time now."""
        return self.now


class Source:
    """Counts its fetches and holds them until the gate opens."""

    def __init__(self, *, closed: bool = False) -> None:
        self.fetches = 0
        self.cancelled = 0
        self.gate = asyncio.Event()
        if not closed:
            self.gate.set()

    async def __call__(self) -> int:
        """Fetch the number of this fetch."""
        self.fetches += 1
        mine = self.fetches
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return mine


def failing(error: BaseException) -> Callable[[], Awaitable[int]]:
    async def fetch() -> int:
        await asyncio.sleep(0)
        raise error

    return fetch


def test_a_value_is_fresh_below_its_ttl_and_stale_at_it() -> None:
    """Five seconds by default, counted from the arrival of the value."""

    async def run() -> None:
        clock, source = Clock(), Source()
        cache = TTLCache(clock=clock)
        assert DEFAULT_TTL_S == 5.0
        assert await cache.get_or_fetch("a", source) == 1
        clock.now += 4.999
        assert await cache.get_or_fetch("a", source) == 1
        clock.now += 0.001
        assert await cache.get_or_fetch("a", source) == 2

    asyncio.run(run())


def test_a_ttl_can_be_given_with_the_call() -> None:
    """The call's ttl counts for what that call fetches; none (0) keeps nothing."""

    async def run() -> None:
        clock, source = Clock(), Source()
        cache = TTLCache(clock=clock)
        await cache.get_or_fetch("a", source, 60)
        clock.now += 59
        assert await cache.get_or_fetch("a", source) == 1
        await cache.get_or_fetch("b", source, 0)
        assert await cache.get_or_fetch("b", source, 0) == 3
        assert len(cache) == 1

    asyncio.run(run())


def test_callers_of_one_key_share_one_flight() -> None:
    """A hundred callers at once cost one fetch; another key flies on its own."""

    async def run() -> None:
        cache, source = TTLCache(), Source(closed=True)
        waiting = [asyncio.create_task(cache.get_or_fetch("a", source)) for _ in range(100)]
        other = asyncio.create_task(cache.get_or_fetch("b", source))
        await asyncio.sleep(0.01)
        source.gate.set()
        assert set(await asyncio.gather(*waiting)) == {1}
        assert await other == 2

    asyncio.run(run())


def test_the_ttl_begins_when_the_value_arrives() -> None:
    """A slow fetch does not eat up the time for which its value is fresh."""

    async def run() -> None:
        clock, source = Clock(), Source(closed=True)
        cache = TTLCache(clock=clock)
        waiter = asyncio.create_task(cache.get_or_fetch("a", source))
        await asyncio.sleep(0)
        clock.now += 30
        source.gate.set()
        assert await waiter == 1
        clock.now += 4
        assert await cache.get_or_fetch("a", source) == 1

    asyncio.run(run())


def test_an_error_reaches_all_waiters_and_is_not_kept() -> None:
    """Everyone in the flight gets the error; the next caller fetches again."""

    async def run() -> None:
        cache = TTLCache()
        fetch = failing(GraphQLError("no"))
        results = await asyncio.gather(
            *(cache.get_or_fetch("a", fetch) for _ in range(3)), return_exceptions=True
        )
        assert [type(result) for result in results] == [GraphQLError] * 3
        assert await cache.get_or_fetch("a", Source()) == 1

    asyncio.run(run())


def test_a_cancelled_waiter_leaves_the_others() -> None:
    """The first caller, whose call began the fetch, is cancelled; the second gets the value."""

    async def run() -> None:
        cache, source = TTLCache(), Source(closed=True)
        first = asyncio.create_task(cache.get_or_fetch("a", source))
        second = asyncio.create_task(cache.get_or_fetch("a", source))
        await asyncio.sleep(0.01)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        source.gate.set()
        assert await second == 1
        assert source.cancelled == 0

    asyncio.run(run())


def test_the_last_waiter_takes_the_flight_along() -> None:
    """When all are cancelled the fetch is too, and a new caller begins a flight of its own."""

    async def run() -> None:
        cache, source = TTLCache(), Source(closed=True)
        waiting = [asyncio.create_task(cache.get_or_fetch("a", source)) for _ in range(2)]
        await asyncio.sleep(0.01)
        for waiter in waiting:
            waiter.cancel()
        late = asyncio.create_task(cache.get_or_fetch("a", source))
        await asyncio.gather(*waiting, return_exceptions=True)
        source.gate.set()
        assert await late == 2
        assert source.cancelled == 1

    asyncio.run(run())


def test_what_is_forgotten_during_its_flight_is_not_kept() -> None:
    """The waiter gets its value, but it may be older than the reason for forgetting."""

    async def run() -> None:
        cache, source = TTLCache(), Source(closed=True)
        waiter = asyncio.create_task(cache.get_or_fetch("a", source))
        await asyncio.sleep(0.01)
        cache.forget("a")
        source.gate.set()
        assert await waiter == 1
        assert await cache.get_or_fetch("a", source) == 2
        cache.clear()
        assert await cache.get_or_fetch("a", source) == 3

    asyncio.run(run())


def test_the_size_is_bounded() -> None:
    """Over the limit, stale values go first, then the oldest."""

    async def run() -> None:
        clock, source = Clock(), Source()
        cache = TTLCache(max_size=3, clock=clock)
        await cache.get_or_fetch("old", source, 60)
        await cache.get_or_fetch("stale", source, 1)
        clock.now += 2
        await cache.get_or_fetch("x", source)
        await cache.get_or_fetch("y", source)
        assert len(cache) == 3
        assert await cache.get_or_fetch("old", source) == 1
        await cache.get_or_fetch("z", source)
        assert len(cache) == 3
        assert await cache.get_or_fetch("old", source) == 6

    asyncio.run(run())


@pytest.mark.parametrize("wrong", [{"max_size": 0}, {"ttl_s": -1.0}])
def test_impossible_bounds_are_refused(wrong: dict[str, float]) -> None:
    """No room or a negative time is a configuration error."""
    with pytest.raises(ConfigError):
        TTLCache(**wrong)  # type: ignore[arg-type]

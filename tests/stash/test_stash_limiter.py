"""The limiter: bounded, fair, cancellable, and its queue can be seen."""

from __future__ import annotations

import asyncio
import random

import pytest

from stashbot.errors import ConfigError
from stashbot.stash.limiter import Limiter


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    """It would let nothing through for ever."""
    with pytest.raises(ConfigError, match="lets nothing through"):
        Limiter(limit)
    with pytest.raises(ConfigError):
        Limiter(1).resize(limit)


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_never_more_than_the_limit_and_never_less_while_work_waits(limit: int) -> None:
    """Fifty pieces of work of random length: the bound is reached and never passed."""

    async def run() -> None:
        limiter, rng = Limiter(limit), random.Random(limit)  # noqa: S311
        seen: list[int] = []

        async def work() -> None:
            seen.append(limiter.active)
            await asyncio.sleep(rng.random() / 500)

        await asyncio.gather(*(limiter.run(work) for _ in range(50)))
        assert max(seen) == limit
        assert len(seen) == 50
        assert (limiter.active, limiter.queued) == (0, 0)

    asyncio.run(run())


def test_first_come_first_served() -> None:
    """Work begins in the order of asking; one who asks when a place gets free waits behind all."""

    async def run() -> list[int]:
        limiter, order = Limiter(2), list[int]()

        async def work(number: int) -> None:
            order.append(number)
            await asyncio.sleep(0)
            if number == 0:
                late.append(asyncio.create_task(limiter.run(lambda: work(99))))

        late: list[asyncio.Task[None]] = []
        await asyncio.gather(*(limiter.run(lambda n=n: work(n)) for n in range(20)))  # type: ignore[misc]
        await asyncio.gather(*late)
        return order

    assert asyncio.run(run()) == [*range(20), 99]


def test_the_depth_of_the_queue_shows() -> None:
    """Active and queued add up to what was asked for."""

    async def run() -> None:
        limiter, gate = Limiter(2), asyncio.Event()
        tasks = [asyncio.create_task(limiter.run(gate.wait)) for _ in range(5)]
        await asyncio.sleep(0.01)
        assert (limiter.limit, limiter.active, limiter.queued) == (2, 2, 3)
        gate.set()
        await asyncio.gather(*tasks)
        assert (limiter.active, limiter.queued) == (0, 0)

    asyncio.run(run())


def test_errors_pass_through_and_free_the_place() -> None:
    """Work that fails tells its caller, and the next begins."""

    async def run() -> None:
        limiter = Limiter(1)

        async def fail() -> None:
            raise KeyError("x")

        for _ in range(3):
            with pytest.raises(KeyError):
                await limiter.run(fail)
        assert limiter.active == 0

    asyncio.run(run())


def test_a_cancelled_waiter_leaves_the_queue() -> None:
    """The others move up; cancelled work in a place frees it."""

    async def run() -> None:
        limiter, gate = Limiter(1), asyncio.Event()
        first, second, third = (asyncio.create_task(limiter.run(gate.wait)) for _ in range(3))
        await asyncio.sleep(0.01)
        second.cancel()
        await asyncio.sleep(0)
        assert limiter.queued == 1
        first.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        assert (limiter.active, limiter.queued) == (1, 0)
        gate.set()
        assert await third
        assert limiter.active == 0

    asyncio.run(run())


def test_a_place_handed_to_a_cancelled_waiter_goes_on() -> None:
    """Cancelled in the very moment of its turn, a waiter passes the place to the next."""

    async def run() -> None:
        limiter = Limiter(1)
        async with limiter:
            second, third = (asyncio.create_task(limiter.run(asyncio.Event().wait)) for _ in "ab")
            await asyncio.sleep(0.01)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        await asyncio.sleep(0.01)
        assert (limiter.active, limiter.queued) == (1, 0)
        third.cancel()
        await asyncio.gather(third, return_exceptions=True)
        assert limiter.active == 0

    asyncio.run(run())


def test_cancellation_before_and_at_the_turn_never_loses_a_place() -> None:
    """Random cancellation of a crowd leaves the limiter empty and usable."""

    async def run() -> None:
        limiter, rng = Limiter(3), random.Random(5)  # noqa: S311

        async def work() -> None:
            await asyncio.sleep(rng.random() / 500)

        tasks = [asyncio.create_task(limiter.run(work)) for _ in range(200)]
        for task in rng.sample(tasks, 120):
            await asyncio.sleep(0)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (limiter.active, limiter.queued) == (0, 0)
        await limiter.run(work)

    asyncio.run(run())


def test_the_limit_can_change_while_work_is_under_way() -> None:
    """A higher limit lets the queue in at once; a lower one lets the active finish."""

    async def run() -> None:
        limiter, gate = Limiter(1), asyncio.Event()
        tasks = [asyncio.create_task(limiter.run(gate.wait)) for _ in range(4)]
        await asyncio.sleep(0.01)
        limiter.resize(3)
        await asyncio.sleep(0.01)
        assert (limiter.active, limiter.queued) == (3, 1)
        limiter.resize(1)
        assert limiter.active == 3
        gate.set()
        await asyncio.gather(*tasks)
        assert limiter.active == 0

    asyncio.run(run())

"""Bounded concurrency that is fair (playbook, utilities: ``createLimiter``)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar

from stashbot.errors import ConfigError

T = TypeVar("T")


class Limiter:
    """At most ``limit`` at once; the others wait in the order in which they came.

    Nobody overtakes: a place that gets free is handed to the first in the queue. A waiter that is
    cancelled leaves the queue, and a place it was just handed goes on to the next.

    Raises:
        ConfigError: a ``limit`` below 1.
    """

    def __init__(self, limit: int) -> None:
        self._limit = _checked(limit)
        self._active = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def limit(self) -> int:
        """How many may be active at once."""
        return self._limit

    @property
    def active(self) -> int:
        """How many are active now."""
        return self._active

    @property
    def queued(self) -> int:
        """How many wait for a place."""
        return len(self._queue)

    def resize(self, limit: int) -> None:
        """Change the limit; those already active above a lower limit finish undisturbed.

        Raises:
            ConfigError: a ``limit`` below 1.
        """
        self._limit = _checked(limit)
        self._hand_out()

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Wait for a place, carry out ``work`` in it and return its result, or raise its error."""
        async with self:
            return await work()

    async def __aenter__(self) -> Self:
        if self._active < self._limit:
            self._active += 1
            return self
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._leave()
            elif place in self._queue:
                self._queue.remove(place)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        self._active -= 1
        self._hand_out()

    def _hand_out(self) -> None:
        while self._queue and self._active < self._limit:
            place = self._queue.popleft()
            if not place.done():
                self._active += 1
                place.set_result(None)


def _checked(limit: int) -> int:
    if limit < 1:
        raise ConfigError(
            f"A limit of {limit} lets nothing through.", hint="Use 1 or more.", key="limit"
        )
    return limit

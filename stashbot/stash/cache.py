"""A TTL cache that asks once: callers of the same key share one flight (playbook 6.2)."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from stashbot.errors import ConfigError

T = TypeVar("T")

DEFAULT_TTL_S = 5.0
DEFAULT_SIZE = 1024


@dataclass(slots=True)
class _Flight:
    task: asyncio.Task[Any]
    waiters: int = 0


@dataclass(slots=True)
class _Entry:
    value: Any = field(repr=False)
    expires: float


class TTLCache:
    """Values by key, each for ``ttl_s`` seconds after it arrived, at most ``max_size`` of them.

    ``clock`` returns seconds and never goes back. When full, the values that have been held
    longest go first. Not for use from more than one event loop.

    Raises:
        ConfigError: ``max_size`` below 1 or a negative ``ttl_s``.
    """

    def __init__(
        self,
        *,
        ttl_s: float = DEFAULT_TTL_S,
        max_size: int = DEFAULT_SIZE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if max_size < 1 or ttl_s < 0:
            raise ConfigError(
                f"A cache of {max_size} values for {ttl_s:g} s cannot be.",
                hint="max_size is at least 1, the time to live at least 0.",
                key="stash.cache_ttl_s",
            )
        self._ttl_s = ttl_s
        self._max_size = max_size
        self._clock = clock
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._flights: dict[Hashable, _Flight] = {}

    def __len__(self) -> int:
        return len(self._entries)

    async def get_or_fetch(
        self, key: Hashable, fetch: Callable[[], Awaitable[T]], ttl_s: float | None = None
    ) -> T:
        """The value of ``key``, from the cache, from a flight under way, or from ``fetch``.

        Whatever ``fetch`` raises goes to everyone who waits for this flight and is not kept: the
        next caller fetches again. A waiter that is cancelled leaves alone; when the last one is
        gone, the fetch is cancelled too. A ``ttl_s`` of 0 shares the flight and keeps nothing.
        """
        entry = self._entries.get(key)
        if entry is not None and self._clock() < entry.expires:
            value: T = entry.value
            return value
        flight = self._flights.get(key)
        if flight is None:
            flight = _Flight(asyncio.ensure_future(_run(fetch)))
            self._flights[key] = flight
            ttl = self._ttl_s if ttl_s is None else ttl_s
            flight.task.add_done_callback(lambda _: self._land(key, flight, ttl))
        fetched: T = await self._join(key, flight)
        return fetched

    def invalidate(self, key: Hashable) -> None:
        """Drop the value of ``key``; a flight under way still lands, but is not kept."""
        self._entries.pop(key, None)
        self._flights.pop(key, None)

    def clear(self) -> None:
        """Drop everything, as ``invalidate`` does for one key."""
        self._entries.clear()
        self._flights.clear()

    async def _join(self, key: Hashable, flight: _Flight) -> Any:
        flight.waiters += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiters -= 1
            if not flight.waiters and not flight.task.done():
                if self._flights.get(key) is flight:
                    del self._flights[key]
                flight.task.cancel()

    def _land(self, key: Hashable, flight: _Flight, ttl_s: float) -> None:
        current = self._flights.get(key) is flight
        if current:
            del self._flights[key]
        failed = flight.task.cancelled() or flight.task.exception() is not None
        if failed or not current or not ttl_s:
            return
        now = self._clock()
        self._entries.pop(key, None)
        self._entries[key] = _Entry(value=flight.task.result(), expires=now + ttl_s)
        if len(self._entries) > self._max_size:
            self._sweep(now)

    def _sweep(self, now: float) -> None:
        for key in [key for key, entry in self._entries.items() if entry.expires <= now]:
            del self._entries[key]
        while len(self._entries) > self._max_size:
            self._entries.popitem(last=False)


async def _run(fetch: Callable[[], Awaitable[T]]) -> T:
    return await fetch()

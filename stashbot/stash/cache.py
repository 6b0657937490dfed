"""A cache with a time to live, in which callers of the same key share one fetch (playbook 6.2)."""

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
class _Fetch:
    task: asyncio.Task[Any]
    waiters: int = 0


@dataclass(slots=True)
class _Entry:
    value: Any = field(repr=False)
    expires: float


class TTLCache:
    """Values by key, each for ``ttl_s`` seconds after it arrived, at most ``max_size`` values.

    ``clock`` returns seconds and never goes back. When the cache is full, the oldest values go
    first. A cache belongs to a single event loop.

    Raises:
        ConfigError: ``max_size`` is below 1, or ``ttl_s`` is negative.
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
                f"A cache cannot hold {max_size} values for {ttl_s:g} s.",
                hint="Set stash.cache_ttl_s to 0 or more.",
                key="stash.cache_ttl_s",
            )
        self._ttl_s = ttl_s
        self._max_size = max_size
        self._clock = clock
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._fetches: dict[Hashable, _Fetch] = {}

    def __len__(self) -> int:
        return len(self._entries)

    async def get_or_fetch(
        self, key: Hashable, fetch: Callable[[], Awaitable[T]], ttl_s: float | None = None
    ) -> T:
        """Return the value of ``key``: from the cache, or from a shared call of ``fetch``.

        An error of ``fetch`` goes to every caller that waits for it and is not kept: the next
        caller fetches again. A caller that is cancelled does not disturb the others; when the last
        caller is cancelled, so is the fetch. With a ``ttl_s`` of 0 the fetch is shared, but its
        value is not kept.
        """
        entry = self._entries.get(key)
        if entry is not None and self._clock() < entry.expires:
            value: T = entry.value
            return value
        running = self._fetches.get(key)
        if running is None:
            running = _Fetch(asyncio.ensure_future(_run(fetch)))
            self._fetches[key] = running
            ttl = self._ttl_s if ttl_s is None else ttl_s
            running.task.add_done_callback(lambda _: self._finish(key, running, ttl))
        fetched: T = await self._join(key, running)
        return fetched

    def invalidate(self, key: Hashable) -> None:
        """Drop the value of ``key``; that of a running fetch still reaches its callers."""
        self._entries.pop(key, None)
        self._fetches.pop(key, None)

    def clear(self) -> None:
        """Drop all values, as ``invalidate`` does for a single key."""
        self._entries.clear()
        self._fetches.clear()

    async def _join(self, key: Hashable, fetch: _Fetch) -> Any:
        fetch.waiters += 1
        try:
            # the shield keeps the fetch alive for the others when this caller is cancelled
            return await asyncio.shield(fetch.task)
        finally:
            fetch.waiters -= 1
            if not fetch.waiters and not fetch.task.done():
                if self._fetches.get(key) is fetch:
                    del self._fetches[key]
                fetch.task.cancel()

    def _finish(self, key: Hashable, fetch: _Fetch, ttl_s: float) -> None:
        is_current = self._fetches.get(key) is fetch
        if is_current:
            del self._fetches[key]
        failed = fetch.task.cancelled() or fetch.task.exception() is not None
        if failed or not is_current or not ttl_s:
            return
        now = self._clock()
        self._entries.pop(key, None)
        self._entries[key] = _Entry(value=fetch.task.result(), expires=now + ttl_s)
        if len(self._entries) > self._max_size:
            self._evict(now)

    def _evict(self, now: float) -> None:
        for key in [key for key, entry in self._entries.items() if entry.expires <= now]:
            del self._entries[key]
        while len(self._entries) > self._max_size:
            self._entries.popitem(last=False)


async def _run(fetch: Callable[[], Awaitable[T]]) -> T:
    return await fetch()

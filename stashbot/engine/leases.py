"""Leases: what may happen once at a time across all workers, such as creating an entity of a name.

A lease belongs to a worker. When the worker is declared dead, its leases go with it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from stashbot.store import Store

POLL_S = 0.1


@dataclass
class Leases:
    """The leases that this worker takes. ``holder`` gives its id."""

    store: Store
    holder: Callable[[], str]
    _local: dict[str, asyncio.Lock] = field(default_factory=dict)

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[Lease]:
        """Hold the lease ``key`` within the block; wait for whoever holds it now.

        Raises:
            StateError: the database fails.
        """
        # A single task of this process at a time asks the database.
        async with self._local.setdefault(key, asyncio.Lock()):
            lease = Lease(self.store, key, secrets.token_hex(8))
            while not await self.store.leases.acquire(key, self.holder(), lease.token):  # noqa: ASYNC110 # a row of another process gives no event
                await asyncio.sleep(POLL_S)
            try:
                yield lease
            finally:
                await self.store.leases.release(key, lease.token)


@dataclass(frozen=True)
class Lease:
    """A lease of this worker; ``token`` tells it from any other holding of the key."""

    store: Store
    key: str
    token: str

    async def is_held(self) -> bool:
        """Return whether it is still ours: another worker may have taken us for dead."""
        return await self.store.leases.is_held(self.key, self.token)

"""The pages of a process: each scene borrows a page; crashed and old pages are replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Protocol

from loguru import logger

from stashbot.browser.session import Session
from stashbot.browser.wire_guard import WritePolicy


class OpenSession(Protocol):
    """Opens sessions."""

    def __call__(self, write_policy: WritePolicy) -> Awaitable[Session]:
        """Open a session whose guard has this policy."""


@dataclass
class PagePool:
    """Idle sessions, and a way to open more: at most ``limit`` are in use at once.

    A session is retired after ``retire_after`` scenes, since a long-lived context grows. Sessions
    of different write policies are never mixed up.
    """

    open_session: OpenSession
    limit: int
    retire_after: int
    opened: int = 0
    _idle: dict[WritePolicy, list[Session]] = field(
        default_factory=lambda: {policy: [] for policy in WritePolicy}
    )
    _generation: int = 0
    _free: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.limit)

    async def acquire(self, write_policy: WritePolicy = WritePolicy.PLANNED) -> Session:
        """Return an idle session of the current login, or open another.

        Waits while as many as ``limit`` are in use.
        """
        await self._free.acquire()
        try:
            return await self._take(write_policy)
        except BaseException:
            self._free.release()
            raise

    async def _take(self, write_policy: WritePolicy) -> Session:
        idle = self._idle[write_policy]
        while idle:
            session = idle.pop()
            if session.generation == self._generation and not session.page.is_closed():
                return session
            await session.close()
        # The browser has no more pages than may be used: an idle one of another policy goes.
        others = [other for other in WritePolicy if other is not write_policy]
        while self._count_idle() >= self.limit and (
            other := next((policy for policy in others if self._idle[policy]), None)
        ):
            await self._idle[other].pop().close()
        session = await self.open_session(write_policy)
        session.generation = self._generation
        self.opened += 1
        return session

    def _count_idle(self) -> int:
        return sum(len(idle) for idle in self._idle.values())

    async def release(self, session: Session) -> None:
        """Give a session back after a scene."""
        try:
            session.scenes_done += 1
            is_worn = session.scenes_done >= self.retire_after
            if is_worn or session.page.is_closed() or session.generation != self._generation:
                logger.debug("a page is retired after {} scenes", session.scenes_done)
                await session.close()
            else:
                self._idle[session.guard.policy].append(session)
        finally:
            self._free.release()

    async def discard(self, session: Session) -> None:
        """Throw a session away: it crashed, or its login ended."""
        try:
            await session.close()
        finally:
            self._free.release()

    def renew(self) -> None:
        """Retire all sessions that are open now: their login has ended."""
        self._generation += 1

    async def close(self) -> None:
        """Close what is idle."""
        for idle in self._idle.values():
            while idle:
                await idle.pop().close()

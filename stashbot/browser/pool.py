"""The pages of a process: each scene borrows a page, a crashed or worn one is replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Protocol

from loguru import logger

from stashbot.browser.session import Session


class OpenSession(Protocol):
    """Opens a session; a ``read_only`` session's pages cannot change Stash."""

    def __call__(self, *, read_only: bool) -> Awaitable[Session]:
        """Open a session."""


@dataclass
class PagePool:
    """Idle sessions, and a way to open more: at most ``limit`` are in use at once.

    A session is retired after ``retire_after`` scenes, since a long-lived context grows. Sessions
    that only read and sessions that may write are never mixed up.
    """

    open_session: OpenSession
    limit: int
    retire_after: int
    opened: int = 0
    _idle: dict[bool, list[Session]] = field(default_factory=lambda: {False: [], True: []})
    _generation: int = 0
    _free: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.limit)

    async def acquire(self, *, read_only: bool = False) -> Session:
        """Return an idle session of the current login, or open one; wait while all are in use."""
        await self._free.acquire()
        try:
            return await self._take(read_only=read_only)
        except BaseException:
            self._free.release()
            raise

    async def _take(self, *, read_only: bool) -> Session:
        idle = self._idle[read_only]
        while idle:
            session = idle.pop()
            if session.generation == self._generation and not session.page.is_closed():
                return session
            await session.close()
        # A browser holds no more pages than may be used: an idle one of the other kind goes.
        while self._idle[not read_only] and self._held() >= self.limit:
            await self._idle[not read_only].pop().close()
        session = await self.open_session(read_only=read_only)
        session.generation = self._generation
        self.opened += 1
        return session

    def _held(self) -> int:
        return sum(len(idle) for idle in self._idle.values())

    async def release(self, session: Session) -> None:
        """Give a session back after a scene."""
        try:
            session.scenes_done += 1
            worn = session.scenes_done >= self.retire_after
            if worn or session.page.is_closed() or session.generation != self._generation:
                logger.debug("a page is retired after {} scenes", session.scenes_done)
                await session.close()
            else:
                self._idle[session.guard.read_only].append(session)
        finally:
            self._free.release()

    async def discard(self, session: Session) -> None:
        """Throw a session away: it crashed, or its login ended."""
        try:
            await session.close()
        finally:
            self._free.release()

    def renew(self) -> None:
        """Hand none of today's sessions out again: their login has ended."""
        self._generation += 1

    async def close(self) -> None:
        """Close what is idle."""
        for idle in self._idle.values():
            while idle:
                await idle.pop().close()

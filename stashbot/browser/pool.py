"""The pages of a process: each scene borrows a page; crashed and old pages are replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from loguru import logger

from stashbot.browser.memory import MemoryLimit
from stashbot.browser.session import Session
from stashbot.browser.wire_guard import WritePolicy

#: Measuring the browser's processes takes some 50 ms: it is done after this many scenes.
CHECK_EVERY = 5


class OpenSession(Protocol):
    """Opens sessions."""

    def __call__(self, write_policy: WritePolicy) -> Awaitable[Session]:
        """Open a session whose guard has this policy."""


@dataclass
class PagePool:
    """Idle sessions, and a way to open more: at most ``limit`` are in use at once.

    A session is retired after ``retire_after`` scenes, and as soon as the browser stays over its
    ``memory`` limit, since a long-lived page grows. The browser is replaced when it is over the
    limit without any page. Sessions of different write policies are never mixed up.
    """

    open_session: OpenSession
    limit: int
    retire_after: int
    memory: MemoryLimit | None = None
    restart_browser: Callable[[], Awaitable[None]] | None = None
    opened: int = 0
    _idle: dict[WritePolicy, list[Session]] = field(
        default_factory=lambda: {policy: [] for policy in WritePolicy}
    )
    _generation: int = 0
    _in_use: int = 0
    _released: int = 0
    _free: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.limit)

    async def acquire(self, write_policy: WritePolicy = WritePolicy.PLANNED) -> Session:
        """Return an idle session of the current login, or open another.

        Waits while as many as ``limit`` are in use.
        """
        await self._free.acquire()
        self._in_use += 1
        try:
            return await self._take(write_policy)
        except BaseException:
            self._give_place()
            raise

    def _give_place(self) -> None:
        self._in_use -= 1
        self._free.release()

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
            is_lost = session.page.is_closed() or session.generation != self._generation
            is_large = not await self._memory_is_kept()
            if is_worn or is_lost or is_large:
                logger.debug("a page is retired after {} scenes", session.scenes_done)
                await session.close()
                if is_large:
                    await self._restart_if_still_large()
            else:
                self._idle[session.guard.policy].append(session)
        finally:
            self._give_place()

    async def _memory_is_kept(self) -> bool:
        self._released += 1
        if self.memory is None or self._released % CHECK_EVERY:
            return True
        return await self.memory.is_kept()

    async def _restart_if_still_large(self) -> None:
        """Replace a browser that is over its limit though the last of its pages is closed."""
        if self._in_use > 1 or self._count_idle() or self.restart_browser is None:
            return
        if self.memory is not None and not await self.memory.is_kept():
            logger.info("the browser is started anew: it stays over its memory limit")
            await self.restart_browser()

    async def discard(self, session: Session) -> None:
        """Throw a session away: it crashed, or its login ended."""
        try:
            await session.close()
        finally:
            self._give_place()

    def renew(self) -> None:
        """Retire all sessions that are open now: their login has ended."""
        self._generation += 1

    async def close(self) -> None:
        """Close what is idle."""
        for idle in self._idle.values():
            while idle:
                await idle.pop().close()

"""The pages of a run: each scene borrows one, a crashed or worn one is replaced."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from loguru import logger

from stashbot.browser.session import Session

OpenSession = Callable[[], Awaitable[Session]]


@dataclass
class PagePool:
    """Idle sessions, and a way to open more. How many are in use, the caller's workers decide.

    A session is retired after ``retire_after`` scenes, since a long-lived context grows.
    """

    open_session: OpenSession
    retire_after: int
    _idle: list[Session] = field(default_factory=list)
    _generation: int = 0
    opened: int = 0

    async def acquire(self) -> Session:
        """An idle session of the current login, or a new one."""
        while self._idle:
            session = self._idle.pop()
            if session.generation == self._generation and not session.page.is_closed():
                return session
            await session.close()
        session = await self.open_session()
        session.generation = self._generation
        self.opened += 1
        return session

    async def release(self, session: Session) -> None:
        """Gives a session back after a scene."""
        session.scenes_done += 1
        worn = session.scenes_done >= self.retire_after
        if worn or session.page.is_closed() or session.generation != self._generation:
            logger.debug("a page is retired after {} scenes", session.scenes_done)
            await session.close()
            return
        self._idle.append(session)

    async def discard(self, session: Session) -> None:
        """Throws a session away: it crashed, or its login ended."""
        await session.close()

    def renew(self) -> None:
        """All sessions so far are of an ended login: none of them is handed out again."""
        self._generation += 1

    async def close(self) -> None:
        """Closes what is idle."""
        while self._idle:
            await self._idle.pop().close()

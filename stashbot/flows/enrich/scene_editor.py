"""The page that a scene is edited on: which scene and dialog it shows, and whether it is clean."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from loguru import logger

from stashbot.browser.session import Session
from stashbot.browser.tracing import start_trace, stop_trace
from stashbot.browser.wire_guard import WritePolicy
from stashbot.errors import PageLost, SessionExpired, StashbotError
from stashbot.models import Scene
from stashbot.pages.scene_page import ScenePage
from stashbot.services import Services


class SceneEditor:
    """A page of Stash, borrowed for a scene when it is first needed, replaced when lost.

    Unless traces are off, a page is traced from the first retry of a step on: tracing costs 5 % of
    a page's time.
    """

    def __init__(self, services: Services, *, write_policy: WritePolicy) -> None:
        self._services = services
        self._write_policy = write_policy
        self._traces = services.settings.artifacts.trace
        self._session: Session | None = None
        self._scene: str | None = None
        self._dialog: str | None = None
        self._needs_reload = False
        self._traced_fully = False
        #: How long the scene waited for a free page.
        self.waited_s = 0.0

    # -- what the page shows

    @property
    def current(self) -> Session | None:
        """Return the session, or ``None`` while no page was needed."""
        return self._session

    @property
    def dialog(self) -> str | None:
        """Return the name of the source whose results dialog is open, or ``None``."""
        return self._dialog

    def shows(self, scene_id: str) -> bool:
        """Return whether the edit form of this scene is open."""
        return self._scene == scene_id and not self._needs_reload

    def dialog_opened(self, source: str) -> None:
        """Note that the results dialog of a source is open, or about to open."""
        self._dialog = source

    def dialog_closed(self) -> None:
        """Note that no results dialog is open."""
        self._dialog = None

    def left_page(self) -> None:
        """Note that the page was taken elsewhere: the next use opens the scene anew."""
        self._scene, self._dialog = None, None

    def needs_reload(self) -> None:
        """Load the page anew before its next use: something may still arrive late."""
        self._needs_reload = True

    # -- using it

    async def session(self) -> Session:
        """Return the session; borrow a page from the pool if there is none.

        Raises:
            BrowserError: the browser does not start.
        """
        if self._session is None:
            began = time.monotonic()
            self._session = await self._services.pages.acquire(self._write_policy)
            self.waited_s += time.monotonic() - began
            self._scene = self._dialog = None
            if self._traces == "always":
                await self.trace_fully()
        return self._session

    async def open(self, scene: Scene) -> Session:
        """Return the session with the scene's edit form open; at once if it is open already."""
        session = await self.session()
        if not self.shows(scene.id):
            await ScenePage(session).open(scene, fresh=self._needs_reload)
            self._scene, self._needs_reload = scene.id, False
        return session

    async def recover(self, attempt: int, error: StashbotError) -> None:
        """Make the page ready for another attempt after a transient error."""
        logger.info("attempt {} failed, trying again: {}", attempt, error.message)
        self.left_page()
        self._needs_reload = True
        if isinstance(error, SessionExpired):
            await self._services.log_in_again()
        if isinstance(error, SessionExpired | PageLost):
            await self.discard()
        if self._traces != "off":
            await self.trace_fully()

    async def trace_fully(self) -> None:
        """Record a full trace from here on."""
        session = await self.session()
        if not self._traced_fully:
            await self._stop_trace()
            session.traced = self._traced_fully = await start_trace(session.context)

    def trace_was_kept(self) -> None:
        """Note that the trace ended with what was kept of a failure."""
        self._traced_fully = False
        if self._session is not None:
            self._session.traced = False

    # -- giving it back

    async def discard(self) -> None:
        """Throw the page away."""
        if self._session is not None:
            session, self._session = self._session, None
            self.left_page()
            self._traced_fully = False
            await self._services.pages.discard(session)

    async def release(self) -> None:
        """Hand the page to the next scene; a page with an open dialog or a scrape is not reused."""
        if self._session is None:
            return
        if self._traced_fully:
            await self._stop_trace()
        if self._dialog is not None or self._needs_reload:
            await self.discard()
            return
        session, self._session = self._session, None
        await self._services.pages.release(session)

    async def _stop_trace(self) -> None:
        self._traced_fully = False
        if self._session is not None and self._session.traced:
            self._session.traced = False
            await stop_trace(self._session.context, None, self._services.redactor)


@asynccontextmanager
async def scene_editor(
    services: Services, *, write_policy: WritePolicy
) -> AsyncIterator[SceneEditor]:
    """Lend an editor for a scene; its page is given back, or thrown away after an error."""
    editor = SceneEditor(services, write_policy=write_policy)
    try:
        yield editor
    except BaseException:
        await editor.discard()
        raise
    await editor.release()

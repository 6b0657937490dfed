"""Access of the pytest plugin to a Stash, on an event loop in another thread.

pytest-playwright's sync API runs an event loop in the main thread. stashbot is async, so the plugin
runs its coroutines, and the doors of its pages, in another thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from typing import Any, Self, TypeVar

import pytest
from loguru import logger

from stashbot.browser.door import Door
from stashbot.browser.door.assets import AssetCache
from stashbot.browser.wire_guard import WireGuard
from stashbot.models import ServerInfo
from stashbot.selectors import Registry, SelectorSet
from stashbot.settings import Settings, load_settings
from stashbot.stash.client import StashClient, open_stash

T = TypeVar("T")


class Access:
    """A server, the selectors for it, and doors to it; ``close`` it at the end."""

    def __init__(self, settings: Settings, loop: _LoopThread) -> None:
        self.settings = settings
        self._loop = loop
        self._assets = AssetCache()
        self._stack = AsyncExitStack()
        self._client: StashClient
        self.selectors: SelectorSet

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Log in to the server.

        Raises:
            UnreachableError: it does not answer, or refuses the login.
        """
        access = cls(settings, _LoopThread())
        try:
            access._loop.run(access._log_in())
        except BaseException:
            access._loop.stop()
            raise
        return access

    @property
    def server(self) -> ServerInfo:
        """Return the server as it was on opening."""
        return self._client.server

    @contextmanager
    def door(self, guard: WireGuard) -> Iterator[Door]:
        """Open a door to the server within the block."""
        opened = self._loop.run(Door.open(self._client.transport, guard, assets=self._assets))
        try:
            yield opened
        finally:
            self._loop.run(opened.close())

    def close(self) -> None:
        """Close the connections to the server."""
        try:
            self._loop.run(self._stack.aclose())
        finally:
            self._loop.stop()

    async def _log_in(self) -> None:
        registry = Registry.load(self.settings.selectors.folder, problems=[])
        self._client = await self._stack.enter_async_context(open_stash(self.settings.stash))
        self.selectors = registry.for_release(self._client.server.release)


class _LoopThread:
    """An event loop in a thread of its own; stashbot's logging is disabled in its work."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="stashbot-access", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def settings_of(config: pytest.Config, url: str) -> Settings:
    """Return the settings for the server at ``url``.

    The option ``--headed`` of pytest-playwright applies.

    Raises:
        ConfigError: a setting is wrong.
    """
    headed = bool(config.getoption("--headed", default=False))
    browser = {"headless": False if headed else None}
    return load_settings(None, {"stash": {"url": url}, "browser": browser})


def run_in_thread(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in another thread and return its result. Ctrl-C cancels it.

    stashbot's logging is disabled meanwhile: the result or error says everything of interest.
    """
    loops: list[asyncio.AbstractEventLoop] = []

    def run() -> T:
        with asyncio.Runner() as runner:
            loops.append(runner.get_loop())
            return runner.run(work)

    def cancel() -> None:
        for task in asyncio.all_tasks(loops[0]):
            task.cancel()

    logger.disable("stashbot")
    try:
        with ThreadPoolExecutor(1, "stashbot") as pool:
            future = pool.submit(run)
            try:
                return future.result()
            except KeyboardInterrupt:
                if loops:
                    loops[0].call_soon_threadsafe(cancel)
                raise
    finally:
        logger.enable("stashbot")

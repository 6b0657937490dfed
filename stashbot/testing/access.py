"""Access of the pytest plugin to a Stash, on an event loop in another thread.

pytest-playwright's sync API runs an event loop in the main thread. stashbot is async, so the plugin
runs its coroutines in another thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from loguru import logger

from stashbot.models import ServerInfo
from stashbot.selectors import Registry, SelectorSet
from stashbot.settings import Settings, load_settings
from stashbot.stash.client import open_stash

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Access:
    """A server, the selectors for it, and the cookies and headers that log a page in."""

    settings: Settings
    server: ServerInfo
    selectors: SelectorSet
    cookies: list[Any]
    headers: dict[str, str]


def settings_of(config: pytest.Config, url: str) -> Settings:
    """Return the settings for the server at ``url``.

    The option ``--headed`` of pytest-playwright applies.

    Raises:
        ConfigError: a setting is wrong.
    """
    headed = bool(config.getoption("--headed", default=False))
    browser = {"headless": False if headed else None}
    return load_settings(None, {"stash": {"url": url}, "browser": browser})


def open_access(settings: Settings) -> Access:
    """Log in to the server, and return the access to it.

    Raises:
        UnreachableError: it does not answer, or refuses the login.
    """

    async def log_in() -> Access:
        registry = Registry.load(settings.selectors.folder, problems=[])
        async with open_stash(settings.stash) as client:
            return Access(
                settings=settings,
                server=client.server,
                selectors=registry.for_release(client.server.release),
                cookies=list(client.transport.cookies()),
                headers=dict(client.transport.auth_headers()),
            )

    return run_in_thread(log_in())


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

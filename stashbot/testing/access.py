"""What the pytest plugin knows of a Stash, asked on a loop of its own.

pytest-playwright's sync API runs a loop in the main thread; stashbot is async. Whatever of it the
plugin needs is carried out in another thread.
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
    """A server, the selectors for it, and what makes a page logged in."""

    settings: Settings
    server: ServerInfo
    selectors: SelectorSet
    cookies: list[Any]
    headers: dict[str, str]


def settings_of(config: pytest.Config, url: str) -> Settings:
    """The settings for the server at ``url``; ``--headed`` of pytest-playwright counts.

    Raises:
        ConfigError: a setting is wrong.
    """
    headed = bool(config.getoption("--headed", default=False))
    browser = {"headless": False if headed else None}
    return load_settings(None, {"stash": {"url": url}, "browser": browser})


def open_access(settings: Settings) -> Access:
    """Asks the server who it is, and logs in.

    Raises:
        UnreachableError: it does not answer, or refuses the login.
    """

    async def ask() -> Access:
        registry = Registry.load(settings.selectors.folder, problems=[])
        async with open_stash(settings.stash) as client:
            return Access(
                settings=settings,
                server=client.server,
                selectors=registry.for_release(client.server.release),
                cookies=list(client.transport.cookies()),
                headers=dict(client.transport.auth_headers()),
            )

    return run_in_thread(ask())


def run_in_thread(work: Coroutine[Any, Any, T]) -> T:
    """The value of ``work``, carried out in a thread of its own; Ctrl-C cancels it.

    stashbot's log is silent meanwhile: what it has to say is in what it returns or raises.
    """
    loops: list[asyncio.AbstractEventLoop] = []

    def carry_out() -> T:
        with asyncio.Runner() as runner:
            loops.append(runner.get_loop())
            return runner.run(work)

    def cancel() -> None:
        for task in asyncio.all_tasks(loops[0]):
            task.cancel()

    logger.disable("stashbot")
    try:
        with ThreadPoolExecutor(1, "stashbot") as pool:
            future = pool.submit(carry_out)
            try:
                return future.result()
            except KeyboardInterrupt:
                if loops:
                    loops[0].call_soon_threadsafe(cancel)
                raise
    finally:
        logger.enable("stashbot")

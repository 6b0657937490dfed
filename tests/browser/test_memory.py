"""The memory limit of a browser: it frees, then replaces pages, then the browser."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from stashbot.browser.memory import MemoryLimit, used_mb
from stashbot.browser.pool import CHECK_EVERY, PagePool
from stashbot.browser.wire_guard import WritePolicy


@dataclass
class Browser:
    """A browser whose memory is what the test says, before and after it frees some."""

    before_mb: float
    after_mb: float
    pid: int | None = 1
    calls: list[str] = field(default_factory=list)

    async def free_memory(self) -> None:
        """Take ``after_mb`` from now on."""
        self.calls.append("free")
        self.before_mb = self.after_mb

    async def restart(self) -> None:
        """Note it."""
        self.calls.append("restart")

    def limit(self, limit_mb: float) -> MemoryLimit:
        """Return a limit for it."""
        return MemoryLimit(browser=self, limit_mb=limit_mb, measure=lambda _: self.before_mb)


def is_kept(browser: Browser, limit_mb: float) -> bool:
    """Return whether the browser keeps the limit."""
    return asyncio.run(browser.limit(limit_mb).is_kept())


def test_a_browser_at_its_limit_is_left_alone() -> None:
    """Nor is one asked that runs elsewhere, or has no limit."""
    at_limit = Browser(550, 550)
    elsewhere = Browser(900, 900, pid=None)
    unlimited = Browser(9000, 9000)
    assert is_kept(at_limit, 550)
    assert is_kept(elsewhere, 550)
    assert is_kept(unlimited, 0)
    assert at_limit.calls + elsewhere.calls + unlimited.calls == []


def test_a_browser_above_its_limit_frees_memory() -> None:
    """The limit is kept if that brings it down."""
    browser = Browser(550.1, 300)
    assert is_kept(browser, 550)
    assert browser.calls == ["free"]
    assert not is_kept(Browser(900, 550.1), 550)


def closed_pages(browser: Browser, scenes: int, *, pages: int = 1) -> list[str]:
    """Return what happens to the pages while scenes are worked on, one after another."""
    happened: list[str] = []

    async def open_session(write_policy: WritePolicy) -> Any:
        number = sum(name.startswith("open") for name in happened) + 1
        happened.append(f"open {number}")

        async def close() -> None:
            happened.append(f"close {number}")

        return SimpleNamespace(
            page=SimpleNamespace(is_closed=lambda: False),
            guard=SimpleNamespace(policy=write_policy),
            close=close,
            scenes_done=0,
            generation=0,
        )

    async def work() -> None:
        pool = PagePool(
            open_session=open_session,
            limit=pages,
            retire_after=1000,
            memory=browser.limit(550),
            restart_browser=browser.restart,
        )
        others = [await pool.acquire() for _ in range(pages - 1)]
        for _ in range(scenes):
            await pool.release(await pool.acquire())
        del others

    asyncio.run(work())
    return happened


def test_a_page_is_replaced_when_freeing_is_not_enough() -> None:
    """After every fifth scene it is measured; the browser is not replaced while a page is open."""
    browser = Browser(900, 900)
    assert closed_pages(browser, CHECK_EVERY, pages=2) == ["open 1", "open 2", "close 2"]
    assert browser.calls == ["free"]
    assert closed_pages(Browser(100, 100), 2 * CHECK_EVERY) == ["open 1"]


def test_the_browser_is_replaced_when_its_pages_are_not_to_blame() -> None:
    """It is over the limit after the last page was closed."""
    browser = Browser(900, 900)
    assert closed_pages(browser, CHECK_EVERY) == ["open 1", "close 1"]
    assert browser.calls == ["free", "free", "restart"]


def test_the_memory_of_a_process_is_measured_and_that_of_a_dead_one_is_none() -> None:
    """The process of these tests takes more than a megabyte."""
    assert 1 < used_mb(os.getpid()) < 100_000
    assert used_mb(2**22 + 1) == 0

"""The memory of a browser: measured over its processes, and kept within a limit.

A page that goes from scene to scene grows by about 6 MB with each, and by 8 MB more for each cover
that it draws: V8 is in no hurry to collect garbage, and Chromium keeps decoded pictures. On request
both let go: 400 MB become 190 MB for a page after 34 scenes (Stash 0.30, Chromium 156).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import psutil
from loguru import logger

#: What the browser takes beside its pages.
SHARED_MB = 240
_MB = 2**20


class MeasuredBrowser(Protocol):
    """A browser whose process is known, and that can be asked to free memory."""

    @property
    def pid(self) -> int | None:
        """The process id of the browser; ``None`` if it runs elsewhere or not at all."""

    async def free_memory(self) -> None:
        """Let the browser drop what it keeps only to be faster."""


def used_mb(pid: int) -> float:
    """Return the memory of a process and all below it in MB; what they share counts once.

    Outside Linux shared memory does not count. A process that is gone takes none.
    """
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0.0
    return sum(_private_bytes(process) for process in processes) / _MB


def _private_bytes(process: psutil.Process) -> int:
    try:
        info = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(info, "pss", info.uss))


@dataclass(kw_only=True)
class MemoryLimit:
    """The most that a browser may take: ``limit_mb``, 0 for no limit."""

    browser: MeasuredBrowser
    limit_mb: float
    measure: Callable[[int], float] = used_mb

    async def is_kept(self) -> bool:
        """Return whether the browser is within the limit, after it freed memory if it had to."""
        used = await self._used_mb()
        if used <= self.limit_mb or not self.limit_mb:
            return True
        await self.browser.free_memory()
        left = await self._used_mb()
        logger.debug("the browser took {:.0f} MB and takes {:.0f} MB now", used, left)
        return left <= self.limit_mb

    async def _used_mb(self) -> float:
        pid = self.browser.pid
        return 0.0 if pid is None else await asyncio.to_thread(self.measure, pid)

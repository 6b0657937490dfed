"""Checking the selector registry again and again, and telling what changed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from loguru import logger
from pydantic import computed_field

from stashbot.errors import DeliveryError, UnreachableError, UsageError
from stashbot.flows.checks.report_diff import Changes, compare
from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.models import Model

T = TypeVar("T")
Check = Callable[[], Awaitable[SelectorReport]]


class Watched(Model):
    """What came of one check, and how it differs from the one before.

    ``report`` is ``None`` if Stash or the browser was not there: ``unreachable`` says so.
    ``back`` marks the first report after that.
    """

    report: SelectorReport | None = None
    changes: Changes = Changes()
    unreachable: str = ""
    back: bool = False

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def changed(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.unreachable or self.back or self.changes)

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def text(self) -> str:
        """What changed, in one line."""
        if self.unreachable:
            return self.unreachable
        told = self.changes.text
        return f"Stash is back. {told}" if self.back else told

    def payload(self) -> dict[str, Any]:
        """What a receiver is told: the changes, and the figures of the report without its bulk."""
        report = self.report
        return {
            **self.model_dump(mode="json", exclude={"report"}),
            "report": None
            if report is None
            else {
                "version": report.version,
                "release": report.release,
                "started": report.started,
                "ok": report.ok,
                "states": len(report.states),
                "unreached": [one.state for one in report.unreached],
                "keys": sum(len(one.findings) for one in report.states),
                "broken": [one.name for one in report.broken],
            },
        }


async def watch(
    check: Check,
    *,
    every_s: float,
    on_result: Callable[[Watched], Awaitable[None]],
    stop: asyncio.Event,
    last: SelectorReport | None = None,
) -> int:
    """Checks until ``stop`` is set, and returns how many checks were finished.

    A check begins ``every_s`` seconds after the last one began; one that takes longer costs the
    beats that it overran. ``on_result`` is told of every report, compared with the one before it
    (the first with ``last``), and once of a Stash or browser that is not there. If it raises
    ``DeliveryError``, the next report is compared with the same one again, so that no change goes
    untold. Setting ``stop``, or cancelling, ends what is under way, which cleans up after itself.

    Raises:
        UsageError: ``every_s`` is not above 0.
        StashbotError: what ``check`` or ``on_result`` raises otherwise.
    """
    if not every_s > 0:
        raise UsageError(
            f"A check every {every_s:g} s cannot be.", hint="Give a time above 0 seconds."
        )
    loop, known, done = asyncio.get_running_loop(), _Known(last), 0
    while not stop.is_set():
        began = loop.time()
        result = await _until(stop, known.look(check))
        if stop.is_set():
            break
        done += 1
        if result is not None:
            await _until(stop, known.tell(result, on_result))
        took = loop.time() - began
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every_s - took % every_s)
    return done


class _Known:
    """What the receiver was told: the ``last`` report, and how it was ``gone``."""

    def __init__(self, last: SelectorReport | None) -> None:
        self._last = last
        self._gone: type[UnreachableError] | None = None
        self._met: type[UnreachableError] | None = None

    async def look(self, check: Check) -> Watched | None:
        """The next result; ``None`` where what was gone is still gone."""
        try:
            report = await check()
        except UnreachableError as error:
            logger.debug("The check could not be done: {}", error)
            known = self._gone is type(error)
            self._met = type(error)
            return None if known else Watched(unreachable=str(error))
        self._met = None
        changes = Changes() if self._last is None else compare(self._last, report)
        return Watched(report=report, changes=changes, back=self._gone is not None)

    async def tell(self, result: Watched, on_result: Callable[[Watched], Awaitable[None]]) -> None:
        try:
            await on_result(result)
        except DeliveryError as error:
            logger.warning("{} It is told again after the next check.", error)
            return
        self._last = result.report or self._last
        self._gone = self._met


async def _until(stop: asyncio.Event, work: Awaitable[T]) -> T | None:
    """What ``work`` comes to; ``None`` and ``work`` cancelled if ``stop`` is set before."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)

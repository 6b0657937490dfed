"""Checking the selector registry at intervals, and reporting what changed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from loguru import logger
from pydantic import computed_field

from stashbot.errors import DeliveryError, UnreachableError, UsageError
from stashbot.flows.checks.report_diff import ReportDiff, diff_reports
from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.models import Model

T = TypeVar("T")
Check = Callable[[], Awaitable[SelectorReport]]


class MonitorResult(Model):
    """The result of a check, and how it differs from the check before.

    ``report`` is ``None`` if Stash or the browser was not there, and ``unreachable`` says so.
    ``back`` marks the first report after that.
    """

    report: SelectorReport | None = None
    changes: ReportDiff = ReportDiff()
    unreachable: str = ""
    back: bool = False

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def changed(self) -> bool:
        """Whether there is anything to report."""
        return bool(self.unreachable or self.back or self.changes)

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def text(self) -> str:
        """The changes, in a line."""
        if self.unreachable:
            return self.unreachable
        changes = self.changes.text
        return f"Stash is back. {changes}" if self.back else changes

    def payload(self) -> dict[str, Any]:
        """Return the body of a webhook: the changes, and the figures of the report.

        ``report`` is ``None`` or has ``version``, ``release``, ``started``, ``ok``, the numbers of
        ``states`` and ``keys``, and the names that are ``unreached`` and ``broken``.
        """
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
                "unreached": [state.state for state in report.unreached],
                "keys": sum(len(state.findings) for state in report.states),
                "broken": [finding.name for finding in report.broken],
            },
        }


async def monitor_selectors(
    check: Check,
    *,
    every_s: float,
    on_result: Callable[[MonitorResult], Awaitable[None]],
    stop: asyncio.Event,
    last: SelectorReport | None = None,
) -> int:
    """Check until ``stop`` is set, and return how many checks were finished.

    A check begins ``every_s`` seconds after the last began; a check that takes longer skips the
    beginnings that it overran. ``on_result`` receives every report, compared with the last report
    (the first with ``last``), and once the news that Stash or the browser is not there. If it
    raises ``DeliveryError``, the next report is compared with the same report again, so that no
    change is lost. Setting ``stop``, or cancelling, ends the check in progress, which cleans up.

    Raises:
        UsageError: ``every_s`` is not above 0.
        StashbotError: what ``check`` or ``on_result`` raises otherwise.
    """
    if not every_s > 0:
        raise UsageError(
            f"A check every {every_s:g} s is not possible.", hint="Give a time above 0 seconds."
        )
    loop, comparison, finished = asyncio.get_running_loop(), _Comparison(last), 0
    while not stop.is_set():
        began = loop.time()
        result = await _until(stop, comparison.check(check))
        if stop.is_set():
            break
        finished += 1
        if result is not None:
            await _until(stop, comparison.report(result, on_result))
        took = loop.time() - began
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every_s - took % every_s)
    return finished


class _Comparison:
    """The receiver's knowledge: the ``last`` report, and the kind of the last error."""

    def __init__(self, last: SelectorReport | None) -> None:
        self._last = last
        self._reported_error: type[UnreachableError] | None = None
        self._error: type[UnreachableError] | None = None

    async def check(self, check: Check) -> MonitorResult | None:
        """Return the next result; ``None`` if the receiver knows already what is missing."""
        try:
            report = await check()
        except UnreachableError as error:
            logger.debug("The check could not be done: {}", error)
            is_known = self._reported_error is type(error)
            self._error = type(error)
            return None if is_known else MonitorResult(unreachable=str(error))
        self._error = None
        changes = ReportDiff() if self._last is None else diff_reports(self._last, report)
        return MonitorResult(report=report, changes=changes, back=self._reported_error is not None)

    async def report(
        self, result: MonitorResult, on_result: Callable[[MonitorResult], Awaitable[None]]
    ) -> None:
        """Hand over a result; if it is not delivered it counts as not seen."""
        try:
            await on_result(result)
        except DeliveryError as error:
            logger.warning("{} It is sent again after the next check.", error)
            return
        self._last = result.report or self._last
        self._reported_error = self._error


async def _until(stop: asyncio.Event, work: Awaitable[T]) -> T | None:
    """Return the value of ``work``; cancel it and return ``None`` if ``stop`` is set."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)

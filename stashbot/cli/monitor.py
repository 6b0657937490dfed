"""``stashbot selectors check --watch``: repeated checks that report changes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from stashbot.cli.invocation import Invocation
from stashbot.cli.output import DONE
from stashbot.errors import UsageError

if TYPE_CHECKING:
    from stashbot.flows.checks.monitor import MonitorResult
    from stashbot.flows.checks.selector_check import SelectorReport

EVENT = "selectors.changed"
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_interval(text: str) -> float:
    """Return the seconds of ``90s``, ``5m``, ``6h`` or ``1d``.

    Raises:
        UsageError: it has another form, or is zero.
    """
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if found is None or not int(found[1]):
        raise UsageError(f"--watch: {text!r} is no interval.", hint="Write it like 5m or 6h.")
    return float(int(found[1]) * _UNIT_SECONDS[found[2]])


async def run_monitor(
    invocation: Invocation,
    check: Callable[[], Awaitable[SelectorReport]],
    every: str,
    webhook: str | None,
    files: tuple[Path | None, Path | None],
) -> int:
    """Check at the interval ``every`` until Ctrl-C; print each result, post changes to ``webhook``.

    ``files`` are the HTML and the JUnit report to write after each check.

    Raises:
        UsageError: the interval or the webhook's address is malformed.
    """
    import asyncio

    from stashbot.engine.process_hooks import StopSignals
    from stashbot.flows.checks.monitor import monitor_selectors
    from stashbot.notify.webhook import parse_webhook_url, send_webhook
    from stashbot.reports import write_html, write_junit

    seconds = parse_interval(every)
    if webhook is not None:
        parse_webhook_url(webhook)
    html, junit = files
    stop = asyncio.Event()
    signals = StopSignals(stop.set)

    async def report(result: MonitorResult) -> None:
        invocation.output.show(result.payload(), _line(result))
        if result.report is not None:
            if html is not None:
                write_html(result.report, html)
            if junit is not None:
                write_junit(result.report, junit)
        if webhook is not None and result.changed:
            await send_webhook(webhook, EVENT, result.payload(), scrubber=invocation.scrubber)

    signals.install()
    try:
        await monitor_selectors(check, every_s=seconds, on_result=report, stop=stop)
    finally:
        signals.restore()
    return DONE


def _line(result: MonitorResult) -> Text:
    report = result.report
    if report is None:
        return Text(result.text, "bold red")
    total = sum(len(state.findings) for state in report.states)
    line = Text(f"{report.started}  {total - len(report.broken)} of {total} checks hold")
    line.stylize("green" if report.ok else "bold red")
    return line.append(f"  {result.text}" if result.changed else "", "yellow")

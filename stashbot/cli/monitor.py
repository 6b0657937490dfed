"""``stashbot selectors check --watch``: a check at intervals, told when something changes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from stashbot.cli.invocation import Invocation
from stashbot.cli.output import DONE
from stashbot.errors import UsageError

if TYPE_CHECKING:
    from stashbot.flows.checks.monitor import Watched
    from stashbot.flows.checks.selector_check import SelectorReport

EVENT = "selectors.changed"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def interval(text: str) -> float:
    """Seconds of ``90s``, ``5m``, ``6h`` or ``1d``.

    Raises:
        UsageError: it is something else, or nothing.
    """
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if found is None or not int(found[1]):
        raise UsageError(f"{text!r} is no time between checks.", hint="Write it like 5m or 6h.")
    return float(int(found[1]) * _UNITS[found[2]])


async def watching(
    invocation: Invocation,
    check: Callable[[], Awaitable[SelectorReport]],
    every: str,
    webhook: str | None,
    files: tuple[Path | None, Path | None],
) -> int:
    """Checks until it is interrupted; says in a line what each check found, and sends changes."""
    from stashbot.engine.process import StopSignals
    from stashbot.flows.checks.monitor import watch
    from stashbot.notify.webhook import checked_url, post
    from stashbot.reports import write_html, write_junit

    seconds = interval(every)
    if webhook is not None:
        checked_url(webhook)
    html, junit = files
    stop = asyncio.Event()
    signals = StopSignals(stop.set)

    async def tell(found: Watched) -> None:
        invocation.output.show(found.payload(), _line(found))
        if found.report is not None:
            if html is not None:
                write_html(found.report, html)
            if junit is not None:
                write_junit(found.report, junit)
        if webhook is not None and found.changed:
            await post(webhook, EVENT, found.payload(), scrubber=invocation.scrubber)

    signals.install()
    try:
        await watch(check, every_s=seconds, on_result=tell, stop=stop)
    finally:
        signals.restore()
    return DONE


def _line(found: Watched) -> Text:
    report = found.report
    if report is None:
        return Text(found.text, "bold red")
    keys = sum(len(one.findings) for one in report.states)
    held = keys - len(report.broken)
    line = Text(f"{report.started}  {held} of {keys} checks hold")
    line.stylize("green" if report.ok else "bold red")
    return line.append(f"  {found.text}" if found.changed else "", "yellow")

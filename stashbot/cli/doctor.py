"""``stashbot doctor``: is everything there, and if not, what to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.text import Text

from stashbot.cli.invocation import Invocation
from stashbot.cli.output import BAD_USAGE, DONE, FELL_SHORT, UNREACHABLE, safe

if TYPE_CHECKING:
    from stashbot.flows.checks.doctor import Line

_CODES = {
    "ok": DONE,
    "skipped": DONE,
    "short": FELL_SHORT,
    "unusable": BAD_USAGE,
    "unreachable": UNREACHABLE,
}
_MARKS = {"ok": ("ok", "green"), "skipped": ("--", "dim")}
_BAD = ("!!", "bold red")


def doctor(invocation: Invocation) -> int:
    """Check settings, browser, Stash, login, sources, selectors and state; change nothing.

    Each line is ok, or says what to do.
    """
    from stashbot.flows.checks.doctor import examine

    settings = invocation.settings()

    async def collect() -> list[Line]:
        lines = []
        async for line in examine(settings, invocation.config):
            invocation.output.say(_shown(line))
            lines.append(line)
        return lines

    lines = asyncio.run(collect())
    code = max(_CODES[line.verdict] for line in lines)
    invocation.output.show({"ok": code == DONE, "lines": lines})
    return code


def _shown(line: Line) -> Text:
    mark, style = _MARKS.get(line.verdict, _BAD)
    text = Text.assemble((mark, style), f"  {line.name:<10} {safe(line.detail)}")
    if line.hint:
        text.append(f"\n               {safe(line.hint)}", "yellow")
    return text

"""``stashbot doctor``: everything that a run needs, checked in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from stashbot.cli.formatting import clean
from stashbot.cli.invocation import Invocation, run_async
from stashbot.cli.output import BAD_USAGE, DONE, FELL_SHORT, UNREACHABLE

if TYPE_CHECKING:
    from stashbot.flows.checks.doctor import DoctorCheck

_CODES = {
    "ok": DONE,
    "skipped": DONE,
    "problem": FELL_SHORT,
    "unusable": BAD_USAGE,
    "unreachable": UNREACHABLE,
}
_MARKS = {"ok": ("ok", "green"), "skipped": ("--", "dim")}
_PROBLEM_MARK = ("!!", "bold red")


def doctor(invocation: Invocation) -> int:
    """Check settings, browser, Stash, login, sources, selectors and state; change nothing.

    Each line is ok or says what to do.
    """
    from stashbot.flows.checks.doctor import run_checks

    settings = invocation.settings()

    async def collect() -> list[DoctorCheck]:
        lines = []
        async for line in run_checks(settings, invocation.config):
            invocation.output.print(_line(line))
            lines.append(line)
        return lines

    lines = run_async(collect())
    code = max(_CODES[line.verdict] for line in lines)
    invocation.output.show({"ok": code == DONE, "lines": lines})
    return code


def _line(line: DoctorCheck) -> Table:
    mark, style = _MARKS.get(line.verdict, _PROBLEM_MARK)
    detail = Text(clean(line.detail))
    if line.hint:
        detail.append(f"\n{clean(line.hint)}", "yellow")
    table = Table.grid(padding=(0, 2, 0, 0))
    for width in (2, 9):
        table.add_column(no_wrap=True, min_width=width)
    table.add_column(overflow="fold")
    table.add_row(Text(mark, style), Text(line.name), detail)
    return table

"""How a selector check and its healing look in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from stashbot.cli.output import safe

if TYPE_CHECKING:
    from stashbot.flows.checks.heal import HealReport
    from stashbot.flows.checks.selector_check import SelectorReport
    from stashbot.flows.checks.tour.key_check import Finding, StateCheck


def checked_view(report: SelectorReport, *, every: bool) -> list[RenderableType]:
    """The states with how many keys hold in each, then what is to be said of single keys."""
    newer = "" if report.exact else f" (newer than the selectors, which know {report.release})"
    about = f", scene {report.scene}: {safe(report.name)}" if report.scene else ""
    parts: list[RenderableType] = [Text(f"Stash {report.version}{newer}{about}\n")]
    states = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("state", "keys", "time"):
        states.add_column(heading, no_wrap=True, justify="left" if heading == "state" else "right")
    states.add_column("", overflow="fold", ratio=1)
    for check in report.states:
        states.add_row(*_state_row(check))
    parts.append(states)
    for check in report.states:
        told = check.findings if every else [one for one in check.findings if one.why]
        if told:
            parts += [Text(f"\n{check.state}", "bold"), _table(told)]
    parts.append(Text(""))
    parts += [Text(safe(one), "bold red") for one in report.problems]
    parts += [Text(f"Stopped a write of the page: {one}", "yellow") for one in report.stopped]
    parts.append(_summary(report))
    if report.unchanged:
        parts.append(Text("Stash is as it was before.", "green"))
    else:
        changed = "; ".join(report.changed)
        parts.append(Text(f"Stash changed meanwhile. Did somebody edit it? {changed}", "bold red"))
    return parts


def _state_row(check: StateCheck) -> tuple[Text, ...]:
    took = Text(f"{check.elapsed_ms / 1000:.1f} s", "dim")
    name = Text(check.state, "bold" if check.broken else "")
    if not check.reached:
        style = "yellow" if check.lacking else "bold red"
        return name, Text("-"), took, Text(f"not reached: {safe(check.why)}", style)
    held = len(check.findings) - len(check.broken)
    keys = Text(f"{held}/{len(check.findings)}", "bold red" if check.broken else "green")
    return name, keys, took, Text("" if check.settled else "did not come to rest", "yellow")


def _summary(report: SelectorReport) -> Text:
    findings = [one for check in report.states for one in check.findings]
    reached = [check for check in report.states if check.reached]
    text = (
        f"{len(findings) - len(report.broken)} of {len(findings)} checks hold in {len(reached)} of "
        f"{len(report.states)} states, in {report.elapsed_ms / 1000:.1f} s."
    )
    return Text(text, "green" if report.ok else "bold red")


def _table(findings: Any) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    table.add_column("key", no_wrap=True)
    table.add_column("expected", justify="right")
    for heading in ("count", "visible", "strategy"):
        table.add_column(heading, justify="right")
    table.add_column("ms", justify="right")
    table.add_column("element", max_width=36, no_wrap=True, overflow="ellipsis")
    table.add_column("", overflow="fold", ratio=1)
    for one in findings:
        table.add_row(*_row(one))
    return table


def _row(one: Finding) -> tuple[str | Text, ...]:
    values = ", ".join(one.values.values())
    named = Text(one.key, "bold" if one.access == "write" else "")
    named.append(f" {safe(values)}" if values else "", "dim")
    verdict = Text(one.why or "ok", "green" if one.ok else "bold red")
    served = str(one.strategy or "")
    return (
        named,
        one.expected,
        str(one.count),
        str(one.visible),
        served,
        "" if one.held_ms is None else str(one.held_ms),
        safe(one.element or ""),
        verdict,
    )


def healed_view(result: HealReport) -> list[RenderableType]:
    """What is broken, what it has probably become, and the files that are offered."""
    from stashbot.browser.self_healing import told

    if not result.report.broken and not result.report.failed:
        return [Text("Every key holds; there is nothing to heal.", "green")]
    parts: list[RenderableType] = []
    for found in result.report.broken:
        parts.append(Text.assemble((found.name, "bold"), f": {found.why}"))
        if found.healing is not None:
            usable = found.healing.usable
            parts.append(Text(f"  {told(found.healing)}", "green" if usable else "yellow"))
    parts += [
        Text(f"{one.key}: not offered: {safe(one.why)}", "yellow")
        for one in result.proposals.refused
    ]
    parts += [
        Text(f"{one.state}: not reached: {safe(one.why)}", "bold red")
        for one in result.report.failed
    ]
    if result.diff:
        parts += [Text(""), Syntax(result.diff, "diff", background_color="default")]
        files = ", ".join(str(one.file) for one in result.proposals.files)
        parts.append(
            Text(f"Written: {files}", "green")
            if result.written
            else Text(f"--write writes this to {files}.", "dim")
        )
    return parts

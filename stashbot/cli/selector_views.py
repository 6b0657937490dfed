"""Reports of a selector check and of healing, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from stashbot.cli.formatting import clean

if TYPE_CHECKING:
    from rich.console import RenderableType

    from stashbot.flows.checks.heal import HealReport
    from stashbot.flows.checks.selector_check import SelectorReport
    from stashbot.flows.checks.tour.key_check import Finding, StateCheck


def check_view(report: SelectorReport, *, all_keys: bool) -> list[RenderableType]:
    """Format a check: a row per state, then the broken keys, or with ``all_keys`` every key."""
    newer = "" if report.exact else f" (newer than the selectors, which know {report.release})"
    about = f", scene {report.scene}: {clean(report.name)}" if report.scene else ""
    parts: list[RenderableType] = [Text(f"Stash {report.version}{newer}{about}\n")]
    states = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("state", "keys", "time"):
        states.add_column(heading, no_wrap=True, justify="left" if heading == "state" else "right")
    states.add_column("", overflow="fold", ratio=1)
    for check in report.states:
        states.add_row(*_state_row(check))
    parts.append(states)
    for check in report.states:
        findings = [finding for finding in check.findings if all_keys or finding.why]
        if findings:
            parts += [Text(f"\n{check.state}", "bold"), _findings_table(findings)]
    parts.append(Text(""))
    parts += [Text(clean(problem), "bold red") for problem in report.problems]
    parts += [
        Text(f"Stopped a write of the page: {write}", "yellow") for write in report.blocked_writes
    ]
    parts.append(_totals(report))
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
        style = "yellow" if check.missing_prerequisite else "bold red"
        return name, Text("-"), took, Text(f"not reached: {clean(check.why)}", style)
    total = len(check.findings)
    keys = f"{total - len(check.broken)}/{total}"
    note = "" if check.settled else "did not come to rest"
    return name, Text(keys, "bold red" if check.broken else "green"), took, Text(note, "yellow")


def _totals(report: SelectorReport) -> Text:
    total = sum(len(check.findings) for check in report.states)
    reached = sum(check.reached for check in report.states)
    text = (
        f"{total - len(report.broken)} of {total} checks hold in {reached} of "
        f"{len(report.states)} states, in {report.elapsed_ms / 1000:.1f} s."
    )
    return Text(text, "green" if report.ok else "bold red")


def _findings_table(findings: Sequence[Finding]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    table.add_column("key", no_wrap=True)
    table.add_column("expected", justify="right")
    for heading in ("count", "visible", "strategy"):
        table.add_column(heading, justify="right")
    table.add_column("ms", justify="right")
    table.add_column("element", max_width=36, no_wrap=True, overflow="ellipsis")
    table.add_column("", overflow="fold", ratio=1)
    for finding in findings:
        table.add_row(*_finding_row(finding))
    return table


def _finding_row(finding: Finding) -> tuple[str | Text, ...]:
    values = ", ".join(finding.values.values())
    key = Text(finding.key, "bold" if finding.access == "write" else "")
    key.append(f" {clean(values)}" if values else "", "dim")
    return (
        key,
        finding.expected,
        str(finding.count),
        str(finding.visible),
        str(finding.strategy or ""),
        "" if finding.held_ms is None else str(finding.held_ms),
        clean(finding.element or ""),
        Text(finding.why or "ok", "green" if finding.ok else "bold red"),
    )


def heal_view(result: HealReport) -> list[RenderableType]:
    """Format healing: the broken keys, their likeliest elements, and the files offered."""
    from rich.syntax import Syntax

    from stashbot.browser.self_healing import describe_healing

    if not result.report.broken and not result.report.failed:
        return [Text("Every key holds; there is nothing to heal.", "green")]
    parts: list[RenderableType] = []
    for found in result.report.broken:
        parts.append(Text.assemble((found.name, "bold"), f": {found.why}"))
        if found.healing is not None:
            usable = found.healing.usable
            parts.append(
                Text(f"  {describe_healing(found.healing)}", "green" if usable else "yellow")
            )
    parts += [
        Text(f"{refused.key}: not offered: {clean(refused.why)}", "yellow")
        for refused in result.patch.refused
    ]
    parts += [
        Text(f"{state.state}: not reached: {clean(state.why)}", "bold red")
        for state in result.report.failed
    ]
    if result.diff:
        parts += [Text(""), Syntax(result.diff, "diff", background_color="default")]
        files = ", ".join(str(patch.file) for patch in result.patch.files)
        written = Text(f"Written: {files}", "green")
        offer = Text(f"Add --write to write this to {files}.", "dim")
        parts.append(written if result.written else offer)
    return parts

"""``stashbot selectors``: what the registry says, and whether a running Stash agrees."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from stashbot.cli.invocation import Invocation
from stashbot.cli.options import listed
from stashbot.cli.output import DONE, FELL_SHORT, safe
from stashbot.errors import UsageError

if TYPE_CHECKING:
    from stashbot.flows.check import SelectorReport
    from stashbot.pages.checks import Finding
    from stashbot.selectors import SelectorSet


def list_selectors(
    invocation: Invocation,
    *,
    states: Annotated[
        str | None, typer.Option(metavar="A,B", help="Only the keys of these states.")
    ] = None,
    release: Annotated[
        str | None,
        typer.Option(metavar="0.30", help="As this release has them; the newest by default."),
    ] = None,
) -> None:
    """List the selector keys with their strategies. Asks no server."""
    from stashbot.selectors import Registry

    registry = Registry.load()
    chosen = listed("--states", states)
    if unknown := sorted(set(chosen) - set(registry.states)):
        raise UsageError(
            f"The registry has no state {unknown[0]!r}.",
            hint=f"States: {', '.join(registry.states)}.",
        )
    selectors = registry.for_release(_release(release) or registry.releases.newest)
    keys = [key for key in selectors.keys if not chosen or selectors.entry(key).state in chosen]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("key", no_wrap=True)
    for heading in ("state", "count", "access"):
        table.add_column(heading, no_wrap=True)
    table.add_column("strategies", overflow="fold", ratio=3)
    table.add_column("why", overflow="fold", ratio=2)
    for key in keys:
        entry = selectors.entry(key)
        table.add_row(
            Text(key, "bold" if entry.access == "write" else ""),
            entry.state,
            entry.count,
            Text(entry.access, "red" if entry.access == "write" else ""),
            Text("\n".join(_strategies(selectors, key))),
            Text(entry.why, "dim"),
        )
    invocation.output.show([_document(selectors, key) for key in keys], table)


def check_selectors(
    invocation: Invocation,
    *,
    scene: Annotated[
        str | None, typer.Option(metavar="ID", help="Look at this scene; else at one with data.")
    ] = None,
    states: Annotated[
        str | None, typer.Option(metavar="A,B", help="Visit these states only.")
    ] = None,
    headed: Annotated[bool, typer.Option("--headed", metavar="", help="Show the browser.")] = False,
    every: Annotated[
        bool, typer.Option("--all", metavar="", help="List the keys that hold, too.")
    ] = False,
) -> int:
    """Check every selector key on a scene of a running Stash, and that the scene stays as it is."""
    from stashbot.flows.check import check_selectors as check
    from stashbot.pages.checks import STATES

    settings = invocation.settings(browser={"headless": False if headed else None})
    chosen = listed("--states", states) or STATES
    report = asyncio.run(check(settings, scene_id=scene, states=chosen))
    invocation.output.show(report, *_human(report, every=every))
    return DONE if report.ok else FELL_SHORT


def _release(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    major, _, minor = text.removeprefix("v").partition(".")
    if not (major.isdecimal() and minor.isdecimal()):
        raise UsageError(f"{text!r} is no release.", hint="Write it like 0.30.")
    return int(major), int(minor)


def _strategies(selectors: SelectorSet, key: str) -> list[str]:
    told = []
    for way in selectors.strategies(key):
        more = f' "{way.text}"' if way.text else ""
        more += f" [{way.nth}]" if way.nth is not None else ""
        told.append(f"{way.css}{more}")
    return told


def _document(selectors: SelectorSet, key: str) -> dict[str, Any]:
    entry = selectors.entry(key).model_dump(mode="json", exclude={"strategies"})
    ways = [way.model_dump(mode="json", exclude_none=True) for way in selectors.strategies(key)]
    return {"key": key, **entry, "strategies": ways}


def _human(report: SelectorReport, *, every: bool) -> list[RenderableType]:
    newer = "" if report.exact else f" (newer than the selectors, which know {report.release})"
    parts: list[RenderableType] = [
        Text(f"Stash {report.version}{newer}, scene {report.scene}: {safe(report.name)}")
    ]
    for check in report.states:
        if not check.reached:
            parts.append(Text(f"\n{check.state}: not reached: {safe(check.why)}", "yellow"))
            continue
        held = len(check.findings) - len(check.broken)
        style = "red" if check.broken else "green"
        other = "" if check.scene == report.scene else f" (on scene {check.scene})"
        head = Text.assemble("\n", (check.state, "bold"), f"{other}: ")
        parts.append(head.append(f"{held} of {len(check.findings)} checks hold", style))
        told = check.findings if every else [one for one in check.findings if one.why]
        if told:
            parts.append(_table(told))
    parts.append(Text(""))
    parts += [Text(f"Stopped a write of the page: {one}", "yellow") for one in report.stopped]
    if report.unchanged:
        parts.append(Text("The scene is as it was before.", "green"))
    else:
        parts.append(Text("The scene changed meanwhile. Did somebody else edit it?", "bold red"))
    return parts


def _table(findings: Any) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    table.add_column("key", no_wrap=True)
    table.add_column("expected", justify="right")
    for heading in ("count", "visible", "strategy"):
        table.add_column(heading, justify="right")
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
        safe(one.element or ""),
        verdict,
    )

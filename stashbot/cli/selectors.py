"""``stashbot selectors``: what the registry says, and whether a running Stash agrees."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from stashbot.cli.invocation import Invocation
from stashbot.cli.options import listed
from stashbot.cli.output import DONE, FELL_SHORT, safe
from stashbot.errors import UsageError


class Profile(StrEnum):
    """How stashbot's pages show Stash."""

    SESSION = "session"
    USER = "user"


class Direction(StrEnum):
    """How a page is laid out."""

    LTR = "ltr"
    RTL = "rtl"


if TYPE_CHECKING:
    from stashbot.flows.check import SelectorReport
    from stashbot.pages.checks import Finding, StateCheck
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
    profile: Annotated[
        Profile | None,
        typer.Option(help="Show Stash plainly, or with its owner's language, theme and plugins."),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(metavar="de-DE", help="Show Stash's UI in this language, for the check only."),
    ] = None,
    direction: Annotated[
        Direction, typer.Option(help="Lay the page out from left to right, or the other way.")
    ] = Direction.LTR,
    viewport: Annotated[
        str | None, typer.Option(metavar="390x844", help="The size of the page in pixels.")
    ] = None,
    headed: Annotated[bool, typer.Option("--headed", metavar="", help="Show the browser.")] = False,
    every: Annotated[
        bool, typer.Option("--all", metavar="", help="List the keys that hold, too.")
    ] = False,
) -> int:
    """Visit every state of a running Stash's UI, check every selector key there, change nothing."""
    from stashbot.flows.check import Conditions
    from stashbot.flows.check import check_selectors as check
    from stashbot.pages.tour import Looks

    width, height = _size(viewport)
    browser = {"headless": False if headed else None, "profile": profile and profile.value}
    settings = invocation.settings(browser={**browser, "width": width, "height": height})
    report = asyncio.run(
        check(
            settings,
            scene_id=scene,
            states=listed("--states", states) or None,
            conditions=Conditions(language=language, direction=direction.value),
            looks=Looks(screenshots=False),
        )
    )
    invocation.output.show(report, *_human(report, every=every))
    return DONE if report.ok else FELL_SHORT


def _size(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise UsageError(f"{text!r} is no size of a page.", hint="Write it like 1280x800.")
    return int(width), int(height)


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

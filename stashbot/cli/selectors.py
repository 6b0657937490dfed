"""``stashbot selectors``: what the registry says, and whether a running Stash agrees."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from stashbot.cli.invocation import Invocation
from stashbot.cli.monitor import watching
from stashbot.cli.options import listed
from stashbot.cli.output import DONE, FELL_SHORT
from stashbot.cli.selector_views import checked_view, healed_view
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
    from stashbot.flows.checks.selector_check import SelectorReport
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
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with marked screenshots.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write JUnit XML for a CI server.")
    ] = None,
    every: Annotated[
        str | None,
        typer.Option("--watch", metavar="6h", help="Check again and again."),
    ] = None,
    webhook: Annotated[
        str | None, typer.Option(metavar="URL", help="With --watch: send what changed there.")
    ] = None,
    headed: Annotated[bool, typer.Option("--headed", metavar="", help="Show the browser.")] = False,
    all_keys: Annotated[
        bool, typer.Option("--all", metavar="", help="List the keys that hold, too.")
    ] = False,
) -> int:
    """Visit every state of a running Stash's UI, check every selector key there, change nothing."""
    from stashbot.flows.checks.selector_check import Conditions
    from stashbot.flows.checks.selector_check import check_selectors as check
    from stashbot.flows.checks.tour.tour import Looks

    width, height = _size(viewport)
    browser = {"headless": False if headed else None, "profile": profile and profile.value}
    settings = invocation.settings(browser={**browser, "width": width, "height": height})

    def checked() -> Coroutine[Any, Any, SelectorReport]:
        return check(
            settings,
            scene_id=scene,
            states=listed("--states", states) or None,
            conditions=Conditions(language=language, direction=direction.value),
            looks=Looks(screenshots=html is not None),
        )

    if every is not None:
        return asyncio.run(watching(invocation, checked, every, webhook, (html, junit)))
    if webhook is not None:
        raise UsageError("--webhook goes with --watch.", hint="Add --watch 6h, or leave it out.")
    report = asyncio.run(checked())
    invocation.output.show(report, *checked_view(report, every=all_keys))
    written(invocation, report, html, junit)
    return DONE if report.ok else FELL_SHORT


def written(
    invocation: Invocation, report: SelectorReport, html: Path | None, junit: Path | None
) -> None:
    """Writes the reports that were asked for."""
    from stashbot.reports import write_html, write_junit

    for file, write in ((html, write_html), (junit, write_junit)):
        if file is not None:
            write(report, file)
            invocation.output.say(Text(f"Written: {file}", "dim"))


def heal_selectors(
    invocation: Invocation,
    *,
    states: Annotated[
        str | None, typer.Option(metavar="A,B", help="Look at these states only.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", metavar="", help="Write the files that are offered.")
    ] = False,
) -> int:
    """Find broken read keys again by what they looked like, and offer selector files for them.

    A key that writes is never healed: its likeliest element is shown, for you to judge.
    """
    from stashbot.flows.checks.heal import heal_selectors as heal

    settings = invocation.settings()
    chosen = listed("--states", states) or None
    result = asyncio.run(heal(settings, states=chosen, write=write))
    invocation.output.show(result, *healed_view(result))
    return DONE if result.ok else FELL_SHORT


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

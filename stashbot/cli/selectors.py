"""``stashbot selectors``: list the registry's keys, check them on a running Stash, heal them."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.table import Table
from rich.text import Text

from stashbot.cli.invocation import Invocation, run_async
from stashbot.cli.monitor import run_monitor
from stashbot.cli.options import HeadedOption, parse_list
from stashbot.cli.output import DONE, FELL_SHORT
from stashbot.cli.selector_views import check_view, heal_view
from stashbot.errors import UsageError

if TYPE_CHECKING:
    from stashbot.flows.checks.selector_check import SelectorReport
    from stashbot.selectors import SelectorSet


def list_selectors(
    invocation: Invocation,
    *,
    states: Annotated[
        str | None, typer.Option(metavar="A,B", help="Only keys of these states.")
    ] = None,
    release: Annotated[
        str | None,
        typer.Option(metavar="0.30", help="Keys of this release; the newest by default."),
    ] = None,
) -> None:
    """List the selector keys with their strategies; needs no Stash."""
    from stashbot.selectors import Registry

    registry = Registry.load()
    chosen = parse_list("--states", states)
    if unknown := sorted(set(chosen) - set(registry.states)):
        raise UsageError(
            f"The registry has no state {unknown[0]!r}.",
            hint=f"States: {', '.join(registry.states)}.",
        )
    selectors = registry.for_release(_parse_release(release) or registry.releases.newest)
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
        str | None,
        typer.Option(metavar="ID", help="Show this scene; by default a scene with much data."),
    ] = None,
    states: Annotated[
        str | None, typer.Option(metavar="A,B", help="Visit only these states.")
    ] = None,
    profile: Annotated[
        Literal["session", "user"] | None,
        typer.Option(help="Show Stash plainly, or with its owner's language, theme and plugins."),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(metavar="de-DE", help="Show Stash's UI in this language."),
    ] = None,
    direction: Annotated[
        Literal["ltr", "rtl"], typer.Option(help="Lay pages out from left to right, or back.")
    ] = "ltr",
    viewport: Annotated[
        str | None, typer.Option(metavar="390x844", help="The size of the page in pixels.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report with marked screenshots.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report as JUnit XML.")
    ] = None,
    every: Annotated[
        str | None,
        typer.Option("--watch", metavar="6h", help="Repeat the check at this interval."),
    ] = None,
    webhook: Annotated[
        str | None, typer.Option(metavar="URL", help="With --watch: POST changes to this address.")
    ] = None,
    headed: HeadedOption = False,
    all_keys: Annotated[
        bool, typer.Option("--all", metavar="", help="List keys that hold, too.")
    ] = False,
) -> int:
    """Visit every state of a running Stash's UI and check every selector key; change nothing."""
    from stashbot.flows.checks.selector_check import DisplayConditions
    from stashbot.flows.checks.selector_check import check_selectors as check
    from stashbot.flows.checks.tour.tour import Captures

    width, height = _parse_size(viewport)
    browser = {"headless": False if headed else None, "profile": profile}
    settings = invocation.settings(browser={**browser, "width": width, "height": height})

    def run_check() -> Coroutine[Any, Any, SelectorReport]:
        return check(
            settings,
            scene_id=scene,
            states=parse_list("--states", states) or None,
            conditions=DisplayConditions(language=language, direction=direction),
            captures=Captures(screenshots=html is not None),
        )

    if every is not None:
        return run_async(run_monitor(invocation, run_check, every, webhook, (html, junit)))
    if webhook is not None:
        raise UsageError("--webhook needs --watch.", hint="Add --watch 6h, or leave it out.")
    report = run_async(run_check())
    invocation.output.show(report, *check_view(report, all_keys=all_keys))
    _write_reports(invocation, report, html, junit)
    return DONE if report.ok else FELL_SHORT


def _write_reports(
    invocation: Invocation, report: SelectorReport, html: Path | None, junit: Path | None
) -> None:
    from stashbot.reports import write_html, write_junit

    for file, write in ((html, write_html), (junit, write_junit)):
        if file is not None:
            write(report, file)
            invocation.output.print(Text(f"Written: {file}", "dim"))


def heal_selectors(
    invocation: Invocation,
    *,
    states: Annotated[
        str | None, typer.Option(metavar="A,B", help="Visit only these states.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", metavar="", help="Write the offered files.")
    ] = False,
) -> int:
    """Find the elements of broken read keys again, and offer selector files for them.

    A write key is never healed; its likeliest element is shown.
    """
    from stashbot.flows.checks.heal import heal_selectors as heal

    settings = invocation.settings()
    chosen = parse_list("--states", states) or None
    result = run_async(heal(settings, states=chosen, write=write))
    invocation.output.show(result, *heal_view(result))
    return DONE if result.ok else FELL_SHORT


def _parse_size(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise UsageError(f"--viewport: {text!r} is no size.", hint="Write it like 1280x800.")
    return int(width), int(height)


def _parse_release(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    major, _, minor = text.removeprefix("v").partition(".")
    if not (major.isdecimal() and minor.isdecimal()):
        raise UsageError(f"--release: {text!r} is no release.", hint="Write it like 0.30.")
    return int(major), int(minor)


def _strategies(selectors: SelectorSet, key: str) -> list[str]:
    lines = []
    for strategy in selectors.strategies(key):
        text = f' "{strategy.text}"' if strategy.text else ""
        nth = f" [{strategy.nth}]" if strategy.nth is not None else ""
        lines.append(f"{strategy.css}{text}{nth}")
    return lines


def _document(selectors: SelectorSet, key: str) -> dict[str, Any]:
    entry = selectors.entry(key).model_dump(mode="json", exclude={"strategies"})
    strategies = [
        strategy.model_dump(mode="json", exclude_none=True)
        for strategy in selectors.strategies(key)
    ]
    return {"key": key, **entry, "strategies": strategies}

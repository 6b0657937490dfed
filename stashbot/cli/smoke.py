"""``stashbot smoke``: does all that stashbot needs hold on this Stash, and on the next one?"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from stashbot.cli.invocation import Invocation
from stashbot.cli.options import secret_in
from stashbot.cli.output import DONE, FELL_SHORT, safe
from stashbot.errors import UsageError

if TYPE_CHECKING:
    from stashbot.flows.checks.smoke import SmokeReport
    from stashbot.flows.checks.upgrade_check import Rehearsal
    from stashbot.settings import Settings

_STYLES = {"ok": "green", "failed": "bold red", "skipped": "yellow"}
_KINDS = {"breaks": "bold red", "mends": "green", "strategy": "yellow", "looks": "dim"}


def smoke(
    invocation: Invocation,
    *,
    quick: Annotated[
        bool, typer.Option("--quick", metavar="", help="Only the states of a scene's page.")
    ] = False,
    scene: Annotated[
        str | None, typer.Option(metavar="ID", help="Take this scene; else one that lacks much.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Ask this source; else all, in order.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Rehearse an upgrade: compare with the Stash there."),
    ] = None,
    against_api_key_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The API key of that Stash; else the same login."),
    ] = None,
    headed: Annotated[bool, typer.Option("--headed", metavar="", help="Show the browser.")] = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as JUnit XML, too.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the selectors' report with screenshots, too."),
    ] = None,
) -> int:
    """Check all selectors, and one scrape, apply and save of which nothing is let out."""
    browser = {"headless": False if headed else None}
    settings = invocation.settings(browser=browser)
    if against is None:
        if against_api_key_file is not None:
            raise UsageError(
                "--against-api-key-file goes with --against.", hint="Name the other Stash."
            )
        return _smoke(invocation, settings, scene, source, quick=quick, junit=junit, html=html)
    if junit or html:
        raise UsageError(
            "--against compares two servers and writes no --junit or --html.",
            hint="Write those of each server with a smoke test of its own.",
        )
    from stashbot.flows.checks.upgrade_check import rehearse

    key = None if against_api_key_file is None else secret_in(against_api_key_file)
    other = invocation.settings(browser=browser, stash={"url": against, "api_key": key})
    rehearsal = asyncio.run(
        rehearse(
            settings,
            other,
            scene_id=scene,
            source=source,
            full=not quick,
        )
    )
    invocation.output.show(rehearsal, *_rehearsal(rehearsal))
    return DONE if rehearsal.ok else FELL_SHORT


def _smoke(
    invocation: Invocation,
    settings: Settings,
    scene: str | None,
    source: str | None,
    *,
    quick: bool,
    junit: Path | None,
    html: Path | None,
) -> int:
    from stashbot.flows.checks.smoke import smoke as carry_out
    from stashbot.flows.checks.tour.tour import Looks

    looks = Looks(fingerprints=False, screenshots=html is not None)
    report = asyncio.run(
        carry_out(settings, scene_id=scene, source=source, full=not quick, looks=looks)
    )
    if junit is not None:
        from stashbot.reports.smoke import write_smoke_junit

        write_smoke_junit(report, junit)
    if html is not None:
        from stashbot.reports import write_html

        write_html(report.selectors, html)
    invocation.output.show(report, *_human(report))
    return DONE if report.ok else FELL_SHORT


def _human(report: SmokeReport) -> list[RenderableType]:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for step in report.steps:
        table.add_row(
            Text(step.verdict, _STYLES[step.verdict]),
            step.name,
            Text(f"{step.elapsed_ms / 1000:.1f} s", "dim"),
            safe(step.detail),
        )
    lacking = [check for check in report.selectors.states if check.lacking and not check.reached]
    parts: list[RenderableType] = [Text(f"Stash {report.version} at {report.url}\n"), table]
    parts += [Text(f"{one.state} was not looked at: {safe(one.why)}", "dim") for one in lacking]
    verdict = "All is well." if report.ok else "It fell short."
    took = f"\n{verdict} {report.elapsed_ms / 1000:.1f} s."
    parts.append(Text(took, "green" if report.ok else "bold red"))
    return parts


def _rehearsal(rehearsal: Rehearsal) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for report in (rehearsal.here, rehearsal.there):
        parts += [*_human(report), Text("")]
    here, there = (f"{one.version} at {one.url}" for one in (rehearsal.here, rehearsal.there))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("", "state", "key or flow"):
        table.add_column(heading, no_wrap=True)
    for heading in (here, there):
        table.add_column(heading, overflow="fold", ratio=1)
    for key in sorted(rehearsal.keys, key=lambda one: tuple(_KINDS).index(one.kind)):
        kind = Text(key.kind, _KINDS[key.kind])
        table.add_row(kind, key.state, key.key, safe(key.here), safe(key.there))
    for state in rehearsal.states:
        sides = ("shown", safe(state.why)) if state.only == "here" else (safe(state.why), "shown")
        kind = Text("breaks", _KINDS["breaks"]) if state.breaks else Text("state", "yellow")
        table.add_row(kind, state.state, "", *sides)
    for flow in rehearsal.flows:
        table.add_row(Text("breaks", _KINDS["breaks"]), "", flow.flow, "works", safe(flow.why))
    if table.row_count:
        parts.append(table)
    told = "All that works here works there." if rehearsal.ok else "Not all would work there."
    parts.append(Text(f"\n{told}", "green" if rehearsal.ok else "bold red"))
    return parts

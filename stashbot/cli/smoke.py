"""``stashbot smoke``: check that stashbot works on this Stash, and on another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from stashbot.cli.formatting import clean
from stashbot.cli.invocation import Invocation, run_async
from stashbot.cli.options import HeadedOption, read_secret
from stashbot.cli.output import DONE, FELL_SHORT
from stashbot.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from stashbot.flows.checks.smoke import SmokeReport
    from stashbot.flows.checks.upgrade_check import UpgradeReport
    from stashbot.settings import Settings

_STYLES = {"ok": "green", "failed": "bold red", "skipped": "yellow"}
_KINDS = {"breaks": "bold red", "fixes": "green", "strategy": "yellow", "appearance": "dim"}


def smoke(
    invocation: Invocation,
    *,
    quick: Annotated[
        bool, typer.Option("--quick", metavar="", help="Visit only the states of a scene's page.")
    ] = False,
    scene: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Use this scene; by default a scene that lacks much."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Ask this source; by default all, in order.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Rehearse an upgrade: compare with the Stash at URL."),
    ] = None,
    against_api_key_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="API key of that Stash; by default the same login."),
    ] = None,
    headed: HeadedOption = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as JUnit XML.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the selectors' report with screenshots."),
    ] = None,
) -> int:
    """Check all selectors, and rehearse a scrape, apply and save that writes nothing."""
    browser = {"headless": False if headed else None}
    settings = invocation.settings(browser=browser)
    if against is None:
        if against_api_key_file is not None:
            raise UsageError(
                "--against-api-key-file needs --against.", hint="Name the other Stash."
            )
        return _smoke(invocation, settings, scene, source, quick=quick, junit=junit, html=html)
    if junit or html:
        raise UsageError(
            "--against cannot write --junit or --html.",
            hint="Run a smoke test of each server to get its reports.",
        )
    from stashbot.flows.checks.upgrade_check import check_upgrade

    key = None if against_api_key_file is None else read_secret(against_api_key_file)
    other = invocation.settings(browser=browser, stash={"url": against, "api_key": key})
    upgrade = run_async(
        check_upgrade(
            settings,
            other,
            scene_id=scene,
            source=source,
            full=not quick,
        )
    )
    invocation.output.show(upgrade, *_upgrade_view(upgrade))
    return DONE if upgrade.ok else FELL_SHORT


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
    from stashbot.flows.checks.smoke import smoke as run_smoke
    from stashbot.flows.checks.tour.tour import Captures

    captures = Captures(fingerprints=False, screenshots=html is not None)
    report = run_async(
        run_smoke(settings, scene_id=scene, source=source, full=not quick, captures=captures)
    )
    if junit is not None:
        from stashbot.reports import write_smoke_junit

        write_smoke_junit(report, junit)
    if html is not None:
        from stashbot.reports import write_html

        write_html(report.selectors, html)
    invocation.output.show(report, *_smoke_view(report))
    return DONE if report.ok else FELL_SHORT


def _smoke_view(report: SmokeReport) -> list[RenderableType]:
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
            clean(step.detail),
        )
    parts: list[RenderableType] = [Text(f"Stash {report.version} at {report.url}\n"), table]
    parts += [
        Text(f"{check.state}: not checked: {clean(check.why)}", "dim")
        for check in report.selectors.states
        if check.missing_prerequisite and not check.reached
    ]
    verdict = "All checks passed." if report.ok else "Some checks failed."
    text = f"\n{verdict} {report.elapsed_ms / 1000:.1f} s."
    parts.append(Text(text, "green" if report.ok else "bold red"))
    return parts


def _upgrade_view(upgrade: UpgradeReport) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for side in (upgrade.here, upgrade.there):
        parts += [*_smoke_view(side), Text("")]
    here, there = (f"{side.version} at {side.url}" for side in (upgrade.here, upgrade.there))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("", "state", "key or capability"):
        table.add_column(heading, no_wrap=True)
    for heading in (here, there):
        table.add_column(heading, overflow="fold", ratio=1)
    for key in sorted(upgrade.keys, key=lambda key: tuple(_KINDS).index(key.kind)):
        kind = Text(key.kind, _KINDS[key.kind])
        table.add_row(kind, key.state, key.key, clean(key.here), clean(key.there))
    for state in upgrade.states:
        sides = ("shown", clean(state.why)) if state.only == "here" else (clean(state.why), "shown")
        kind = Text("breaks", _KINDS["breaks"]) if state.breaks else Text("state", "yellow")
        table.add_row(kind, state.state, "", *sides)
    for lost in upgrade.capabilities:
        kind = Text("breaks", _KINDS["breaks"])
        table.add_row(kind, "", lost.capability, "works", clean(lost.why))
    if table.row_count:
        parts.append(table)
    verdict = "All that works here works there."
    if not upgrade.ok:
        verdict = "Some of it would not work there."
    parts.append(Text(f"\n{verdict}", "green" if upgrade.ok else "bold red"))
    return parts

"""``stashbot probe``: a scene's video as the page's player has it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from stashbot.cli.formatting import NOTHING
from stashbot.cli.invocation import Invocation
from stashbot.cli.output import DONE, FELL_SHORT, safe


def probe(
    invocation: Invocation,
    scene: Annotated[str, typer.Argument(metavar="ID", help="The scene's number.")],
    *,
    headed: Annotated[bool, typer.Option("--headed", metavar="", help="Show the browser.")] = False,
) -> int:
    """Compare a scene's video, as the page's player loads it, with what Stash says of the file.

    Only the metadata is loaded. They agree when the durations are within a second and the sizes
    are the same.
    """
    from stashbot.flows.checks.video_probe import probe_video

    settings = invocation.settings(browser={"headless": False if headed else None})
    report = asyncio.run(probe_video(settings, scene))
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    for heading in ("", "the page", "Stash"):
        table.add_column(heading)
    page, stash = report.page, report.stash
    table.add_row("duration", _duration(page.duration), _duration(stash.duration))
    table.add_row("width", str(page.width), str(stash.width))
    table.add_row("height", str(page.height), str(stash.height))
    verdict = Text("They agree.", "green")
    if not report.ok:
        verdict = Text(f"They differ: {'; '.join(report.differences)}.", "bold red")
    invocation.output.show(report, Text(safe(report.path)), table, verdict)
    return DONE if report.ok else FELL_SHORT


def _duration(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f} s"

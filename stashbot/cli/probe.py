"""``stashbot probe``: a scene's video as the player of its page has it."""

from __future__ import annotations

from rich.text import Text

from stashbot.cli.formatting import EMPTY, clean, make_table
from stashbot.cli.invocation import Invocation, run_async
from stashbot.cli.options import HeadedOption, SceneArgument
from stashbot.cli.output import DONE, FELL_SHORT


def probe(invocation: Invocation, scene: SceneArgument, *, headed: HeadedOption = False) -> int:
    """Compare a scene's video in the page's player with what Stash says of its file.

    Loads the metadata only. They agree if the durations are within a second of each other and the
    sizes are equal.
    """
    from stashbot.flows.checks.video_probe import probe_video

    settings = invocation.settings(browser={"headless": False if headed else None})
    report = run_async(probe_video(settings, scene))
    table = make_table("", "the page", "Stash")
    page, stash = report.page, report.stash
    table.add_row("duration", _duration(page.duration), _duration(stash.duration))
    table.add_row("width", str(page.width), str(stash.width))
    table.add_row("height", str(page.height), str(stash.height))
    verdict = Text("They agree.", "green")
    if not report.ok:
        verdict = Text(f"They differ: {'; '.join(report.differences)}.", "bold red")
    invocation.output.show(report, Text(clean(report.path)), table, verdict)
    return DONE if report.ok else FELL_SHORT


def _duration(value: float | None) -> str:
    return EMPTY if value is None else f"{value:.2f} s"

"""``stashbot demo``: the whole thing on the practice Stash, with nothing to install or lose."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from stashbot.cli.formatting import STYLES, evidence_table, score
from stashbot.cli.invocation import Invocation
from stashbot.cli.output import DONE, exit_code, safe
from stashbot.cli.run_output import carry_out_run, look_next, plan_table, totals
from stashbot.errors import Interrupted, UsageError
from stashbot.models import Outcome, RunReport, SceneResult

#: One that mostly knows, one that knows less, one that fails: so there is something to see of each.
SOURCES = ("AlphaSource", "BetaSource")


def demo(
    invocation: Invocation,
    *,
    headed: Annotated[bool, typer.Option("--headed", metavar="", help="Show the browser.")] = False,
    port: Annotated[
        int,
        typer.Option(metavar="N", min=0, max=65535, help="The practice Stash's; 0: any free one."),
    ] = 0,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Scenes worked on at once; 2 by default.")
    ] = None,
) -> int:
    """Watch stashbot tag the practice Stash, and see why it did what it did.

    Some of its scenes are meant to be doubtful or to fail; the demo ends well all the same.
    """
    from stashbot.sandbox import Sandbox, SandboxOptions

    output = invocation.output
    folder = _state_folder(invocation)
    with Sandbox(SandboxOptions(port=port)) as sandbox:
        settings = invocation.settings(
            stash={"url": sandbox.url},
            state={"dir": folder, "database": None},
            run={"workers": workers},
            browser={"headless": False if headed else None},
        )
        output.say(_opening(sandbox.url, len(sandbox.library.scenes)))
        finished = carry_out_run(invocation, settings, sources=SOURCES)
        report = finished.report
        there = Invocation(state=folder)
        output.show(report, totals(report), *_examples(report))
        if (stopped := finished.stopped_by) is not None:
            why = "" if isinstance(stopped, Interrupted) else f": {stopped.message}"
            output.complain(
                f"The demo was stopped{why or '.'}",
                "Run it again; each one begins with a fresh practice Stash.",
            )
            return exit_code(stopped)
        if not invocation.json:
            more = ("how each source did", there.command("metrics", "sources"))
            look_next(there, report, more, heading="Look around:")
        _offer_to_stay(invocation, sandbox.url)
    return DONE


def _state_folder(invocation: Invocation) -> Path:
    """A folder that holds no state yet: each practice Stash is another server.

    Raises:
        UsageError: the one that is asked for has a state in it.
    """
    if invocation.state is None:
        return Path(tempfile.mkdtemp(prefix="stashbot-demo-"))
    if invocation.settings().state.dir.exists():
        raise UsageError(
            f"The demo needs a state folder of its own, and {invocation.state} exists already.",
            hint="Name another one with --state, or none for a temporary one.",
        )
    return invocation.state


def _opening(url: str, scenes: int) -> RenderableType:
    text = Text.assemble(
        "A practice Stash with ", (f"{scenes} invented scenes", "bold"), " runs at "
    )
    text.append(url, "bold cyan")
    text.append(
        ".\nstashbot now opens each scene in a real browser, asks its sources, judges the answers, "
        "and saves what it trusts.\n"
    )
    return text


def _examples(report: RunReport) -> list[RenderableType]:
    """One scene of each outcome, with what decided."""
    parts: list[RenderableType] = []
    headings = {
        Outcome.APPLIED: "Applied, because",
        Outcome.TRIAGED: "Left for you to judge, because",
        Outcome.FAILED: "Failed, because",
    }
    for outcome, heading in headings.items():
        found = [one for one in report.scenes if one.outcome is outcome]
        if found:
            parts += _example(max(found, key=_telling), heading)
    return parts


def _telling(result: SceneResult) -> int:
    """How much there is to see in a result."""
    return len([one for one in result.evidence if one.points]) + len(result.changes)


def _example(result: SceneResult, heading: str) -> list[RenderableType]:
    style = STYLES[result.outcome]
    parts: list[RenderableType] = [Text.assemble("\n", (heading, style), f"  {safe(result.name)}")]
    if result.evidence:
        said = f"{safe(result.source)} scores {score(result.score)}:"
        parts += [Text(said), Padding(evidence_table(result.evidence), (0, 0, 0, 2))]
    if result.changes:
        parts += [Text("What changed:"), Padding(plan_table(result), (0, 0, 0, 2))]
    elif result.reason:
        parts.append(Text(safe(result.reason)))
    return parts


def _offer_to_stay(invocation: Invocation, url: str) -> None:
    """On a terminal, keeps the practice Stash until Enter."""
    if invocation.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    invocation.output.say(
        Text.assemble("\nSee for yourself at ", (url, "bold cyan"), ". Press Enter to end.")
    )
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.readline()

"""``stashbot demo``: a run over the practice Stash, with nothing to install or lose."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import STYLES, clean, format_score, indent, judgement_view
from stashbot.cli.invocation import Invocation
from stashbot.cli.options import HeadedOption
from stashbot.cli.output import DONE, exit_code
from stashbot.cli.run_output import plan_table, run_with_progress, suggest_commands, totals
from stashbot.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from stashbot.models import RunReport, SceneResult

#: The first knows most scenes, the second fewer, and some scenes fail: every outcome occurs.
SOURCES = ("AlphaSource", "BetaSource")
_HEADINGS = {
    "applied": "Applied, because",
    "triaged": "Left for you to decide, because",
    "failed": "Failed, because",
}


def demo(
    invocation: Invocation,
    *,
    headed: HeadedOption = False,
    port: Annotated[
        int,
        typer.Option(metavar="N", min=0, max=65535, help="Port of the practice Stash; 0: any."),
    ] = 0,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Scenes to work on at once; 2 by default.")
    ] = None,
) -> int:
    """Watch stashbot tag the practice Stash, and see why it did what it did.

    Some of its scenes are meant to stay in doubt or to fail; the exit code is 0 all the same.
    """
    from stashbot.flows.runs.selection import RunRequest, prepare_enrich
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
        output.print(_opening(sandbox.url, len(sandbox.library.scenes)))
        request = RunRequest(sources=SOURCES)
        finished = run_with_progress(
            invocation, settings, lambda services: prepare_enrich(services, request)
        )
        report = finished.report
        output.show(report, totals(report), *_examples(report))
        if (stopped := finished.stopped_by) is not None:
            why = "." if isinstance(stopped, Interrupted) else f": {stopped.message}"
            output.print_error(
                f"The demo was stopped{why}",
                "Run it again; each demo starts a fresh practice Stash.",
            )
            return exit_code(stopped)
        if not invocation.json:
            # the practice Stash is about to end: these commands only need its state
            later = Invocation(state=folder)
            more = ("how each source did", later.command("metrics", "sources"))
            suggest_commands(later, report, more, heading="Look around:")
        _offer_to_stay(invocation, sandbox.url)
    return DONE


def _state_folder(invocation: Invocation) -> Path:
    """Return a folder without a state, since each practice Stash is a new server.

    Raises:
        UsageError: the folder of ``--state`` exists already.
    """
    import tempfile

    if invocation.state is None:
        return Path(tempfile.mkdtemp(prefix="stashbot-demo-"))
    if invocation.settings().state.dir.exists():
        raise UsageError(
            f"The demo needs a new state folder, and {invocation.state} exists.",
            hint="Name another folder, or leave --state out for a temporary folder.",
        )
    return invocation.state


def _opening(url: str, scenes: int) -> RenderableType:
    text = Text.assemble(
        "A practice Stash with ", (f"{scenes} invented scenes", "bold"), " runs at "
    )
    text.append(url, "bold cyan")
    text.append(
        ".\nstashbot now opens each scene in a real browser, asks its sources, scores their "
        "proposals, and saves those that it trusts.\n"
    )
    return text


def _examples(report: RunReport) -> list[RenderableType]:
    """Format a scene of each outcome, with the evidence that decided."""
    parts: list[RenderableType] = []
    for outcome, heading in _HEADINGS.items():
        scenes = [scene for scene in report.scenes if scene.outcome == outcome]
        if scenes:
            parts += _example(max(scenes, key=_richness), heading)
    return parts


def _richness(result: SceneResult) -> int:
    """Return how much there is to show of a result."""
    return sum(bool(item.points) for item in result.evidence) + len(result.changes)


def _example(result: SceneResult, heading: str) -> list[RenderableType]:
    style = STYLES[result.outcome]
    parts: list[RenderableType] = [Text.assemble("\n", (heading, style), f"  {clean(result.name)}")]
    if result.evidence:
        score = f"{clean(result.source)} scores {format_score(result.score)}:"
        view = judgement_view(result.evidence, result.contradictions, result.name_parts)
        parts += [Text(score), *map(indent, view)]
    if result.changes:
        parts += [Text("Changes:"), indent(plan_table(result))]
    elif result.reason:
        parts.append(Text(clean(result.reason)))
    return parts


def _offer_to_stay(invocation: Invocation, url: str) -> None:
    """On a terminal, keep the practice Stash running until Enter."""
    if invocation.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    invocation.output.print(
        Text.assemble("\nSee for yourself at ", (url, "bold cyan"), ". Press Enter to end.")
    )
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.readline()

"""Carrying out a run in front of a person: progress, then what came of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stashbot.cli.formatting import (
    STYLES,
    change,
    counted,
    fields_of,
    gist,
    score,
    seconds,
    shortened,
)
from stashbot.cli.invocation import Invocation
from stashbot.cli.output import DONE, FELL_SHORT, exit_code, safe
from stashbot.cli.progress import watching
from stashbot.errors import Interrupted
from stashbot.models import BudgetReport, Outcome, RunReport, SceneResult
from stashbot.settings import Settings

if TYPE_CHECKING:
    from stashbot.flows.runs.driver import Finished, Prepare

#: More scenes than this are not listed after a run; the commands named below list them.
_LISTED = 8
_TOLD = (Outcome.FAILED, Outcome.TRIAGED)


def carry_out_run(
    invocation: Invocation, settings: Settings, *, prepare: Prepare | None = None, **asked: Any
) -> Finished:
    """Carries out the run with progress shown, and logs into the state folder from its start on.

    ``asked`` are the fields of ``flows.run.Request``; ``prepare`` gives another task.

    Raises:
        StashbotError: as ``flows.run.carry_out``.
    """
    from stashbot.flows.runs.driver import Request, carry_out

    with watching(invocation.output, workers=settings.run.workers) as progress:
        show_start = progress.on_start

        def on_start(run: object, left: int) -> None:
            invocation.log(settings.state.dir)
            show_start(run, left)  # type: ignore[arg-type]

        progress.on_start = on_start
        request = Request(**asked)
        return asyncio.run(
            carry_out(settings, request, progress, prepare=prepare, scrubber=invocation.scrubber)
        )


def end_of(invocation: Invocation, finished: Finished) -> int:
    """The exit code, after saying why a run stopped early and how to go on."""
    stopped = finished.stopped_by
    if stopped is None:
        return FELL_SHORT if finished.report.totals.get("failed") else DONE
    resume = invocation.command("run", "--resume", finished.report.run)
    left = f"{finished.left} of {counted(finished.report.totals['scenes'], 'scene')} left"
    if isinstance(stopped, Interrupted):
        invocation.output.complain(f"The run was stopped, {left}.", f"Go on with: {resume}")
    else:
        invocation.output.complain(
            f"The run stopped, {left}: {stopped.message}",
            f"{stopped.hint}\n  Then go on with: {resume}".strip(),
        )
    return exit_code(stopped)


def totals(report: RunReport) -> RenderableType:
    """How many scenes came out how, and which budgets were not kept."""
    slow = [_slow(budget) for budget in report.budgets.values() if budget.over]
    return Group(Text(""), _counts(report), *slow)


def summary(report: RunReport) -> RenderableType:
    """What came of a run, with the scenes that need a look."""
    if not report.totals["scenes"]:
        return Text("Nothing to do: no scene of this Stash is asked for or left.")
    parts: list[RenderableType] = [totals(report)]
    if report.dry_run:
        parts += [Text(""), *_plans(report)]
    told = [one for outcome in _TOLD for one in report.scenes if one.outcome is outcome]
    if told:
        parts.append(Text(""))
        parts += [part for one in told[:_LISTED] for part in _told(one)]
        if len(told) > _LISTED:
            parts.append(Text(f"  and {len(told) - _LISTED} more", "dim"))
    return Group(*parts)


def look_next(
    invocation: Invocation, report: RunReport, *more: tuple[str, str], heading: str = "Look next:"
) -> None:
    """Says which commands show more of this run."""
    counts = report.totals
    lines = []
    if counts["failed"]:
        line = invocation.command("failures", "--run", report.run)
        lines.append(("why scenes failed", line))
    if counts["triaged"] and not report.dry_run:
        lines.append(("what waits for you", invocation.command("triage", "list")))
    if counts["applied"]:
        line = invocation.command("audit", "--run", report.run)
        lines.append(("every change", line))
    if lines or more:
        invocation.output.say(Text(f"\n{heading}"))
        invocation.output.commands([*lines, *more])


def _told(result: SceneResult) -> list[RenderableType]:
    """A scene, and under it the reason for its outcome."""
    head = Text.assemble(
        (f"  {result.outcome.value:<8}", STYLES[result.outcome]),
        f"{result.id:>5}  {shortened(result.name)}",
    )
    if result.source:
        head.append(f"  {safe(result.source)} {score(result.score)}", "dim")
    return [head, Padding(Text(shortened(gist(result), 160), "dim"), (0, 0, 0, 17))]


def plan_table(result: SceneResult) -> Table:
    """Each field that a scene's plan changes, and what stays out of it."""
    table = Table.grid(padding=(0, 2))
    for name in fields_of(result):
        table.add_row(Text(name, "cyan"), change(*result.changes[name]))
    for left in result.left_out:
        why = shortened(f"without {left.name} ({left.reason})", 100)
        table.add_row(Text(left.field.value, "dim"), Text(why, "dim"))
    return table


def _plans(report: RunReport) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for one in (one for one in report.scenes if one.outcome is Outcome.PLANNED):
        head = f"{one.id}  {safe(one.name)}  ({safe(one.source or '')} {score(one.score)})"
        parts += [Text(head, "bold"), Padding(plan_table(one), (0, 0, 0, 4))]
    return parts


def _counts(report: RunReport) -> RenderableType:
    text = Text(f"{counted(report.totals['scenes'], 'scene')}: ")
    told = [
        Text(f"{report.totals[outcome.value]} {outcome.value}", STYLES[outcome])
        for outcome in STYLES
        if report.totals.get(outcome.value)
    ]
    text.append_text(Text(", ").join(told) if told else Text("none done"))
    took = sum(one.elapsed_ms for one in report.scenes) / 1000
    if report.scenes:
        text.append(f"  ({seconds(took / len(report.scenes))} each)", "dim")
    return text


def _slow(budget: BudgetReport) -> Text:
    return Text(
        f"{budget.over} of {budget.count} times {budget.phase} took longer than its budget of "
        f"{budget.budget_ms} ms (95% within {budget.p95_ms:.0f} ms).",
        "yellow",
    )

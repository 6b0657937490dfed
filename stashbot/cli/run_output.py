"""Running a task in front of a person: progress, then its outcome and how to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from stashbot.cli.formatting import (
    STYLES,
    changed_fields,
    clean,
    format_change,
    format_score,
    format_seconds,
    indent,
    pluralize,
    shorten,
    summarize_result,
)
from stashbot.cli.invocation import Invocation
from stashbot.cli.output import DONE, FELL_SHORT, exit_code
from stashbot.cli.progress import live_progress
from stashbot.cli.services import run_with_services
from stashbot.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from stashbot.flows.runs.driver import Prepare, RunOutcome
    from stashbot.models import BudgetReport, RunReport, SceneResult
    from stashbot.services import Services
    from stashbot.settings import Settings
    from stashbot.store import Run

#: The summary lists no more scenes than this; the suggested commands list them all.
_MAX_LISTED = 8
_ASKED_LATELY = "{count} asked about lately: left alone; --again asks about them, too."
#: Outcomes of which the summary lists scenes.
_LISTED = ("failed", "triaged")


def run_with_progress(
    invocation: Invocation,
    settings: Settings,
    prepare: Prepare | None = None,
    *,
    resume: str | None = None,
    asks: bool = False,
) -> RunOutcome:
    """Start or resume a run with live progress, and log into the state folder once it has begun.

    ``prepare`` decides on the scenes and options of a new run; with ``asks`` it may ask questions,
    so the terminal is kept free until the run begins. ``resume`` is the id of an old run, or
    ``last``.

    Raises:
        StashbotError: the run could not begin.
    """
    from stashbot.flows.runs.driver import resume_run, start_run

    workers = settings.run.workers
    with live_progress(invocation.output, workers=workers, wait=asks) as observer:
        show_start = observer.on_start

        def on_start(run: Run, left: int) -> None:
            invocation.start_logging(settings.state.dir)
            show_start(run, left)

        observer.on_start = on_start

        async def work(services: Services) -> RunOutcome:
            if prepare is None:
                return await resume_run(services, resume or "last", observer)
            return await start_run(services, prepare, observer)

        return run_with_services(invocation, settings, work)


def exit_code_for(invocation: Invocation, finished: RunOutcome) -> int:
    """Return the exit code of a run; if it stopped early, print why and how to go on."""
    stopped = finished.stopped_by
    if stopped is None:
        return FELL_SHORT if finished.report.totals.get("failed") else DONE
    resume = invocation.command("run", "--resume", finished.report.run)
    left = f"{finished.left} of {pluralize(finished.report.totals['scenes'], 'scene')} left"
    if isinstance(stopped, Interrupted):
        invocation.output.print_error(f"The run was stopped, {left}.", f"Go on with: {resume}")
    else:
        invocation.output.print_error(
            f"The run stopped, {left}: {stopped.message}",
            f"{stopped.hint}\n  Then go on with: {resume}".strip(),
        )
    return exit_code(stopped)


def totals(report: RunReport) -> RenderableType:
    """Format the number of scenes by outcome, and the budgets that were exceeded."""
    slow = [_exceeded(budget) for budget in report.budgets.values() if budget.over]
    return Group(Text(""), _counts(report), *slow)


def summary(report: RunReport) -> RenderableType:
    """Format the totals of a run, and the scenes that need a look."""
    lately = [Text(_ASKED_LATELY.format(count=pluralize(report.asked_lately, "scene")))]
    lately = lately if report.asked_lately else []
    if not report.totals["scenes"]:
        nothing = "Nothing to do: no scene matches, or all of them are done."
        return Group(Text(nothing) if not lately else Text("Nothing to do."), *lately)
    parts: list[RenderableType] = [totals(report), *lately, *_outages(report)]
    if report.dry_run:
        parts += [Text(""), *_plans(report)]
    parts += _left_out(report)
    listed = [scene for outcome in _LISTED for scene in report.scenes if scene.outcome == outcome]
    if listed:
        parts.append(Text(""))
        parts += [part for scene in listed[:_MAX_LISTED] for part in _with_reason(scene)]
        if len(listed) > _MAX_LISTED:
            parts.append(Text(f"  and {len(listed) - _MAX_LISTED} more", "dim"))
    return Group(*parts)


def _left_out(report: RunReport) -> Iterator[RenderableType]:
    """Count and list what was left out because Stash does not have it."""
    if not report.left_out:
        return
    table = Table.grid(padding=(0, 2))
    for field, names in report.left_out.items():
        shown = [f"{clean(name)} ({count})" for name, count in [*names.items()][:_MAX_LISTED]]
        if len(names) > _MAX_LISTED:
            shown.append(f"and {len(names) - _MAX_LISTED} more")
        table.add_row(Text(f"  {field}", "cyan"), Text(", ".join(shown)))
    yield Text("\nLeft out, because Stash does not have them (number of scenes):", "yellow")
    yield table


def suggest_commands(
    invocation: Invocation, report: RunReport, *more: tuple[str, str], heading: str = "Look next:"
) -> None:
    """Print the commands that show more of this run; ``more`` are pairs of purpose and command."""
    counts = report.totals
    lines = []
    if counts["failed"]:
        line = invocation.command("failures", "--run", report.run)
        lines.append(("why scenes failed", line))
    if counts["triaged"] and not report.dry_run:
        lines.append(("proposals that wait for you", invocation.command("triage", "list")))
    if counts["applied"]:
        line = invocation.command("audit", "--run", report.run)
        lines.append(("every change", line))
    if report.left_out and not report.dry_run:
        line = invocation.command("run", "--incomplete")
        lines.append(("ask again, once Stash has what was left out", line))
    if lines or more:
        invocation.output.print(Text(f"\n{heading}"))
        invocation.output.print_commands([*lines, *more])


def plan_table(result: SceneResult) -> Table:
    """Build the table of the fields that a scene's plan changes and omits."""
    table = Table.grid(padding=(0, 2))
    for name in changed_fields(result):
        table.add_row(Text(name, "cyan"), format_change(*result.changes[name]))
    for left in result.omitted:
        why = shorten(f"without {left.name} ({left.reason})", 100)
        table.add_row(Text(left.field.value, "dim"), Text(why, "dim"))
    return table


def _with_reason(result: SceneResult) -> list[RenderableType]:
    head = Text.assemble(
        (f"  {result.outcome.value:<8}", STYLES[result.outcome]),
        f"{result.id:>5}  {shorten(result.name)}",
    )
    if result.source:
        head.append(f"  {clean(result.source)} {format_score(result.score)}", "dim")
    return [head, indent(Text(shorten(summarize_result(result), 160), "dim"), 17)]


def _plans(report: RunReport) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for scene in report.scenes:
        if scene.outcome == "planned":
            source = f"{clean(scene.source or '')} {format_score(scene.score)}"
            parts.append(Text(f"{scene.id}  {clean(scene.name)}  ({source})", "bold"))
            parts.append(indent(plan_table(scene), 4))
    return parts


def _counts(report: RunReport) -> RenderableType:
    text = Text(f"{pluralize(report.totals['scenes'], 'scene')}: ")
    counts = [
        Text(f"{report.totals[outcome]} {outcome}", style)
        for outcome, style in STYLES.items()
        if report.totals.get(outcome)
    ]
    text.append_text(Text(", ").join(counts) if counts else Text("none done"))
    took = sum(scene.elapsed_ms for scene in report.scenes) / 1000
    if report.scenes:
        text.append(f"  ({format_seconds(took / len(report.scenes))} each)", "dim")
    return text


def _outages(report: RunReport) -> Iterator[Text]:
    """Say once for each source that kept failing how many scenes stay due because of it."""
    for outage in report.outages:
        due = sum(
            scene.outcome != "applied"
            and any(a.source == outage.source and a.result == "not_asked" for a in scene.attempts)
            for scene in report.scenes
        )
        line = f"{clean(outage.source)} was asked no more: {clean(outage.reason)}"
        line += f" ({clean(outage.detail.rstrip('.'))})."
        if due:
            line += f" {pluralize(due, 'scene')} stay due for the next run."
        yield Text(line, "yellow")


def _exceeded(budget: BudgetReport) -> Text:
    return Text(
        f"{budget.phase} exceeded its budget of {budget.budget_ms} ms {budget.over} of "
        f"{budget.count} times (95% within {budget.p95_ms:.0f} ms).",
        "yellow",
    )

"""``stashbot metrics``: sources, phases, runs and healed selectors in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import unquote

import typer
from rich.text import Text

from stashbot.cli.formatting import clean, format_seconds, format_time, make_table, shorten
from stashbot.cli.invocation import Invocation
from stashbot.cli.store_query import query_store, resolve_run_id

if TYPE_CHECKING:
    from rich.console import RenderableType

    from stashbot.models import BudgetReport
    from stashbot.store import SourceStat, Store
    from stashbot.views.metrics import Metrics, RunMetrics


def metrics(
    invocation: Invocation,
    group: Annotated[
        Literal["sources", "phases", "runs", "selectors"] | None,
        typer.Argument(help="Only this group.", show_default=False),
    ] = None,
    *,
    run: Annotated[
        str | None, typer.Option(metavar="RUN|last", help="Phases of this run only.")
    ] = None,
) -> None:
    """Show how sources did, how long phases took, how runs ended, and what was healed."""
    from stashbot.views.metrics import GROUPS, read_metrics

    budgets = invocation.settings().budgets.by_phase
    groups = GROUPS if group is None else (group,)

    async def read(store: Store) -> Metrics:
        run_id = await resolve_run_id(store, run)
        return await read_metrics(store, budgets, groups=groups, run=run_id)

    found = query_store(invocation, read)
    parts: list[RenderableType] = []
    if found.sources is not None:
        parts += [Text("Sources", "bold"), _sources(found.sources), Text("")]
    if found.phases is not None:
        parts += [Text("Phases", "bold"), _phases(found.phases), Text("")]
    if found.runs is not None:
        parts += [Text("Runs", "bold"), _runs(found.runs), Text("")]
    if found.selectors is not None:
        parts += [Text("Selectors", "bold"), _selectors(found.selectors), Text("")]
    invocation.output.show(found.model_dump(mode="json", include=set(groups)), *parts)


def _sources(stats: tuple[SourceStat, ...]) -> RenderableType:
    if not stats:
        return Text("no answers yet")
    right = ("trusted", "not", "share")
    table = make_table("studio", "series", "source", *right, right=right)
    previous: tuple[str, str] | None = None
    for stat in sorted(stats, key=lambda stat: (_level(stat.key), -_share(stat))):
        level = _level(stat.key)
        names = level if level != previous else ("", "")
        previous = level
        table.add_row(
            *(Text(clean(name)) for name in (*names, stat.source)),
            *(str(stat.ok), str(stat.fail), f"{_share(stat):.0%}"),
        )
    return table


def _share(stat: SourceStat) -> float:
    return stat.ok / (stat.ok + stat.fail or 1)


#: Keys that stand for no name. The blanks sort them before every name: they are the widest.
_LEVELS = {"*": " all", "nostudio": " none", "noseries": " none"}


def _level(key: str) -> tuple[str, str]:
    """Return studio and series of a source's key, as people read them."""
    studio, _, series = key.partition("|")
    return _LEVELS.get(studio, unquote(studio)), _LEVELS.get(series, unquote(series))


def _phases(reports: tuple[BudgetReport, ...]) -> RenderableType:
    numbers = ("times", "median", "95%", "longest", "budget", "over")
    table = make_table("phase", *numbers, right=numbers)
    for report in reports:
        times = (report.p50_ms, report.p95_ms, report.max_ms, report.budget_ms)
        cells = [f"{time / 1000:.2f} s" for time in times]
        over = Text(str(report.over), "yellow" if report.over else "")
        table.add_row(report.phase, str(report.count), *cells, over)
    return table


def _runs(runs: tuple[RunMetrics, ...]) -> RenderableType:
    from stashbot.models import Outcome

    if not runs:
        return Text("no runs yet")
    seen = {name for run in runs for name in run.totals}
    outcomes = [outcome.value for outcome in Outcome if outcome.value in seen]
    right = ("scenes", *outcomes)
    table = make_table("run", "started", "took", "status", *right, right=right)
    for run in runs:
        took = format_seconds((run.finished - run.started).total_seconds()) if run.finished else ""
        status = f"{run.status.value}{', dry run' if run.dry_run else ''}"
        counts = [str(run.totals.get(outcome, "")) for outcome in outcomes]
        cells = (run.id, format_time(run.started), took, shorten(status), str(run.scenes))
        table.add_row(*cells, *counts)
    return table


def _selectors(counts: dict[str, int]) -> RenderableType:
    if not counts:
        return Text("none had to be healed")
    table = make_table("key", "healed", right=("healed",))
    for key, count in counts.items():
        table.add_row(key, str(count))
    return table

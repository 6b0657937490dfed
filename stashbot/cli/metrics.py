"""``stashbot metrics``: sources, phases, runs and healed selectors in numbers."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote

import typer
from rich.console import RenderableType
from rich.text import Text

from stashbot.cli.formatting import moment, seconds, shorten
from stashbot.cli.invocation import Invocation
from stashbot.cli.output import clean
from stashbot.cli.state import make_table, query_store, resolve_run_id
from stashbot.models import Outcome

if TYPE_CHECKING:
    from stashbot.models import BudgetReport
    from stashbot.store import Run, SourceStat, Store


class Metric(StrEnum):
    """What can be counted."""

    SOURCES = "sources"
    PHASES = "phases"
    RUNS = "runs"
    SELECTORS = "selectors"


def metrics(
    invocation: Invocation,
    which: Annotated[
        Metric | None, typer.Argument(help="One of them; all without it.", show_default=False)
    ] = None,
    *,
    run: Annotated[
        str | None, typer.Option(metavar="RUN|last", help="Phases of this run only.")
    ] = None,
) -> None:
    """Show how each source did, how long phases took, what runs came to, what was healed."""
    from stashbot.flows.checks.heal import healed_counts

    settings = invocation.settings()
    budgets = settings.budgets.by_phase

    async def read(store: Store) -> dict[Metric, Any]:
        found: dict[Metric, Any] = {}
        if which in {None, Metric.SOURCES}:
            found[Metric.SOURCES] = await store.sources.stats()
        if which in {None, Metric.PHASES}:
            report = await store.timings.budgets(await resolve_run_id(store, run), budgets)
            found[Metric.PHASES] = tuple(report.values())
        if which in {None, Metric.RUNS}:
            runs = await store.runs.list()
            found[Metric.RUNS] = [(one, await store.results.totals(one.id)) for one in runs]
        if which in {None, Metric.SELECTORS}:
            found[Metric.SELECTORS] = await healed_counts(store)
        return found

    found = query_store(invocation, read)
    document: dict[str, Any] = {name.value: value for name, value in found.items()}
    if Metric.RUNS in found:
        document["runs"] = [
            one.model_dump(mode="json", exclude={"scene_count", "options"})
            | {"scenes": one.scene_count, "totals": totals}
            for one, totals in found[Metric.RUNS]
        ]
    parts: list[RenderableType] = []
    for name, value in found.items():
        parts += [Text(f"{name.value.capitalize()}", "bold"), _TABLES[name](value), Text("")]
    invocation.output.show(document, *parts)


def _sources(stats: tuple[SourceStat, ...]) -> RenderableType:
    if not stats:
        return Text("no source was asked yet")
    right = ("trusted", "not", "share")
    table = make_table("studio", "series", "source", *right, right=right)
    said: tuple[str, str] | None = None
    for one in sorted(stats, key=lambda one: (_level(one.key), -one.ok / (one.ok + one.fail or 1))):
        share = one.ok / (one.ok + one.fail) if one.ok + one.fail else 0.0
        level = _level(one.key)
        names = level if level != said else ("", "")
        said = level
        table.add_row(
            *(Text(clean(name)) for name in (*names, one.source)),
            *(str(one.ok), str(one.fail), f"{share:.0%}"),
        )
    return table


def _level(key: str) -> tuple[str, str]:
    """Studio and series of a key as people read them; all of them come first."""
    studio, _, series = key.partition("|")
    return _LEVELS.get(studio, unquote(studio)), _LEVELS.get(series, unquote(series))


def _phases(reports: tuple[BudgetReport, ...]) -> RenderableType:
    numbers = ("times", "median", "95%", "longest", "budget", "over")
    table = make_table("phase", *numbers, right=numbers)
    for one in reports:
        times = (one.p50_ms, one.p95_ms, one.max_ms, one.budget_ms)
        told = [f"{time / 1000:.2f} s" for time in times]
        over = Text(str(one.over), "yellow" if one.over else "")
        table.add_row(one.phase, str(one.count), *told, over)
    return table


def _runs(runs: list[tuple[Run, dict[str, int]]]) -> RenderableType:
    if not runs:
        return Text("none yet")
    seen = {name for _, totals in runs for name in totals}
    outcomes = [outcome.value for outcome in Outcome if outcome.value in seen]
    right = ("scenes", *outcomes)
    table = make_table("run", "started", "took", "status", *right, right=right)
    for one, totals in runs:
        took = seconds((one.finished - one.started).total_seconds()) if one.finished else ""
        counts = [str(totals.get(outcome, "")) for outcome in outcomes]
        status = f"{one.status.value}{', dry' if one.dry_run else ''}"
        table.add_row(
            one.id, moment(one.started), took, shorten(status), str(one.scene_count), *counts
        )
    return table


def _selectors(counts: dict[str, int]) -> RenderableType:
    if not counts:
        return Text("none had to be healed")
    table = make_table("key", "healed", right=("healed",))
    for key, count in counts.items():
        table.add_row(key, str(count))
    return table


#: Sorted before every name, since they are the widest.
_LEVELS = {"*": " all", "nostudio": " none", "noseries": " none"}
_TABLES: dict[Metric, Callable[[Any], RenderableType]] = {
    Metric.SOURCES: _sources,
    Metric.PHASES: _phases,
    Metric.RUNS: _runs,
    Metric.SELECTORS: _selectors,
}

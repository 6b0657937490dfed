"""``stashbot failures``, ``audit`` and ``metrics``: what was done, and how it went."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote

import typer
from rich.console import RenderableType
from rich.text import Text

from stashbot.cli.formatting import change, counted, moment, seconds, shortened
from stashbot.cli.invocation import Invocation
from stashbot.cli.output import safe
from stashbot.cli.state import ask, listing, run_id
from stashbot.models import FieldName, Outcome

if TYPE_CHECKING:
    from stashbot.models import BudgetReport
    from stashbot.store import AuditEntry, Failure, FailureCount, Run, SourceStat, Store

RunOption = Annotated[
    str | None, typer.Option("--run", metavar="RUN|last", help="Only those of this run.")
]
SceneOption = Annotated[
    str | None, typer.Option("--scene", metavar="ID", help="Only those of this scene.")
]


class Metric(StrEnum):
    """What can be counted."""

    SOURCES = "sources"
    PHASES = "phases"
    RUNS = "runs"
    SELECTORS = "selectors"


def failures(
    invocation: Invocation,
    *,
    run: RunOption = None,
    last: Annotated[int, typer.Option(metavar="N", min=1, help="So many at most.")] = 20,
) -> None:
    """Show what went wrong: counts by phase and reason, then each with its evidence."""

    async def read(store: Store) -> tuple[tuple[FailureCount, ...], tuple[Failure, ...]]:
        which = await run_id(store, run)
        return await store.failure_counts(run=which), await store.failures(run=which, last=last)

    counts, rows = ask(invocation, read)
    document = {"counts": counts, "failures": rows}
    if not rows:
        invocation.output.show(document, Text("Nothing failed."))
        return
    table = listing("count", "phase", "reason", right=("count",))
    for one in counts:
        table.add_row(str(one.count), one.phase, one.reason)
    parts: list[RenderableType] = [table]
    for row in rows:
        head = f"\nscene {row.scene}  {row.phase}  {row.reason}"
        parts.append(Text.assemble((head, "bold"), (f"  {moment(row.at)}  run {row.run}", "dim")))
        parts.append(Text(f"  {safe(row.detail)}"))
        parts.append(Text(f"  {row.evidence_dir or 'no evidence was kept'}", "cyan"))
    total = sum(one.count for one in counts)
    if total > len(rows):
        parts.append(Text(f"\nThe last {len(rows)} of {total}; --last {total} shows all.", "dim"))
    invocation.output.show(document, *parts)


def audit(
    invocation: Invocation,
    *,
    last: Annotated[int, typer.Option(metavar="N", min=1, help="The last so many changes.")] = 20,
    run: RunOption = None,
    scene: SceneOption = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only those that came from this source.")
    ] = None,
    field: Annotated[
        FieldName | None, typer.Option(metavar="FIELD", help="Only those of this field.")
    ] = None,
) -> None:
    """Show every change that was made in Stash, newest first, before and after."""

    async def read(store: Store) -> tuple[tuple[AuditEntry, ...], frozenset[int]]:
        which = await run_id(store, run)
        found = await store.audit(last=last, run=which, scene=scene, source=source, field=field)
        return found, await store.undone()

    entries, undone = ask(invocation, read)
    document = [one.model_dump(mode="json") | {"undone": one.id in undone} for one in entries]
    table = listing("id", "when", "scene", "source", "field", "change", right=("id", "scene"))
    for one in entries:
        table.add_row(
            str(one.id),
            Text(moment(one.at), "dim"),
            one.scene,
            Text(safe(one.source or "")),
            Text(one.field, "cyan"),
            change(one.before, one.after).append(_undoing(one, undone), "yellow"),
        )
    more = "" if len(entries) < last else " (--last N shows more)"
    nothing = Text("Nothing was changed.")
    told = Text(f"\n{counted(len(entries), 'change')}{more}.", "dim")
    invocation.output.show(document, *((table, told) if entries else (nothing,)))


def _undoing(entry: AuditEntry, undone: frozenset[int]) -> str:
    if entry.undoes is not None:
        return f"  undoes {entry.undoes}"
    return "  undone" if entry.id in undone else ""


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
            found[Metric.SOURCES] = await store.source_stats()
        if which in {None, Metric.PHASES}:
            report = await store.budget_report(await run_id(store, run), budgets)
            found[Metric.PHASES] = tuple(report.values())
        if which in {None, Metric.RUNS}:
            runs = await store.runs()
            found[Metric.RUNS] = [(one, await store.totals(one.id)) for one in runs]
        if which in {None, Metric.SELECTORS}:
            found[Metric.SELECTORS] = await healed_counts(store)
        return found

    found = ask(invocation, read)
    document: dict[str, Any] = {name.value: value for name, value in found.items()}
    if Metric.RUNS in found:
        document["runs"] = [
            one.model_dump(mode="json", exclude={"scenes", "options"})
            | {"scenes": len(one.scenes), "totals": totals}
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
    table = listing("studio", "series", "source", *right, right=right)
    said: tuple[str, str] | None = None
    for one in sorted(stats, key=lambda one: (_level(one.key), -one.ok / (one.ok + one.fail or 1))):
        share = one.ok / (one.ok + one.fail) if one.ok + one.fail else 0.0
        level = _level(one.key)
        names = level if level != said else ("", "")
        said = level
        table.add_row(
            *(Text(safe(name)) for name in (*names, one.source)),
            *(str(one.ok), str(one.fail), f"{share:.0%}"),
        )
    return table


def _level(key: str) -> tuple[str, str]:
    """Studio and series of a key as people read them; all of them come first."""
    studio, _, series = key.partition("|")
    return _LEVELS.get(studio, unquote(studio)), _LEVELS.get(series, unquote(series))


def _phases(reports: tuple[BudgetReport, ...]) -> RenderableType:
    numbers = ("times", "median", "95%", "longest", "budget", "over")
    table = listing("phase", *numbers, right=numbers)
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
    table = listing("run", "started", "took", "status", *right, right=right)
    for one, totals in runs:
        took = seconds((one.finished - one.started).total_seconds()) if one.finished else ""
        counts = [str(totals.get(outcome, "")) for outcome in outcomes]
        status = f"{one.status.value}{', dry' if one.dry_run else ''}"
        table.add_row(
            one.id, moment(one.started), took, shortened(status), str(len(one.scenes)), *counts
        )
    return table


def _selectors(counts: dict[str, int]) -> RenderableType:
    if not counts:
        return Text("none had to be healed")
    table = listing("key", "healed", right=("healed",))
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

"""``stashbot failures``: scenes that failed, and the artifacts kept of each failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import clean, format_time, make_table
from stashbot.cli.invocation import Invocation
from stashbot.cli.options import RunOption
from stashbot.cli.store_query import query_store, resolve_run_id

if TYPE_CHECKING:
    from rich.console import RenderableType

    from stashbot.store import Failure, FailureCount, Store


def failures(
    invocation: Invocation,
    *,
    run: RunOption = None,
    last: Annotated[int, typer.Option(metavar="N", min=1, help="Maximum number of failures.")] = 20,
) -> None:
    """Show failures: their number by phase and reason, then each with its artifacts."""

    async def read(store: Store) -> tuple[tuple[FailureCount, ...], tuple[Failure, ...]]:
        run_id = await resolve_run_id(store, run)
        counts = await store.failures.counts(run=run_id)
        return counts, await store.failures.list(run=run_id, last=last)

    counts, rows = query_store(invocation, read)
    document = {"counts": counts, "failures": rows}
    if not rows:
        invocation.output.show(document, Text("No failures."))
        return
    table = make_table("count", "phase", "reason", right=("count",))
    for item in counts:
        table.add_row(str(item.count), item.phase, item.reason)
    parts: list[RenderableType] = [table]
    for row in rows:
        head = f"\nscene {row.scene}  {row.phase}  {row.reason}"
        where = f"  {format_time(row.at)}  run {row.run}"
        parts.append(Text.assemble((head, "bold"), (where, "dim")))
        parts.append(Text(f"  {clean(row.detail)}"))
        parts.append(Text(f"  {row.artifacts_dir or 'no artifacts were kept'}", "cyan"))
    total = sum(item.count for item in counts)
    if total > len(rows):
        parts.append(Text(f"\nThe last {len(rows)} of {total}; --last {total} shows all.", "dim"))
    invocation.output.show(document, *parts)

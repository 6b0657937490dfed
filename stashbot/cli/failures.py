"""``stashbot failures``: the steps that failed, with the artifacts kept for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from stashbot.cli.formatting import moment
from stashbot.cli.invocation import Invocation
from stashbot.cli.options import RunOption
from stashbot.cli.output import clean
from stashbot.cli.state import make_table, query_store, resolve_run_id

if TYPE_CHECKING:
    from stashbot.store import Failure, FailureCount, Store


def failures(
    invocation: Invocation,
    *,
    run: RunOption = None,
    last: Annotated[int, typer.Option(metavar="N", min=1, help="So many at most.")] = 20,
) -> None:
    """Show what went wrong: counts by phase and reason, then each with its evidence."""

    async def read(store: Store) -> tuple[tuple[FailureCount, ...], tuple[Failure, ...]]:
        which = await resolve_run_id(store, run)
        return await store.failures.counts(run=which), await store.failures.list(
            run=which, last=last
        )

    counts, rows = query_store(invocation, read)
    document = {"counts": counts, "failures": rows}
    if not rows:
        invocation.output.show(document, Text("Nothing failed."))
        return
    table = make_table("count", "phase", "reason", right=("count",))
    for one in counts:
        table.add_row(str(one.count), one.phase, one.reason)
    parts: list[RenderableType] = [table]
    for row in rows:
        head = f"\nscene {row.scene}  {row.phase}  {row.reason}"
        parts.append(Text.assemble((head, "bold"), (f"  {moment(row.at)}  run {row.run}", "dim")))
        parts.append(Text(f"  {clean(row.detail)}"))
        parts.append(Text(f"  {row.artifacts_dir or 'no evidence was kept'}", "cyan"))
    total = sum(one.count for one in counts)
    if total > len(rows):
        parts.append(Text(f"\nThe last {len(rows)} of {total}; --last {total} shows all.", "dim"))
    invocation.output.show(document, *parts)

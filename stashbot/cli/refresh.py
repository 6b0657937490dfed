"""``stashbot refresh list``: the scenes whose data is old."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import counted, moment, shortened
from stashbot.cli.invocation import Invocation
from stashbot.cli.state import listing


def list_stale(
    invocation: Invocation,
    *,
    limit: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="So many at most; [refresh] per_run by default."),
    ] = None,
) -> None:
    """List the scenes that were not scraped for long, the oldest first.

    Those that `run --stale` would take. Asks no source and writes nothing.
    """
    from stashbot.views.stale_scenes import stale_scenes

    found = asyncio.run(stale_scenes(invocation.settings(), limit=limit))
    if not found.scenes:
        nothing = f"Every scene was scraped within {counted(found.months, 'month')}."
        invocation.output.show(found, Text(nothing))
        return
    table = listing("scene", "last scraped", "outcome", "name", right=("scene",))
    for one in found.scenes:
        at = Text(moment(one.scraped_at)) if one.scraped_at else Text("never", "dim")
        outcome = one.last_outcome.value if one.last_outcome else ""
        organized = Text("  organized" if one.organized else "", "dim")
        table.add_row(one.id, at, outcome, Text(shortened(one.name)).append_text(organized))
    more = f", and {found.waiting} more wait" if found.waiting else ""
    told = f"{counted(len(found.scenes), 'scene')} not scraped for {counted(found.months, 'month')}"
    invocation.output.show(found, table, Text(f"\n{told}{more}."))
    words = ("--limit", str(limit)) if limit else ()
    invocation.output.commands([("scrape them anew", invocation.command("run", "--stale", *words))])

"""``stashbot refresh list``: the scenes whose data is old."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import format_time, make_table, pluralize, shorten
from stashbot.cli.invocation import Invocation, run_async


def list_stale(
    invocation: Invocation,
    *,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Maximum number of scenes; [refresh] per_run by default."
        ),
    ] = None,
) -> None:
    """List the scenes that are due for a refresh, oldest first.

    `run --stale` takes the same scenes. Asks no source and writes nothing.
    """
    from stashbot.views.stale_scenes import stale_scenes

    found = run_async(stale_scenes(invocation.settings(), limit=limit))
    months = pluralize(found.months, "month")
    if not found.scenes:
        invocation.output.show(found, Text(f"Every scene was scraped within {months}."))
        return
    table = make_table("scene", "last scraped", "outcome", "name", right=("scene",))
    for scene in found.scenes:
        at = Text(format_time(scene.scraped_at)) if scene.scraped_at else Text("never", "dim")
        outcome = scene.last_outcome.value if scene.last_outcome else ""
        organized = Text("  organized" if scene.organized else "", "dim")
        table.add_row(scene.id, at, outcome, Text(shorten(scene.name)).append_text(organized))
    more = f", and {found.waiting} more wait" if found.waiting else ""
    count = f"{pluralize(len(found.scenes), 'scene')} not scraped for {months}{more}."
    invocation.output.show(found, table, Text(f"\n{count}"))
    words = ("--limit", str(limit)) if limit else ()
    command = invocation.command("run", "--stale", *words)
    invocation.output.print_commands([("scrape them again", command)])

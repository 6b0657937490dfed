"""``stashbot collections``: which scenes belong together, kept in Stash as a tag or group."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import counted
from stashbot.cli.invocation import Invocation
from stashbot.cli.output import safe
from stashbot.cli.run_output import carry_out_run, end_of, look_next, summary
from stashbot.cli.state import listing

if TYPE_CHECKING:
    from stashbot.flows.runs.selection import Task
    from stashbot.stash.client import StashClient
    from stashbot.store import Store


def list_collections(invocation: Invocation) -> None:
    """List the collections, their scenes, and how many are to be added and removed."""
    from stashbot.flows.collections.sync import compare

    settings = invocation.settings()
    found = asyncio.run(compare(settings))
    if not found:
        invocation.output.show([], Text("The settings have no [collections]."))
        return
    table = listing(
        "collection", "kind", "stay", "to add", "to remove", "where", right=("stay", "to add")
    )
    for one in found:
        where = settings.collections.tables[one.name].where
        added = Text(str(len(one.add)), "green" if one.add else "dim")
        removed = Text(str(len(one.remove)), "red" if one.remove else "dim")
        table.add_row(safe(one.name), one.kind, str(one.kept), added, removed, safe(where))
    differ = sum(not one.empty for one in found)
    if differ:
        told = f"{counted(differ, 'collection')} to bring up to date: stashbot collections sync"
    else:
        told = "All are up to date."
    invocation.output.show(found, table, Text(f"\n{told}"))


def sync_collections(
    invocation: Invocation,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="These; else all.")
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Write nothing; say what would be.")
    ] = False,
) -> int:
    """Give scenes the tags and groups of their collections, and take those that no longer fit."""
    from stashbot.flows.collections.sync import collecting

    settings = invocation.settings()

    async def prepare(client: StashClient, _store: Store) -> Task:
        return await collecting(settings, client, names=names or (), dry_run=dry_run)

    finished = carry_out_run(invocation, settings, prepare=prepare, dry_run=dry_run)
    if not finished.report.totals["scenes"]:
        invocation.output.show(finished.report, Text("All collections are up to date."))
        return end_of(invocation, finished)
    invocation.output.show(finished.report, summary(finished.report))
    look_next(invocation, finished.report)
    return end_of(invocation, finished)

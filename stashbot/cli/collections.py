"""``stashbot collections``: scenes that belong together, kept in Stash as a tag or group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import clean, make_table, pluralize
from stashbot.cli.invocation import Invocation, run_async
from stashbot.cli.options import DryRunOption
from stashbot.cli.run_output import exit_code_for, run_with_progress, suggest_commands, summary

if TYPE_CHECKING:
    from stashbot.decide.rules.collections import CollectionDiff


def list_collections(invocation: Invocation) -> None:
    """List the collections, and how many scenes each keeps, gains and loses."""
    from stashbot.flows.collections.sync import collection_diffs
    from stashbot.stash.client import open_stash

    settings = invocation.settings()

    async def read() -> tuple[CollectionDiff, ...]:
        async with open_stash(settings.stash) as client:
            return await collection_diffs(settings, client)

    found = run_async(read())
    if not found:
        invocation.output.show([], Text("The settings have no [collections]."))
        return
    headings = ("collection", "kind", "stay", "to add", "to remove", "where")
    table = make_table(*headings, right=("stay", "to add", "to remove"))
    for diff in found:
        table.add_row(
            clean(diff.name),
            diff.kind,
            str(diff.kept),
            Text(str(len(diff.add)), "green" if diff.add else "dim"),
            Text(str(len(diff.remove)), "red" if diff.remove else "dim"),
            clean(settings.collections.tables[diff.name].where),
        )
    outdated = sum(not diff.is_empty for diff in found)
    note = "All collections are up to date."
    if outdated:
        note = f"{pluralize(outdated, 'collection')} to update: stashbot collections sync"
    invocation.output.show(found, table, Text(f"\n{note}"))


def sync_collections(
    invocation: Invocation,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME...", help="Only these collections; all by default."),
    ] = None,
    *,
    dry_run: DryRunOption = False,
) -> int:
    """Add the tags and groups of collections to their scenes, and remove them from others."""
    from stashbot.flows.collections.sync import prepare_sync

    settings = invocation.settings()

    finished = run_with_progress(
        invocation,
        settings,
        lambda services: prepare_sync(services, names=names or (), dry_run=dry_run),
    )
    if not finished.report.totals["scenes"]:
        invocation.output.show(finished.report, Text("All collections are up to date."))
        return exit_code_for(invocation, finished)
    invocation.output.show(finished.report, summary(finished.report))
    suggest_commands(invocation, finished.report)
    return exit_code_for(invocation, finished)

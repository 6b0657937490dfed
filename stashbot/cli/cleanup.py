"""``stashbot cleanup``: titles, dates and spaces put in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.invocation import Invocation
from stashbot.cli.options import listed, refuse_together
from stashbot.cli.output import safe
from stashbot.cli.run_output import carry_out_run, end_of, look_next, summary

if TYPE_CHECKING:
    from stashbot.flows.runs.selection import Task
    from stashbot.stash.client import StashClient
    from stashbot.store import Store


def cleanup(
    invocation: Invocation,
    *,
    where: Annotated[
        str | None, typer.Option(metavar="EXPR", help="Scenes for which it holds.")
    ] = None,
    ids: Annotated[str | None, typer.Option(metavar="1,2", help="These scenes.")] = None,
    filter_: Annotated[
        str | None, typer.Option("--filter", metavar="NAME", help="Scenes of a saved filter.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Write nothing; say what would be.")
    ] = False,
) -> int:
    """Put titles, dates and spaces in order, in Stash's own edit form."""
    from stashbot.flows.cleanup.cleanup import cleaning
    from stashbot.flows.runs.selection import Request

    refuse_together({"--where": where, "--ids": ids, "--filter": filter_})
    settings = invocation.settings()
    asked = {
        "where": where,
        "ids": listed("--ids", ids),
        "filter": filter_,
        "dry_run": dry_run,
    }

    async def prepare(client: StashClient, _store: Store) -> Task:
        return await cleaning(settings, Request.model_validate(asked), client)

    finished = carry_out_run(invocation, settings, prepare=prepare, **asked)
    report = finished.report
    unsure = [
        Text(f"undecided  {one.id}  {safe(one.name)}: {safe(left.reason)}", "yellow")
        for one in report.scenes
        for left in one.left_out
    ]
    invocation.output.show(report, summary(report), *unsure)
    look_next(invocation, report)
    return end_of(invocation, finished)

"""``stashbot cleanup``: normalize titles, dates and spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from stashbot.cli.formatting import clean
from stashbot.cli.invocation import Invocation
from stashbot.cli.options import (
    DryRunOption,
    FilterOption,
    IdsOption,
    WhereOption,
    parse_list,
    require_at_most_one,
)
from stashbot.cli.run_output import exit_code_for, run_with_progress, suggest_commands, summary

if TYPE_CHECKING:
    from stashbot.flows.runs.selection import Task
    from stashbot.stash.client import StashClient
    from stashbot.store import Store


def cleanup(
    invocation: Invocation,
    *,
    where: WhereOption = None,
    ids: IdsOption = None,
    saved_filter: FilterOption = None,
    dry_run: DryRunOption = False,
) -> int:
    """Normalize titles, dates and spaces, in Stash's own edit form.

    Without --where, --filter or --ids it takes all scenes.
    """
    from stashbot.flows.cleanup.cleanup import cleaning
    from stashbot.flows.runs.selection import Request

    require_at_most_one({"--where": where, "--ids": ids, "--filter": saved_filter})
    settings = invocation.settings()
    request = Request(
        where=where, ids=parse_list("--ids", ids), filter=saved_filter, dry_run=dry_run
    )

    async def prepare(client: StashClient, _store: Store) -> Task:
        return await cleaning(settings, request, client)

    finished = run_with_progress(invocation, settings, request, prepare=prepare)
    report = finished.report
    undecided = [
        Text(f"undecided  {scene.id}  {clean(scene.name)}: {clean(left.reason)}", "yellow")
        for scene in report.scenes
        for left in scene.omitted
    ]
    invocation.output.show(report, summary(report), *undecided)
    suggest_commands(invocation, report)
    return exit_code_for(invocation, finished)

"""``stashbot cleanup``: normalize titles, dates and spaces."""

from __future__ import annotations

from typing import Annotated

import typer
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


def cleanup(
    invocation: Invocation,
    *,
    where: WhereOption = None,
    ids: IdsOption = None,
    saved_filter: FilterOption = None,
    from_name: Annotated[
        bool,
        typer.Option(
            "--from-name",
            metavar="",
            help="Fill what is empty from file names, in scenes that no source knows.",
        ),
    ] = False,
    dry_run: DryRunOption = False,
) -> int:
    """Normalize titles, dates and spaces, in Stash's own edit form.

    Without --where, --filter or --ids it takes all scenes; with --from-name those that are not
    organized.
    """
    from stashbot.flows.cleanup.cleanup import prepare_cleanup
    from stashbot.flows.runs.selection import RunRequest

    require_at_most_one({"--where": where, "--ids": ids, "--filter": saved_filter})
    settings = invocation.settings()
    request = RunRequest(
        where=where, ids=parse_list("--ids", ids), filter=saved_filter, dry_run=dry_run
    )

    finished = run_with_progress(
        invocation,
        settings,
        lambda services: prepare_cleanup(services, request, from_name=from_name),
    )
    report = finished.report
    undecided = [
        Text(f"undecided  {scene.id}  {clean(scene.name)}: {clean(left.reason)}", "yellow")
        for scene in report.scenes
        for left in scene.omitted
    ]
    invocation.output.show(report, summary(report), *undecided)
    suggest_commands(invocation, report)
    return exit_code_for(invocation, finished)

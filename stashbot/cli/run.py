"""``stashbot run``: scrape scenes, apply trusted proposals, save and organize."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stashbot.cli.invocation import Invocation
from stashbot.cli.options import (
    DryRunOption,
    FilterOption,
    HeadedOption,
    IdsOption,
    NoOrganizeOption,
    WhereOption,
    parse_list,
    require_at_most_one,
)
from stashbot.cli.run_output import exit_code_for, run_with_progress, suggest_commands, summary
from stashbot.errors import UsageError

if TYPE_CHECKING:
    from stashbot.flows.runs.driver import RunOutcome
    from stashbot.models import ScrapeMethod


def run(
    invocation: Invocation,
    *,
    where: WhereOption = None,
    saved_filter: FilterOption = None,
    ids: IdsOption = None,
    stale: Annotated[
        bool,
        typer.Option("--stale", metavar="", help="Only scenes due for a refresh, oldest first."),
    ] = False,
    incomplete: Annotated[
        bool,
        typer.Option(
            "--incomplete",
            metavar="",
            help="Only scenes of which something was left out that Stash did not have.",
        ),
    ] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again", metavar="", help="Ask about scenes that were asked about lately, too."
        ),
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Maximum number of scenes.")
    ] = None,
    sources: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Ask these sources, in this order. All by default."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="WAY,WAY",
            help="How to ask: fragment, url, query. Each is used if those before found nothing.",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Scenes to work on at once; 2 by default.")
    ] = None,
    dry_run: DryRunOption = False,
    headed: HeadedOption = False,
    resume: Annotated[
        str | None,
        typer.Option(metavar="RUN|last", help="Go on with a run that was stopped or killed."),
    ] = None,
    no_organize: NoOrganizeOption = False,
) -> int:
    """Look scenes up, apply proposals that are trusted, and keep the others for triage.

    Without --where, --filter or --ids it takes the scenes that are not organized. --stale and
    --incomplete alone take all scenes of their kind, organized or not.
    """
    from stashbot.flows.runs.selection import RunRequest, prepare_enrich

    require_at_most_one({"--where": where, "--filter": saved_filter, "--ids": ids})
    if resume is not None:
        fixed = {"--where": where, "--filter": saved_filter, "--ids": ids, "--limit": limit}
        fixed |= {"--sources": sources, "--dry-run": dry_run, "--no-organize": no_organize}
        fixed |= {"--stale": stale, "--incomplete": incomplete, "--again": again, "--by": by}
        for name, value in fixed.items():
            require_at_most_one({"--resume": resume, name: value})
    settings = invocation.settings(
        run={"workers": workers, "organize": "never" if no_organize else None},
        browser={"headless": False if headed else None},
    )
    if resume is not None:
        finished = run_with_progress(invocation, settings, resume=resume)
        return _show(invocation, finished)
    request = RunRequest(
        where=where,
        filter=saved_filter,
        ids=parse_list("--ids", ids),
        limit=limit,
        stale=stale,
        incomplete=incomplete,
        again=again,
        sources=parse_list("--sources", sources),
        by=_parse_ways(by),
        dry_run=dry_run,
    )
    finished = run_with_progress(
        invocation, settings, lambda services: prepare_enrich(services, request)
    )
    return _show(invocation, finished)


def _show(invocation: Invocation, finished: RunOutcome) -> int:
    """Show the outcome of a run and what to do next, and return the exit code."""
    invocation.output.show(finished.report, summary(finished.report))
    suggest_commands(invocation, finished.report)
    return exit_code_for(invocation, finished)


def _parse_ways(by: str | None) -> tuple[ScrapeMethod, ...]:
    """Return the ways to ask, without repetitions.

    Raises:
        UsageError: a name is not a way to ask.
    """
    from stashbot.models import SCRAPE_METHODS

    names = tuple(dict.fromkeys(parse_list("--by", by)))
    for name in names:
        if name not in SCRAPE_METHODS:
            raise UsageError(
                f"--by: there is no way {name!r} to ask.",
                hint=f"Ways: {', '.join(SCRAPE_METHODS)}.",
            )
    return tuple(way for name in names for way in SCRAPE_METHODS if way == name)

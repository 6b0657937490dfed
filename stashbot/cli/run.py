"""``stashbot run``: scrape, judge, apply, save, organize; or only say what would be done."""

from __future__ import annotations

from typing import Annotated

import typer

from stashbot.cli.invocation import Invocation
from stashbot.cli.options import listed, refuse_together
from stashbot.cli.run_output import carry_out_run, end_of, look_next, summary
from stashbot.errors import UsageError
from stashbot.models import WAYS, Way


def run(
    invocation: Invocation,
    *,
    where: Annotated[
        str | None,
        typer.Option(
            metavar="EXPR",
            help="Scenes for which this holds: 'studio == \"Northlight\" and not organized'.",
        ),
    ] = None,
    saved_filter: Annotated[
        str | None,
        typer.Option("--filter", metavar="NAME", help="Scenes of a filter saved in Stash."),
    ] = None,
    ids: Annotated[
        str | None, typer.Option(metavar="1,2", help="These scenes, organized or not.")
    ] = None,
    stale: Annotated[
        bool,
        typer.Option(
            "--stale", metavar="", help="Only scenes not scraped for long, the oldest first."
        ),
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="So many at most.")] = None,
    sources: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Ask these sources, in this order. All by default."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="WAY,WAY",
            help="How to ask: fragment, url, query; each for what the one before did not find.",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Scenes worked on at once; 2 by default.")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", metavar="", help="Write nothing; say what would be written."),
    ] = False,
    headed: Annotated[bool, typer.Option("--headed", metavar="", help="Show the browser.")] = False,
    resume: Annotated[
        str | None,
        typer.Option(metavar="RUN|last", help="Go on with a run that was stopped or killed."),
    ] = None,
    no_organize: Annotated[
        bool, typer.Option("--no-organize", metavar="", help="Do not mark scenes as organized.")
    ] = False,
) -> int:
    """Look scenes up, apply what is trusted, and keep the rest for you to judge.

    Without --where, --filter or --ids: all scenes that are not organized. With --stale alone: those
    of all scenes, organized or not.
    """
    refuse_together({"--where": where, "--filter": saved_filter, "--ids": ids})
    if resume is not None:
        kept = {"--where": where, "--filter": saved_filter, "--ids": ids, "--limit": limit}
        kept |= {"--sources": sources, "--dry-run": dry_run, "--no-organize": no_organize}
        kept |= {"--stale": stale, "--by": by}
        for name, value in kept.items():
            refuse_together({"--resume": resume, name: value})
    settings = invocation.settings(
        run={"workers": workers, "organize": False if no_organize else None},
        browser={"headless": False if headed else None},
    )
    finished = carry_out_run(
        invocation,
        settings,
        where=where,
        filter=saved_filter,
        ids=listed("--ids", ids),
        limit=limit,
        stale=stale,
        sources=listed("--sources", sources),
        by=_ways(by),
        dry_run=dry_run,
        resume=resume,
    )
    invocation.output.show(finished.report, summary(finished.report))
    look_next(invocation, finished.report)
    return end_of(invocation, finished)


def _ways(by: str | None) -> tuple[Way, ...]:
    """The ways of asking, each once.

    Raises:
        UsageError: one of them is none.
    """
    named = dict.fromkeys(listed("--by", by))
    for one in named:
        if one not in WAYS:
            raise UsageError(
                f"--by {one} is no way of asking.", hint=f"There are {', '.join(WAYS)}."
            )
    return tuple(way for one in named for way in WAYS if way == one)

"""``stashbot triage``: the proposals that wait for a person."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import counted, score, shown, why_not
from stashbot.cli.invocation import Invocation
from stashbot.cli.output import DONE, FELL_SHORT, safe
from stashbot.cli.run_output import carry_out_run, end_of, look_next, summary
from stashbot.cli.state import ask, listing
from stashbot.cli.triage_views import changed_view, entry_view
from stashbot.errors import Interrupted, UnknownScene, UsageError
from stashbot.models import FieldName

if TYPE_CHECKING:
    from stashbot.flows.runs.selection import Task
    from stashbot.stash.client import StashClient
    from stashbot.store import Store, TriageEntry
    from stashbot.views.triage_comparison import Beside


class Which(StrEnum):
    """The entries to list."""

    OPEN = "open"
    ACCEPTED = "accepted"
    SKIPPED = "skipped"
    ALL = "all"


def list_entries(
    invocation: Invocation,
    *,
    status: Annotated[Which, typer.Option(help="Which entries.")] = Which.OPEN,
    scene: Annotated[
        str | None, typer.Option(metavar="ID", help="Only those of this scene.")
    ] = None,
    min_score: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="S", help="Only those of this score up.")
    ] = None,
    last: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="So many at most.")
    ] = None,
) -> None:
    """List the proposals that wait for you, the likeliest first."""
    from stashbot.store import TriageStatus

    wanted = None if status is Which.ALL else TriageStatus(status.value)
    found = ask(invocation, lambda store: store.triage(status=wanted, scene=scene))
    entries = [one for one in found if one.score >= (min_score or 0.0)][:last]
    table = listing(
        "id",
        "scene",
        "source",
        "score",
        "proposal",
        "in doubt because",
        right=("id", "scene", "score"),
    )
    for one in entries:
        table.add_row(
            str(one.id),
            one.scene,
            Text(safe(one.source)),
            score(one.score),
            Text(shown(one.proposal.title, 40)),
            Text(why_not(one.judgement.evidence), "dim"),
        )
    if not entries:
        invocation.output.show([], Text("Nothing waits for you."))
        return
    invocation.output.show(entries, table, Text(f"\n{counted(len(entries), 'proposal')}."))
    invocation.output.commands(
        [
            ("all of one", invocation.command("triage", "show", str(entries[0].id))),
            ("apply it", invocation.command("triage", "accept", str(entries[0].id))),
            ("turn it down", invocation.command("triage", "skip", str(entries[0].id))),
        ]
    )


def show_entry(
    invocation: Invocation,
    entry: Annotated[int, typer.Argument(metavar="ID", help="The entry's number in the list.")],
    *,
    now: Annotated[
        bool,
        typer.Option("--now", metavar="", help="Ask Stash, too, how the scene is by now."),
    ] = False,
) -> None:
    """Show one proposal beside its scene, with its evidence and what you turned down before."""
    from stashbot.views.triage_comparison import shown_entry

    found = asyncio.run(shown_entry(invocation.settings(), entry, now=now))
    document = found.entry.model_dump(mode="json")
    document |= {"beside": found.beside, "rejected": found.rejected}
    invocation.output.show(document, *entry_view(found))


def accept_entries(
    invocation: Invocation,
    entries: Annotated[
        list[int] | None, typer.Argument(metavar="ID...", help="Numbers of entries in the list.")
    ] = None,
    *,
    fields: Annotated[
        list[FieldName] | None,
        typer.Option("--field", metavar="NAME", help="Take this field only; may be repeated."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", metavar="", help="All open entries of --min-score.")
    ] = False,
    min_score: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="S", help="With --all: from this score.")
    ] = None,
    even_if_changed: Annotated[
        bool,
        typer.Option(
            "--even-if-changed",
            metavar="",
            help="Also where the scene changed since then.",
        ),
    ] = False,
    no_organize: Annotated[
        bool, typer.Option("--no-organize", metavar="", help="Do not mark scenes as organized.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", metavar="", help="With --all: do not ask before.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", metavar="", help="Write nothing; say what would be written."),
    ] = False,
    headed: Annotated[bool, typer.Option("--headed", metavar="", help="Show the browser.")] = False,
) -> int:
    """Apply proposals that waited, through Stash's own page, and close their entries.

    A field that is named is taken even where the scene holds another; else the field policies of
    the settings hold. A scene that changed since it was judged takes a second yes: in a terminal
    you are asked, elsewhere it is --even-if-changed. --all never asks for it.
    """
    from stashbot.flows.triage.accept import accepting
    from stashbot.views.triage_comparison import entries_now, open_entries

    _refuse_unclear(entries, everything=everything, min_score=min_score)
    settings = invocation.settings(
        browser={"headless": False if headed else None},
        run={"organize": False if no_organize else None},
    )
    only = tuple(fields or ())
    chosen = tuple(entries or ())
    if min_score is not None:
        chosen = asyncio.run(open_entries(settings, min_score=min_score, only=only))
        _first_yes(invocation, len(chosen), given=yes or dry_run or not chosen)
    found = asyncio.run(entries_now(settings, chosen))
    if entries:
        _refuse_gone(found)
    stale = () if even_if_changed else tuple(one for one in found if one.changed)
    if stale and entries and _second_yes(invocation, stale):
        even_if_changed, stale = True, ()

    async def prepare(client: StashClient, store: Store) -> Task:
        return await accepting(
            settings,
            client,
            store,
            entries=chosen,
            only=only,
            even_if_changed=even_if_changed,
            dry_run=dry_run,
        )

    finished = carry_out_run(invocation, settings, prepare=prepare, dry_run=dry_run)
    document = finished.report.model_dump(mode="json") | {"changed": stale}
    told = [part for one in stale for part in changed_view(one)]
    invocation.output.show(document, summary(finished.report), *told)
    if stale:
        words = ("triage", "accept", *(str(one.entry) for one in stale), "--even-if-changed")
        invocation.output.commands([("apply them even so", invocation.command(*words))])
    look_next(invocation, finished.report)
    code = end_of(invocation, finished)
    return FELL_SHORT if code == DONE and stale and entries else code


def _refuse_unclear(
    entries: list[int] | None, *, everything: bool, min_score: float | None
) -> None:
    if everything == bool(entries):
        raise UsageError(
            "Say which entries: their numbers, or --all with --min-score.",
            hint="See them with `stashbot triage list`.",
        )
    if everything and min_score is None:
        raise UsageError("--all goes with --min-score.", hint="Such as --all --min-score 0.5.")
    if min_score is not None and not everything:
        raise UsageError("--min-score goes with --all.", hint="Leave it out, or add --all.")


def _refuse_gone(found: Sequence[Beside]) -> None:
    for one in found:
        if one.gone:
            raise UnknownScene(
                f"Scene {one.scene} of triage entry {one.entry} is no longer in Stash.",
                hint=f"Close it with `stashbot triage skip {one.entry}`.",
                scene_id=one.scene,
                entry=one.entry,
            )


def _first_yes(invocation: Invocation, count: int, *, given: bool) -> None:
    if given:
        return
    if not may_ask(invocation):
        raise UsageError(
            f"--all would apply {counted(count, 'proposal')}.",
            hint="Say --yes, or look at them with --dry-run first.",
        )
    if not _asked(f"Apply {counted(count, 'proposal')}?"):
        raise Interrupted("Nothing was applied.")


def _second_yes(invocation: Invocation, stale: Sequence[Beside]) -> bool:
    if not may_ask(invocation):
        return False
    for one in stale:
        for part in changed_view(one):
            invocation.output.out.print(part)
    return _asked("\nApply it even so?")


def _asked(question: str) -> bool:
    try:
        return typer.confirm(question)
    except typer.Abort as error:
        raise Interrupted("It was interrupted; nothing was applied.") from error


def may_ask(invocation: Invocation) -> bool:
    """Whether a person sits before this command and can be asked."""
    return not invocation.json and sys.stdin.isatty() and invocation.output.out.is_terminal


def skip_entries(
    invocation: Invocation,
    entries: Annotated[
        list[int], typer.Argument(metavar="ID...", help="Numbers of entries in the list.")
    ],
) -> None:
    """Turn proposals down; the same proposal is not asked again."""
    from stashbot.store import TriageStatus

    async def skip(store: Store) -> list[TriageEntry]:
        for one in entries:
            await store.triage_entry(one)
        return [await store.close_triage(one, TriageStatus.SKIPPED) for one in entries]

    closed = ask(invocation, skip)
    invocation.output.show(
        closed,
        *(
            Text(f"Turned down {one.id}: {safe(one.source)} for scene {one.scene}.")
            for one in closed
        ),
    )

"""``stashbot triage``: the proposals that wait for a person."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stashbot.cli.invocation import Invocation
from stashbot.cli.output import safe
from stashbot.cli.running import carry_out_run, end_of, look_next, summary
from stashbot.cli.state import ask, listing
from stashbot.cli.wording import counted, evidence_table, moment, score, shown, why_not
from stashbot.errors import UsageError
from stashbot.models import FieldName, Proposal

if TYPE_CHECKING:
    from stashbot.flows.request import Task
    from stashbot.stash.client import StashClient
    from stashbot.store import Store, TriageEntry


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
    last: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="So many at most.")
    ] = None,
) -> None:
    """List the proposals that wait for you, the likeliest first."""
    from stashbot.store import TriageStatus

    wanted = None if status is Which.ALL else TriageStatus(status.value)
    entries = ask(invocation, lambda store: store.triage(status=wanted, scene=scene, last=last))
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
            ("turn it down", invocation.command("triage", "skip", str(entries[0].id))),
        ]
    )


def show_entry(
    invocation: Invocation,
    entry: Annotated[int, typer.Argument(metavar="ID", help="The entry's number in the list.")],
) -> None:
    """Show one proposal with its evidence."""
    found = ask(invocation, lambda store: store.triage_entry(entry))
    invocation.output.show(found, *_entry(found))


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
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", metavar="", help="Write nothing; say what would be written."),
    ] = False,
    headed: Annotated[bool, typer.Option("--headed", metavar="", help="Show the browser.")] = False,
) -> int:
    """Apply proposals that waited, through Stash's own page, and close their entries.

    A field that is named is taken even where the scene holds another; else the field policies of
    the settings hold. A scene that changed since it was judged takes --even-if-changed.
    """
    from stashbot.flows.accepting import accepting

    if everything == bool(entries):
        raise UsageError(
            "Say which entries: their numbers, or --all with --min-score.",
            hint="See them with `stashbot triage list`.",
        )
    if everything and min_score is None:
        raise UsageError("--all goes with --min-score.", hint="Such as --all --min-score 0.5.")
    if min_score is not None and not everything:
        raise UsageError("--min-score goes with --all.", hint="Leave it out, or add --all.")
    settings = invocation.settings(browser={"headless": False if headed else None})

    async def prepare(client: StashClient, store: Store) -> Task:
        chosen = entries or [
            one.id for one in await store.triage() if one.score >= (min_score or 0.0)
        ]
        return await accepting(
            settings,
            client,
            store,
            entries=chosen,
            only=tuple(fields or ()),
            even_if_changed=even_if_changed,
            dry_run=dry_run,
        )

    finished = carry_out_run(invocation, settings, prepare=prepare, dry_run=dry_run)
    invocation.output.show(finished.report, summary(finished.report))
    look_next(invocation, finished.report)
    return end_of(invocation, finished)


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


def _entry(entry: TriageEntry) -> list[RenderableType]:
    head = Text.assemble(
        (f"Scene {entry.scene}, {safe(entry.source)}", "bold"), f" ({entry.status.value})"
    )
    return [
        head,
        Text(f"Run {entry.run}, last seen {moment(entry.updated)}", "dim"),
        Text(f"\nScore {score(entry.score)}:"),
        Padding(evidence_table(entry.judgement.evidence), (0, 0, 0, 2)),
        Text("\nThe proposal:"),
        Padding(_proposal(entry.proposal), (0, 0, 0, 2)),
    ]


def _proposal(proposal: Proposal) -> Table:
    table = Table.grid(padding=(0, 2))
    held = proposal.model_dump(mode="json")
    for name in (
        "title",
        "code",
        "urls",
        "date",
        "director",
        "studio",
        "performers",
        "groups",
        "tags",
        "stash_id",
        "duration",
        "details",
    ):
        if held[name]:
            table.add_row(Text(name, "cyan"), Text(shown(held[name], 400)))
    return table

"""``stashbot triage``: list, show, accept and skip the proposals that wait for a decision."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.text import Text

from stashbot.cli.formatting import (
    clean,
    format_score,
    format_value,
    make_table,
    pluralize,
    weak_signals,
)
from stashbot.cli.invocation import Invocation, run_async
from stashbot.cli.options import (
    DryRunOption,
    FieldsOption,
    HeadedOption,
    NoOrganizeOption,
    SceneOption,
    parse_fields,
)
from stashbot.cli.output import DONE, FELL_SHORT
from stashbot.cli.run_output import exit_code_for, run_with_progress, suggest_commands, summary
from stashbot.cli.store_query import query_store, require_state
from stashbot.cli.triage_views import changes_view, entry_view
from stashbot.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from stashbot.flows.runs.selection import RunTask
    from stashbot.flows.triage.accept_entries import CurrentEntry
    from stashbot.services import Services
    from stashbot.store import Store, TriageEntry
    from stashbot.views.triage_comparison import TriageComparison

EntriesArgument = typer.Argument(metavar="ID...", help="Numbers of entries in the list.")


def list_entries(
    invocation: Invocation,
    *,
    status: Annotated[
        Literal["open", "accepted", "skipped", "all"],
        typer.Option(help="Only entries of this status."),
    ] = "open",
    scene: SceneOption = None,
    min_score: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="S", help="Only from this score on.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Maximum number of entries.")
    ] = None,
) -> None:
    """List the proposals that wait for your decision, best score first."""
    from stashbot.store import TriageStatus

    wanted = None if status == "all" else TriageStatus(status)
    found = query_store(invocation, lambda store: store.triage.entries(status=wanted, scene=scene))
    entries = [entry for entry in found if entry.score >= (min_score or 0.0)][:limit]
    if not entries:
        invocation.output.show([], Text("No proposals are waiting."))
        return
    headings = ("id", "scene", "source", "score", "proposal", "in doubt because")
    table = make_table(*headings, right=("id", "scene", "score"))
    for entry in entries:
        table.add_row(
            str(entry.id),
            entry.scene,
            Text(clean(entry.source)),
            format_score(entry.score),
            Text(format_value(entry.proposal.title, 40)),
            Text(weak_signals(entry.judgement.evidence), "dim"),
        )
    invocation.output.show(entries, table, Text(f"\n{pluralize(len(entries), 'proposal')}."))
    first = str(entries[0].id)
    invocation.output.print_commands(
        [
            ("show it", invocation.command("triage", "show", first)),
            ("apply it", invocation.command("triage", "accept", first)),
            ("reject it", invocation.command("triage", "skip", first)),
        ]
    )


def show_entry(
    invocation: Invocation,
    entry: Annotated[int, typer.Argument(metavar="ID", help="The entry's number in the list.")],
    *,
    now: Annotated[
        bool,
        typer.Option("--now", metavar="", help="Show the scene as Stash holds it now, too."),
    ] = False,
) -> None:
    """Show a proposal beside its scene, with its evidence and earlier rejections."""
    from stashbot.views.triage_comparison import triage_detail

    found = run_async(triage_detail(invocation.settings(), entry, now=now))
    document = found.entry.model_dump(mode="json")
    document |= {"beside": found.beside, "rejected": found.rejected}
    invocation.output.show(document, *entry_view(found))


def accept_entries(
    invocation: Invocation,
    entries: Annotated[list[int] | None, EntriesArgument] = None,
    *,
    fields: FieldsOption = None,
    everything: Annotated[
        bool, typer.Option("--all", metavar="", help="All open entries from --min-score on.")
    ] = False,
    min_score: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="S", help="With --all: the lowest score.")
    ] = None,
    even_if_changed: Annotated[
        bool,
        typer.Option("--even-if-changed", metavar="", help="Apply to scenes edited since, too."),
    ] = False,
    no_organize: NoOrganizeOption = False,
    yes: Annotated[
        bool, typer.Option("--yes", metavar="", help="With --all: do not ask first.")
    ] = False,
    dry_run: DryRunOption = False,
    headed: HeadedOption = False,
) -> int:
    """Apply proposals in Stash's own page, and close their entries.

    A field given with --field replaces what the scene holds; otherwise the field policies of the
    settings apply. If a scene was edited since its proposal was scored, a terminal asks you again;
    elsewhere, and with --all, the scene is left alone unless --even-if-changed is given.
    """
    from stashbot.flows.triage.accept_entries import AcceptRequest
    from stashbot.flows.triage.accept_entries import accept_entries as accept
    from stashbot.views.triage_comparison import compare_entry

    _require_selection(entries, everything=everything, min_score=min_score)
    request = AcceptRequest(
        entries=tuple(entries or ()),
        min_score=min_score,
        only=parse_fields(fields or ()),
        even_if_changed=even_if_changed,
        dry_run=dry_run,
    )
    settings = invocation.settings(
        browser={"headless": False if headed else None},
        run={"organize": "never" if no_organize else None},
    )
    require_state(invocation)
    changed: list[TriageComparison] = []

    async def prepare(services: Services) -> RunTask:
        accepted = await accept(
            services,
            request,
            confirm_all=lambda count: _confirm_all(invocation, count, given=yes or dry_run),
            confirm_changed=lambda found: _confirm_changed(invocation, found),
        )
        changed.extend(compare_entry(current.entry, current.scene) for current in accepted.changed)
        return accepted.task

    finished = run_with_progress(
        invocation,
        settings,
        prepare,
        asks=is_interactive(invocation),
    )
    document = finished.report.model_dump(mode="json") | {"changed": changed}
    parts = [part for comparison in changed for part in changes_view(comparison)]
    invocation.output.show(document, summary(finished.report), *parts)
    if changed:
        numbers = (str(comparison.entry) for comparison in changed)
        line = invocation.command("triage", "accept", *numbers, "--even-if-changed")
        invocation.output.print_commands([("apply them anyway", line)])
    suggest_commands(invocation, finished.report)
    code = exit_code_for(invocation, finished)
    return FELL_SHORT if code == DONE and changed and entries else code


def _require_selection(
    entries: list[int] | None, *, everything: bool, min_score: float | None
) -> None:
    if everything == bool(entries):
        raise UsageError(
            "Name the entries: their numbers, or --all with --min-score.",
            hint="List them with `stashbot triage list`.",
        )
    if everything and min_score is None:
        raise UsageError("--all needs --min-score.", hint="Such as --all --min-score 0.5.")
    if min_score is not None and not everything:
        raise UsageError("--min-score needs --all.", hint="Leave it out, or add --all.")


def _confirm_all(invocation: Invocation, count: int, *, given: bool) -> None:
    if given or not count:
        return
    if not is_interactive(invocation):
        raise UsageError(
            f"--all would apply {pluralize(count, 'proposal')}.",
            hint="Add --yes, or look at them with --dry-run first.",
        )
    if not _confirm(f"Apply {pluralize(count, 'proposal')}?"):
        raise Interrupted("Nothing was applied.")


def _confirm_changed(invocation: Invocation, changed: Sequence[CurrentEntry]) -> bool:
    from stashbot.views.triage_comparison import compare_entry

    if not is_interactive(invocation):
        return False
    for current in changed:
        invocation.output.print(*changes_view(compare_entry(current.entry, current.scene)))
    return _confirm("\nApply anyway?")


def _confirm(question: str) -> bool:
    try:
        return typer.confirm(question)
    except typer.Abort as error:
        raise Interrupted("Interrupted; nothing was applied.") from error


def is_interactive(invocation: Invocation) -> bool:
    """Return whether this call can ask the user."""
    return not invocation.json and sys.stdin.isatty() and invocation.output.out.is_terminal


def skip_entries(invocation: Invocation, entries: Annotated[list[int], EntriesArgument]) -> None:
    """Reject proposals; the same proposal is not offered again."""
    from stashbot.store import TriageStatus

    async def skip(store: Store) -> list[TriageEntry]:
        for number in entries:
            await store.triage.get(number)
        return [await store.triage.close(number, TriageStatus.SKIPPED) for number in entries]

    closed = query_store(invocation, skip)
    lines = [
        Text(f"Rejected {entry.id}: {clean(entry.source)} for scene {entry.scene}.")
        for entry in closed
    ]
    invocation.output.show(closed, *lines)
    if invocation.settings().triage.tag:
        line = invocation.command("triage", "mark")
        invocation.output.print_commands([("take the tag off in Stash", line)])


def mark_scenes(invocation: Invocation) -> int:
    """Give scenes that wait the tag of [triage] tag in Stash, and take it off all others.

    Runs do so for their own scenes; this is for the scenes of skipped entries, and to begin with.
    """
    from stashbot.flows.triage.mark import prepare_mark

    settings = invocation.settings()
    require_state(invocation)
    finished = run_with_progress(invocation, settings, prepare_mark)
    invocation.output.show(finished.report, summary(finished.report))
    return exit_code_for(invocation, finished)

"""Triage entries for a terminal: the proposal and the scene side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from stashbot.cli.formatting import (
    clean,
    cleanings_list,
    format_score,
    format_time,
    format_value,
    indent,
    judgement_view,
    make_table,
)

if TYPE_CHECKING:
    from pydantic import JsonValue
    from rich.console import RenderableType
    from rich.table import Table

    from stashbot.models import Proposal
    from stashbot.store import TriageEntry
    from stashbot.views.triage_comparison import TriageComparison, TriageDetail

_MAX_LENGTH = 400


def entry_view(found: TriageDetail) -> list[RenderableType]:
    """Format an entry: its status, its evidence, both sides of each field, what was rejected."""
    entry = found.entry
    title = f"Scene {entry.scene}, {clean(entry.source)}"
    parts: list[RenderableType] = [
        Text.assemble((title, "bold"), f" ({entry.status.value})"),
        Text(f"Run {entry.run}, last seen {format_time(entry.updated)}", "dim"),
    ]
    if entry.closed_by:
        only = f", only {', '.join(entry.accepted_fields)}" if entry.accepted_fields else ""
        parts.append(Text(f"Applied by run {entry.closed_by}{only}", "green"))
    parts += [
        Text(f"\nScore {format_score(entry.score)}:"),
        *map(
            indent,
            judgement_view(
                entry.judgement.evidence, entry.judgement.contradictions, entry.judgement.name
            ),
        ),
        *map(indent, cleanings_list(entry.proposal.cleanings)),
        Text("\nThe scene and the proposal:"),
        indent(_fields_table(found.beside)),
    ]
    if entry.judgement.rivals:
        parts.append(Text("\nCandidates of the search that fit nearly as well:"))
        parts.append(indent(_candidates_table(entry.proposal, *entry.judgement.rivals)))
    if not found.beside.known_then:
        parts.append(indent(Text("The scene's values at that time were not kept.", "dim")))
    if found.beside.gone:
        parts.append(Text(f"Scene {entry.scene} is no longer in Stash.", "yellow"))
    elif found.beside.changed:
        parts.append(Text("The scene has changed since the proposal was scored.", "yellow"))
    if found.rejected:
        parts.append(Text("\nRejected before for this scene:"))
        parts.append(indent(_rejected_table(found.rejected)))
    return parts


def changes_view(comparison: TriageComparison) -> list[RenderableType]:
    """Format the changes of a scene since its proposal was scored, beside the proposal."""
    scene = f"Scene {comparison.scene}  {clean(comparison.name)}"
    entry = f"entry {comparison.entry} ({clean(comparison.source)})"
    parts: list[RenderableType] = [
        Text(f"\n{scene}  has changed since {entry} was scored:", "yellow")
    ]
    if comparison.known_then:
        return [*parts, indent(_fields_table(comparison, changed_only=True))]
    note = Text("The scene's values at that time were not kept.", "dim")
    return [*parts, indent(_fields_table(comparison)), indent(note)]


def _fields_table(comparison: TriageComparison, *, changed_only: bool = False) -> Table:
    has_now = comparison.looked and not comparison.gone
    headings = ("then", "now") if has_now else ("the scene then",)
    table = make_table("field", *headings, "the proposal")
    for field in comparison.fields:
        if changed_only and not field.changed:
            continue
        values = (field.then, field.now) if has_now else (field.then,)
        style = "yellow" if field.changed else ""
        table.add_row(
            Text(field.field.value, "cyan"),
            *(Text(format_value(value, _MAX_LENGTH), style) for value in values),
            Text(format_value(field.proposal, _MAX_LENGTH)),
        )
    return table


def _candidates_table(*proposals: Proposal) -> Table:
    """Build a column for each candidate, and a row for each fact in which they may differ."""
    table = make_table("", *(str(number) for number in range(1, len(proposals) + 1)))
    rows: dict[str, list[JsonValue]] = {
        "title": [each.title for each in proposals],
        "date": [each.date for each in proposals],
        "studio": [each.studio.name if each.studio else None for each in proposals],
        "performers": [[one.name for one in each.performers] for each in proposals],
        "code": [each.code for each in proposals],
        "duration": [each.duration for each in proposals],
        "urls": [list(each.urls) for each in proposals],
    }
    for name, values in rows.items():
        if any(values):
            table.add_row(Text(name, "cyan"), *(Text(format_value(value)) for value in values))
    return table


def _rejected_table(entries: tuple[TriageEntry, ...]) -> Table:
    table = make_table("id", "source", "score", "when", "proposal", right=("id", "score"))
    for entry in entries:
        table.add_row(
            str(entry.id),
            Text(clean(entry.source)),
            format_score(entry.score),
            Text(format_time(entry.closed or entry.updated), "dim"),
            Text(format_value(entry.proposal.title)),
        )
    return table

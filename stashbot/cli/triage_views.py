"""Triage entries as people read them: proposal and scene side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stashbot.cli.formatting import evidence_table, moment, score, shown
from stashbot.cli.output import safe
from stashbot.cli.state import listing

if TYPE_CHECKING:
    from stashbot.store import TriageEntry
    from stashbot.views.triage_comparison import Beside, Shown

_WIDE = 400


def entry_view(found: Shown) -> list[RenderableType]:
    """All of one entry: its fate, its evidence, both sides of each field, what was rejected."""
    entry = found.entry
    head = Text.assemble(
        (f"Scene {entry.scene}, {safe(entry.source)}", "bold"), f" ({entry.status.value})"
    )
    parts: list[RenderableType] = [
        head,
        Text(f"Run {entry.run}, last seen {moment(entry.updated)}", "dim"),
    ]
    if entry.closed_by:
        only = f", only {', '.join(entry.taken)}" if entry.taken else ""
        parts.append(Text(f"Applied by run {entry.closed_by}{only}", "green"))
    parts += [
        Text(f"\nScore {score(entry.score)}:"),
        _inside(evidence_table(entry.judgement.evidence)),
        Text("\nThe scene and the proposal:"),
        _inside(_sides(found.beside)),
    ]
    if not found.beside.known_then:
        parts.append(_inside(Text("What the scene was then was not kept.", "dim")))
    if found.beside.gone:
        parts.append(Text(f"Scene {entry.scene} is no longer in Stash.", "yellow"))
    elif found.beside.changed:
        parts.append(Text("The scene changed since it was judged.", "yellow"))
    if found.rejected:
        parts.append(Text("\nTurned down before for this scene:"))
        parts.append(_inside(_rejected(found.rejected)))
    return parts


def changed_view(beside: Beside) -> list[RenderableType]:
    """What changed in a scene since it was judged, beside what is proposed."""
    head = f"\nScene {beside.scene}  {safe(beside.name)}  changed since entry {beside.entry}"
    parts: list[RenderableType] = [Text(f"{head} ({safe(beside.source)}) was judged:", "yellow")]
    if beside.known_then:
        return [*parts, _inside(_sides(beside, changed_only=True))]
    note = Text("What it was then was not kept.", "dim")
    return [*parts, _inside(_sides(beside)), _inside(note)]


def _sides(beside: Beside, *, changed_only: bool = False) -> Table:
    then = ("then", "now") if beside.looked and not beside.gone else ("the scene then",)
    table = listing("field", *then, "the proposal")
    for one in beside.fields:
        if changed_only and not one.changed:
            continue
        held = (one.then, one.now) if len(then) > 1 else (one.then,)
        style = "yellow" if one.changed else ""
        table.add_row(
            Text(one.field.value, "cyan"),
            *(Text(shown(value, _WIDE), style) for value in held),
            Text(shown(one.proposal, _WIDE)),
        )
    return table


def _rejected(entries: tuple[TriageEntry, ...]) -> RenderableType:
    table = listing("id", "source", "score", "when", "proposal", right=("id", "score"))
    for one in entries:
        table.add_row(
            str(one.id),
            Text(safe(one.source)),
            score(one.score),
            Text(moment(one.closed or one.updated), "dim"),
            Text(shown(one.proposal.title)),
        )
    return table


def _inside(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, 2))

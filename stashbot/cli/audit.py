"""``stashbot audit``: the changes that were made in Stash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import clean, format_change, format_time, make_table, pluralize
from stashbot.cli.invocation import Invocation
from stashbot.cli.options import FieldOption, RunOption, SceneOption, SourceOption, parse_field
from stashbot.cli.store_query import query_store, resolve_run_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stashbot.store import AuditEntry, LeftOut, Store

#: How many left-out names are listed; `explain` has the rest by scene.
_MAX_LEFT_OUT = 20


def audit(
    invocation: Invocation,
    *,
    last: Annotated[int, typer.Option(metavar="N", min=1, help="Maximum number of changes.")] = 20,
    run: RunOption = None,
    scene: SceneOption = None,
    source: SourceOption = None,
    field: FieldOption = None,
) -> None:
    """Show the changes that were made in Stash, newest first, before and after."""
    chosen = parse_field(field)

    async def read(
        store: Store,
    ) -> tuple[tuple[AuditEntry, ...], frozenset[int], tuple[LeftOut, ...]]:
        run_id = await resolve_run_id(store, run)
        entries = await store.audit.entries(
            last=last, run=run_id, scene=scene, source=source, field=chosen
        )
        is_narrow = run_id is not None or scene is not None
        left_out = await store.left_out.list(run=run_id, scene=scene) if is_narrow else ()
        return entries, await store.audit.reverted_ids(), left_out

    entries, undone, left_out = query_store(invocation, read)
    document = [entry.model_dump(mode="json") | {"undone": entry.id in undone} for entry in entries]
    if not entries:
        invocation.output.show(document, Text("No changes."))
        return
    table = make_table("id", "when", "scene", "source", "field", "change", right=("id", "scene"))
    for entry in entries:
        table.add_row(
            str(entry.id),
            Text(format_time(entry.at), "dim"),
            entry.scene,
            Text(clean(entry.source or "")),
            Text(entry.field, "cyan"),
            format_change(entry.before, entry.after).append(_undo_mark(entry, undone), "yellow"),
        )
    more = "" if len(entries) < last else " (--last N shows more)"
    count = Text(f"\n{pluralize(len(entries), 'change')}{more}.", "dim")
    invocation.output.show(document, table, count, *_left_out(left_out))


def _left_out(left_out: tuple[LeftOut, ...]) -> Iterator[Text]:
    """List what these scenes did not get, because Stash did not have it."""
    if left_out:
        yield Text("\nLeft out, because Stash did not have it:", "yellow")
    for left in left_out[:_MAX_LEFT_OUT]:
        line = Text(f"  {left.field.value} {clean(left.name)}  scene {left.scene}")
        yield line.append(f"  {clean(left.reason)}", "dim")
    if len(left_out) > _MAX_LEFT_OUT:
        yield Text(f"  and {len(left_out) - _MAX_LEFT_OUT} more", "dim")


def _undo_mark(entry: AuditEntry, undone: frozenset[int]) -> str:
    if entry.undoes is not None:
        return f"  undoes {entry.undoes}"
    return "  undone" if entry.id in undone else ""

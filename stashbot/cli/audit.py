"""``stashbot audit``: the changes that were made in Stash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import change, counted, moment
from stashbot.cli.invocation import Invocation
from stashbot.cli.options import RunOption, SceneOption
from stashbot.cli.output import clean
from stashbot.cli.state import make_table, query_store, resolve_run_id
from stashbot.models import FieldName

if TYPE_CHECKING:
    from stashbot.store import AuditEntry, Store


def audit(
    invocation: Invocation,
    *,
    last: Annotated[int, typer.Option(metavar="N", min=1, help="The last so many changes.")] = 20,
    run: RunOption = None,
    scene: SceneOption = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only those that came from this source.")
    ] = None,
    field: Annotated[
        FieldName | None, typer.Option(metavar="FIELD", help="Only those of this field.")
    ] = None,
) -> None:
    """Show every change that was made in Stash, newest first, before and after."""

    async def read(store: Store) -> tuple[tuple[AuditEntry, ...], frozenset[int]]:
        which = await resolve_run_id(store, run)
        found = await store.audit.entries(
            last=last, run=which, scene=scene, source=source, field=field
        )
        return found, await store.audit.reverted_ids()

    entries, undone = query_store(invocation, read)
    document = [one.model_dump(mode="json") | {"undone": one.id in undone} for one in entries]
    table = make_table("id", "when", "scene", "source", "field", "change", right=("id", "scene"))
    for one in entries:
        table.add_row(
            str(one.id),
            Text(moment(one.at), "dim"),
            one.scene,
            Text(clean(one.source or "")),
            Text(one.field, "cyan"),
            change(one.before, one.after).append(_undoing(one, undone), "yellow"),
        )
    more = "" if len(entries) < last else " (--last N shows more)"
    nothing = Text("Nothing was changed.")
    told = Text(f"\n{counted(len(entries), 'change')}{more}.", "dim")
    invocation.output.show(document, *((table, told) if entries else (nothing,)))


def _undoing(entry: AuditEntry, undone: frozenset[int]) -> str:
    if entry.undoes is not None:
        return f"  undoes {entry.undoes}"
    return "  undone" if entry.id in undone else ""

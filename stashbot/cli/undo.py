"""``stashbot undo``: changes taken back, by run, scene, source or field."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import change, counted, shown
from stashbot.cli.history import RunOption, SceneOption
from stashbot.cli.invocation import Invocation
from stashbot.cli.output import FELL_SHORT, safe
from stashbot.cli.state import ask, listing, run_id
from stashbot.errors import UsageError
from stashbot.models import FieldName

if TYPE_CHECKING:
    from stashbot.flows.undo.restore_fields import PutBack
    from stashbot.flows.undo.undo import Undone
    from stashbot.store import Store

_STYLES = {"undone": "green", "planned": "cyan", "stays": "yellow"}


def undo(
    invocation: Invocation,
    *,
    last: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="The last so many changes.")
    ] = None,
    run: RunOption = None,
    scene: SceneOption = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only those that came from this source.")
    ] = None,
    field: Annotated[
        FieldName | None, typer.Option(metavar="FIELD", help="Only those of this field.")
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", metavar="", help="Also what somebody changed since."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Write nothing; say what would be.")
    ] = False,
) -> int:
    """Take changes back: fields get their old values, what was created for them is deleted."""
    from stashbot.flows.undo.undo import Wanted
    from stashbot.flows.undo.undo import undo as take_back

    if all(one is None for one in (last, run, scene, source, field)):
        raise UsageError(
            "Say which changes are to be taken back.",
            hint="Such as --run last or --last 1; --dry-run shows what would be.",
        )

    async def which(store: Store) -> str | None:
        return await run_id(store, run)

    wanted = Wanted(
        last=last,
        run=ask(invocation, which),
        scene=scene,
        source=source,
        field=field,
        force=force,
        dry_run=dry_run,
    )
    found = asyncio.run(take_back(invocation.settings(), wanted))
    table = listing("scene", "field", "change", "", right=("scene",))
    for one in found.results:
        table.add_row(
            one.scene_id,
            Text(one.field, "cyan"),
            _change(one),
            Text(one.fate.value, _STYLES[one.fate]),
        )
    invocation.output.show(found, table, Text(f"\n{_told(found)}"))
    if any(one.edited for one in found.results) and not force:
        told = "--force takes back what was changed since; what others added to lists stays."
        invocation.output.say(Text(told))
    return FELL_SHORT if found.fell_short else 0


def _change(one: PutBack) -> Text:
    """The change; under it why it stays."""
    if not one.reason:
        return Text(f"delete {shown(one.before)}") if one.deletes else change(one.before, one.after)
    return Text.assemble(shown(one.before), (f"\n{safe(one.reason)}", "yellow"))


def _told(found: Undone) -> str:
    """How many changes came to what, in one sentence."""
    from stashbot.flows.undo.restore_fields import Fate

    totals = found.totals
    done = totals[Fate.PLANNED if found.dry_run else Fate.UNDONE]
    told = f"{counted(done, 'change')} {'would be ' if found.dry_run else ''}taken back"
    stays = totals[Fate.STAYS]
    return f"{told}, {stays} {'stays' if stays == 1 else 'stay'}." if stays else f"{told}."

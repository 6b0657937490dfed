"""``stashbot undo``: revert changes by run, scene, source or field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import clean, format_change, format_value, make_table, pluralize
from stashbot.cli.invocation import Invocation
from stashbot.cli.options import (
    DryRunOption,
    FieldOption,
    RunOption,
    SceneOption,
    SourceOption,
    parse_field,
)
from stashbot.cli.output import DONE, FELL_SHORT
from stashbot.cli.services import run_with_services
from stashbot.cli.store_query import require_state
from stashbot.errors import UsageError

if TYPE_CHECKING:
    from stashbot.flows.undo.restore_fields import UndoResult
    from stashbot.flows.undo.undo import UndoReport

_STYLES = {"undone": "green", "planned": "cyan", "kept": "yellow"}


def undo(
    invocation: Invocation,
    *,
    last: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the last N changes.")
    ] = None,
    run: RunOption = None,
    scene: SceneOption = None,
    source: SourceOption = None,
    field: FieldOption = None,
    force: Annotated[
        bool,
        typer.Option("--force", metavar="", help="Revert what somebody edited since, too."),
    ] = False,
    dry_run: DryRunOption = False,
) -> int:
    """Revert changes: restore the old values of fields, and delete entities created for them."""
    from stashbot.flows.undo.undo import UndoRequest
    from stashbot.flows.undo.undo import undo as undo_changes

    if all(value is None for value in (last, run, scene, source, field)):
        raise UsageError(
            "Name the changes to undo.",
            hint="Such as --run last or --last 1; --dry-run shows what would be undone.",
        )
    chosen = parse_field(field)
    require_state(invocation)
    request = UndoRequest(
        last=last,
        run=run,
        scene=scene,
        source=source,
        field=chosen,
        force=force,
        dry_run=dry_run,
    )
    found = run_with_services(
        invocation, invocation.settings(), lambda services: undo_changes(services, request)
    )
    table = make_table("scene", "field", "change", "", right=("scene",))
    for result in found.results:
        table.add_row(
            result.scene_id,
            Text(result.field, "cyan"),
            _change(result),
            Text(result.outcome.value, _STYLES[result.outcome]),
        )
    invocation.output.show(found, table, Text(f"\n{_count(found)}"))
    if any(result.edited for result in found.results) and not force:
        hint = "--force reverts edited fields, too; items that others added to lists stay."
        invocation.output.print(Text(hint))
    return FELL_SHORT if found.is_incomplete else DONE


def _change(result: UndoResult) -> Text:
    if result.reason:
        reason = f"\n{clean(result.reason)}"
        return Text.assemble(format_value(result.before), (reason, "yellow"))
    if result.deletes:
        return Text(f"delete {format_value(result.before)}")
    return format_change(result.before, result.after)


def _count(found: UndoReport) -> str:
    from stashbot.flows.undo.restore_fields import UndoOutcome

    done = found.totals[UndoOutcome.PLANNED if found.dry_run else UndoOutcome.UNDONE]
    kept = found.totals[UndoOutcome.KEPT]
    of_run = f" of run {found.of_run}" if found.of_run else ""
    text = f"{pluralize(done, 'change')}{of_run} {'would be ' if found.dry_run else ''}undone"
    return f"{text}, {kept} kept." if kept else f"{text}."

"""``stashbot rename plan``, ``apply``, ``undo`` and ``resume``: rename files by a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import clean, pluralize
from stashbot.cli.invocation import Invocation
from stashbot.cli.options import (
    FilterOption,
    IdsOption,
    WhereOption,
    parse_list,
    require_at_most_one,
)
from stashbot.cli.output import DONE, FELL_SHORT
from stashbot.cli.services import run_with_services
from stashbot.errors import UsageError

if TYPE_CHECKING:
    from stashbot.flows.rename.rename import RenameReport
    from stashbot.flows.runs.selection import RunRequest

TemplateOption = Annotated[
    str | None, typer.Option("--template", metavar="T", help="In place of [naming] template.")
]
RootOption = Annotated[
    str | None,
    typer.Option("--root", metavar="FOLDER", help="Only files in this folder; they stay in it."),
]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")]


def plan_names(
    invocation: Invocation,
    *,
    where: WhereOption = None,
    ids: IdsOption = None,
    saved_filter: FilterOption = None,
    template: TemplateOption = None,
    root: RootOption = None,
) -> None:
    """Show the new name of each file, and keep the plan; moves nothing."""
    request = _request(where, ids, saved_filter)
    found = _rename(invocation, request, template=template, root=root, apply=False)
    lines = [Text(f"{clean(move.source)}\n  -> {clean(move.target)}") for move in found.moves]
    _show(invocation, found, lines, f"{pluralize(len(found.moves), 'move')} planned")
    if found.plan:
        line = invocation.command("rename", "apply", "--plan", found.plan)
        invocation.output.print_commands([("apply this plan", line)])


def apply_names(
    invocation: Invocation,
    *,
    plan: Annotated[
        str | None, typer.Option(metavar="ID", help="Apply that plan exactly as it was shown.")
    ] = None,
    where: WhereOption = None,
    ids: IdsOption = None,
    saved_filter: FilterOption = None,
    template: TemplateOption = None,
    root: RootOption = None,
) -> int:
    """Move files: those of a kept plan, or of a new plan."""
    from stashbot.flows.rename.rename import apply_plan

    if plan is None:
        request = _request(where, ids, saved_filter)
        found = _rename(invocation, request, template=template, root=root, apply=True)
    elif any(value is not None for value in (where, ids, saved_filter, template, root)):
        raise UsageError(
            "--plan moves the files of its plan only.",
            hint="Leave out --where, --ids, --filter, --template and --root.",
        )
    else:
        found = run_with_services(
            invocation, invocation.settings(), lambda services: apply_plan(services, plan)
        )
    code = _show_moves(invocation, found)
    if found.run:
        line = invocation.command("rename", "undo", found.run)
        invocation.output.print_commands([("undo it", line)])
    return FELL_SHORT if plan and found.refused else code


def undo_names(invocation: Invocation, run: RunArgument) -> int:
    """Move the files of a run back, the last first."""
    from stashbot.flows.rename.rename import undo_rename

    found = run_with_services(
        invocation, invocation.settings(), lambda services: undo_rename(services, run)
    )
    return _show_moves(invocation, found)


def resume_names(invocation: Invocation, run: RunArgument) -> int:
    """Go on with a run that was killed; no file is moved twice."""
    from stashbot.flows.rename.rename import resume_rename

    found = run_with_services(
        invocation, invocation.settings(), lambda services: resume_rename(services, run)
    )
    return _show_moves(invocation, found)


def _request(where: str | None, ids: str | None, saved_filter: str | None) -> RunRequest:
    from stashbot.flows.runs.selection import RunRequest

    require_at_most_one({"--where": where, "--ids": ids, "--filter": saved_filter})
    return RunRequest(where=where, ids=parse_list("--ids", ids), filter=saved_filter)


def _rename(
    invocation: Invocation,
    request: RunRequest,
    *,
    template: str | None,
    root: str | None,
    apply: bool,
) -> RenameReport:
    from stashbot.flows.rename.rename import rename

    return run_with_services(
        invocation,
        invocation.settings(),
        lambda services: rename(services, request, template=template, root=root, apply=apply),
    )


def _show_moves(invocation: Invocation, found: RenameReport) -> int:
    lines = []
    for move in found.results:
        word = "moved    " if move.done else "not moved"
        why = f"\n     {clean(move.reason)}" if move.reason else ""
        head = f"{word}  scene {move.scene_id}  {clean(move.source)}"
        style = "" if move.done else "red"
        lines.append(Text(f"{head}\n  -> {clean(move.target)}{why}", style))
    moved = sum(move.done for move in found.results)
    _show(invocation, found, lines, f"{moved} of {pluralize(len(found.results), 'file')} moved")
    return FELL_SHORT if found.is_incomplete else DONE


def _show(invocation: Invocation, found: RenameReport, lines: list[Text], count: str) -> None:
    refused = [
        Text(
            f"refused  scene {file.scene_id}  {clean(file.path)}\n     {clean(file.reason)}",
            "yellow",
        )
        for file in found.refused
    ]
    count += f", {len(found.refused)} refused, {found.kept} already named so."
    invocation.output.show(found, *refused, *lines, Text(count))

"""``stashbot rename plan``, ``apply``, ``undo`` and ``resume``: files named by a template."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import counted
from stashbot.cli.invocation import Invocation
from stashbot.cli.options import listed, refuse_together
from stashbot.cli.output import FELL_SHORT, safe
from stashbot.errors import UsageError

if TYPE_CHECKING:
    from stashbot.flows.rename.rename import Renamed
    from stashbot.flows.runs.selection import Request

Where = Annotated[str | None, typer.Option(metavar="EXPR", help="Scenes for which it holds.")]
Ids = Annotated[str | None, typer.Option(metavar="1,2", help="These scenes.")]
Filter = Annotated[
    str | None, typer.Option("--filter", metavar="NAME", help="Scenes of a saved filter.")
]
Template = Annotated[str | None, typer.Option(metavar="T", help="In place of [naming] template.")]
Root = Annotated[
    str | None,
    typer.Option(metavar="FOLDER", help="Only files in this folder; none leaves it."),
]


def plan_names(
    invocation: Invocation,
    *,
    where: Where = None,
    ids: Ids = None,
    filter_: Filter = None,
    template: Template = None,
    root: Root = None,
) -> None:
    """Show what each file would be called, and keep the plan; nothing is moved."""
    request = _request(where, ids, filter_)
    found = _made(invocation, request, template=template, root=root, apply=False)
    lines = [Text(f"{safe(one.source)}\n  -> {safe(one.target)}") for one in found.moves]
    told = f"{counted(len(found.moves), 'move')} planned"
    _show(invocation, found, lines, told)
    if found.plan:
        line = invocation.command("rename", "apply", "--plan", found.plan)
        invocation.output.commands([("carry it out as shown", line)])


def apply_names(
    invocation: Invocation,
    *,
    plan: Annotated[
        str | None, typer.Option(metavar="ID", help="That plan, exactly as it was shown.")
    ] = None,
    where: Where = None,
    ids: Ids = None,
    filter_: Filter = None,
    template: Template = None,
    root: Root = None,
) -> int:
    """Move the files: of a plan that was shown, or of one that is made now."""
    from stashbot.flows.rename.rename import apply_plan

    if plan is None:
        request = _request(where, ids, filter_)
        found = _made(invocation, request, template=template, root=root, apply=True)
    elif any(one is not None for one in (where, ids, filter_, template, root)):
        raise UsageError(
            "--plan takes the files of its plan.",
            hint="Leave out --where, --ids, --filter, --template and --root.",
        )
    else:
        found = asyncio.run(apply_plan(invocation.settings(), plan))
    code = _show_moves(invocation, found)
    if found.run:
        line = invocation.command("rename", "undo", found.run)
        invocation.output.commands([("take it back", line)])
    return FELL_SHORT if plan and found.refused else code


RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="The id of the run.")]


def undo_names(invocation: Invocation, run: RunArgument) -> int:
    """Move that run's files back, the last one first."""
    from stashbot.flows.rename.rename import undo_rename

    return _show_moves(invocation, asyncio.run(undo_rename(invocation.settings(), run)))


def resume_names(invocation: Invocation, run: RunArgument) -> int:
    """Go on with a run that was killed; what was moved is not moved again."""
    from stashbot.flows.rename.rename import resume_rename

    return _show_moves(invocation, asyncio.run(resume_rename(invocation.settings(), run)))


def _request(where: str | None, ids: str | None, filter_: str | None) -> Request:
    from stashbot.flows.runs.selection import Request

    refuse_together({"--where": where, "--ids": ids, "--filter": filter_})
    return Request(where=where, ids=listed("--ids", ids), filter=filter_)


def _made(
    invocation: Invocation,
    request: Request,
    *,
    template: str | None,
    root: str | None,
    apply: bool,
) -> Renamed:
    from stashbot.flows.rename.rename import rename

    settings = invocation.settings()
    return asyncio.run(rename(settings, request, template=template, root=root, apply=apply))


def _show_moves(invocation: Invocation, found: Renamed) -> int:
    lines = []
    for done in found.results:
        word = "moved    " if done.done else "not moved"
        why = f"\n     {safe(done.reason)}" if done.reason else ""
        head = f"{word}  scene {done.scene_id}  {safe(done.source)}"
        lines.append(Text(f"{head}\n  -> {safe(done.target)}{why}", "" if done.done else "red"))
    made = sum(one.done for one in found.results)
    _show(invocation, found, lines, f"{counted(made, 'move')} made of {len(found.results)}")
    return FELL_SHORT if found.fell_short else 0


def _show(invocation: Invocation, found: Renamed, lines: list[Text], told: str) -> None:
    refused = [
        Text(f"refused  scene {one.scene_id}  {safe(one.path)}\n     {safe(one.reason)}", "yellow")
        for one in found.refused
    ]
    told += f", {len(found.refused)} refused, {found.kept} named so already."
    invocation.output.show(found, *refused, *lines, Text(told))

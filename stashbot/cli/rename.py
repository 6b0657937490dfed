"""``stashbot rename``: files named by a template, and named back."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.text import Text

from stashbot.cli.invocation import Invocation
from stashbot.cli.options import listed, refuse_together
from stashbot.cli.output import FELL_SHORT, safe
from stashbot.cli.wording import counted
from stashbot.errors import UsageError


def rename(
    invocation: Invocation,
    *,
    where: Annotated[
        str | None, typer.Option(metavar="EXPR", help="Scenes for which it holds.")
    ] = None,
    ids: Annotated[str | None, typer.Option(metavar="1,2", help="These scenes.")] = None,
    filter_: Annotated[
        str | None, typer.Option("--filter", metavar="NAME", help="Scenes of a saved filter.")
    ] = None,
    template: Annotated[
        str | None, typer.Option(metavar="T", help="In place of [naming] template.")
    ] = None,
    root: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="Only files in this folder; none leaves it."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", metavar="", help="Carry the plan out.")] = False,
    plan: Annotated[
        str | None,
        typer.Option(metavar="ID", help="With --apply: that plan, as it was shown."),
    ] = None,
    undo: Annotated[
        str | None, typer.Option(metavar="RUN", help="Move that run's files back.")
    ] = None,
    resume: Annotated[
        str | None, typer.Option(metavar="RUN", help="Go on with a run that was killed.")
    ] = None,
) -> int:
    """Name files by a template: shows what would move; --apply moves it, --undo moves it back."""
    from stashbot.flows.renaming import apply_plan, resume_rename, undo_rename
    from stashbot.flows.renaming import rename as plan_or_apply
    from stashbot.flows.request import Request

    refuse_together({"--where": where, "--ids": ids, "--filter": filter_})
    refuse_together({"--apply": apply, "--undo": undo, "--resume": resume})
    given = any(one is not None for one in (where, ids, filter_, template, root))
    if given and (undo or resume or plan):
        raise UsageError(
            "--plan takes the files of its plan, --undo and --resume those of their run.",
            hint="Leave out --where, --ids, --filter, --template and --root.",
        )
    if plan and not apply:
        raise UsageError("--plan goes with --apply.", hint=f"Such as --apply --plan {plan}.")
    settings = invocation.settings()
    if undo:
        found = asyncio.run(undo_rename(settings, undo))
    elif resume:
        found = asyncio.run(resume_rename(settings, resume))
    elif plan:
        found = asyncio.run(apply_plan(settings, plan))
    else:
        request = Request(where=where, ids=listed("--ids", ids), filter=filter_)
        found = asyncio.run(
            plan_or_apply(settings, request, template=template, root=root, apply=apply)
        )
    lines = [
        Text(f"refused  scene {one.scene_id}  {safe(one.path)}\n     {safe(one.reason)}", "yellow")
        for one in found.refused
    ]
    if found.run:
        for done in found.results:
            word = "moved    " if done.done else "not moved"
            why = f"\n     {safe(done.reason)}" if done.reason else ""
            head = f"{word}  scene {done.scene_id}  {safe(done.source)}"
            lines.append(Text(f"{head}\n  -> {safe(done.target)}{why}", "" if done.done else "red"))
        made = sum(one.done for one in found.results)
        told = f"{counted(made, 'move')} made of {len(found.results)}"
    else:
        lines += [Text(f"{safe(one.source)}\n  -> {safe(one.target)}") for one in found.moves]
        told = f"{counted(len(found.moves), 'move')} planned"
    told += f", {len(found.refused)} refused, {found.kept} named so already."
    invocation.output.show(found, *lines, Text(told))
    if found.run and not undo:
        line = invocation.command("rename", "--undo", found.run)
        invocation.output.commands([("take it back", line)])
    elif found.plan and not plan:
        line = invocation.command("rename", "--apply", "--plan", found.plan)
        invocation.output.commands([("carry it out as shown", line)])
    return FELL_SHORT if found.fell_short or (plan and found.refused) else 0

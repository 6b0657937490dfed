"""``stashbot record``: what a running Stash shows, kept to hold the registry and the sandbox to."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from stashbot.cli.invocation import Invocation
from stashbot.cli.output import DONE, FELL_SHORT, safe


def record(
    invocation: Invocation,
    *,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the folder of this release goes.")
    ] = Path("recordings"),
) -> int:
    """Record every state of a running Stash's UI, without its owner's words. Changes nothing."""
    from stashbot.flows.checks.record import record as take_down

    recorded = asyncio.run(take_down(invocation.settings(), out))
    told = [
        Text(
            f"Stash {recorded.version}: {len(recorded.states)} states and "
            f"{len(recorded.operations)} operations are in {recorded.folder}.",
            "green",
        )
    ]
    told += [
        Text(f"not reached: {state}: {safe(why)}", "yellow")
        for state, why in recorded.unreached.items()
    ]
    told += [Text(f"Stash changed meanwhile: {one}", "bold red") for one in recorded.changed]
    invocation.output.show(recorded, *told)
    return FELL_SHORT if recorded.changed else DONE

"""``stashbot record``: recordings of a running Stash, to test the selectors and the sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import clean
from stashbot.cli.invocation import Invocation, run_async
from stashbot.cli.output import DONE, FELL_SHORT


def record(
    invocation: Invocation,
    *,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where to write the folder of this version.")
    ] = Path("recordings"),
) -> int:
    """Record every state of a running Stash's UI, with all private text replaced.

    Changes nothing in Stash.
    """
    from stashbot.flows.checks.record import record as record_stash

    recorded = run_async(record_stash(invocation.settings(), out))
    done = (
        f"Stash {recorded.version}: wrote {len(recorded.states)} states and "
        f"{len(recorded.operations)} operations to {recorded.folder}."
    )
    lines = [Text(done, "green")]
    lines += [
        Text(f"not reached: {state}: {clean(why)}", "yellow")
        for state, why in recorded.unreached.items()
    ]
    lines += [Text(f"Stash changed meanwhile: {what}", "bold red") for what in recorded.changed]
    invocation.output.show(recorded, *lines)
    return FELL_SHORT if recorded.changed else DONE

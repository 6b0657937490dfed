"""``stashbot worker``: a worker for the runs of this state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import result_line
from stashbot.cli.invocation import Invocation
from stashbot.cli.options import HeadedOption
from stashbot.cli.services import run_with_services

if TYPE_CHECKING:
    from stashbot.services import Services


def worker(
    invocation: Invocation,
    *,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The worker's name; by default host and number."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Scenes to work on at once; 2 by default.")
    ] = None,
    headed: HeadedOption = False,
) -> None:
    """Work on the scenes of all active runs until Ctrl-C; start as many as you like on Postgres.

    On SQLite one process at a time can work; other commands hand their runs over to it.
    """
    from stashbot.flows.runs.worker import WorkerObserver, serve

    settings = invocation.settings(
        run={"workers": workers}, browser={"headless": False if headed else None}
    )
    output = invocation.output

    def on_start(worker_name: str) -> None:
        invocation.start_logging(settings.state.dir)
        output.print(Text(f"Worker {worker_name} is ready; Ctrl-C ends it."))

    observer = WorkerObserver(
        on_start=on_start,
        on_result=lambda result: output.print(result_line(result, position="")),
        on_stop=lambda: output.print(Text("Stopping: the steps in progress end first.")),
    )

    async def work(services: Services) -> None:
        await serve(services, observer, name=name)

    run_with_services(invocation, settings, work)

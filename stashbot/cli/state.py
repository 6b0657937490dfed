"""Asking the state: what all commands share that only read stashbot's own data."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from rich.table import Table

from stashbot.cli.invocation import Invocation

if TYPE_CHECKING:
    from stashbot.store import Store

T = TypeVar("T")


def query_store(invocation: Invocation, question: Callable[[Store], Awaitable[T]]) -> T:
    """The answer of the state that this call is about; also while a run works on it.

    Raises:
        StateError: there is none yet, or it cannot be read.
    """
    from stashbot.store import Store

    async def main() -> T:
        async with Store(invocation.settings().state.database_url, create=False) as store:
            return await question(store)

    return asyncio.run(main())


async def resolve_run_id(store: Store, run: str | None) -> str | None:
    """The id of a run that may be called ``last``.

    Raises:
        UnknownRun: the state does not hold it.
    """
    if run is None:
        return None
    return (await (store.runs.latest() if run == "last" else store.runs.get(run))).id


def make_table(*headings: str, right: tuple[str, ...] = ()) -> Table:
    """A table without lines; the columns ``right`` hold numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        justify = "right" if heading in right else "left"
        table.add_column(heading, justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table

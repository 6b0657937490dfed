"""Reading stashbot's own state, for commands that need no Stash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from stashbot.cli.invocation import Invocation, run_async

if TYPE_CHECKING:
    from stashbot.store import Store

T = TypeVar("T")


def query_store(invocation: Invocation, query: Callable[[Store], Awaitable[T]]) -> T:
    """Return the answer of ``query`` over the state of this call; works beside a running run.

    Raises:
        StateError: there is no state yet, or it cannot be read.
    """
    from stashbot.store import Store

    async def main() -> T:
        async with Store(invocation.settings().state.database_url, create=False) as store:
            return await query(store)

    return run_async(main())


async def resolve_run_id(store: Store, run: str | None) -> str | None:
    """Return the id of a run given by its id or as ``last``; None stays None.

    Raises:
        UnknownRun: the state has no such run.
    """
    if run is None:
        return None
    return (await (store.runs.latest() if run == "last" else store.runs.get(run))).id


def require_state(invocation: Invocation) -> None:
    """Raise unless the state of this call exists.

    Raises:
        StateError: there is no state yet, or it cannot be read.
    """

    async def nothing(_store: Store) -> None:
        pass

    query_store(invocation, nothing)

"""What flows that need no browser work with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar

from stashbot.engine import Engine
from stashbot.settings import Settings
from stashbot.stash.client import StashClient
from stashbot.store import Store
from stashbot.store.records import RunStatus


@dataclass(frozen=True)
class Context:
    """Stash, the state, and the settings of this process."""

    client: StashClient
    store: Store
    settings: Settings
    current: ClassVar[Context]


@asynccontextmanager
async def in_a_run(
    context: Context, run_id: str, *, kind: str, scenes: Iterable[str], resumed: bool = False
) -> AsyncIterator[Engine]:
    """An engine for a run, which is begun or else ``resumed``, and marked as ended afterwards.

    Raises:
        StateLocked: another process works on this state.
    """
    settings, store = context.settings, context.store
    async with Engine(
        database_url=settings.state.database_url,
        executor_id=run_id,
        state_dir=settings.state.dir,
    ) as engine:
        if resumed:
            await store.reopen_run(run_id)
        else:
            await store.start_run(scenes, options={"kind": kind}, run_id=run_id)
        Context.current = context
        ended = RunStatus.INTERRUPTED
        try:
            yield engine
            ended = RunStatus.DONE
        finally:
            await store.finish_run(run_id, ended)

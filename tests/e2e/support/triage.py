"""Accepting what waits in triage, as tests do it."""

from __future__ import annotations

from typing import Any

from stashbot.flows.runs.driver import Finished, Request
from stashbot.flows.runs.selection import Task
from stashbot.flows.triage.accept import accepting
from stashbot.stash.client import StashClient
from stashbot.store import Store, TriageEntry
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.runs import SceneRuns


def accept(
    runs: SceneRuns, entry: TriageEntry, *, hooks: RunHooks | None = None, **options: Any
) -> Finished:
    """Carry out a run that accepts the entry."""

    async def prepare(client: StashClient, store: Store) -> Task:
        return await accepting(runs.settings(), client, store, entries=[entry.id], **options)

    return runs(Request(), hooks=hooks, prepare=prepare)

"""Accepting what waits in triage, as tests do it."""

from __future__ import annotations

from typing import Any

from stashbot.flows.runs.driver import RunOutcome
from stashbot.flows.runs.selection import RunTask
from stashbot.flows.triage.accept import prepare_accept
from stashbot.services import Services
from stashbot.store import TriageEntry
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.runs import SceneRuns


def accept(
    runs: SceneRuns, entry: TriageEntry, *, hooks: RunHooks | None = None, **options: Any
) -> RunOutcome:
    """Carry out a run that accepts the entry."""

    async def prepare(services: Services) -> RunTask:
        return await prepare_accept(services, [entry.id], **options)

    return runs.prepared(prepare, hooks=hooks)

"""stashbot's own facts, in tables of the state's database: what it did, learned and still asks.

``Store`` is open to readers and writers of several processes at once; only the engine's lock says
who may run scenes. All methods are coroutines and raise ``StateError`` when the database fails.
"""

from __future__ import annotations

from stashbot.store.audit import Audit
from stashbot.store.failures import Failures
from stashbot.store.key_values import KeyValues
from stashbot.store.records import (
    AuditEntry,
    Failure,
    FailureCount,
    PastResult,
    Run,
    RunStatus,
    SceneState,
    SourceStat,
    TriageEntry,
    TriageStatus,
)
from stashbot.store.runs import Runs
from stashbot.store.statistics import Stats
from stashbot.store.triage import Triage, fingerprint, proposal_hash


class Store(Runs, Audit, Triage, Failures, Stats, KeyValues):
    """The state of one Stash: ``async with Store(settings.state.database_url, server=url)``."""


__all__ = [
    "AuditEntry",
    "Failure",
    "FailureCount",
    "PastResult",
    "Run",
    "RunStatus",
    "SceneState",
    "SourceStat",
    "Store",
    "TriageEntry",
    "TriageStatus",
    "fingerprint",
    "proposal_hash",
]

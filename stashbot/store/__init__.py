"""stashbot's own facts, in tables of the state's database: what it did, learned and still asks.

``Store`` is open to readers and writers of several processes at once; only the engine's lock says
who may run scenes. All methods are coroutines and raise ``StateError`` when the database fails.
"""

from __future__ import annotations

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
from stashbot.store.store import Store
from stashbot.store.triage import fingerprint, proposal_hash

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

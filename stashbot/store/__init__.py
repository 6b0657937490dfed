"""stashbot's own facts, in tables of the state's database: what it did, learned and still asks.

``Store`` is open to readers and writers of several processes at once. All methods of its parts that
touch the database are coroutines and raise ``StateError`` when it fails; queries run and rows are
decoded in the store's threads, never on the event loop.
"""

from __future__ import annotations

from stashbot.store.blobs import COVERS, Blobs
from stashbot.store.records import (
    AuditEntry,
    Event,
    EventKind,
    Failure,
    FailureCount,
    Intent,
    IntentOutcome,
    Lease,
    LeftOut,
    NewEvent,
    PastResult,
    Run,
    RunStatus,
    SavedResult,
    SceneState,
    SourceStat,
    TriageEntry,
    TriageStatus,
    Worker,
    WorkerState,
)
from stashbot.store.store import Store
from stashbot.store.triage import scene_digest, scene_values

__all__ = [
    "COVERS",
    "AuditEntry",
    "Blobs",
    "Event",
    "EventKind",
    "Failure",
    "FailureCount",
    "Intent",
    "IntentOutcome",
    "Lease",
    "LeftOut",
    "NewEvent",
    "PastResult",
    "Run",
    "RunStatus",
    "SavedResult",
    "SceneState",
    "SourceStat",
    "Store",
    "TriageEntry",
    "TriageStatus",
    "Worker",
    "WorkerState",
    "scene_digest",
    "scene_values",
]

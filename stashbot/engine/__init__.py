"""The durable engine: workflows that survive ``kill -9``, each change to the world made once.

The only package that imports DBOS; no DBOS type leaves it.
"""

from __future__ import annotations

from stashbot.engine.engine import GRACE_S, TAKEOVER_S, Engine
from stashbot.engine.leases import Lease, Leases
from stashbot.engine.workflow import (
    Change,
    Execution,
    Suspended,
    Workflow,
    run_workflow,
    scene_workflow,
)

__all__ = [
    "GRACE_S",
    "TAKEOVER_S",
    "Change",
    "Engine",
    "Execution",
    "Lease",
    "Leases",
    "Suspended",
    "Workflow",
    "run_workflow",
    "scene_workflow",
]

"""The durable engine: flows that survive ``kill -9``, each change to the world made once.

The only package that imports DBOS; no DBOS type leaves it.
"""

from __future__ import annotations

from stashbot.engine.carrying import FlowStatus
from stashbot.engine.engine import Engine
from stashbot.engine.flows import Flow, changing_step, flow, step
from stashbot.engine.runner import ScenesOutcome, flow_id, run_scenes

__all__ = [
    "Engine",
    "Flow",
    "FlowStatus",
    "ScenesOutcome",
    "changing_step",
    "flow",
    "flow_id",
    "run_scenes",
    "step",
]

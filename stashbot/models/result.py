"""What became of scenes and runs, and of what server."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue

from stashbot.models.base import Model
from stashbot.models.plan import LeftOut
from stashbot.models.proposal import Evidence, Question


class Outcome(StrEnum):
    """How a scene came out of a run."""

    APPLIED = "applied"
    TRIAGED = "triaged"
    SKIPPED = "skipped"
    FAILED = "failed"
    PLANNED = "planned"


class Attempt(Model):
    """What one source gave for one scene, and how it was ``asked``."""

    source: str
    asked: Question = Question()
    result: Literal["accepted", "low", "nothing", "failed"]
    score: float | None = None
    detail: str = ""
    elapsed_ms: int = 0


class SceneResult(Model):
    """The line of a run's report for one scene."""

    id: str
    name: str = ""
    outcome: Outcome
    source: str | None = None
    score: float | None = None
    evidence: tuple[Evidence, ...] = ()
    changes: dict[str, tuple[JsonValue, JsonValue]] = Field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    created: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    elapsed_ms: int = 0
    reason: str = ""
    evidence_dir: str | None = None


class BudgetReport(Model):
    """Elapsed times of one phase over a run, in milliseconds."""

    phase: str
    budget_ms: int
    count: int = 0
    over: int = 0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    max_ms: float = 0.0


class RunReport(Model):
    """What ``run --json`` prints."""

    run: str
    dry_run: bool = False
    scenes: tuple[SceneResult, ...] = ()
    totals: dict[str, int] = Field(default_factory=dict)
    budgets: dict[str, BudgetReport] = Field(default_factory=dict)


class ServerInfo(Model):
    """The Stash server that answered."""

    version: str
    hash: str = ""
    build_time: str = ""
    status: str = "OK"
    has_login: bool = False

    @property
    def release(self) -> tuple[int, int]:
        """Major and minor version, ``(0, 30)`` for ``v0.30.1-5-gabc``; ``(0, 0)`` if unreadable."""
        parts = self.version.lstrip("v").split(".")
        try:
            return int(parts[0]), int(parts[1])
        except (IndexError, ValueError):
            return 0, 0

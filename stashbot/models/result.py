"""The results of scenes and runs, and the server that they belong to."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue

from stashbot.models.base import Model
from stashbot.models.plan import Omission
from stashbot.models.proposal import Evidence, ScrapeQuery


class Outcome(StrEnum):
    """How a run ended for a scene."""

    APPLIED = "applied"
    TRIAGED = "triaged"
    SKIPPED = "skipped"
    FAILED = "failed"
    PLANNED = "planned"


class Attempt(Model):
    """The result of a single query of a source for a scene."""

    source: str
    query: ScrapeQuery = ScrapeQuery()
    result: Literal["accepted", "low", "nothing", "failed"]
    score: float | None = None
    detail: str = ""
    elapsed_ms: int = 0


class SceneResult(Model):
    """The result of a run for a scene, as its report shows it."""

    id: str
    name: str = ""
    outcome: Outcome
    source: str | None = None
    score: float | None = None
    evidence: tuple[Evidence, ...] = ()
    changes: dict[str, tuple[JsonValue, JsonValue]] = Field(default_factory=dict)
    omitted: tuple[Omission, ...] = ()
    created: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    elapsed_ms: int = 0
    reason: str = ""
    artifacts_dir: str | None = None


class BudgetReport(Model):
    """Elapsed times of a phase over a run, in milliseconds."""

    phase: str
    budget_ms: int
    count: int = 0
    over: int = 0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    max_ms: float = 0.0


class RunReport(Model):
    """The report of a run, as ``run --json`` prints it."""

    run: str
    dry_run: bool = False
    scenes: tuple[SceneResult, ...] = ()
    totals: dict[str, int] = Field(default_factory=dict)
    budgets: dict[str, BudgetReport] = Field(default_factory=dict)


class ServerInfo(Model):
    """A Stash server: version, state and whether it has a login."""

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

"""The results of scenes and runs, and the server that they belong to."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field, JsonValue

from stashbot.models.base import Model
from stashbot.models.plan import Omission
from stashbot.models.proposal import Cleaning, Contradiction, Evidence, NamePart, ScrapeQuery


class Outcome(StrEnum):
    """How a run ended for a scene."""

    APPLIED = "applied"
    TRIAGED = "triaged"
    SKIPPED = "skipped"
    FAILED = "failed"
    PLANNED = "planned"


class Attempt(Model):
    """The result of a single query of a source for a scene.

    A source that is ``not_asked`` failed too often in this run, or wants to be left alone. An
    answer that is ``rejected`` was rejected by a person before, in triage.
    """

    source: str
    query: ScrapeQuery = ScrapeQuery()
    result: Literal["accepted", "low", "nothing", "rejected", "failed", "not_asked"]
    score: float | None = None
    detail: str = ""
    elapsed_ms: int = 0


class SceneResult(Model):
    """The result of a run for a scene, as its report shows it.

    ``name_parts`` is the file name cut into parts by what the source's proposal explains of it.
    """

    id: str
    name: str = ""
    outcome: Outcome
    source: str | None = None
    score: float | None = None
    evidence: tuple[Evidence, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    name_parts: tuple[NamePart, ...] = ()
    cleanings: tuple[Cleaning, ...] = ()
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


class SourceOutage(Model):
    """Why a source is not asked: it failed for several ``scenes`` in a row, ``detail`` says how.

    With ``retry_at`` it asked to be left alone until then; without, it is asked no more in the run.
    """

    source: str
    scenes: int
    detail: str
    retry_at: AwareDatetime | None = None

    @property
    def reason(self) -> str:
        """The outage in short, as part of a sentence about the source."""
        if self.retry_at is not None:
            return f"it asks for a pause until {self.retry_at:%H:%M:%S} UTC"
        return f"it failed for {self.scenes} scenes in a row"


class RunReport(Model):
    """The report of a run, as ``run --json`` prints it.

    ``left_out`` has by field the names that Stash lacks, each with its number of scenes.
    ``outages`` are the sources that were asked no more, because they kept failing. ``asked_lately``
    is the number of scenes that were left alone, because they were asked about lately.
    """

    run: str
    dry_run: bool = False
    scenes: tuple[SceneResult, ...] = ()
    totals: dict[str, int] = Field(default_factory=dict)
    left_out: dict[str, dict[str, int]] = Field(default_factory=dict)
    budgets: dict[str, BudgetReport] = Field(default_factory=dict)
    outages: tuple[SourceOutage, ...] = ()
    asked_lately: int = 0


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

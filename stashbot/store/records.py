"""What the store gives back: frozen models, times aware and in UTC."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field, JsonValue

from stashbot.decide.sources.ranking import Tally
from stashbot.models import FieldName, Judgement, Model, Outcome, Proposal, SceneResult


class RunStatus(StrEnum):
    """How far a run got. A killed one stays ``running``; whether it lives, the lock knows."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    DONE = "done"


class Run(Model):
    """A run: its scenes in order and the options that it was started with."""

    id: str
    started: datetime
    finished: datetime | None = None
    status: RunStatus = RunStatus.RUNNING
    dry_run: bool = False
    scenes: tuple[str, ...] = ()
    options: dict[str, JsonValue] = Field(default_factory=dict)


class PastResult(Model):
    """How a scene came out of a run, dry ones too, and when."""

    run: str
    at: datetime
    dry_run: bool
    result: SceneResult


class AuditEntry(Model):
    """One change that stashbot made. ``undoes`` is the id of the entry that it reverts."""

    id: int
    run: str
    scene: str
    step: str
    kind: str
    source: str | None = None
    field: str
    before: JsonValue = None
    after: JsonValue = None
    at: datetime
    undoes: int | None = None


class TriageStatus(StrEnum):
    """What became of a triage entry."""

    OPEN = "open"
    ACCEPTED = "accepted"
    SKIPPED = "skipped"


class TriageEntry(Model):
    """A proposal that a person has to judge.

    ``fingerprint`` is of the scene as the proposal was judged against: see ``fingerprint()``;
    ``seen`` are its values then. ``taken`` are the accepted fields, if not all were;
    ``closed_by`` is the run that applied them.
    """

    id: int
    run: str
    scene: str
    source: str
    status: TriageStatus
    score: float
    proposal: Proposal
    judgement: Judgement
    fingerprint: str
    created: datetime
    updated: datetime
    closed: datetime | None = None
    seen: dict[str, JsonValue] | None = None
    taken: tuple[FieldName, ...] = ()
    closed_by: str | None = None


class Failure(Model):
    """A scene that failed in a run, and where the evidence of it lies."""

    id: int
    run: str
    scene: str
    phase: str
    reason: str
    detail: str = ""
    evidence_dir: str | None = None
    at: datetime


class FailureCount(Model):
    """How often a reason stopped a phase."""

    phase: str
    reason: str
    count: int


class SourceStat(Model):
    """How often a source had an answer for scenes of ``key``, such as a studio or a series.

    The weighed counts are those that decay, as they were when the last answer was ``updated``.
    """

    key: str
    source: str
    ok: int
    fail: int
    weighed_ok: float = 0.0
    weighed_fail: float = 0.0
    updated: datetime

    @property
    def tally(self) -> Tally:
        """The counts as routing weighs them."""
        return Tally(
            key=self.key,
            source=self.source,
            ok=self.weighed_ok,
            fail=self.weighed_fail,
            at=self.updated,
        )


class SceneState(Model):
    """What stashbot last did with a scene."""

    scene: str
    scraped_at: datetime | None = None
    last_outcome: Outcome | None = None
    organized_at: datetime | None = None

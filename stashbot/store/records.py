"""The models that the store returns: frozen, with aware times in UTC."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field, JsonValue

from stashbot.decide.sources.ranking import SourceCounts
from stashbot.models import FieldName, Judgement, Model, Outcome, Proposal, SceneResult


class RunStatus(StrEnum):
    """How far a run got.

    A killed run stays ``running`` until a worker resumes it; ``stopping`` runs queue no more
    scenes, and end as ``interrupted`` when those in progress have.
    """

    RUNNING = "running"
    STOPPING = "stopping"
    INTERRUPTED = "interrupted"
    DONE = "done"


#: The statuses of runs that workers work on.
ACTIVE = (RunStatus.RUNNING, RunStatus.STOPPING)


class Run(Model):
    """A run, and the options that it was started with; its scenes are rows of their own.

    ``owner`` is the process that started it, as ``host:pid``; ``stop_reason`` is the error that
    stopped it early, as JSON.
    """

    id: str
    kind: str
    started: datetime
    finished: datetime | None = None
    status: RunStatus = RunStatus.RUNNING
    dry_run: bool = False
    scene_count: int = 0
    options: dict[str, JsonValue] = Field(default_factory=dict)
    stop_reason: JsonValue = None
    owner: str | None = None


class SceneQueueState(StrEnum):
    """How far a scene of a run got: not queued yet, queued, or done, which is with a result."""

    WAITING = "waiting"
    QUEUED = "queued"
    DONE = "done"


class SavedResult(Model):
    """The result of a scene, and its place in the order in which results were saved."""

    seq: int
    at: datetime
    result: SceneResult


class PastResult(Model):
    """How a scene came out of a run, dry runs too, and when."""

    run: str
    at: datetime
    dry_run: bool
    result: SceneResult


class EventKind(StrEnum):
    """The subject of an event.

    A scene's next phase, a scene's result, the run's status, or a source that is asked no more.
    """

    PHASE = "phase"
    RESULT = "result"
    RUN = "run"
    OUTAGE = "outage"


class NewEvent(Model):
    """A step of a run's progress, for whoever follows the run.

    ``phase`` is the phase that begins, the outcome of a result, or the status of a run; ``name``
    the scene's name; ``detail`` such as the source that is scraped. Of an outage ``name`` is the
    source, ``detail`` the reason.
    """

    run: str
    scene: str | None = None
    worker: str = ""
    kind: EventKind
    name: str = ""
    phase: str = ""
    detail: str = ""
    at: datetime


class Event(NewEvent):
    """An event as it was written; ``seq`` rises in the order in which readers can see them."""

    seq: int


class WorkerState(StrEnum):
    """Whether a worker is at work, as far as the others know."""

    LIVE = "live"
    DEAD = "dead"


class Worker(Model):
    """A process that works on runs. ``beat`` rises while it lives.

    ``token`` is a secret of the process: only who knows it can beat or remove the worker.
    ``beat_at`` is by the worker's own clock, to be shown and never compared. ``process_space`` is
    where ``pid`` is unique: see ``store.workers``.
    """

    id: str
    name: str
    host: str
    pid: int
    process_space: str
    version: str
    token: str
    beat: int
    state: WorkerState
    started: datetime
    beat_at: datetime


class Lease(Model):
    """The right of a worker, its ``holder``, to do something that may happen once at a time."""

    key: str
    holder: str
    token: str
    since: datetime


class IntentOutcome(StrEnum):
    """Whether an intended change is in Stash."""

    APPLIED = "applied"
    NOT_APPLIED = "not_applied"


class Intent(Model):
    """A change that a step is about to make, written before it is sent; ``plan`` is what it sends.

    Open until it is ``settled`` by Stash's answer, by a look at Stash, or by the next start.
    """

    run: str
    scene: str
    step: str
    kind: str
    plan: JsonValue
    began: datetime
    settled: datetime | None = None
    outcome: IntentOutcome | None = None


class AuditEntry(Model):
    """A change that stashbot made. ``undoes`` is the id of the entry that it reverts."""

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
    """Whether a triage entry is open, or how it was closed."""

    OPEN = "open"
    ACCEPTED = "accepted"
    SKIPPED = "skipped"


class TriageEntry(Model):
    """A proposal that a person has to judge.

    ``scene_values`` are the scene's values when the proposal was judged, ``scene_digest`` their
    hash: see ``scene_digest()``. ``accepted_fields`` are the accepted fields, if not all were;
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
    scene_digest: str
    created: datetime
    updated: datetime
    closed: datetime | None = None
    scene_values: dict[str, JsonValue] | None = None
    accepted_fields: tuple[FieldName, ...] = ()
    closed_by: str | None = None


class LeftOut(Model):
    """An entity that a source named for a scene, and that Stash did not have."""

    scene: str
    field: FieldName
    name: str
    reason: str
    run: str
    at: datetime


class Failure(Model):
    """A scene that failed in a run, and the folder of its artifacts."""

    id: int
    run: str
    scene: str
    phase: str
    reason: str
    detail: str = ""
    artifacts_dir: str | None = None
    at: datetime


class FailureCount(Model):
    """How often a reason stopped a phase."""

    phase: str
    reason: str
    count: int


class SourceStat(Model):
    """How often a source had an answer for scenes of ``key``, such as a studio or a series.

    The weighted counts are those that decay, as they were when the last answer was ``updated``.
    """

    key: str
    source: str
    ok: int
    fail: int
    weighted_ok: float = 0.0
    weighted_fail: float = 0.0
    updated: datetime

    @property
    def weighted(self) -> SourceCounts:
        """The weighted counts, as the ranking of sources takes them."""
        return SourceCounts(
            key=self.key,
            source=self.source,
            ok=self.weighted_ok,
            fail=self.weighted_fail,
            at=self.updated,
        )


class SceneState(Model):
    """When stashbot last scraped and organized a scene, and how it came out.

    ``asked_with`` is a hash of the sources and settings that it was asked with then.
    """

    scene: str
    scraped_at: datetime | None = None
    last_outcome: Outcome | None = None
    organized_at: datetime | None = None
    asked_with: str | None = None

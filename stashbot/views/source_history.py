"""What sources said last of a scene, from stashbot's own records: runs, triage, changes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from stashbot.decide.matching.scoring import judge, recommend, why_low
from stashbot.decide.sources.ranking import Experience
from stashbot.models import (
    Attempt,
    Evidence,
    Judgement,
    Known,
    Model,
    Outcome,
    Recommendation,
    Scene,
)
from stashbot.settings import Settings
from stashbot.store import (
    AuditEntry,
    PastResult,
    SceneState,
    Store,
    TriageEntry,
    TriageStatus,
    fingerprint,
)

#: So many past runs are looked through for what each source said last; so many changes are shown.
LAST_RUNS = 20
LAST_CHANGES = 10
_NO_PROPOSAL = {"failed": "it failed", "nothing": "it found nothing"}


class LastWord(Model):
    """What a source said last of the scene, what that was worth, and what became of it.

    ``triage`` is the entry that holds the proposal; ``changed`` says that the scene is no longer as
    it was judged. ``now`` is the same proposal judged by today's scene and settings.
    """

    source: str
    run: str
    at: datetime
    dry_run: bool = False
    result: Literal["accepted", "low", "nothing", "failed"]
    score: float | None = None
    threshold: float | None = None
    recommendation: Recommendation | None = None
    evidence: tuple[Evidence, ...] = ()
    why: str
    triage: int | None = None
    status: TriageStatus | None = None
    changed: bool | None = None
    now: Judgement | None = None


class Records(Model):
    """What stashbot's own state holds of a scene; empty where there is no state yet.

    ``thresholds`` are those of the results' runs.
    """

    state: SceneState
    results: tuple[PastResult, ...] = ()
    triage: tuple[TriageEntry, ...] = ()
    changes: tuple[AuditEntry, ...] = ()
    thresholds: dict[str, float] = Field(default_factory=dict)


async def remembered(settings: Settings, scene_id: str) -> tuple[Records, Experience]:
    """What the state holds of a scene, and what it knows of the sources.

    Raises:
        ForeignState, UnreadableState: the state is another Stash's, or damaged.
    """
    store = Store(settings.state.database_url, server=settings.stash.url, create=False)
    if not store.is_there:
        return Records(state=SceneState(scene=scene_id)), Experience()
    async with store:
        results = await store.results_of(scene_id, last=LAST_RUNS)
        records = Records(
            state=await store.scene_state(scene_id),
            results=results,
            triage=await store.triage(status=None, scene=scene_id),
            changes=await store.audit(scene=scene_id, last=LAST_CHANGES),
            thresholds={
                past.run: found
                for past in results
                if (found := _threshold((await store.run(past.run)).options)) is not None
            },
        )
        stats = await store.source_stats()
    return records, Experience(one.tally for one in stats)


def last_words(
    scene: Scene, known: Known, records: Records, settings: Settings
) -> tuple[LastWord, ...]:
    """What each source said last, newest first: of the runs, and what triage holds besides."""
    held: dict[str, TriageEntry] = {}
    for entry in sorted(records.triage, key=lambda one: one.updated):
        held[entry.source] = entry
    found: dict[str, LastWord] = {}
    for past in records.results:
        for attempt in past.result.attempts:
            if attempt.source in found:
                continue
            entry_of_run = held.get(attempt.source)
            if entry_of_run is not None and entry_of_run.run != past.run:
                entry_of_run = None
            threshold = records.thresholds.get(past.run, settings.weights.threshold)
            word = _word_of(past, attempt, entry_of_run, threshold)
            found[attempt.source] = _as_of_now(word, entry_of_run, scene, known, settings)
    for source, entry in held.items():
        if source not in found or found[source].at < entry.updated:
            word = LastWord(
                source=source,
                run=entry.run,
                at=entry.updated,
                result="low",
                score=entry.score,
                recommendation=entry.judgement.recommendation,
                evidence=entry.judgement.evidence,
                why=why_low(entry.judgement),
            )
            found[source] = _as_of_now(word, entry, scene, known, settings)
    return tuple(sorted(found.values(), key=lambda one: one.at, reverse=True))


def _word_of(
    past: PastResult, attempt: Attempt, entry: TriageEntry | None, threshold: float
) -> LastWord:
    result, judgement = past.result, entry.judgement if entry else None
    if judgement is None and result.source == attempt.source and result.score is not None:
        judgement = Judgement(
            score=result.score,
            evidence=result.evidence,
            recommendation=recommend(result.score, threshold),
            accepted=attempt.result == "accepted",
        )
    return LastWord(
        source=attempt.source,
        run=past.run,
        at=past.at,
        dry_run=past.dry_run,
        result=attempt.result,
        score=attempt.score,
        threshold=threshold,
        recommendation=None if attempt.score is None else recommend(attempt.score, threshold),
        evidence=judgement.evidence if judgement else (),
        why=_why(past, attempt, judgement, threshold),
    )


def _why(past: PastResult, attempt: Attempt, judgement: Judgement | None, threshold: float) -> str:
    if attempt.result in {"failed", "nothing"}:
        return attempt.detail or _NO_PROPOSAL[attempt.result]
    score = f"score {attempt.score or 0:g}"
    if attempt.result == "low":
        low = why_low(judgement) if judgement else f"{score} is below the threshold"
        return attempt.detail or low
    trusted, result = f"{score} reaches the threshold {threshold:g}", past.result
    if result.outcome in {Outcome.APPLIED, Outcome.PLANNED} or not result.reason:
        return trusted
    return f"{trusted}, and yet: {result.reason}"


def _as_of_now(
    word: LastWord, entry: TriageEntry | None, scene: Scene, known: Known, settings: Settings
) -> LastWord:
    if entry is None:
        return word
    return word.model_copy(
        update={
            "triage": entry.id,
            "status": entry.status,
            "changed": entry.fingerprint != fingerprint(scene),
            "now": judge(entry.proposal, known, settings.weights),
        }
    )


def _threshold(options: dict[str, JsonValue]) -> float | None:
    """The threshold of a run's options; ``None`` for options of another kind of run."""
    weights = options.get("weights")
    found = weights.get("threshold") if isinstance(weights, dict) else None
    return float(found) if isinstance(found, int | float) else None

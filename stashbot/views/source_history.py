"""The latest answers of sources about a scene, from stashbot's own records."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from stashbot.decide.matching.library_names import LibraryNames
from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.matching.scoring import (
    explain_low_score,
    explain_score,
    recommend,
    score_proposal,
)
from stashbot.decide.sources.ranking import SourceHistory
from stashbot.models import (
    Attempt,
    Contradiction,
    Evidence,
    Judgement,
    Model,
    NamePart,
    Outcome,
    Recommendation,
)
from stashbot.settings import Settings
from stashbot.store import (
    AuditEntry,
    LeftOut,
    PastResult,
    SceneState,
    Store,
    TriageEntry,
    TriageStatus,
    scene_digest,
)

#: The number of past runs that are searched for answers, and of changes that are shown.
LAST_RUNS = 20
LAST_CHANGES = 10
_NO_PROPOSAL = {
    "failed": "it failed",
    "nothing": "it found nothing",
    "rejected": "what it proposes was rejected in triage before",
    "not_asked": "it was not asked",
}


class LatestAnswer(Model):
    """The latest answer of a source about the scene, its score, and what became of it.

    ``triage`` is the entry with the proposal; ``changed`` says that the scene is no longer as
    it was judged. ``now`` is the same proposal judged by today's scene and settings.
    """

    source: str
    run: str
    at: datetime
    dry_run: bool = False
    result: Literal["accepted", "low", "nothing", "rejected", "failed", "not_asked"]
    score: float | None = None
    threshold: float | None = None
    recommendation: Recommendation | None = None
    evidence: tuple[Evidence, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    name_parts: tuple[NamePart, ...] = ()
    why: str
    triage: int | None = None
    status: TriageStatus | None = None
    changed: bool | None = None
    now: Judgement | None = None


class SceneRecords(Model):
    """The records of a scene in stashbot's own state; empty where there is no state yet.

    ``thresholds`` are those of the results' runs.
    """

    state: SceneState
    results: tuple[PastResult, ...] = ()
    triage: tuple[TriageEntry, ...] = ()
    changes: tuple[AuditEntry, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    thresholds: dict[str, float] = Field(default_factory=dict)


async def load_scene_records(
    settings: Settings, scene_id: str
) -> tuple[SceneRecords, SourceHistory]:
    """Return the records of a scene, and the history of the sources.

    Raises:
        ForeignState, UnreadableState: the state is another Stash's, or damaged.
    """
    store = Store(settings.state.database_url, server=settings.stash.url, create=False)
    if not store.exists:
        return SceneRecords(state=SceneState(scene=scene_id)), SourceHistory()
    async with store:
        results = await store.results.of_scene(scene_id, last=LAST_RUNS)
        records = SceneRecords(
            state=await store.scenes.get(scene_id),
            results=results,
            triage=await store.triage.entries(status=None, scene=scene_id),
            changes=await store.audit.entries(scene=scene_id, last=LAST_CHANGES),
            left_out=await store.left_out.list(scene=scene_id),
            thresholds={
                past.run: found
                for past in results
                if (found := _threshold((await store.runs.get(past.run)).options)) is not None
            },
        )
        stats = await store.sources.stats()
    return records, SourceHistory(stat.weighted for stat in stats)


def latest_answers(
    facts: SceneFacts, records: SceneRecords, settings: Settings, library: LibraryNames
) -> tuple[LatestAnswer, ...]:
    """Return the latest answer of each source from runs and triage, newest first."""
    newest_entry: dict[str, TriageEntry] = {}
    for entry in sorted(records.triage, key=lambda item: item.updated):
        newest_entry[entry.source] = entry
    found: dict[str, LatestAnswer] = {}
    for past in records.results:
        for attempt in past.result.attempts:
            if attempt.source in found or attempt.result == "not_asked":
                continue
            entry_of_run = newest_entry.get(attempt.source)
            if entry_of_run is not None and entry_of_run.run != past.run:
                entry_of_run = None
            threshold = records.thresholds.get(past.run, settings.weights.threshold)
            answer = _answer_of(past, attempt, entry_of_run, threshold)
            found[attempt.source] = _rejudged(answer, entry_of_run, facts, settings, library)
    for source, entry in newest_entry.items():
        if source not in found or found[source].at < entry.updated:
            answer = LatestAnswer(
                source=source,
                run=entry.run,
                at=entry.updated,
                result="low",
                score=entry.score,
                recommendation=entry.judgement.recommendation,
                evidence=entry.judgement.evidence,
                contradictions=entry.judgement.contradictions,
                name_parts=entry.judgement.name,
                why=explain_low_score(entry.judgement, settings.weights.threshold),
            )
            found[source] = _rejudged(answer, entry, facts, settings, library)
    return tuple(sorted(found.values(), key=lambda item: item.at, reverse=True))


def _answer_of(
    past: PastResult, attempt: Attempt, entry: TriageEntry | None, threshold: float
) -> LatestAnswer:
    result, judgement = past.result, entry.judgement if entry else None
    if judgement is None and result.source == attempt.source and result.score is not None:
        judgement = Judgement(
            score=result.score,
            evidence=result.evidence,
            contradictions=result.contradictions,
            name=result.name_parts,
            recommendation=recommend(result.score, threshold),
            accepted=attempt.result == "accepted",
        )
    return LatestAnswer(
        source=attempt.source,
        run=past.run,
        at=past.at,
        dry_run=past.dry_run,
        result=attempt.result,
        score=attempt.score,
        threshold=threshold,
        recommendation=None if attempt.score is None else recommend(attempt.score, threshold),
        evidence=judgement.evidence if judgement else (),
        contradictions=judgement.contradictions if judgement else (),
        name_parts=judgement.name if judgement else (),
        why=_why(past, attempt, judgement, threshold),
    )


def _why(past: PastResult, attempt: Attempt, judgement: Judgement | None, threshold: float) -> str:
    if attempt.result in _NO_PROPOSAL:
        return attempt.detail or _NO_PROPOSAL[attempt.result]
    score = explain_score(attempt.score or 0.0, threshold)
    if attempt.result == "low":
        low = explain_low_score(judgement, threshold) if judgement else score
        return attempt.detail or low
    trusted, result = score, past.result
    if result.outcome in {Outcome.APPLIED, Outcome.PLANNED} or not result.reason:
        return trusted
    return f"{trusted}, and yet: {result.reason}"


def _rejudged(
    answer: LatestAnswer,
    entry: TriageEntry | None,
    facts: SceneFacts,
    settings: Settings,
    library: LibraryNames,
) -> LatestAnswer:
    if entry is None:
        return answer
    return answer.model_copy(
        update={
            "triage": entry.id,
            "status": entry.status,
            "changed": entry.scene_digest != scene_digest(facts.scene),
            "now": score_proposal(
                entry.proposal, facts, settings.weights, settings.contradictions, library
            ),
        }
    )


def _threshold(options: dict[str, JsonValue]) -> float | None:
    """Return the threshold of a run's options; ``None`` for options of another kind of run."""
    weights = options.get("weights")
    found = weights.get("threshold") if isinstance(weights, dict) else None
    return float(found) if isinstance(found, int | float) else None

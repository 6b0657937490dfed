"""Calibrate the threshold by the decisions that people made in triage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from stashbot.decide.matching.calibration import Calibration, DecidedScore, calibrate
from stashbot.decide.matching.decision_review import Decision, Review, review_decisions
from stashbot.models import Model, Outcome
from stashbot.settings import Settings
from stashbot.store import Store, TriageEntry, TriageStatus


class DecisionCounts(Model):
    """How many decisions of each kind there are; ``kept`` and ``undone`` are of what runs applied
    on their own, where such are counted.
    """

    accepted: int = 0
    skipped: int = 0
    kept: int = 0
    undone: int = 0


class CalibrationReport(Model):
    """A calibration with a review of contradictions and signals, and the decisions behind both."""

    counted: DecisionCounts
    calibration: Calibration
    review: Review


async def calibration_report(
    store: Store,
    settings: Settings,
    *,
    steps: Sequence[float] = (),
    source: str | None = None,
    applied: bool = False,
) -> CalibrationReport:
    """Return how many decisions in ``store`` each threshold would have got right and wrong.

    An accepted entry was right, also where only some of its fields were accepted; a skipped entry
    was wrong. Of several decisions about a proposal the last counts. With ``applied``, what runs
    applied on their own counts too: as wrong where all of it was undone, else as right.

    Raises:
        ValueError: a threshold is not above 0 and at most 1.
    """
    entries = await _closed(store, source)
    decided = [_scored(entry, settings) for entry in entries]
    counts = {
        name: sum(score.right is right for score in decided) for name, right in _TRIAGE.items()
    }
    if applied:
        own = await _applied(store, source)
        counts |= {
            name: sum(score.right is right for score in own) for name, right in _RUNS.items()
        }
        decided = [*decided, *own]
    calibration = calibrate(decided, settings.weights.threshold, steps=steps)
    return CalibrationReport(
        counted=DecisionCounts.model_validate(counts),
        calibration=calibration,
        review=review_decisions(
            [_decision(entry) for entry in entries],
            calibration,
            settings.weights,
            settings.contradictions,
        ),
    )


_TRIAGE = {"accepted": True, "skipped": False}
_RUNS = {"kept": True, "undone": False}


async def _closed(store: Store, source: str | None) -> tuple[TriageEntry, ...]:
    """Return the last decision about each proposal."""
    closed = [
        entry
        for entry in await store.triage.entries(status=None, source=source)
        if entry.status is not TriageStatus.OPEN
    ]
    closed.sort(key=lambda entry: (entry.closed or entry.updated, entry.id))
    last = {(entry.scene, entry.source, entry.proposal): entry for entry in closed}
    return tuple(last.values())


def _scored(entry: TriageEntry, settings: Settings) -> DecidedScore:
    kinds = {contradiction.kind for contradiction in entry.judgement.contradictions}
    return DecidedScore(
        score=entry.score,
        right=entry.status is TriageStatus.ACCEPTED,
        contradicted=any(settings.contradictions.counts(kind) for kind in kinds),
    )


def _decision(entry: TriageEntry) -> Decision:
    judgement = entry.judgement
    return Decision(
        right=entry.status is TriageStatus.ACCEPTED,
        contradictions=frozenset(each.kind for each in judgement.contradictions),
        signals=frozenset(each.signal for each in judgement.evidence if each.points),
    )


async def _applied(store: Store, source: str | None) -> list[DecidedScore]:
    """Return what runs applied because it was trusted, not because a person accepted it."""
    undone = await store.audit.reverted_ids()
    rows: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for row in await store.audit.entries():
        if row.undoes is None:
            rows[row.run, row.scene].append(row.id in undone)
    found: list[DecidedScore] = []
    for run in await store.runs.list(kinds=["enrich"], dry_run=False):
        async for result in store.results.iter_in_order(run.id):
            if result.outcome is not Outcome.APPLIED or result.score is None:
                continue
            if source in {None, result.source}:
                reverted = rows[run.id, result.id]
                right = not (reverted and all(reverted))
                found.append(DecidedScore(score=result.score, right=right))
    return found

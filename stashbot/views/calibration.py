"""Calibrate the threshold by the decisions that people made in triage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from stashbot.decide.matching.calibration import Calibration, DecidedScore, calibrate
from stashbot.models import Model, Outcome
from stashbot.store import Store, TriageStatus


class DecisionCounts(Model):
    """How many decisions of each kind there are; ``kept`` and ``undone`` are of what runs applied
    on their own, where such are counted.
    """

    accepted: int = 0
    skipped: int = 0
    kept: int = 0
    undone: int = 0


class CalibrationReport(Model):
    """A calibration, and the decisions that it rests on."""

    counted: DecisionCounts
    calibration: Calibration


async def calibration_report(
    store: Store,
    current: float,
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
    decided = await _triaged(store, source)
    counts = {
        name: sum(score.right is right for score in decided) for name, right in _TRIAGE.items()
    }
    if applied:
        own = await _applied(store, source)
        counts |= {
            name: sum(score.right is right for score in own) for name, right in _RUNS.items()
        }
        decided = [*decided, *own]
    return CalibrationReport(
        counted=DecisionCounts.model_validate(counts),
        calibration=calibrate(decided, current, steps=steps),
    )


_TRIAGE = {"accepted": True, "skipped": False}
_RUNS = {"kept": True, "undone": False}


async def _triaged(store: Store, source: str | None) -> list[DecidedScore]:
    closed = [
        entry
        for entry in await store.triage.entries(status=None, source=source)
        if entry.status is not TriageStatus.OPEN
    ]
    closed.sort(key=lambda entry: (entry.closed or entry.updated, entry.id))
    last = {(entry.scene, entry.source, entry.proposal): entry for entry in closed}
    return [
        DecidedScore(score=entry.score, right=entry.status is TriageStatus.ACCEPTED)
        for entry in last.values()
    ]


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

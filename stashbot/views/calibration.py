"""What people decided, as a calibration of the threshold needs it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from stashbot.decide.matching.calibration import Calibration, Decided, calibrate
from stashbot.models import Model, Outcome
from stashbot.store import Store, TriageStatus


class Counted(Model):
    """How many decisions of each kind there are; ``kept`` and ``undone`` are of what runs applied
    on their own, where such are counted.
    """

    accepted: int = 0
    skipped: int = 0
    kept: int = 0
    undone: int = 0


class Calibrated(Model):
    """A calibration, and of what it is one."""

    counted: Counted
    calibration: Calibration


async def calibrated(
    store: Store,
    current: float,
    *,
    steps: Sequence[float] = (),
    source: str | None = None,
    applied: bool = False,
) -> Calibrated:
    """What each threshold would have got right and wrong, by the decisions in ``store``.

    An accepted entry was right, also where only some of its fields were accepted; a skipped one was
    wrong. Of several decisions about one proposal the last counts. With ``applied``, what runs
    applied on their own counts too: as wrong where all of it was undone, else as right.

    Raises:
        ValueError: a threshold is not above 0 and at most 1.
    """
    decided = await _triaged(store, source)
    counts = {name: sum(one.right is right for one in decided) for name, right in _TRIAGE.items()}
    if applied:
        own = await _applied(store, source)
        counts |= {name: sum(one.right is right for one in own) for name, right in _RUNS.items()}
        decided = [*decided, *own]
    return Calibrated(
        counted=Counted.model_validate(counts),
        calibration=calibrate(decided, current, steps=steps),
    )


_TRIAGE = {"accepted": True, "skipped": False}
_RUNS = {"kept": True, "undone": False}


async def _triaged(store: Store, source: str | None) -> list[Decided]:
    closed = [
        entry
        for entry in await store.triage(status=None, source=source)
        if entry.status is not TriageStatus.OPEN
    ]
    closed.sort(key=lambda entry: (entry.closed or entry.updated, entry.id))
    last = {(entry.scene, entry.source, entry.proposal): entry for entry in closed}
    return [
        Decided(score=entry.score, right=entry.status is TriageStatus.ACCEPTED)
        for entry in last.values()
    ]


async def _applied(store: Store, source: str | None) -> list[Decided]:
    """What runs applied because it was trusted; what a person accepted is no decision of theirs."""
    undone = await store.undone()
    rows: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for row in await store.audit():
        if row.undoes is None:
            rows[row.run, row.scene].append(row.id in undone)
    found: list[Decided] = []
    for run in await store.runs(dry_run=False):
        if run.options.get("kind", "enrich") != "enrich":
            continue
        for result in await store.results(run.id):
            if result.outcome is not Outcome.APPLIED or result.score is None:
                continue
            if source in {None, result.source}:
                reverted = rows[run.id, result.id]
                right = not (reverted and all(reverted))
                found.append(Decided(score=result.score, right=right))
    return found

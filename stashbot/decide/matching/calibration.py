"""Compare thresholds by the decisions that people made in triage.

A person who accepts a proposal says that applying it would have been right; a person who skips it,
that it would have been wrong. For each threshold the table counts the four cases. Only scores that
reached triage are decided there; higher thresholds are judged by applied proposals
that nobody undid, if such decisions are given too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import Field

from stashbot.models import Model
from stashbot.settings import POINT_DIGITS

#: The number of decisions from which a threshold is suggested.
MIN_DECISIONS = 20


class DecidedScore(Model):
    """The score of a proposal, and whether the proposal was right.

    A proposal that is ``contradicted`` goes to triage, whatever the threshold.
    """

    score: float = Field(ge=0, le=1)
    right: bool
    contradicted: bool = False


class ThresholdRow(Model):
    """The decided proposals as a threshold would have divided them.

    The applied ones reach it; the triaged ones would have been left to a person.
    """

    threshold: float
    applied_right: int
    applied_wrong: int
    triaged_right: int
    triaged_wrong: int

    @property
    def precision(self) -> float | None:
        """The share of right proposals among the applied; ``None`` if nothing is applied."""
        applied = self.applied_right + self.applied_wrong
        return self.applied_right / applied if applied else None

    @property
    def recall(self) -> float | None:
        """The share of applied proposals among the right; ``None`` if nothing is right."""
        right = self.applied_right + self.triaged_right
        return self.applied_right / right if right else None


class Calibration(Model):
    """A row for each threshold, lowest first, and the threshold that they suggest.

    ``suggested`` is ``None`` if too little was decided, or if every threshold applies something
    wrong; ``reason`` says which.
    """

    rows: tuple[ThresholdRow, ...]
    current: ThresholdRow
    decided: int
    suggested: float | None = None
    reason: str


def calibrate(
    decisions: Iterable[DecidedScore], current: float, *, steps: Sequence[float] = ()
) -> Calibration:
    """Return how each threshold would have divided the decided proposals.

    There is a row for every score that occurs, for ``current``, and for ``steps``, by default
    tenths. Suggested is the threshold that applies the most right proposals and nothing wrong; if
    several do, the current threshold if it is among them, else the highest.

    Raises:
        ValueError: A threshold is not above 0 and at most 1.
    """
    by_score = sorted(decisions, key=lambda decision: decision.score)
    tenths = tuple(round(step / 10, 1) for step in range(1, 11))
    thresholds = {round(step, POINT_DIGITS) for step in (*(steps or tenths), current)}
    for threshold in sorted(thresholds):
        if not 0 < threshold <= 1:
            raise ValueError(f"a threshold is above 0 and at most 1, not {threshold:g}")
    scores = {round(decision.score, POINT_DIGITS) for decision in by_score}
    thresholds |= scores - {0.0}
    rows = tuple(_row(by_score, threshold) for threshold in sorted(thresholds))
    current_row = next(row for row in rows if row.threshold == round(current, POINT_DIGITS))
    suggested, reason = _suggest(rows, current_row, len(by_score))
    return Calibration(
        rows=rows,
        current=current_row,
        decided=len(by_score),
        suggested=suggested,
        reason=reason,
    )


def _row(decisions: Sequence[DecidedScore], threshold: float) -> ThresholdRow:
    counts = {(applied, right): 0 for applied in (True, False) for right in (True, False)}
    for decision in decisions:
        reaches = round(decision.score, POINT_DIGITS) >= threshold
        counts[reaches and not decision.contradicted, decision.right] += 1
    return ThresholdRow(
        threshold=threshold,
        applied_right=counts[True, True],
        applied_wrong=counts[True, False],
        triaged_right=counts[False, True],
        triaged_wrong=counts[False, False],
    )


def _suggest(
    rows: Sequence[ThresholdRow], current: ThresholdRow, decided: int
) -> tuple[float | None, str]:
    if decided < MIN_DECISIONS:
        return None, f"{decided} decisions are too few, at least {MIN_DECISIONS} are needed"
    safe = [row for row in rows if row.applied_wrong == 0 and row.applied_right > 0]
    if not safe:
        return None, "every threshold would have applied something wrong"
    most = max(row.applied_right for row in safe)
    if current.applied_wrong == 0 and current.applied_right == most:
        return current.threshold, "no other threshold is better"
    # All of these apply the same proposals; the highest is the most careful.
    highest = max(row.threshold for row in safe if row.applied_right == most)
    return highest, (
        f"it would have applied {most} right proposals and nothing wrong; {current.threshold:g} "
        f"applied {current.applied_right} right and {current.applied_wrong} wrong"
    )

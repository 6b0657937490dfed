"""What other thresholds would have done: learnt from what people decided in triage.

A person who accepted a proposal says that applying it would have been right; one who skipped it,
that it would have been wrong. For every threshold the table counts the four cases. Only scores that
reached triage are known, so thresholds above the one in use are judged by what was applied without
being undone, where such decisions are given too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import Field

from stashbot.decide.matching.scoring import DIGITS
from stashbot.models import Model

#: Decisions that it takes before a threshold is proposed.
FEWEST = 20


class Decided(Model):
    """A score, and whether the proposal was right."""

    score: float = Field(ge=0, le=1)
    right: bool


class ThresholdRow(Model):
    """What a threshold would have done with the decided proposals.

    ``applied_right`` and ``applied_wrong`` reach it; ``asked_right`` are right ones that a person
    would have been asked about, ``asked_wrong`` wrong ones that would have been kept out.
    """

    threshold: float
    applied_right: int
    applied_wrong: int
    asked_right: int
    asked_wrong: int

    @property
    def precision(self) -> float | None:
        """The share of right ones among those applied; ``None`` where none is."""
        applied = self.applied_right + self.applied_wrong
        return self.applied_right / applied if applied else None

    @property
    def recall(self) -> float | None:
        """The share of those applied among the right ones; ``None`` where none is right."""
        right = self.applied_right + self.asked_right
        return self.applied_right / right if right else None


class Calibration(Model):
    """The table by rising threshold, and the threshold that it speaks for.

    ``proposed`` is ``None`` where too little was decided or no threshold is without a wrong apply;
    ``why`` says so.
    """

    rows: tuple[ThresholdRow, ...]
    current: ThresholdRow
    decided: int
    proposed: float | None = None
    why: str


def calibrate(
    decisions: Iterable[Decided], current: float, *, steps: Sequence[float] = ()
) -> Calibration:
    """What each threshold would have got right and wrong.

    The table has every score that occurred, ``current``, and ``steps``; by default tenths. Proposed
    is the threshold that would have applied most of what is right and nothing wrong; of several
    such the highest, or ``current`` if it is one of them.

    Raises:
        ValueError: a threshold is not above 0 and at most 1.
    """
    found = sorted(decisions, key=lambda one: one.score)
    tenths = tuple(round(step / 10, 1) for step in range(1, 11))
    wanted = {round(one, DIGITS) for one in (*(steps or tenths), current)}
    bad = next((one for one in sorted(wanted) if not 0 < one <= 1), None)
    if bad is not None:
        raise ValueError(f"a threshold is above 0 and at most 1, not {bad:g}")
    wanted |= {score for one in found if (score := round(one.score, DIGITS)) > 0}
    rows = tuple(_row(found, threshold) for threshold in sorted(wanted))
    at = next(row for row in rows if row.threshold == round(current, DIGITS))
    proposed, why = _proposed(rows, at, len(found))
    return Calibration(rows=rows, current=at, decided=len(found), proposed=proposed, why=why)


def _row(decisions: Sequence[Decided], threshold: float) -> ThresholdRow:
    counts = {(applied, right): 0 for applied in (True, False) for right in (True, False)}
    for one in decisions:
        counts[round(one.score, DIGITS) >= threshold, one.right] += 1
    return ThresholdRow(
        threshold=threshold,
        applied_right=counts[True, True],
        applied_wrong=counts[True, False],
        asked_right=counts[False, True],
        asked_wrong=counts[False, False],
    )


def _proposed(
    rows: Sequence[ThresholdRow], current: ThresholdRow, decided: int
) -> tuple[float | None, str]:
    if decided < FEWEST:
        return None, f"{decided} decisions are too few; {FEWEST} would do"
    safe = [row for row in rows if row.applied_wrong == 0 and row.applied_right > 0]
    if not safe:
        return None, "by every threshold something wrong would have been applied"
    best = max(row.applied_right for row in safe)
    # All of these apply the same proposals; the highest is the most careful.
    chosen = max(row.threshold for row in safe if row.applied_right == best)
    if current.applied_wrong == 0 and current.applied_right == best:
        return current.threshold, "the threshold in use is as good as any other"
    return chosen, (
        f"{best} right ones would have been applied and nothing wrong; "
        f"{current.threshold:g} applied {current.applied_right} right and "
        f"{current.applied_wrong} wrong"
    )

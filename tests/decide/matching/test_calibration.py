"""Thresholds compared by the decisions that people made in triage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.calibration import (
    MIN_DECISIONS,
    Calibration,
    DecidedScore,
    ThresholdRow,
    calibrate,
)


def decided(right: str = "", wrong: str = "") -> list[DecidedScore]:
    """Return decisions on scores that are given in hundredths."""
    return [
        DecidedScore(score=int(score) / 100, right=is_right)
        for scores, is_right in ((right, True), (wrong, False))
        for score in scores.split()
    ]


def row(calibration: Calibration, threshold: float) -> ThresholdRow:
    return next(row for row in calibration.rows if row.threshold == threshold)


def test_row_counts_right_and_wrong_applied_and_triaged() -> None:
    """A score at the threshold is applied."""
    calibration = calibrate(decided("80 60 50", "60 20"), 0.6)
    current = calibration.current
    assert current == row(calibration, 0.6)
    assert (current.applied_right, current.applied_wrong) == (2, 1)
    assert (current.triaged_right, current.triaged_wrong) == (1, 1)
    assert current.precision == pytest.approx(2 / 3)
    assert current.recall == pytest.approx(2 / 3)
    assert row(calibration, 0.5).applied_right == 3
    assert row(calibration, 0.7).applied_wrong == 0


def test_no_decisions_have_no_shares() -> None:
    """Precision and recall are None, and no threshold is suggested."""
    calibration = calibrate([], 0.6)
    assert (calibration.current.precision, calibration.current.recall) == (None, None)
    assert calibration.suggested is None


@pytest.mark.parametrize(("count", "suggests"), [(MIN_DECISIONS - 1, False), (MIN_DECISIONS, True)])
def test_suggestion_needs_twenty_decisions(count: int, suggests: bool) -> None:
    """Nineteen decisions are too few."""
    calibration = calibrate(decided("80 " * count), 0.6)
    assert (calibration.suggested is not None) is suggests


@pytest.mark.parametrize(
    ("right", "wrong", "suggested", "reason"),
    [
        (
            "40 " * 15 + "80 " * 5,
            "35 " * 5,
            0.4,
            "it would have applied 20 right proposals and nothing wrong; "
            "0.6 applied 5 right and 0 wrong",
        ),
        (
            "90 " * 15,
            "60 65 " * 5,
            0.9,
            "it would have applied 15 right proposals and nothing wrong; "
            "0.6 applied 15 right and 10 wrong",
        ),
        ("80 " * 15, "30 " * 10, 0.6, "no other threshold is better"),
        ("90 " * 30, "90", None, "every threshold would have applied something wrong"),
    ],
)
def test_suggested_threshold_applies_nothing_wrong(
    right: str, wrong: str, suggested: float | None, reason: str
) -> None:
    """It is the current threshold if no other applies more that is right."""
    calibration = calibrate(decided(right, wrong), 0.6)
    assert (calibration.suggested, calibration.reason) == (suggested, reason)


@pytest.mark.parametrize("threshold", [0.0, -0.1, 1.01])
def test_threshold_outside_of_0_to_1_is_refused(threshold: float) -> None:
    """Neither the current threshold nor a step may be such."""
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        calibrate([], threshold)
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        calibrate([], 0.6, steps=[threshold])


scores = st.lists(st.builds(DecidedScore, score=st.floats(0, 1), right=st.booleans()), max_size=60)


@given(decisions=scores, current=st.floats(0.01, 1))
def test_rows_add_up(decisions: list[DecidedScore], current: float) -> None:
    """Each row counts every decision once, and a higher threshold applies no more.

    The suggested threshold applies nothing wrong, and as much that is right as any that does.
    """
    calibration = calibrate(decisions, current)
    thresholds = [row.threshold for row in calibration.rows]
    assert thresholds == sorted(set(thresholds))
    for row_ in calibration.rows:
        applied = row_.applied_right + row_.applied_wrong
        triaged = row_.triaged_right + row_.triaged_wrong
        assert applied + triaged == len(decisions) == calibration.decided
    for lower, higher in zip(calibration.rows, calibration.rows[1:], strict=False):
        assert higher.applied_right <= lower.applied_right
        assert higher.applied_wrong <= lower.applied_wrong
    if calibration.suggested is not None:
        chosen = row(calibration, calibration.suggested)
        assert chosen.applied_wrong == 0
        safe = [row_.applied_right for row_ in calibration.rows if not row_.applied_wrong]
        assert chosen.applied_right == max(safe)

"""What other thresholds would have done with what people decided."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.calibration import (
    FEWEST,
    Calibration,
    Decided,
    ThresholdRow,
    calibrate,
)


def decided(right: str = "", wrong: str = "") -> list[Decided]:
    """Scores in hundredths, by what they were."""
    return [
        Decided(score=int(one) / 100, right=kind)
        for text, kind in ((right, True), (wrong, False))
        for one in text.split()
    ]


def row(found: Calibration, threshold: float) -> ThresholdRow:
    return next(one for one in found.rows if one.threshold == threshold)


def test_every_threshold_s_four_cases() -> None:
    """Right and wrong, applied and asked; a score at the threshold is applied."""
    found = calibrate(decided("80 60 50", "60 20"), 0.6)
    assert found.current == row(found, 0.6)
    at = found.current
    counts = at.applied_right, at.applied_wrong, at.asked_right, at.asked_wrong
    assert counts == (2, 1, 1, 1)
    assert at.precision == pytest.approx(2 / 3)
    assert at.recall == pytest.approx(2 / 3)
    assert row(found, 0.5).applied_right == 3
    assert row(found, 0.7).applied_wrong == 0


def test_without_decisions_there_are_no_shares() -> None:
    """No division by nothing, and no threshold proposed."""
    found = calibrate([], 0.6)
    assert (found.current.precision, found.current.recall) == (None, None)
    assert found.proposed is None


@pytest.mark.parametrize(("count", "proposes"), [(FEWEST - 1, False), (FEWEST, True)])
def test_a_threshold_takes_enough_decisions(count: int, proposes: bool) -> None:
    """At twenty there are enough."""
    found = calibrate(decided("80 " * count), 0.6)
    assert (found.proposed is not None) is proposes


def test_a_lower_threshold_is_proposed_where_it_is_safe() -> None:
    """What was always accepted at .4 need not be asked; what was wrong at .35 still must."""
    found = calibrate(decided("40 " * 15 + "80 " * 5, "35 " * 5), 0.6)
    assert found.proposed == 0.4
    assert found.why == (
        "20 right ones would have been applied and nothing wrong; 0.6 applied 5 right and 0 wrong"
    )


def test_a_higher_threshold_is_proposed_where_wrong_ones_passed() -> None:
    """Above every wrong score."""
    found = calibrate(decided("90 " * 15, "60 65 " * 5), 0.6)
    assert found.proposed == 0.9


def test_the_threshold_in_use_stays_where_none_is_better() -> None:
    """There is no change for its own sake."""
    found = calibrate(decided("80 " * 15, "30 " * 10), 0.6)
    assert (found.proposed, found.why) == (0.6, "the threshold in use is as good as any other")


def test_where_none_is_safe_none_is_proposed() -> None:
    """The best score itself was wrong once."""
    found = calibrate(decided("90 " * 30, "90"), 0.6)
    assert found.proposed is None
    assert "something wrong" in found.why


@pytest.mark.parametrize("threshold", [0.0, -0.1, 1.01])
def test_a_threshold_that_cannot_be_is_refused(threshold: float) -> None:
    """In use or as a step."""
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        calibrate([], threshold)
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        calibrate([], 0.6, steps=[threshold])


scores = st.lists(st.builds(Decided, score=st.floats(0, 1), right=st.booleans()), max_size=60)


@given(found=scores, current=st.floats(0.01, 1))
def test_the_table_adds_up(found: list[Decided], current: float) -> None:
    """Each row counts every decision once; a higher threshold applies no more; what is proposed
    applies nothing wrong and as many right ones as any that does not.
    """
    table = calibrate(found, current)
    thresholds = [one.threshold for one in table.rows]
    assert thresholds == sorted(set(thresholds))
    for one in table.rows:
        counts = (one.applied_right, one.applied_wrong, one.asked_right, one.asked_wrong)
        assert sum(counts) == len(found) == table.decided
    for lower, higher in zip(table.rows, table.rows[1:], strict=False):
        assert higher.applied_right <= lower.applied_right
        assert higher.applied_wrong <= lower.applied_wrong
    if table.proposed is not None:
        chosen = row(table, table.proposed)
        assert chosen.applied_wrong == 0
        safe = [one.applied_right for one in table.rows if not one.applied_wrong]
        assert chosen.applied_right == max(safe)

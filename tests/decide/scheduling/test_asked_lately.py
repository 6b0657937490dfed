"""Which scenes a run leaves alone, because they were asked about lately."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stashbot.decide.scheduling.asked_lately import LastAsked, choose_due
from stashbot.models import Outcome

NOW = datetime(2024, 1, 13, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("outcome", "hours_ago", "asked_with", "is_due"),
    [
        (Outcome.SKIPPED, 23.99, "same", False),
        (Outcome.TRIAGED, 1, "same", False),
        (Outcome.SKIPPED, 24, "same", True),
        (Outcome.SKIPPED, 1, "other", True),  # another source or threshold
        (Outcome.SKIPPED, 1, None, True),  # a source could not be asked, or an entry was skipped
        (Outcome.SKIPPED, None, "same", True),
        (Outcome.FAILED, 1, "same", True),
        (Outcome.APPLIED, 1, "same", True),  # undone since, or no longer organized
    ],
)
def test_a_scene_that_was_left_is_due_after_a_pause(
    outcome: Outcome, hours_ago: float | None, asked_with: str | None, is_due: bool
) -> None:
    """If it would be asked the same of the same sources; other scenes are always due."""
    at = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    asked = {"1": LastAsked(at=at, outcome=outcome, asked_with=asked_with)}
    due = choose_due(("1", "2"), asked, now=NOW, pause=DAY, asking_with="same")
    assert due.scenes == (("1", "2") if is_due else ("2",))
    assert due.asked_lately == (0 if is_due else 1)

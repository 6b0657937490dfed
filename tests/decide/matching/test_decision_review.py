"""What decisions in triage say about contradictions, signals and the threshold."""

from __future__ import annotations

import tomllib

from stashbot.decide.matching.calibration import DecidedScore, calibrate
from stashbot.decide.matching.decision_review import (
    Decision,
    Review,
    review_decisions,
    settings_diff,
)
from stashbot.models import ContradictionKind
from stashbot.settings import ContradictionSettings, WeightSettings

DATE, STUDIO = ContradictionKind.DATE, ContradictionKind.STUDIO


def decided(
    count: int, *, right: bool, against: tuple[ContradictionKind, ...] = (), by: str = "title"
) -> list[Decision]:
    """Return that many equal decisions: what spoke against the proposals, and for them."""
    decision = Decision(
        right=right, contradictions=frozenset(against), signals=frozenset(by.split())
    )
    return [decision] * count


def review(*parts: list[Decision], scores: tuple[DecidedScore, ...] = ()) -> Review:
    decisions = [decision for part in parts for decision in part]
    calibration = calibrate(scores, 0.6)
    return review_decisions(decisions, calibration, WeightSettings(), ContradictionSettings())


def changes(found: Review) -> list[tuple[str, str, object, object]]:
    return [(each.section, each.key, each.current, each.proposed) for each in found.changes]


def test_a_contradiction_that_was_overridden_each_time_is_proposed_off() -> None:
    """From ten times on which it stood alone; a single confirmation keeps it."""
    off = [("contradictions", "date", True, False)]
    assert changes(review(decided(10, right=True, against=(DATE,)))) == off
    assert changes(review(decided(9, right=True, against=(DATE,)))) == []
    confirmed = decided(1, right=False, against=(DATE,))
    assert changes(review(decided(20, right=True, against=(DATE,)), confirmed)) == []
    assert changes(review(decided(20, right=True, against=(DATE, STUDIO)))) == []


def test_a_signal_that_misled_every_second_time_is_proposed_at_half() -> None:
    """From ten proposals with its points on; a rarer error changes nothing."""
    found = review(decided(5, right=True, by="url"), decided(5, right=False, by="url"))
    assert changes(found) == [("weights", "url", 0.6, 0.3)]
    assert found.changes[0].reason == "5 of 10 proposals with its points were wrong"
    assert changes(review(decided(6, right=True, by="url"), decided(4, right=False, by="url"))) == (
        []
    )
    assert changes(review(decided(9, right=False, by="url"))) == []


def test_counts_say_what_was_accepted_and_skipped() -> None:
    """By contradiction, also beside others, and by signal."""
    found = review(
        decided(2, right=True, against=(DATE,)),
        decided(3, right=False, against=(DATE, STUDIO), by="title url"),
    )
    assert [(c.name, c.right, c.wrong, c.alone) for c in found.contradictions] == [
        ("date", 2, 3, 2),
        ("studio", 0, 3, 0),
    ]
    assert [(c.name, c.right, c.wrong) for c in found.signals] == [("title", 2, 3), ("url", 0, 3)]


def test_the_diff_is_toml_with_reasons() -> None:
    """The added lines can be put into the settings as they are."""
    scores = (
        *(DecidedScore(score=0.5, right=True) for _ in range(20)),
        *(DecidedScore(score=0.9, right=False, contradicted=True) for _ in range(5)),
    )
    found = review(decided(10, right=True, against=(DATE,)), scores=scores)
    diff = settings_diff(found.changes, name="stashbot.toml")
    assert diff.splitlines()[:4] == [
        "--- stashbot.toml",
        "+++ proposed",
        " [weights]",
        "-threshold = 0.6",
    ]
    added = [line[1:] for line in diff.splitlines()[2:] if line[0] in " +"]
    assert tomllib.loads("\n".join(added)) == {
        "weights": {"threshold": 0.5},
        "contradictions": {"date": False},
    }
    assert settings_diff((), name="stashbot.toml") == ""


def test_a_contradicted_proposal_is_applied_at_no_threshold() -> None:
    """So it says nothing against a lower threshold."""
    wrong = DecidedScore(score=0.9, right=False, contradicted=True)
    row = calibrate([wrong], 0.6).current
    assert (row.applied_wrong, row.triaged_wrong) == (0, 1)

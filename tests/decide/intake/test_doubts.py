"""Doubts that leave a proposal to a person, whatever its score."""

from __future__ import annotations

from stashbot.decide.intake.doubts import doubts_about, with_doubts
from stashbot.decide.matching.scoring import explain_low_score
from stashbot.models import (
    FieldName,
    Judgement,
    Omission,
    OmissionKind,
    Plan,
    Proposal,
    Recommendation,
)

CERTAIN = Judgement(score=1.0, recommendation=Recommendation.STRONG, accepted=True)


def test_a_doubt_outweighs_any_score() -> None:
    """It stands in the evidence; without a doubt the judgement is as it was."""
    assert with_doubts(CERTAIN, ()) is CERTAIN
    doubted = with_doubts(CERTAIN, ("Alpha gives two titles",))
    assert (doubted.accepted, doubted.score) == (False, 1.0)
    assert doubted.recommendation is Recommendation.LOW
    assert [(signal.signal, signal.note) for signal in doubted.evidence] == [
        ("doubt", "Alpha gives two titles")
    ]


def test_doubts_are_those_of_cleaning_and_namesakes() -> None:
    """Other omissions are none."""
    omitted = tuple(
        Omission(field=FieldName.PERFORMERS, name="Ada", kind=kind, reason=kind.value)
        for kind in (OmissionKind.NOT_IN_STASH, OmissionKind.NAMESAKE)
    )
    plan = Plan(scene_id="1", source="Alpha", omitted=omitted)
    proposal = Proposal(source="Alpha", doubts=("two titles",))
    assert doubts_about(proposal, plan) == ("two titles", "namesake")


def test_a_doubt_is_the_reason() -> None:
    """Not the signals that are missing besides, nor a threshold that was reached."""
    doubted = with_doubts(CERTAIN, ("Alpha gives two titles",))
    assert explain_low_score(doubted, 0.6) == "Alpha gives two titles (score 1.00)"

"""Leave a proposal to a person for reasons that no score outweighs."""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.models import Evidence, Judgement, OmissionKind, Plan, Proposal, Recommendation

DOUBT = "doubt"


def doubts_about(proposal: Proposal, plan: Plan) -> tuple[str, ...]:
    """Return the doubts of cleaning, and the namesakes that linking found."""
    namesakes = [
        omission.reason for omission in plan.omitted if omission.kind is OmissionKind.NAMESAKE
    ]
    return (*proposal.doubts, *namesakes)


def with_doubts(judgement: Judgement, doubts: Sequence[str]) -> Judgement:
    """Return the judgement with each doubt as evidence; with any it is not accepted."""
    if not doubts:
        return judgement
    evidence = tuple(Evidence(signal=DOUBT, note=doubt) for doubt in doubts)
    recommendation = (
        Recommendation.NONE
        if judgement.recommendation is Recommendation.NONE
        else Recommendation.LOW
    )
    return judgement.model_copy(
        update={
            "accepted": False,
            "recommendation": recommendation,
            "evidence": (*judgement.evidence, *evidence),
        }
    )

"""Which of several candidates for a scene to take, and whether to trust it.

A candidate is taken when its own score is accepted and no other candidate is too near: the best
must lead the runner-up. A scene that is listed twice is no rival of itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.decide.matching.names import by_case
from stashbot.decide.matching.scoring import DIGITS, judge
from stashbot.models import Evidence, Judgement, Known, Model, Proposal, Recommendation
from stashbot.settings import SearchSettings, WeightSettings

LEAD = "lead"
_LOWER = {
    Recommendation.STRONG: Recommendation.MEDIUM,
    Recommendation.MEDIUM: Recommendation.LOW,
}


class Match(Model):
    """The best of several candidates by its place among them, and how far it leads.

    ``lead`` is ``None`` without a rival. ``order`` are all places, best first; ``scores`` are those
    of the candidates as they were given.
    """

    best: int
    judgement: Judgement
    lead: float | None = None
    order: tuple[int, ...]
    scores: tuple[float, ...]

    @property
    def recommendation(self) -> Recommendation:
        """How far the best may be trusted."""
        return self.judgement.recommendation


def best_match(
    candidates: Sequence[Proposal],
    known: Known,
    weights: WeightSettings,
    settings: SearchSettings,
) -> Match | None:
    """The best candidate with its judgement; ``None`` where there are none.

    Without the lead a candidate is not accepted: what would be ``strong`` or ``medium`` is one
    step less, never above ``low`` for a tie, and the evidence says so. Of equal scores the first
    stands, since sources list what fits best first.
    """
    if not candidates:
        return None
    judged = [judge(one, known, weights) for one in candidates]
    order = sorted(range(len(candidates)), key=lambda place: -judged[place].score)
    best = order[0]
    rival = next((one for one in order[1:] if not _same(candidates[best], candidates[one])), None)
    judgement = judged[best]
    lead = None
    if rival is not None:
        lead = round(judgement.score - judged[rival].score, DIGITS)
        if lead < round(settings.lead, DIGITS):
            doubt = _doubt(judgement, candidates[rival], judged[rival].score, lead)
            judgement = doubted(judgement, doubt)
    return Match(
        best=best,
        judgement=judgement,
        lead=lead,
        order=tuple(order),
        scores=tuple(one.score for one in judged),
    )


def doubted(judgement: Judgement, doubt: Evidence) -> Judgement:
    """The judgement of a candidate that does not lead by enough; see ``best_match``."""
    lower = _LOWER.get(judgement.recommendation, judgement.recommendation)
    if doubt.scene == doubt.proposal and lower is Recommendation.MEDIUM:
        lower = Recommendation.LOW
    return judgement.model_copy(
        update={
            "accepted": False,
            "recommendation": lower,
            "evidence": (*judgement.evidence, doubt),
        }
    )


def _doubt(judgement: Judgement, rival: Proposal, score: float, lead: float) -> Evidence:
    name = rival.title or rival.code or "another candidate"
    return Evidence(
        signal=LEAD,
        scene=judgement.score,
        proposal=score,
        note=f"{name!r} fits nearly as well: {score:g}, {lead:g} less",
    )


def _same(one: Proposal, other: Proposal) -> bool:
    """Whether two candidates are one scene: the same id, the same pages, or all of title, date and
    studio known and the same. In doubt they are two.
    """
    if one.stash_id and other.stash_id:
        return one.stash_id == other.stash_id
    if one.urls and set(one.urls) == set(other.urls):
        return True
    told = one.title and one.date and one.studio and other.title and other.studio
    return bool(
        told
        and one.date == other.date
        and by_case(one.title or "") == by_case(other.title or "")
        and one.studio
        and other.studio
        and by_case(one.studio.name) == by_case(other.studio.name)
    )

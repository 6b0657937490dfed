"""Choose among the candidates of a search, and decide whether the best may be trusted.

A candidate is accepted if its own score is, and if it leads the second candidate by enough. A scene
that is listed twice is not a rival of itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.decide.matching.names import fold_case
from stashbot.models import Evidence, Judgement, Model, Proposal, Recommendation
from stashbot.settings import POINT_DIGITS, SearchSettings

LEAD = "lead"
#: Seconds by which two answers about a scene may differ in its length.
_SAME_LENGTH_S = 10.0
_NEXT_LOWER = {
    Recommendation.STRONG: Recommendation.MEDIUM,
    Recommendation.MEDIUM: Recommendation.LOW,
}


class Match(Model):
    """The best of several candidates, and by how much it leads.

    ``best`` and ``order`` (best first) are positions in the candidates as they were given, and so
    are ``scores``. ``lead`` is ``None`` without a rival. ``rivals`` are the positions of other
    scenes that fit too nearly as well for the best to be accepted.
    """

    best: int
    judgement: Judgement
    lead: float | None = None
    order: tuple[int, ...]
    scores: tuple[float, ...]
    rivals: tuple[int, ...] = ()

    @property
    def recommendation(self) -> Recommendation:
        """How far the best candidate may be trusted."""
        return self.judgement.recommendation


def best_match(
    candidates: Sequence[Proposal],
    judgements: Sequence[Judgement],
    settings: SearchSettings,
) -> Match | None:
    """Return the best candidate with its judgement, or ``None`` if there are no candidates.

    ``judgements`` are those of the candidates. A candidate that contradicts the scene comes after
    all others, and is no rival of theirs. Of equal scores the first wins, since sources list their
    best candidates first. Without the
    lead that the settings ask for, the best is not accepted, and its recommendation is lowered by
    a step; for a tie it is at most ``low``.
    """
    if not candidates:
        return None
    order = sorted(
        range(len(candidates)),
        key=lambda at: (bool(judgements[at].contradictions), -judgements[at].score),
    )
    best = order[0]
    others = [
        position
        for position in order[1:]
        if not _same_scene(candidates[best], candidates[position])
        and (judgements[best].contradictions or not judgements[position].contradictions)
    ]
    lead_of = {
        position: round(judgements[best].score - judgements[position].score, POINT_DIGITS)
        for position in others
    }
    rivals = tuple(at for at in others if lead_of[at] < round(settings.lead, POINT_DIGITS))
    judgement = judgements[best]
    if rivals:
        rival = rivals[0]
        evidence = _close_rival(
            judgement.score, candidates[rival], judgements[rival].score, lead_of[rival]
        )
        judgement = with_close_rival(judgement, evidence)
    return Match(
        best=best,
        judgement=judgement,
        lead=lead_of[others[0]] if others else None,
        rivals=rivals,
        order=tuple(order),
        scores=tuple(judgement.score for judgement in judgements),
    )


def with_close_rival(judgement: Judgement, rival: Evidence) -> Judgement:
    """Return the judgement of a candidate that does not lead by enough; see ``best_match``."""
    lower = _NEXT_LOWER.get(judgement.recommendation, judgement.recommendation)
    is_tie = rival.scene == rival.proposal
    if is_tie and lower is Recommendation.MEDIUM:
        lower = Recommendation.LOW
    return judgement.model_copy(
        update={
            "accepted": False,
            "recommendation": lower,
            "evidence": (*judgement.evidence, rival),
        }
    )


def _close_rival(score: float, rival: Proposal, rival_score: float, lead: float) -> Evidence:
    name = rival.title or rival.code or "another candidate"
    return Evidence(
        signal=LEAD,
        scene=score,
        proposal=rival_score,
        note=f"{name!r} fits nearly as well (score {rival_score:g}, {lead:g} less)",
    )


def _same_scene(first: Proposal, second: Proposal) -> bool:
    """Return whether two candidates are certainly the same scene.

    They have the same id or the same pages; or the same title, date and studio, and neither
    performers nor pages, code or length that differ: studios release several scenes of a title.
    """
    if first.stash_id and second.stash_id:
        return first.stash_id == second.stash_id
    if first.urls and set(first.urls) == set(second.urls):
        return True
    if not (first.title and first.date and first.studio and second.title and second.studio):
        return False
    return (
        first.date == second.date
        and fold_case(first.title) == fold_case(second.title)
        and fold_case(first.studio.name) == fold_case(second.studio.name)
        and not _differ(first, second)
    )


def _differ(first: Proposal, second: Proposal) -> bool:
    """Return whether both tell performers, pages, code or length, and tell other ones."""
    people = [{fold_case(one.name) for one in each.performers} for each in (first, second)]
    pages = [set(each.urls) for each in (first, second)]
    if any(mine and theirs and mine.isdisjoint(theirs) for mine, theirs in (people, pages)):
        return True
    if first.code and second.code and fold_case(first.code) != fold_case(second.code):
        return True
    lengths = (first.duration or 0.0, second.duration or 0.0)
    return min(lengths) > 0 and abs(lengths[0] - lengths[1]) > _SAME_LENGTH_S

"""The best of several candidates, accepted only if no other fits nearly as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.matching.scoring import score_proposal
from stashbot.decide.matching.search_candidates import LEAD, Match, best_match
from stashbot.models import Judgement, KnownFacts, Proposal, Recommendation, Scene
from stashbot.settings import SearchSettings, WeightSettings

WEIGHTS = WeightSettings()
DEFAULTS = SearchSettings()
KNOWN = KnownFacts(title="Clip 12", date="2024-01-13", duration=600, performers=("Ada", "Ben"))
FACTS = SceneFacts(scene=Scene(id="7"), known=KNOWN)


def proposal(**fields: Any) -> Proposal:
    return Proposal.model_validate({"source": "Catalog", **fields})


RIGHT = proposal(title="Clip 12", date="2024-01-13", duration=600)
TITLE_ONLY = proposal(title="Clip 12", duration=605)
OTHER = proposal(title="Other")


def judged(candidates: Sequence[Proposal]) -> list[Judgement]:
    return [score_proposal(candidate, FACTS, WEIGHTS) for candidate in candidates]


def match(*candidates: Proposal, lead: float = 0.1) -> Match:
    best = best_match(candidates, judged(candidates), SearchSettings(lead=lead))
    assert best is not None
    return best


def test_no_candidates_have_no_best() -> None:
    """The result is None."""
    assert best_match([], [], DEFAULTS) is None


def test_single_candidate_needs_no_lead() -> None:
    """Its judgement is that of the score alone."""
    found = match(RIGHT)
    assert found.judgement == score_proposal(RIGHT, FACTS, WEIGHTS)
    assert found.lead is None


def test_best_is_found_at_any_position() -> None:
    """Positions are those of the given list."""
    found = match(OTHER, TITLE_ONLY, RIGHT)
    assert (found.best, found.order) == (2, (2, 1, 0))
    assert found.scores == (0.0, 0.6, 0.8)
    assert found.lead == pytest.approx(0.2)
    assert found.judgement.accepted
    assert found.recommendation is Recommendation.STRONG


@pytest.mark.parametrize(("lead", "accepted"), [(0.19, True), (0.2, True), (0.21, False)])
def test_lead_at_its_limit(lead: float, accepted: bool) -> None:
    """A score of .8 leads .6 by .2, whatever floating point says, and not by .21."""
    found = match(RIGHT, TITLE_ONLY, lead=lead)
    assert found.judgement.accepted is accepted
    assert found.recommendation is (Recommendation.STRONG if accepted else Recommendation.MEDIUM)
    assert (LEAD in {signal.signal for signal in found.judgement.evidence}) is not accepted


def test_tie_is_recommended_low_at_most() -> None:
    """A person decides between two scenes that fit equally well."""
    twin = RIGHT.model_copy(update={"title": "CLIP 12", "code": "x"})
    found = match(RIGHT, twin)
    assert (found.best, found.lead) == (0, 0.0)
    assert not found.judgement.accepted
    assert found.recommendation is Recommendation.LOW
    assert found.judgement.evidence[-1].note == "'CLIP 12' fits nearly as well (score 0.8, 0 less)"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"urls": ["https://a"]}, {"urls": ["https://a"]}),
        ({"stash_id": {"endpoint": "e", "stash_id": "1"}},) * 2,
        ({"studio": {"name": "North"}}, {"studio": {"name": "NORTH"}}),
    ],
)
def test_scene_that_is_listed_twice_is_no_rival(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    """It has the same page, the same id, or the same title, date and studio."""
    base = {"title": "Clip 12", "date": "2024-01-13", "duration": 600}
    found = match(proposal(**base, **first), proposal(**base, **second), OTHER)
    assert found.judgement.accepted
    assert found.lead is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"urls": ["https://a", "https://home"]}, {"urls": ["https://b", "https://home"]}),
        ({"studio": {"name": "North"}}, {"studio": {"name": "South"}}),
        *(
            ({"studio": {"name": "North"}, name: one}, {"studio": {"name": "North"}, name: other})
            for name, one, other in (
                ("performers", [{"name": "Ada"}], [{"name": "Ben"}]),
                ("urls", ["https://a"], ["https://b"]),
                ("code", "NL-1", "NL-2"),
                ("duration", 595, 606),
            )
        ),
        (
            {"stash_id": {"endpoint": "e", "stash_id": "1"}, "urls": ["https://a"]},
            {"stash_id": {"endpoint": "e", "stash_id": "2"}, "urls": ["https://a"]},
        ),
    ],
)
def test_candidates_that_may_differ_are_rivals(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    """A shared home page is not enough; another studio or id makes another scene, and so do other
    performers, pages, codes and lengths under a title of the same day, of which a studio may
    release several.
    """
    base = {"title": "Clip 12", "date": "2024-01-13", "duration": 600}
    found = match(proposal(**{**base, **first}), proposal(**{**base, **second}))
    assert not found.judgement.accepted
    assert found.rivals == (1 - found.best,)


candidates = st.lists(
    st.builds(
        proposal,
        title=st.sampled_from([None, "Clip 12", "Other"]),
        date=st.sampled_from([None, "2024-01-13", "2020-01-01"]),
        duration=st.sampled_from([None, 600, 605, 620]),
        urls=st.sampled_from([(), ("https://a",), ("https://b",)]),
    ),
    min_size=1,
    max_size=5,
)


@given(found=candidates, lead=st.floats(0, 1))
def test_rivals_never_raise_the_trust_in_the_best(found: list[Proposal], lead: float) -> None:
    """The best has the highest score of those that contradict nothing, if there are any, and is
    accepted only if it is when it is alone.
    """
    best = match(*found, lead=lead)
    alone = score_proposal(found[best.best], FACTS, WEIGHTS)
    free = [each.score for each in judged(found) if not each.contradictions]
    assert best.judgement.score == alone.score == max(free or best.scores)
    assert sorted(best.order) == list(range(len(found)))
    assert alone.accepted or not best.judgement.accepted
    ranks = list(Recommendation)
    assert ranks.index(best.recommendation) >= ranks.index(alone.recommendation)

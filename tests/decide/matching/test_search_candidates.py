"""Several candidates: the best is taken only where nothing else fits nearly as well."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.scoring import judge
from stashbot.decide.matching.search_candidates import LEAD, Match, best_match
from stashbot.models import Known, Proposal, Recommendation
from stashbot.settings import SearchSettings, WeightSettings

WEIGHTS = WeightSettings()
DEFAULTS = SearchSettings()
KNOWN = Known(title="Clip 12", date="2024-01-13", duration=600, performers=("Ada", "Ben"))


def said(**fields: Any) -> Proposal:
    return Proposal.model_validate({"source": "Catalog", **fields})


RIGHT = said(title="Clip 12", date="2024-01-13", duration=600)
TITLE_ONLY = said(title="Clip 12", date="2020-01-01", duration=605)
OTHER = said(title="Other")


def match(*candidates: Proposal, lead: float = 0.1) -> Match:
    found = best_match(candidates, KNOWN, WEIGHTS, SearchSettings(lead=lead))
    assert found is not None
    return found


def test_without_candidates_there_is_no_match() -> None:
    """Nothing is recommended."""
    assert best_match([], KNOWN, WEIGHTS, DEFAULTS) is None


def test_a_single_candidate_is_judged_as_ever() -> None:
    """Without a rival there is no lead to ask for."""
    found = match(RIGHT)
    assert found.judgement == judge(RIGHT, KNOWN, WEIGHTS)
    assert found.lead is None


def test_the_best_is_found_wherever_it_stands() -> None:
    """Places are those of the list as it was given."""
    found = match(OTHER, TITLE_ONLY, RIGHT)
    assert (found.best, found.order) == (2, (2, 1, 0))
    assert found.scores == (0.0, 0.6, 0.8)
    assert found.lead == pytest.approx(0.2)
    assert found.judgement.accepted
    assert found.recommendation is Recommendation.STRONG


@pytest.mark.parametrize(("lead", "accepted"), [(0.19, True), (0.2, True), (0.21, False)])
def test_the_lead_is_kept_at_its_limit(lead: float, accepted: bool) -> None:
    """.8 leads .6 by .2 whatever floating point says; one hundredth more is not reached."""
    found = match(RIGHT, TITLE_ONLY, lead=lead)
    assert found.judgement.accepted is accepted
    assert found.recommendation is (Recommendation.STRONG if accepted else Recommendation.MEDIUM)
    assert (LEAD in {one.signal for one in found.judgement.evidence}) is not accepted


def test_a_tie_is_never_more_than_low() -> None:
    """Two different scenes that fit equally well: a person has to look."""
    twin = RIGHT.model_copy(update={"title": "CLIP 12", "code": "x"})
    found = match(RIGHT, twin)
    assert (found.best, found.lead) == (0, 0.0)
    assert not found.judgement.accepted
    assert found.recommendation is Recommendation.LOW
    assert "'CLIP 12' fits nearly as well: 0.8, 0 less" in found.judgement.evidence[-1].note


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"urls": ["https://a"]}, {"urls": ["https://a"]}),
        ({"stash_id": {"endpoint": "e", "stash_id": "1"}},) * 2,
        ({"studio": {"name": "North"}}, {"studio": {"name": "NORTH"}}),
    ],
)
def test_a_scene_listed_twice_is_no_rival(one: dict[str, Any], other: dict[str, Any]) -> None:
    """The same page, id, or title with date and studio; the next different one is the rival."""
    base = {"title": "Clip 12", "date": "2024-01-13", "duration": 600}
    found = match(said(**base, **one), said(**base, **other), OTHER)
    assert found.judgement.accepted
    assert found.lead == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"urls": ["https://a", "https://home"]}, {"urls": ["https://b", "https://home"]}),
        ({"studio": {"name": "North"}}, {"studio": {"name": "South"}}),
        (
            {"stash_id": {"endpoint": "e", "stash_id": "1"}, "urls": ["https://a"]},
            {"stash_id": {"endpoint": "e", "stash_id": "2"}, "urls": ["https://a"]},
        ),
    ],
)
def test_in_doubt_two_candidates_are_two_scenes(one: dict[str, Any], other: dict[str, Any]) -> None:
    """A shared home page, another studio, or another id makes rivals."""
    base = {"title": "Clip 12", "date": "2024-01-13", "duration": 600}
    assert not match(said(**base, **one), said(**base, **other)).judgement.accepted


candidates = st.lists(
    st.builds(
        said,
        title=st.sampled_from([None, "Clip 12", "Other"]),
        date=st.sampled_from([None, "2024-01-13", "2020-01-01"]),
        duration=st.sampled_from([None, 600, 620, 900]),
        urls=st.sampled_from([(), ("https://a",), ("https://b",)]),
    ),
    min_size=1,
    max_size=5,
)


@given(found=candidates, lead=st.floats(0, 1))
def test_the_lead_only_ever_takes_trust_away(found: list[Proposal], lead: float) -> None:
    """The best has the highest score, is accepted only if it would be alone, and never stands
    higher than alone.
    """
    best = match(*found, lead=lead)
    alone = judge(found[best.best], KNOWN, WEIGHTS)
    assert best.scores[best.best] == max(best.scores) == best.judgement.score == alone.score
    assert sorted(best.order) == list(range(len(found)))
    assert alone.accepted or not best.judgement.accepted
    ranks = list(Recommendation)
    assert ranks.index(best.recommendation) >= ranks.index(alone.recommendation)

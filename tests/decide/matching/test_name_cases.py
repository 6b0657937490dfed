"""Names that people have: what is applied, what contradicts, what says too little."""

from __future__ import annotations

import pytest

from stashbot.decide.matching.scene_facts import read_scene_facts
from stashbot.decide.matching.scoring import score_proposal
from stashbot.settings import FilenameSettings, WeightSettings
from tests.decide.matching import cases
from tests.decide.matching.cases import APPLY, LOW, Case

ALL = (
    *cases.DATES,
    *cases.PLACES,
    *cases.CODES,
    *cases.TAGS,
    *cases.SCENE_NAMES,
    *cases.LIES,
    *cases.SPELLINGS,
)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a_name_decides_about_a_proposal(case: Case) -> None:
    """At the defaults, and without knowing the library, a proposal is applied where the name bears
    it out, and goes to triage for the reason that the table gives.
    """
    facts = read_scene_facts(cases.scene_of(case.name), FilenameSettings())
    judgement = score_proposal(cases.proposal_of(case.proposal), facts, WeightSettings())
    kinds = {contradiction.kind.value for contradiction in judgement.contradictions}
    if case.verdict == APPLY:
        assert judgement.accepted, judgement.contradictions or judgement.evidence
    elif case.verdict == LOW:
        assert not judgement.accepted
        assert not kinds
    else:
        assert not judgement.accepted
        assert case.verdict in kinds

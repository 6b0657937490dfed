# ruff: noqa: E501 # rows of a table
"""Contradictions: each with its sentence and switch, and the playbook's score without them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.library_names import LibraryNames
from stashbot.decide.matching.scene_facts import read_scene_facts
from stashbot.decide.matching.scoring import score_proposal
from stashbot.decide.planning.entity_index import LibraryEntity
from stashbot.models import ContradictionKind, Proposal, Scene, ScrapedEntity
from stashbot.settings import ContradictionSettings, FilenameSettings, WeightSettings
from tests.decide.matching.cases import proposal_of, says, scene_of

NAMES = FilenameSettings()
WEIGHTS = WeightSettings()
RIGHT = says("Harbour Steps", "2024-05-08", "Northlight", "Ada Sample")
FILE = "Northlight - 2024-05-08 - Ada Sample - Harbour Steps.mp4"
ROWS: list[tuple[str, dict[str, Any], str, str]] = [
    (FILE, {"title": "High Tide"}, "title", "the file says 'Harbour Steps', AlphaSource says 'High Tide'"),
    ("Northlight - 2024-05-08 - Harbour Steps 2.mp4", {}, "number", "the file says 'Harbour Steps 2', AlphaSource says 'Harbour Steps'"),
    ("Northlight - 2024-05-08 - Harbour Steps [BTS].mp4", {}, "marker", "the file says 'BTS', AlphaSource says 'Harbour Steps'"),
    (FILE, {"date": "2014-05-08"}, "date", "the file says 2024-05-08, AlphaSource says 2014-05-08"),
    (FILE, {"duration": 3100.0}, "duration", "the file is 10:00 long, AlphaSource says 51:40"),
    (FILE, {"performers": ("Dana Mock",)}, "performers", "the file names Ada Sample, AlphaSource names Dana Mock"),
    ("Northlight Classics - 2024-05-08 - Harbour Steps.mp4", {}, "studio", "the file says 'Northlight Classics', AlphaSource says 'Northlight'"),
    ("NL-105.mp4", {"code": "NL-104"}, "code", "the file says 'NL-105', AlphaSource says 'NL-104'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "kind", "sentence"), ROWS, ids=[row[2] for row in ROWS])
def test_each_contradiction_has_a_sentence_and_a_switch(
    name: str, values: dict[str, Any], kind: str, sentence: str
) -> None:
    """It keeps the proposal from being applied; turned off, it is not mentioned."""
    facts, proposal = read_scene_facts(scene_of(name), NAMES), proposal_of({**RIGHT, **values})
    found = score_proposal(proposal, facts, WEIGHTS)
    assert not found.accepted
    assert {each.kind.value: each.text for each in found.contradictions}[kind] == sentence
    off = ContradictionSettings.model_validate({kind: False})
    without = score_proposal(proposal, facts, WEIGHTS, off)
    assert kind not in {each.kind.value for each in without.contradictions}
    assert without.score == found.score


def test_no_score_outweighs_a_contradiction() -> None:
    """A proposal that agrees in everything else is not applied for a day that differs."""
    facts = read_scene_facts(scene_of(FILE), NAMES)
    agreeing = proposal_of({**RIGHT, "duration": 600.0, "date": "2024-05-09"})
    found = score_proposal(agreeing, facts, WEIGHTS)
    assert found.score >= 0.8
    assert not found.accepted


@pytest.mark.parametrize(
    ("seconds", "contradicts"),
    [(660.0, False), (661.0, False), (690.0, False), (691.0, True), (510.0, False), (509.0, True)],
)
def test_length_contradicts_beyond_both_limits(seconds: float, contradicts: bool) -> None:
    """Of a file of 600 s, by more than 60 s and more than 15 %."""
    facts = read_scene_facts(scene_of(FILE), NAMES)
    found = score_proposal(proposal_of({**RIGHT, "duration": seconds}), facts, WEIGHTS)
    kinds = {each.kind for each in found.contradictions}
    assert (ContradictionKind.DURATION in kinds) is contradicts


def test_performers_of_the_library_are_known_by_any_name() -> None:
    """An alias in the name is the performer of the proposal; another known performer is not."""
    library = LibraryNames.of(
        (
            LibraryEntity(id="1", name="Ada Sample", aliases=("Ada Stage",)),
            LibraryEntity(id="2", name="Dana Mock"),
        ),
        (),
    )
    alias = read_scene_facts(scene_of("Northlight.2024-05-08.Ada.Stage.Harbour.Steps.mp4"), NAMES)
    found = score_proposal(proposal_of(RIGHT), alias, WEIGHTS, library=library)
    assert found.accepted
    assert not found.contradictions
    both = read_scene_facts(
        scene_of("Northlight.2024-05-08.Harbour.Steps.Ada.Sample.Dana.Mock.mp4"), NAMES
    )
    found = score_proposal(proposal_of(RIGHT), both, WEIGHTS, library=library)
    assert [each.kind for each in found.contradictions] == [ContradictionKind.PERFORMERS]


def test_own_pattern_is_believed_instead_of_the_name() -> None:
    """A pattern of the user's reads first; the rest of the name says nothing."""
    own = FilenameSettings.model_validate(
        {"patterns": [{"name": "mine", "regex": r"(?P<title>[^@]+)@(?P<studio>\w+) .+"}]}
    )
    facts = read_scene_facts(scene_of("Harbour Steps@Northlight Whatever 3.mp4"), own)
    found = score_proposal(proposal_of(says("Harbour Steps", None, "Northlight")), facts, WEIGHTS)
    assert found.accepted
    assert not found.contradictions
    assert not found.name


PLAYBOOK = WeightSettings(studio=0.0, code=0.0, explained=0.0, url=0.0, fingerprint=0.0)
OFF = ContradictionSettings.model_validate({kind.value: False for kind in ContradictionKind})
NO_NAMES = FilenameSettings(builtin=False)


def playbook_score(proposal: Proposal, scene: Scene) -> float:
    """Return the score that the playbook's 1.2 gives, as it stands there."""
    score = 0.0
    if proposal.title and scene.title and proposal.title.lower() == scene.title.lower():
        score += 0.4
    if proposal.date and scene.date and proposal.date == scene.date:
        score += 0.2
    length = scene.files[0].duration
    if proposal.duration and length:
        difference = abs(proposal.duration - length)
        score += 0.2 if difference <= 10 else 0.1 if difference <= 30 else 0
    ours = {performer.name for performer in scene.performers}
    score += min(0.2, 0.05 * sum(each.name in ours for each in proposal.performers))
    return round(min(1.0, score), 6)


_TITLES = st.sampled_from([None, "Clip 12", "clip 12", "Café", "Cafe", "Interview", "Clip 12 BTS"])
_DAYS = st.sampled_from([None, "2024-01-13", "2024-01-14"])
_PEOPLE = st.lists(st.sampled_from(["Ada Sample", "Dana Mock", "Ada"]), unique=True).map(tuple)


@given(
    title=_TITLES,
    day=_DAYS,
    people=_PEOPLE,
    studio=st.sampled_from([None, "Northlight", "Meadow"]),
    values=st.fixed_dictionaries(
        {
            "title": _TITLES,
            "date": _DAYS,
            "performers": _PEOPLE,
            "duration": st.sampled_from([None, 600.0, 610.0, 625.0, 3000.0]),
            "studio": st.sampled_from([None, "Northlight"]),
            "code": st.sampled_from([None, "NL-104"]),
        }
    ),
)
def test_without_what_is_stashbots_own_the_playbook_judges(
    title: str | None, day: str | None, people: tuple[str, ...], studio: str | None, values: Any
) -> None:
    """With contradictions off, own weights at 0 and names unread, score and verdict are its own."""
    scene = scene_of("NL-104 Clip 13.mp4", title=title, date=day, performers=people, studio=studio)
    proposal = proposal_of({name: value for name, value in values.items() if value})
    found = score_proposal(proposal, read_scene_facts(scene, NO_NAMES), PLAYBOOK, OFF)
    expected = playbook_score(proposal, scene)
    assert found.score == expected
    assert found.accepted is (expected >= 0.6)
    assert not found.contradictions


def test_title_that_is_only_a_name_needs_more() -> None:
    """A title of the performers' names says no more than the performers."""
    facts = read_scene_facts(scene_of("Northlight - Ada Sample.mp4"), NAMES)
    named = Proposal(
        source="AlphaSource",
        title="Ada Sample",
        studio=ScrapedEntity(name="Northlight"),
        performers=(ScrapedEntity(name="Ada Sample"),),
    )
    assert not score_proposal(named, facts, WEIGHTS).accepted

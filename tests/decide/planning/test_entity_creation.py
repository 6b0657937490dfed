"""Gated creation: what it takes to create, what is linked instead, and what a person is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stashbot.decide.planning.creation_evidence import Candidate, Surroundings, signals
from stashbot.decide.planning.entity_creation import (
    Creation,
    CreationDecision,
    decide_creations,
    gate_of,
)
from stashbot.decide.planning.entity_index import Library, LibraryEntity
from stashbot.models import FieldName, Known
from stashbot.settings import CreationSettings, PerformerGate, StudioGate

DEFAULTS = CreationSettings()
EMPTY = Library()


def candidate(name: str = "Finn Draft", kind: str = "performers", **more: Any) -> Candidate:
    return Candidate.model_validate({"kind": kind, "source": "Alpha", "name": name, **more})


def decide(
    one: Candidate,
    around: Surroundings | None = None,
    *,
    library: Library = EMPTY,
    settings: CreationSettings = DEFAULTS,
) -> CreationDecision:
    return decide_creations([one], library, around or Surroundings(), settings)[0]


def points(decision: CreationDecision) -> dict[str, float]:
    return {one.signal: one.points for one in decision.evidence}


NAMED = Surroundings(known=Known(performers=("Finn Draft",), origin={"performers": "metadata"}))
OTHER = candidate(source="Beta")
BORN = candidate(source="Beta", birthdate="1990-01-02")
ALIASED = candidate(source="Gamma", name="F. Draft")

#: Signals that are on, the score of the playbook, and whether it creates.
CASES = [
    ((), 0.0, False),
    (("name",), 0.4, False),
    (("site",), 0.3, False),
    (("name", "alias"), 0.5, False),
    (("site", "birthdate"), 0.5, False),
    (("name", "site"), 0.7, True),
    (("site", "birthdate", "alias"), 0.6, True),
    (("name", "site", "birthdate"), 0.9, True),
    (("name", "site", "birthdate", "alias"), 1.0, True),
]


@pytest.mark.parametrize(("on", "score", "creates"), CASES)
def test_the_playbook_s_gate(on: tuple[str, ...], score: float, creates: bool) -> None:
    """Name .4, site .3, birthdate .2, alias .1; created from .6 on, at it included."""
    one = candidate(birthdate="1990-01-02", aliases=("F Draft",))
    others = [BORN if "birthdate" in on else OTHER] if "site" in on else []
    others += [ALIASED] if "alias" in on else []
    known = NAMED.known if "name" in on else Known()
    decision = decide(one, Surroundings(known=known, others=tuple(others)))
    assert {name for name, value in points(decision).items() if value} == set(on)
    assert decision.score == pytest.approx(score)
    assert decision.outcome is (Creation.CREATE if creates else Creation.LEAVE)


def test_name_and_birthdate_meet_the_threshold() -> None:
    """.4 and .2 are .6 whatever floating point says, and .61 would not be reached by them."""
    one = candidate(birthdate="1990-01-02")
    around = NAMED.model_copy(update={"others": (BORN,)})
    no_site = {"name": 0.4, "birthdate": 0.2, "site": 0.0, "alias": 0.4}
    for threshold, outcome in ((0.59, "create"), (0.6, "create"), (0.61, "leave")):
        gate = PerformerGate.model_validate({"threshold": threshold, **no_site})
        decision = decide(one, around, settings=CreationSettings(performer=gate))
        assert (decision.score, decision.outcome) == (0.6, outcome)


def test_what_the_source_itself_says_is_no_signal() -> None:
    """A source cannot vouch for its own entity, with however many details."""
    one = candidate(birthdate="1990-01-02", aliases=("F. Draft", "Finn Draft"), urls=("https://a",))
    assert decide(one, Surroundings(others=(one, one))).score == 0


@pytest.mark.parametrize(
    ("held", "outcome", "why"),
    [
        ("FINN DRAFT", "link", "case"),
        ("Fínn Draft", "link", "accents"),
        ("Finn-Draft", "link", "punctuation"),
        ("Draft Finn", "ask", "word order"),
        ("Finn Drafd", "ask", "spelling"),
        ("Gia Proto", "create", "speaks for it"),
    ],
)
def test_a_look_alike_is_linked_and_never_gets_a_twin(held: str, outcome: str, why: str) -> None:
    """Even where the gate is passed with full marks."""
    library = Library([LibraryEntity(id="5", name=held)])
    around = NAMED.model_copy(update={"others": (OTHER,)})
    decision = decide(candidate(), around, library=library)
    assert decision.score >= 0.6
    assert decision.outcome == outcome
    assert why in decision.reason
    assert [one.id for one in decision.alike] == (["5"] if outcome != "create" else [])


def test_an_alias_of_the_library_is_linked() -> None:
    """A proposed name that is an alias there means that entity."""
    library = Library([LibraryEntity(id="5", name="Finn D.", aliases=("Finn Draft",))])
    decision = decide(candidate(), library=library)
    assert decision.outcome is Creation.LINK
    assert decision.reason == "it is Finn D. (alias Finn Draft, 5): it is an alias there"


def test_an_alias_of_the_candidate_is_asked_about() -> None:
    """A source's claim that a name of the library is its alias makes neither twin nor link."""
    library = Library([LibraryEntity(id="5", name="Finn D.")])
    around = NAMED.model_copy(update={"others": (OTHER,)})
    decision = decide(candidate(aliases=("Finn D",)), around, library=library)
    assert decision.outcome is Creation.ASK
    assert [one.id for one in decision.alike] == ["5"]


def test_two_of_a_name_are_asked_about() -> None:
    """Nobody knows which of two is meant."""
    held = [LibraryEntity(id=one, name="Finn Draft") for one in ("5", "6")]
    decision = decide(candidate(), library=Library(held))
    assert decision.outcome is Creation.ASK
    assert len(decision.alike) == 2


@pytest.mark.parametrize(
    ("born", "outcome"), [("1990-01-02", "link"), (None, "link"), ("1970-05-05", "ask")]
)
def test_another_day_of_birth_is_another_person(born: str | None, outcome: str) -> None:
    """A performer of the same name who was born on another day is not linked."""
    library = Library([LibraryEntity(id="5", name="finn draft", birthdate=born)])
    decision = decide(candidate(birthdate="1990-01-02"), library=library)
    assert decision.outcome == outcome


def test_two_spellings_in_one_proposal_make_one_entity() -> None:
    """The second spelling shares the first one's fate and says so."""
    around = NAMED.model_copy(update={"others": (OTHER,)})
    first, second = decide_creations(
        [candidate(), candidate("FINN  DRAFT")], EMPTY, around, DEFAULTS
    )
    assert first.outcome is second.outcome is Creation.CREATE
    assert (first.same_as, second.same_as) == (None, "Finn Draft")


@pytest.mark.parametrize(("count", "outcome"), [(9, "create"), (10, "create"), (11, "ask")])
def test_a_proposal_does_not_create_a_crowd(count: int, outcome: str) -> None:
    """Up to ``most`` are created; of one more, all are left to a person."""
    names = [f"Performer {chr(65 + at) * 5}" for at in range(count)]
    around = Surroundings(
        known=Known(performers=tuple(names), origin={"performers": "metadata"}),
        others=tuple(candidate(name, source="Beta") for name in names),
    )
    found = decide_creations([candidate(name) for name in names], EMPTY, around, DEFAULTS)
    assert {one.outcome for one in found} == {Creation(outcome)}


def test_three_hundred_names_are_decided_and_none_is_created() -> None:
    """A proposal that names 300 performers, all vouched for, creates none of them."""
    names = [f"Performer Number {at}" for at in range(300)]
    others = tuple(candidate(name, source="Beta") for name in names)
    around = Surroundings(known=Known(performers=tuple(names)), others=others)
    found = decide_creations([candidate(name) for name in names], EMPTY, around, DEFAULTS)
    assert len(found) == 300
    assert Creation.CREATE not in {one.outcome for one in found}


@pytest.mark.parametrize("name", ["", "  ", "!!!", "\U0001f600"])
def test_a_name_without_letters_is_left(name: str) -> None:
    """Nothing is created of signs alone, whoever vouches for them."""
    assert decide(candidate(name), NAMED).outcome is Creation.LEAVE


def test_a_kind_can_be_switched_off() -> None:
    """``create = false`` leaves what would be created, but look-alikes are linked all the same."""
    off = CreationSettings(performer=PerformerGate(create=False))
    around = NAMED.model_copy(update={"others": (OTHER,)})
    assert decide(candidate(), around, settings=off).outcome is Creation.LEAVE
    library = Library([LibraryEntity(id="5", name="finn draft")])
    assert decide(candidate(), around, settings=off, library=library).outcome is Creation.LINK


@pytest.mark.parametrize(
    ("stem", "earns"),
    [
        ("blue_kite_finn_draft_tail_wind_1080p", True),
        ("Studio.22.07.19.Finn.Draft.Old.Mill", True),
        ("Studio.22.07.19.Finn.Old.Draft", False),
        ("Studio.22.07.19.Finn.Draftsman", False),
        ("", False),
    ],
)
def test_a_whole_name_in_the_file_name_counts(stem: str, earns: bool) -> None:
    """Its words in a row, and no part of other words."""
    assert bool(points(decide(candidate(), Surroundings(stem=stem)))["name"]) is earns


def test_one_word_in_the_file_name_is_not_enough() -> None:
    """``Rose`` in a file name may be a flower."""
    assert points(decide(candidate("Rose"), Surroundings(stem="A Rose")))["name"] == 0


@pytest.mark.parametrize(
    ("scene", "own", "same"),
    [
        ("https://www.north.example/v/1", "https://north.example/finn", True),
        ("https://video.north.example/1", "https://north.example/finn", True),
        ("https://north.example:8443/1", "https://NORTH.example/finn", True),
        ("https://north.example/1", "https://notnorth.example/finn", False),
        ("https://north.example/1", "https://[broken", False),
        ("not an address", "not an address", False),
    ],
)
def test_the_site_is_the_host(scene: str, own: str, same: bool) -> None:
    """Same host, or one of its subdomains."""
    decision = decide(candidate(urls=(own,)), Surroundings(urls=(scene,)))
    assert bool(points(decision)["site"]) is same


def test_a_studio_s_gate() -> None:
    """Name in the file name .4 and a parent that the library has .2 create it."""
    one = candidate("Stonebridge", kind="studio", parent="Bridge Network")
    known = Known(studio="stonebridge", origin={"studio": "file name"})
    assert decide(one, Surroundings(known=known)).outcome is Creation.LEAVE
    around = Surroundings(known=known, studios=("bridge network",))
    decision = decide(one, around)
    assert points(decision) == {"name": 0.4, "alias": 0.0, "site": 0.0, "parent": 0.2}
    assert decision.outcome is Creation.CREATE


def test_a_tag_s_gate() -> None:
    """Named elsewhere .4, listed .3, frequent .2: each alone is not enough."""
    one = candidate("Snow", kind="tags")
    other = candidate("snow", kind="tags", source="Beta")
    frequent = Surroundings(scenes={"snow": 3})
    assert points(decide(one, Surroundings(others=(other,)))) == {
        "name": 0.4,
        "alias": 0.0,
        "listed": 0.0,
        "scenes": 0.0,
    }
    assert decide(one, Surroundings(others=(other,))).outcome is Creation.LEAVE
    assert decide(one, frequent).score == 0.2
    assert decide(one, Surroundings(scenes={"snow": 2})).score == 0
    both = frequent.model_copy(update={"others": (other,)})
    assert decide(one, both).outcome is Creation.CREATE


def test_a_listed_tag_is_created() -> None:
    """Who names a tag in the settings or in a macro wants it."""
    one = candidate("Snow", kind="tags")
    listed = decide(one, settings=CreationSettings(tags=("snow",)))
    assert listed.score == pytest.approx(0.7)
    assert listed.outcome is Creation.CREATE
    assert decide(one, Surroundings(listed=("Snow",))).outcome is Creation.CREATE


def test_a_group_s_gate() -> None:
    """Its words in the file name .4 and the scene's own studio .2 create it."""
    one = candidate("Night Boats", kind="groups", parent="Northlight")
    around = Surroundings(known=Known(studio="northlight"), stem="Northlight - Night Boats 2")
    decision = decide(one, around)
    assert points(decision) == {"name": 0.4, "alias": 0.0, "site": 0.0, "studio": 0.2}
    assert decision.outcome is Creation.CREATE


def test_evidence_shows_both_sides() -> None:
    """What the candidate says and what was found elsewhere, with where."""
    around = NAMED.model_copy(update={"others": (BORN,)})
    gate = DEFAULTS.performer
    one = candidate(birthdate="1990-01-02")
    found = {each.signal: each for each in signals(one, around, DEFAULTS, gate)}
    born = found["birthdate"]
    assert (born.scene, born.proposal, born.origin) == ("1990-01-02", "1990-01-02", "Beta")
    assert (found["name"].scene, found["name"].origin) == ("Finn Draft", "metadata")


def test_only_four_kinds_are_created() -> None:
    """There is no gate for a title."""
    with pytest.raises(ValueError, match="nothing to create for title"):
        gate_of(FieldName.TITLE, DEFAULTS)


def test_a_gate_that_cannot_be_reached_is_refused() -> None:
    """Weights below the threshold would never create: an error, unless creating is off."""
    with pytest.raises(ValidationError, match=r"never reach threshold 0\.6"):
        StudioGate(name=0.1, site=0.1, parent=0.1, alias=0.1)
    assert not StudioGate(create=False, name=0.1, site=0.1, parent=0.1, alias=0.1).create


words = st.sampled_from(["Finn Draft", "finn draft", "Fínn-Draft", "Gia Proto", "Draft, Finn", "!"])


@given(
    held=st.lists(words, max_size=4),
    proposed=st.lists(words, max_size=6),
    other=st.lists(words, max_size=4),
)
def test_no_twin_is_ever_created(held: list[str], proposed: list[str], other: list[str]) -> None:
    """What is created looks like nothing in the library and like no other creation."""
    library = Library(LibraryEntity(id=str(at), name=name) for at, name in enumerate(held))
    around = Surroundings(
        known=Known(performers=tuple(other), origin={"performers": "metadata"}),
        others=tuple(candidate(name, source="Beta") for name in other),
    )
    found = decide_creations([candidate(name) for name in proposed], library, around, DEFAULTS)
    assert [one.name for one in found] == proposed
    for one in found:
        if one.outcome is Creation.CREATE and one.same_as is None:
            assert not library.has(one.name)
            library.add(LibraryEntity(id=f"new {one.name}", name=one.name))
        if one.outcome is Creation.LINK:
            assert len(one.alike) == 1
            assert one.alike[0].sure

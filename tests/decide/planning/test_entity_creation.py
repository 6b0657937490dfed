"""New entities: which are created, which are linked instead, and which are left to a person."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stashbot.decide.planning.creation_evidence import (
    CreationContext,
    EntityCandidate,
    creation_signals,
)
from stashbot.decide.planning.entity_creation import (
    CreationDecision,
    CreationOutcome,
    decide_creations,
    gate_for,
)
from stashbot.decide.planning.entity_index import EntityIndex, LibraryEntity
from stashbot.models import EntityKind, KnownFacts
from stashbot.settings import CreationSettings, PerformerGate, StudioGate

DEFAULTS = CreationSettings()
EMPTY = EntityIndex()


def candidate(name: str = "Finn Draft", kind: str = "performer", **more: Any) -> EntityCandidate:
    return EntityCandidate.model_validate({"kind": kind, "source": "Alpha", "name": name, **more})


def decide(
    new: EntityCandidate,
    context: CreationContext | None = None,
    *,
    library: EntityIndex = EMPTY,
    settings: CreationSettings = DEFAULTS,
) -> CreationDecision:
    return decide_creations([new], library, context or CreationContext(), settings)[0]


def points(decision: CreationDecision) -> dict[str, float]:
    return {signal.signal: signal.points for signal in decision.evidence}


NAMED = CreationContext(
    known=KnownFacts(performers=("Finn Draft",), origin={"performers": "metadata"})
)
OTHER = candidate(source="Beta")
BORN = candidate(source="Beta", birthdate="1990-01-02")
ALIASED = candidate(source="Gamma", name="F. Draft")
PAGE = "https://alpha.example/people/finn-draft"
SCENE = CreationContext(urls=("https://www.alpha.example/v/1",))

#: What is known of a performer whom the library lacks, and whether it is created.
CASES = [
    ("a bare name", {}, {}, 0.4, False),
    ("its page on the site", {"urls": (PAGE,)}, {}, 0.7, True),
    ("its id at the source", {"remote_id": "9f3c"}, {}, 0.7, True),
    ("the file name", {}, {"stem": "North - Finn Draft - Old Mill"}, 0.7, True),
    ("the metadata", {}, {"known": NAMED.known}, 0.7, True),
    ("another source", {}, {"others": (OTHER,)}, 0.7, True),
    ("the same birthday elsewhere", {"birthdate": "1990-01-02"}, {"others": (BORN,)}, 0.9, True),
    ("an alias elsewhere", {"aliases": ("F Draft",)}, {"others": (ALIASED,)}, 0.5, False),
    ("its own details", {"birthdate": "1990-01-02", "aliases": ("F. Draft",)}, {}, 0.4, False),
    ("a page elsewhere", {"urls": ("https://people.example/finn",)}, {}, 0.4, False),
    ("the scene's own page", {"urls": ("https://alpha.example/v/1/",)}, {}, 0.4, False),
    ("the site's front page", {"urls": ("https://alpha.example/",)}, {}, 0.4, False),
    ("the same source twice", {}, {"others": (candidate(),)}, 0.4, False),
]


@pytest.mark.parametrize(("what", "own", "around", "score", "creates"), CASES)
def test_gate_of_performers(
    what: str, own: dict[str, Any], around: dict[str, Any], score: float, creates: bool
) -> None:
    """A page or an id of its own, or a second witness, creates; a bare name alone does not."""
    decision = decide(candidate(**own), SCENE.model_copy(update=around))
    assert decision.score == pytest.approx(score), what
    assert decision.outcome is (CreationOutcome.CREATE if creates else CreationOutcome.LEAVE)


def test_numbers_of_the_playbook() -> None:
    """Name earns .4, site .3, birthdate .2, alias .1; an entity is created from .6 on."""
    gate = PerformerGate()
    numbers = (gate.name, gate.site, gate.birthdate, gate.alias, gate.threshold)
    assert numbers == (0.4, 0.3, 0.2, 0.1, 0.6)


@pytest.mark.parametrize(
    ("name", "titles", "reason"),
    [
        ("Evening Light", ("Evening Light",), "it is also the title"),
        ("EVENING-LIGHT", ("Evening Light",), "it is also the title"),
        ("Ada Sample, Dana Mock", (), "it may be several people"),
        ("Ada Sample & Dana Mock", (), "it may be several people"),
        ("Ada Sample and Dana Mock", (), "it may be several people"),
    ],
)
def test_text_that_may_be_no_name_is_left_to_a_person(
    name: str, titles: tuple[str, ...], reason: str
) -> None:
    """Even with a page of its own, and with the words in the file name."""
    context = SCENE.model_copy(update={"titles": titles, "stem": f"North - {name}"})
    decision = decide(candidate(name, urls=(PAGE,)), context)
    assert (decision.outcome, decision.reason) == (CreationOutcome.ASK, reason)


def test_gate_at_its_threshold() -> None:
    """.4 and .2 are .6, whatever floating point says, and do not reach .61."""
    new = candidate(birthdate="1990-01-02")
    context = CreationContext(others=(BORN,))
    no_site = {"name": 0.4, "birthdate": 0.2, "site": 0.0, "witness": 0.0, "alias": 0.4}
    for threshold, outcome in ((0.59, "create"), (0.6, "create"), (0.61, "leave")):
        gate = PerformerGate.model_validate({"threshold": threshold, **no_site})
        decision = decide(new, context, settings=CreationSettings(performer=gate))
        assert (decision.score, decision.outcome) == (0.6, outcome)


@pytest.mark.parametrize(
    ("existing", "outcome", "reason"),
    [
        ("FINN DRAFT", "link", "case"),
        ("Fínn Draft", "link", "accents"),
        ("Finn-Draft", "link", "punctuation"),
        ("Draft Finn", "ask", "word order"),
        ("Finn Drafd", "ask", "spelling"),
        ("Gia Proto", "create", "needs 0.60"),
    ],
)
def test_look_alike_is_linked_and_gets_no_twin(existing: str, outcome: str, reason: str) -> None:
    """Even if the gate would create it."""
    library = EntityIndex([LibraryEntity(id="5", name=existing)])
    context = NAMED.model_copy(update={"others": (OTHER,)})
    decision = decide(candidate(), context, library=library)
    assert decision.score >= 0.6
    assert decision.outcome == outcome
    assert reason in decision.reason
    assert [found.id for found in decision.look_alikes] == (["5"] if outcome != "create" else [])


def test_alias_in_the_library_is_linked() -> None:
    """A proposed name that is an alias of an entity means that entity."""
    library = EntityIndex([LibraryEntity(id="5", name="Finn D.", aliases=("Finn Draft",))])
    decision = decide(candidate(), library=library)
    assert decision.outcome is CreationOutcome.LINK
    assert decision.reason == "it is Finn D. (alias Finn Draft, 5): the name is an alias there"


def test_alias_of_the_candidate_is_left_to_a_person() -> None:
    """A source may claim a name of the library as an alias; that is neither a twin nor a link."""
    library = EntityIndex([LibraryEntity(id="5", name="Finn D.")])
    context = NAMED.model_copy(update={"others": (OTHER,)})
    decision = decide(candidate(aliases=("Finn D",)), context, library=library)
    assert decision.outcome is CreationOutcome.ASK
    assert [found.id for found in decision.look_alikes] == ["5"]


def test_two_entities_of_the_name_are_left_to_a_person() -> None:
    """Nothing tells which of them is meant."""
    existing = [LibraryEntity(id=key, name="Finn Draft") for key in ("5", "6")]
    decision = decide(candidate(), library=EntityIndex(existing))
    assert decision.outcome is CreationOutcome.ASK
    assert len(decision.look_alikes) == 2


@pytest.mark.parametrize(
    ("born", "outcome"), [("1990-01-02", "link"), (None, "link"), ("1970-05-05", "ask")]
)
def test_performer_with_another_birthdate_is_not_linked(born: str | None, outcome: str) -> None:
    """A performer of the same name may be another person."""
    library = EntityIndex([LibraryEntity(id="5", name="finn draft", birthdate=born)])
    decision = decide(candidate(birthdate="1990-01-02"), library=library)
    assert decision.outcome == outcome


def test_two_spellings_in_a_proposal_make_a_single_entity() -> None:
    """The decision on the first spelling holds for the second."""
    context = NAMED.model_copy(update={"others": (OTHER,)})
    first, second = decide_creations(
        [candidate(), candidate("FINN  DRAFT")], EMPTY, context, DEFAULTS
    )
    assert first.outcome is second.outcome is CreationOutcome.CREATE
    assert (first.same_as, second.same_as) == (None, "Finn Draft")


@pytest.mark.parametrize(("count", "outcome"), [(9, "create"), (10, "create"), (11, "ask")])
def test_proposal_creates_ten_entities_of_a_kind_at_most(count: int, outcome: str) -> None:
    """If it would create eleven, all are left to a person."""
    names = [f"Performer {chr(65 + at) * 5}" for at in range(count)]
    context = CreationContext(
        known=KnownFacts(performers=tuple(names), origin={"performers": "metadata"}),
        others=tuple(candidate(name, source="Beta") for name in names),
    )
    decisions = decide_creations([candidate(name) for name in names], EMPTY, context, DEFAULTS)
    assert {decision.outcome for decision in decisions} == {CreationOutcome(outcome)}


def test_proposal_with_300_names_creates_none() -> None:
    """Even if other sources name all of them."""
    names = [f"Performer Number {at}" for at in range(300)]
    others = tuple(candidate(name, source="Beta") for name in names)
    context = CreationContext(known=KnownFacts(performers=tuple(names)), others=others)
    decisions = decide_creations([candidate(name) for name in names], EMPTY, context, DEFAULTS)
    assert len(decisions) == 300
    assert CreationOutcome.CREATE not in {decision.outcome for decision in decisions}


@pytest.mark.parametrize("name", ["", "  ", "!!!", "\U0001f600"])
def test_name_without_letters_is_not_created(name: str) -> None:
    """Whatever signals there are for it."""
    assert decide(candidate(name), NAMED).outcome is CreationOutcome.LEAVE


def test_creation_of_a_kind_can_be_switched_off() -> None:
    """With ``create = false`` look-alikes are still linked."""
    off = CreationSettings(performer=PerformerGate(create=False))
    context = NAMED.model_copy(update={"others": (OTHER,)})
    assert decide(candidate(), context, settings=off).outcome is CreationOutcome.LEAVE
    library = EntityIndex([LibraryEntity(id="5", name="finn draft")])
    assert (
        decide(candidate(), context, settings=off, library=library).outcome is CreationOutcome.LINK
    )


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
def test_whole_name_in_the_file_name_is_a_signal(stem: str, earns: bool) -> None:
    """Its words are in a row, and are not parts of other words."""
    assert bool(points(decide(candidate(), CreationContext(stem=stem)))["witness"]) is earns


def test_single_word_in_the_file_name_is_no_signal() -> None:
    """``Rose`` in a file name may be a flower."""
    assert points(decide(candidate("Rose"), CreationContext(stem="A Rose")))["witness"] == 0


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
def test_site_is_the_host_or_a_subdomain(scene: str, own: str, same: bool) -> None:
    """Addresses that cannot be read have no site."""
    decision = decide(candidate(urls=(own,)), CreationContext(urls=(scene,)))
    assert bool(points(decision)["site"]) is same


def test_gate_of_studios() -> None:
    """Its own site or the file name create it; a parent in the library alone does not."""
    new = candidate("Stonebridge", kind="studio", parent="Bridge Network")
    known = KnownFacts(studio="stonebridge", origin={"studio": "file name"})
    decision = decide(new, CreationContext(studios=("bridge network",)))
    assert points(decision) == {
        "name": 0.4,
        "alias": 0.0,
        "site": 0.0,
        "witness": 0.0,
        "parent": 0.1,
    }
    assert decision.outcome is CreationOutcome.LEAVE
    assert decide(new, CreationContext(known=known)).outcome is CreationOutcome.CREATE
    own_site = candidate("Stonebridge", kind="studio", urls=("https://alpha.example",))
    assert decide(own_site, SCENE).outcome is CreationOutcome.CREATE


def test_gate_of_tags() -> None:
    """Another source earns .4, frequency .2; together they are enough."""
    new = candidate("Snow", kind="tag")
    other = candidate("snow", kind="tag", source="Beta")
    frequent = CreationContext(scenes={"snow": 3})
    assert points(decide(new, CreationContext(others=(other,)))) == {
        "name": 0.4,
        "alias": 0.0,
        "listed": 0.0,
        "scenes": 0.0,
    }
    assert decide(new, CreationContext(others=(other,))).outcome is CreationOutcome.LEAVE
    assert decide(new, frequent).score == 0.2
    assert decide(new, CreationContext(scenes={"snow": 2})).score == 0
    both = frequent.model_copy(update={"others": (other,)})
    assert decide(new, both).outcome is CreationOutcome.CREATE


def test_listed_tag_is_created() -> None:
    """A tag that the settings or a macro name is wanted."""
    new = candidate("Snow", kind="tag")
    listed = decide(new, settings=CreationSettings(tags=("snow",)))
    assert listed.score == pytest.approx(0.7)
    assert listed.outcome is CreationOutcome.CREATE
    assert decide(new, CreationContext(listed=("Snow",))).outcome is CreationOutcome.CREATE


def test_gate_of_groups() -> None:
    """Its words in the file name or its own page create it; the scene's studio alone does not."""
    new = candidate("Night Boats", kind="group", parent="Northlight")
    context = CreationContext(known=KnownFacts(studio="northlight"))
    decision = decide(new, context)
    assert points(decision) == {
        "name": 0.4,
        "alias": 0.0,
        "site": 0.0,
        "witness": 0.0,
        "studio": 0.1,
    }
    assert decision.outcome is CreationOutcome.LEAVE
    named = context.model_copy(update={"stem": "Northlight - Night Boats 2"})
    assert decide(new, named).outcome is CreationOutcome.CREATE
    paged = candidate("Night Boats", kind="group", urls=("https://alpha.example/films/2",))
    assert decide(paged, SCENE).outcome is CreationOutcome.CREATE


def test_evidence_has_both_sides_and_the_origin() -> None:
    """The candidate's own value, and the value that was found elsewhere."""
    context = NAMED.model_copy(update={"others": (BORN,)})
    gate = DEFAULTS.performer
    new = candidate(birthdate="1990-01-02")
    signals = creation_signals(new, context, DEFAULTS, gate)
    found = {signal.signal: signal for signal in signals}
    born = found["birthdate"]
    assert (born.scene, born.proposal, born.origin) == ("1990-01-02", "1990-01-02", "Beta")
    assert (found["witness"].scene, found["witness"].origin) == ("Finn Draft", "metadata")


def test_every_kind_has_a_gate_of_its_own() -> None:
    """The settings name the gates by kind."""
    gates = {kind: gate_for(kind, DEFAULTS) for kind in EntityKind}
    assert gates[EntityKind.TAG] is DEFAULTS.tag
    assert len({id(gate) for gate in gates.values()}) == 4


def test_threshold_that_no_signals_reach_is_refused() -> None:
    """Unless creating is off."""
    with pytest.raises(ValidationError, match=r"never reach threshold 0\.6"):
        StudioGate(name=0.1, site=0.1, witness=0.1, parent=0.1, alias=0.1)
    low = {"name": 0.1, "site": 0.1, "witness": 0.1, "parent": 0.1, "alias": 0.1}
    assert not StudioGate.model_validate({"create": False, **low}).create


words = st.sampled_from(["Finn Draft", "finn draft", "Fínn-Draft", "Gia Proto", "Draft, Finn", "!"])


@given(
    existing=st.lists(words, max_size=4),
    proposed=st.lists(words, max_size=6),
    other=st.lists(words, max_size=4),
)
def test_no_twin_is_ever_created(
    existing: list[str], proposed: list[str], other: list[str]
) -> None:
    """A new entity looks like no entity of the library, and like no other new entity."""
    library = EntityIndex(LibraryEntity(id=str(at), name=name) for at, name in enumerate(existing))
    context = CreationContext(
        known=KnownFacts(performers=tuple(other), origin={"performers": "metadata"}),
        others=tuple(candidate(name, source="Beta") for name in other),
    )
    decisions = decide_creations([candidate(name) for name in proposed], library, context, DEFAULTS)
    assert [decision.name for decision in decisions] == proposed
    for decision in decisions:
        if decision.outcome is CreationOutcome.CREATE and decision.same_as is None:
            assert not library.has(decision.name)
            library.add(LibraryEntity(id=f"new {decision.name}", name=decision.name))
        if decision.outcome is CreationOutcome.LINK:
            assert len(decision.look_alikes) == 1
            assert decision.look_alikes[0].is_certain


def known(*entities: dict[str, Any]) -> EntityIndex:
    return EntityIndex(
        LibraryEntity.model_validate({"id": str(at), **entity})
        for at, entity in enumerate(entities, start=1)
    )


@pytest.mark.parametrize(
    ("name", "library", "outcome"),
    [
        ("Northlight.com", ("Northlight",), CreationOutcome.LINK),
        ("Northlight", ("Northlight.com",), CreationOutcome.LINK),
        ("The Northlight", ("Northlight",), CreationOutcome.LINK),
        ("Northlight", ("North.com", "Northlight\u2122"), CreationOutcome.LINK),
        ("Northlight (Network)", ("Northlight",), CreationOutcome.ASK),
        ("Northlight.com", ("Northlight", "The Northlight"), CreationOutcome.ASK),
        ("Northlight.com", ("Southlight",), CreationOutcome.LEAVE),
    ],
)
def test_a_studio_has_no_twin_with_a_domain_or_an_article(
    name: str, library: tuple[str, ...], outcome: CreationOutcome
) -> None:
    """It is linked if a single studio differs by that only; a word of its kind asks a person."""
    index = known(*({"name": other} for other in library))
    assert decide(candidate(name, "studio"), library=index).outcome is outcome


def test_a_performer_with_an_article_is_another() -> None:
    """Only studios have domains and articles."""
    found = decide(candidate("The Ada Sample"), library=known({"name": "Ada Sample"}))
    assert found.look_alikes == ()


@pytest.mark.parametrize(
    ("disambiguation", "library", "outcome", "linked"),
    [
        ("Northlight", ("", "Northlight"), CreationOutcome.LINK, "2"),
        ("northlight", ("Northlight",), CreationOutcome.LINK, "1"),
        ("Northlight", ("",), CreationOutcome.ASK, None),
        ("II", ("I",), CreationOutcome.ASK, None),
        ("II", ("I", "III"), CreationOutcome.ASK, None),
        ("", ("II",), CreationOutcome.ASK, None),
    ],
)
def test_a_disambiguation_chooses_among_namesakes(
    disambiguation: str,
    library: tuple[str, ...],
    outcome: CreationOutcome,
    linked: str | None,
) -> None:
    """One that the library does not have leaves the choice to a person."""
    index = known(*({"name": "Ada Sample", "disambiguation": other} for other in library))
    found = decide(candidate("Ada Sample", disambiguation=disambiguation), library=index)
    assert found.outcome is outcome
    assert linked is None or found.look_alikes[0].id == linked


@pytest.mark.parametrize(
    ("library", "outcome"),
    [
        ({"name": "Ada Stage", "aliases": ("Dana Mock",)}, CreationOutcome.LINK),
        ({"name": "Dana Mock", "aliases": ("Ada Stage",)}, CreationOutcome.LINK),
        ({"name": "Ada Stage"}, CreationOutcome.ASK),
        ({"name": "Dana Mock"}, CreationOutcome.ASK),
    ],
)
def test_a_name_in_brackets_is_an_alias_if_the_library_says_so(
    library: dict[str, Any], outcome: CreationOutcome
) -> None:
    """``Ada Stage (Dana Mock)`` may also be another Ada Stage."""
    new = candidate("Ada Stage", disambiguation="Dana Mock", aliases=("Dana Mock",))
    assert decide(new, library=known(library)).outcome is outcome


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({"name": "Ada Sample & Eve One"}, CreationOutcome.ASK),
        (
            {"name": "Ada Sample", "disambiguation": "II", "shown_as": "Ada (II)"},
            CreationOutcome.ASK,
        ),
        ({"name": "Ada Sample", "disambiguation": "II"}, CreationOutcome.CREATE),
        ({"name": "Evening Light"}, CreationOutcome.ASK),
        ({"name": "Eve One", "shown_as": ""}, CreationOutcome.ASK),
        ({"name": "Eve One", "shown_as": "Eve&nbsp;One"}, CreationOutcome.CREATE),
        ({"name": "Quiet Pier", "kind": "studio", "shown_as": ""}, CreationOutcome.ASK),
    ],
)
def test_no_id_creates_what_may_be_no_single_person(
    more: dict[str, Any], outcome: CreationOutcome
) -> None:
    """Several people, the title, a disambiguation, and a name that no dialog shows by itself."""
    context = CreationContext(titles=("Evening Light",))
    assert decide(candidate(remote_id="9f3c", **more), context).outcome is outcome

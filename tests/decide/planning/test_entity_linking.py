"""Names of a proposal linked to the library: found, created, or left out with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.decide.matching.scene_facts import SceneFacts, read_scene_facts
from stashbot.decide.planning.entity_index import EntityIndex, LibraryEntity
from stashbot.decide.planning.entity_linking import (
    LinkedProposal,
    dialog_name,
    first_to_name,
    kinds_to_link,
    link_entities,
    with_created_ids,
)
from stashbot.models import EntityKind, NewEntity, OmissionKind, Proposal, Scene, VideoFile
from stashbot.settings import CreationSettings, FilenameSettings


def facts(basename: str = "IMG_0042.mp4", **fields: Any) -> SceneFacts:
    file = VideoFile(id="1", path=f"/v/{basename}", basename=basename)
    scene = Scene.model_validate({"id": "7", "files": (file,), **fields})
    return read_scene_facts(scene, FilenameSettings())


def proposal(source: str = "Catalog", **fields: Any) -> Proposal:
    return Proposal.model_validate({"source": source, **fields})


def libraries(**names: tuple[str, ...]) -> dict[EntityKind, EntityIndex]:
    """Return the library's entities by kind; their ids are ``studio-1``, ``studio-2``, ..."""
    return {
        kind: EntityIndex(
            LibraryEntity(id=f"{kind.value}-{at}", name=name)
            for at, name in enumerate(names.get(kind.value, ()), start=1)
        )
        for kind in EntityKind
    }


def link(
    source: Proposal,
    *others: Proposal,
    scene: SceneFacts | None = None,
    settings: CreationSettings | None = None,
    **names: tuple[str, ...],
) -> LinkedProposal:
    return link_entities(
        source,
        scene or facts(),
        libraries(**names),
        settings or CreationSettings(),
        proposals=(source, *others),
    )


def test_names_that_stash_matched_stay() -> None:
    """They need no look-up in the library, whatever it has."""
    source = proposal(
        studio={"name": "North", "stored_id": "9"}, tags=({"name": "Snow", "stored_id": "8"},)
    )
    assert kinds_to_link(source) == ()
    assert link_entities(source, facts(), {}, CreationSettings()) == LinkedProposal(proposal=source)


def test_name_in_the_library_is_linked() -> None:
    """A name that differs by accents is linked to the entity of the library."""
    source = proposal(performers=({"name": "Rene Demo"}, {"name": "Ada Sample", "stored_id": "5"}))
    assert kinds_to_link(source) == (EntityKind.PERFORMER,)
    linked = link(source, performer=("René Demo",))
    assert [entity.stored_id for entity in linked.proposal.performers] == ["performer-1", "5"]
    assert (linked.create, linked.unlinked) == ((), ())


def test_name_with_enough_signals_is_created() -> None:
    """The file name and another source name the performer; its id says that it is new."""
    source = proposal(performers=({"name": "Ada Sample"},))
    other = proposal("Archive", performers=({"name": "ADA SAMPLE"},))
    linked = link(source, other, scene=facts("North.22.07.19.Ada.Sample.Old.Mill.mp4"))
    assert [entity.stored_id for entity in linked.proposal.performers] == ["new:Ada Sample"]
    (created,) = linked.create
    assert (created.kind, created.name) == (EntityKind.PERFORMER, "Ada Sample")
    assert created.why == "score 0.70, needs 0.60: name, witness"


def test_name_with_too_few_signals_is_left_out() -> None:
    """It has no id, and its reason begins with what Stash lacks."""
    linked = link(proposal(tags=({"name": "Snow"},)))
    assert [entity.stored_id for entity in linked.proposal.tags] == [None]
    (omission,) = linked.unlinked
    assert (omission.kind, omission.name) == (OmissionKind.NOT_IN_STASH, "Snow")
    assert omission.reason == "not in Stash: score 0.00, needs 0.60: no signal for it"


def test_second_spelling_gets_the_id_of_the_first() -> None:
    """Two spellings in a proposal make a single new entity."""
    source = proposal(tags=({"name": "Snow"}, {"name": "SNOW"}))
    linked = link(source, settings=CreationSettings(tags=("snow",)))
    assert [entity.stored_id for entity in linked.proposal.tags] == ["new:Snow", "new:Snow"]
    assert [created.name for created in linked.create] == ["Snow"]


def test_closed_gates_create_nothing() -> None:
    """Without creation names are still linked."""
    source = proposal(tags=({"name": "Snow"}, {"name": "rain"}))
    settings = CreationSettings(tags=("snow",)).without_creation
    linked = link(source, settings=settings, tag=("Rain",))
    assert [entity.stored_id for entity in linked.proposal.tags] == [None, "tag-1"]
    assert [omission.reason for omission in linked.unlinked] == [
        "not in Stash: the settings create no tags"
    ]


def test_parent_studio_in_the_library_is_a_signal() -> None:
    """Studios are looked up for the parents of unmatched entities of any kind."""
    source = proposal(groups=({"name": "Night Boats", "parent": "North"},))
    assert kinds_to_link(source) == (EntityKind.STUDIO, EntityKind.GROUP)
    studio = proposal(studio={"name": "Stonebridge", "parent": "Bridge Network"})
    settings = CreationSettings.model_validate({"studio": {"parent": 0.2}})
    assert link(studio, settings=settings).create == ()
    linked = link(studio, settings=settings, studio=("Bridge Network",))
    assert linked.proposal.studio is not None
    assert linked.proposal.studio.stored_id == "new:Stonebridge"


def test_two_sources_that_agree_are_two_witnesses() -> None:
    """A performer of whom the file name says nothing is created if two proposals name them."""
    source = proposal(performers=({"name": "Ada Sample"}, {"name": "Dana Mock"}))
    linked = link(source, proposal("Archive", performers=({"name": "ada sample"},)))
    assert [created.name for created in linked.create] == ["Ada Sample"]


@pytest.mark.parametrize(("count", "creates"), [(2, False), (3, True)])
def test_frequent_and_wanted_tags_have_signals(count: int, creates: bool) -> None:
    """A tag of a rule is listed; a tag that was proposed for three scenes is frequent."""
    gate = CreationSettings.model_validate({"tag": {"name": 0.0, "listed": 0.4, "scenes": 0.2}})
    linked = link_entities(
        proposal(tags=({"name": "Snow"},)),
        facts(),
        libraries(),
        gate,
        tag_counts={"snow": count},
        wanted_tags=("Snow",),
    )
    assert bool(linked.create) is creates


def test_created_entities_get_their_ids() -> None:
    """After the creation, the proposal is as its dialog shows it."""
    source = proposal(
        studio={"name": "North"}, tags=({"name": "Snow"}, {"name": "Ice", "stored_id": "4"})
    )
    created = {(EntityKind.STUDIO, "North"): "11", (EntityKind.TAG, "Snow"): "12"}
    after = with_created_ids(source, created)
    assert after.studio is not None
    assert after.studio.stored_id == "11"
    assert [tag.stored_id for tag in after.tags] == ["12", "4"]


def test_first_proposal_that_names_an_entity() -> None:
    """Its dialog can create the entity."""
    proposals = (proposal("A"), proposal("B", tags=({"name": "Snow"},)), proposal("C"))
    snow = NewEntity(kind=EntityKind.TAG, name="Snow")
    assert first_to_name(snow, proposals) is proposals[1]
    assert first_to_name(snow, proposals[:1]) is None


BOX = "https://box.example/graphql"


def box_id(key: str) -> dict[str, str]:
    return {"endpoint": BOX, "stash_id": key}


def people(*entities: dict[str, Any]) -> dict[EntityKind, EntityIndex]:
    known = [LibraryEntity.model_validate(entity) for entity in entities]
    return {**libraries(), EntityKind.PERFORMER: EntityIndex(known)}


ADA = {"id": "5", "name": "Ada Sample", "stash_ids": [box_id("uuid-a")]}


@pytest.mark.parametrize("stored_id", ["5", None])
def test_a_differing_stash_id_beats_the_name(stored_id: str | None) -> None:
    """Whether Stash matched the name or not: it is another person, whom nobody links or creates."""
    source = proposal(
        performers=({"name": "Ada Sample", "stored_id": stored_id, "stash_id": box_id("uuid-b")},)
    )
    assert kinds_to_link(source) == (EntityKind.PERFORMER,)
    linked = link_entities(source, facts(), people(ADA), CreationSettings())
    assert [entity.stored_id for entity in linked.proposal.performers] == [None]
    assert linked.create == ()
    (namesake,) = linked.unlinked
    assert namesake.kind is OmissionKind.NAMESAKE
    assert "its stash id is uuid-a, not uuid-b" in namesake.reason


@pytest.mark.parametrize(
    "ids",
    [
        {"stash_id": box_id("uuid-a")},
        {"stash_id": {"endpoint": "https://other.example/graphql", "stash_id": "uuid-b"}},
        {},
    ],
)
def test_the_same_id_and_ids_elsewhere_refute_no_link(ids: dict[str, Any]) -> None:
    """Only two ids of the same stash-box tell people apart."""
    source = proposal(performers=({"name": "Ada Sample", "stored_id": "5", **ids},))
    linked = link_entities(source, facts(), people(ADA), CreationSettings())
    assert linked == LinkedProposal(proposal=source)


def test_two_studios_of_a_name_are_told_apart_by_their_ids() -> None:
    """Under different parents, for example."""
    library = {
        **libraries(),
        EntityKind.STUDIO: EntityIndex(
            [LibraryEntity.model_validate({**ADA, "id": "3", "name": "Northlight"})]
        ),
    }
    studio = {"name": "Northlight", "stored_id": "3", "stash_id": box_id("uuid-b")}
    linked = link_entities(proposal(studio=studio), facts(), library, CreationSettings())
    assert linked.proposal.studio is not None
    assert linked.proposal.studio.stored_id is None
    assert [omission.kind for omission in linked.unlinked] == [OmissionKind.NAMESAKE]


def test_a_dialog_creates_a_name_under_which_it_shows_it() -> None:
    """A cleaned name by the button of the name as given; a name out of a list not at all."""
    given = proposal(performers=({"name": "Ada Sample"}, {"name": "Dana&nbsp;Mock"}))
    cleaned = proposal(
        performers=(
            {"name": "Ada Sample"},
            {"name": "Dana Mock", "shown_as": "Dana&nbsp;Mock"},
            {"name": "Eve One", "shown_as": ""},
        ),
        in_dialog=given,
    )
    ada, dana, eve = (
        NewEntity(kind=EntityKind.PERFORMER, name=name)
        for name in ("Ada Sample", "Dana Mock", "Eve One")
    )
    assert dialog_name(ada, cleaned) == "Ada Sample"
    assert dialog_name(dana, cleaned) == "Dana&nbsp;Mock"
    assert first_to_name(dana, [cleaned]) == cleaned
    assert (dialog_name(eve, cleaned), first_to_name(eve, [cleaned])) == (None, None)
    created = with_created_ids(cleaned, {(ada.kind, ada.name): "11", (dana.kind, dana.name): "12"})
    assert [entity.stored_id for entity in created.performers] == ["11", "12", None]
    assert [entity.stored_id for entity in created.as_shown.performers] == ["11", None]

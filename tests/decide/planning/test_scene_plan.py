"""The plan of a scene, from its proposals to the dialog that carries it out."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.decide.planning.dialog_plan import UNNAMED_ROWS, choose_dialog
from stashbot.decide.planning.entity_linking import LinkedProposal
from stashbot.decide.planning.proposal_merge import MergedProposal, merge_proposals
from stashbot.decide.planning.scene_plan import ids_to_name, needs_cover, plan_scene
from stashbot.models import (
    EntityKind,
    FieldName,
    FieldPolicy,
    NewEntity,
    Omission,
    OmissionKind,
    Plan,
    Proposal,
    Scene,
)
from stashbot.settings import ConsensusSettings, FieldSettings

SCENE = Scene(id="7")
DEFAULTS = FieldSettings()


def proposal(source: str = "Catalog", **fields: Any) -> Proposal:
    return Proposal.model_validate({"source": source, **fields})


def merge(*proposals: Proposal, policies: FieldSettings = DEFAULTS) -> MergedProposal:
    return merge_proposals(SCENE, proposals, policies, ConsensusSettings())


def plan(merged: MergedProposal, linked: LinkedProposal | None = None, **options: Any) -> Plan:
    linked = linked or LinkedProposal(proposal=merged.proposal)
    return plan_scene(SCENE, merged, linked, **{"organize": "never", "names": {}, **options})


def stash_id(key: str) -> dict[str, str]:
    return {"endpoint": f"https://{key}.example/graphql", "stash_id": key}


def test_changes_of_a_single_proposal_have_no_source() -> None:
    """The plan has the source of the proposal instead."""
    found = plan(merge(proposal(title="T")))
    assert found.source == "Catalog"
    assert [(change.field, change.after, change.source) for change in found.changes] == [
        (FieldName.TITLE, "T", None)
    ]


def test_changes_of_several_proposals_name_their_winners() -> None:
    """The audit records which source gave which field."""
    found = plan(merge(proposal("A", title="T"), proposal("B", title="U", code="C")))
    assert found.source == "A + B"
    assert {change.field: change.source for change in found.changes} == {
        FieldName.TITLE: "A",
        FieldName.CODE: "B",
    }


def test_only_entities_of_planned_changes_are_created() -> None:
    """A policy may leave a field alone whose entities could be created."""
    source = proposal(
        studio={"name": "North", "stored_id": "new:North"},
        tags=({"name": "Snow", "stored_id": "new:Snow"},),
    )
    new = tuple(
        NewEntity(kind=kind, name=name)
        for kind, name in ((EntityKind.STUDIO, "North"), (EntityKind.TAG, "Snow"))
    )
    keep_tags = DEFAULTS.model_copy(update={"tags": FieldPolicy.KEEP})
    linked = LinkedProposal(proposal=source, create=new)
    found = plan(merge(source, policies=keep_tags), linked)
    assert [entity.name for entity in found.create] == ["North"]


def test_omission_has_the_reason_of_the_linking() -> None:
    """It says why the name was neither linked nor created."""
    source = proposal(tags=({"name": "Snow"},))
    omission = Omission(
        field=FieldName.TAGS,
        name="Snow",
        kind=OmissionKind.NOT_IN_STASH,
        reason="not in Stash: no signal for it",
    )
    found = plan(merge(source), LinkedProposal(proposal=source, unlinked=(omission,)))
    assert found.omitted == (omission,)


def test_dialog_without_names_sets_no_stash_id() -> None:
    """Before Stash 0.30 the rows of the dialog cannot be told apart."""
    merged = merge(proposal(title="T", stash_id=stash_id("box")))
    assert [change.field for change in plan(merged).changes] == [
        FieldName.TITLE,
        FieldName.STASH_IDS,
    ]
    found = plan(merged, dialog_has_names=False)
    assert [change.field for change in found.changes] == [FieldName.TITLE]
    (omission,) = found.omitted
    assert (omission.kind, omission.reason) == (OmissionKind.NEEDS_DIALOG, UNNAMED_ROWS)


def test_save_goes_through_the_dialog_of_a_single_source() -> None:
    """A cover of another source than the stash id is omitted, and named."""
    cover = DEFAULTS.model_copy(update={"cover": FieldPolicy.OVERWRITE})
    proposals = (
        proposal("A", title="T"),
        proposal("B", stash_id=stash_id("box")),
        proposal("C", cover="ab" * 32),
    )
    found = plan(merge(*proposals, policies=cover))
    assert [change.field for change in found.changes] == [FieldName.TITLE, FieldName.STASH_IDS]
    (omission,) = found.omitted
    assert (omission.field, omission.name) == (FieldName.COVER, "C")
    assert omission.reason == "it needs the dialog of C, and a save uses a single dialog"
    assert choose_dialog(found, proposals).source == "B"


def test_first_dialog_is_used_if_none_is_needed() -> None:
    """Any dialog can fill in texts and lists."""
    proposals = proposal("A", title="T"), proposal("B", code="C")
    assert choose_dialog(plan(merge(*proposals)), proposals).source == "A"


def test_ids_of_linked_entities_by_kind() -> None:
    """Their names in Stash are fetched for the plan."""
    source = proposal(
        studio={"name": "North", "stored_id": "3"},
        tags=({"name": "Snow", "stored_id": "4"}, {"name": "Ice"}),
    )
    assert ids_to_name(source) == {
        EntityKind.STUDIO: ("3",),
        EntityKind.PERFORMER: (),
        EntityKind.TAG: ("4",),
        EntityKind.GROUP: (),
    }


@pytest.mark.parametrize(
    ("cover", "policy", "needs"),
    [
        ("ab" * 32, FieldPolicy.OVERWRITE, True),
        ("ab" * 32, FieldPolicy.KEEP, False),
        (None, FieldPolicy.OVERWRITE, False),
    ],
)
def test_cover_is_needed_for_a_proposed_cover(
    cover: str | None, policy: FieldPolicy, needs: bool
) -> None:
    """The scene's own cover is fetched only if it may be replaced."""
    policies = DEFAULTS.model_copy(update={"cover": policy})
    assert needs_cover(proposal(cover=cover), policies) is needs


@pytest.mark.parametrize(
    ("fields", "organize", "is_organized"),
    [
        ({"performers": [{"name": "Ada"}]}, "always", True),
        ({"performers": [{"name": "Ada"}]}, "complete", False),
        ({"studio": {"name": "North"}}, "complete", False),
        ({"groups": [{"name": "Boats"}]}, "complete", False),
        ({"tags": [{"name": "Snow"}]}, "complete", True),
        ({"date": "2024-13-45"}, "complete", True),
        ({"performers": [{"name": "Ada", "stored_id": "5"}]}, "complete", True),
        ({"performers": [{"name": "Ada", "stored_id": "5"}]}, "never", False),
    ],
)
def test_a_scene_may_be_organized_only_when_it_is_complete(
    fields: dict[str, Any], organize: str, is_organized: bool
) -> None:
    """Without a performer, studio or group that its source named, it is not; tags do not count."""
    found = plan(merge(proposal(title="T", **fields)), organize=organize)
    assert found.organize is is_organized


def test_a_list_of_several_sources_names_all_that_gave_a_member() -> None:
    """A source that only repeats the members of another gave none."""
    tags = [{"name": "Snow", "stored_id": "1"}]
    found = plan(
        merge(
            proposal("A", urls=("https://a.example/1",), tags=tags),
            proposal("B", urls=("https://b.example/2",), tags=tags),
        )
    )
    assert {change.field.value: change.source for change in found.changes} == {
        "urls": "A + B",
        "tags": "A",
    }

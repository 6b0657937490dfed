"""Which rows of the scrape dialog are used, proved on what Stash's dialog does with them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from stashbot.decide.planning.change_plan import make_plan
from stashbot.decide.planning.dialog_plan import DIALOG_ONLY, choose, needs_dialog, surely_opens
from stashbot.models import (
    ENTITY_LIST_FIELDS,
    TEXT_FIELDS,
    FieldName,
    FieldPolicy,
    Plan,
    Proposal,
    Scene,
    ScrapedEntity,
)
from stashbot.settings import FieldSettings
from tests.decide.strategies import all_by, entity, policies, proposals, scenes


def plan_of(scene: Scene, proposal: Proposal, by: FieldSettings) -> Plan:
    return make_plan(scene, proposal, by, organize=False, lookups={})


def by_dialog(scene: Scene, proposal: Proposal, field: FieldName) -> Any:
    """What the form holds after Apply with this row used, as Stash's dialog does it."""
    if field in TEXT_FIELDS:
        return getattr(proposal, field.value)
    if field is FieldName.URLS:
        return list(dict.fromkeys([*scene.urls, *proposal.urls]))
    if field is FieldName.STUDIO:
        return proposal.studio.stored_id if proposal.studio else None
    return {one.stored_id for one in getattr(proposal, field.value) if one.stored_id}


def planned(plan: Plan, field: FieldName) -> Any:
    """The planned value in the form of ``by_dialog``."""
    change = plan.change(field)
    assert change is not None
    value: Any = change.after
    if field is FieldName.STUDIO:
        return value["id"]
    return {one["id"] for one in value} if field in ENTITY_LIST_FIELDS else value


@given(scene=scenes, proposal=proposals, by=policies)
def test_dialog_and_form_together_carry_the_plan_out(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """Only planned rows are used, and each that does not give the planned value is filled."""
    plan = plan_of(scene, proposal, by)
    choice = choose(plan, proposal)
    assert choice.use <= {change.field for change in plan.changes}
    filled = {change.field for change in choice.fill}
    assert [one for one in plan.changes if one in choice.fill] == list(choice.fill)
    for change in plan.changes:
        field = change.field
        if field in filled:
            continue
        assert field in choice.use
        if field not in DIALOG_ONLY:
            assert by_dialog(scene, proposal, field) == planned(plan, field)


@given(scene=scenes, proposal=proposals, by=policies)
def test_a_used_row_never_means_more_work(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """Where the form has to make up for a used row, it was not nearer to the plan before."""
    plan = plan_of(scene, proposal, by)
    choice = choose(plan, proposal)
    for change in choice.fill:
        before: Any = change.before
        field = change.field
        if field in ENTITY_LIST_FIELDS:
            existing = {one["id"] for one in before}
        elif field is FieldName.URLS:
            existing = set(before)
        else:
            assert field not in choice.use
            continue
        wanted = set(planned(plan, field))
        scraped = set(by_dialog(scene, proposal, field))
        if field in choice.use:
            assert len(scraped ^ wanted) <= len(existing ^ wanted)
        elif field is not FieldName.GROUPS:
            assert len(scraped ^ wanted) > len(existing ^ wanted)


@given(scene=scenes, proposal=proposals, by=policies)
def test_numbers_in_groups_are_never_risked(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """Where the scene is in a group already, the form adds the others: the row is not used."""
    if scene.groups:
        assert FieldName.GROUPS not in choose(plan_of(scene, proposal, by), proposal).use


@given(scene=scenes, proposal=proposals, by=policies)
def test_only_ids_and_covers_need_the_dialog(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """The form alone carries out every plan without them; with them their rows are used."""
    plan = plan_of(scene, proposal, by)
    only = {change.field for change in plan.changes} & {FieldName.STASH_IDS, FieldName.COVER}
    assert needs_dialog(plan) is bool(only)
    choice = choose(plan, proposal)
    assert only <= choice.use
    assert only.isdisjoint(change.field for change in choice.fill)


@given(scene=scenes, proposal=proposals, by=policies)
def test_a_change_or_a_new_entity_opens_the_dialog(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """The dialog surely opens for what is planned and for every entity that Stash lacks."""
    plan = plan_of(scene, proposal, by)
    named = [proposal.studio, *proposal.performers, *proposal.tags, *proposal.groups]
    lacking = any(one and one.stored_id is None for one in named)
    assert surely_opens(plan, proposal) is (bool(plan.changes) or lacking)


@pytest.mark.parametrize("name", ["studio", "performers", "tags", "groups"])
def test_one_unknown_entity_is_enough(name: str) -> None:
    """An unmatched entity of any kind opens the dialog, though a plan may keep every field."""
    new = ScrapedEntity(name="New")
    nothing = Proposal(source="Catalog")
    one = nothing.model_copy(update={name: new if name == "studio" else (new,)})
    keep = all_by(FieldPolicy.KEEP)
    assert surely_opens(plan_of(Scene(id="7"), one, keep), one)
    assert not surely_opens(plan_of(Scene(id="7"), nothing, keep), nothing)


def test_a_plain_union_needs_no_form() -> None:
    """URLs that the dialog unites as planned, existing ones first, are left to it."""
    scene = Scene(id="7", urls=("https://a.example",))
    proposal = Proposal(source="Catalog", urls=("https://b.example", "https://a.example"))
    choice = choose(plan_of(scene, proposal, all_by(FieldPolicy.UNION)), proposal)
    assert choice.use == {FieldName.URLS}
    assert choice.fill == ()


def test_a_plan_made_from_another_answer_is_typed_in() -> None:
    """The plan counts: where the dialog shows something else now, the form is given the plan."""
    one = Proposal(source="Catalog", title="T", studio=ScrapedEntity(name="S", stored_id="1"))
    other = Proposal(source="Catalog", title="U", studio=ScrapedEntity(name="S", stored_id="2"))
    plan = plan_of(Scene(id="7"), one, all_by(FieldPolicy.FILL))
    choice = choose(plan, other)
    assert (choice.use, choice.fill) == (frozenset(), plan.changes)


def test_a_date_in_words_is_typed_in() -> None:
    """Stash's dialog would give the form the source's writing, which Stash refuses."""
    proposal = Proposal(source="Catalog", date="January 13, 2024", title="T")
    choice = choose(plan_of(Scene(id="7"), proposal, all_by(FieldPolicy.FILL)), proposal)
    assert choice.use == {FieldName.TITLE}
    assert [one.field for one in choice.fill] == [FieldName.DATE]


def test_junk_addresses_are_not_taken_over() -> None:
    """Where the row brings more to remove than the form has to add, the row is not used."""
    proposal = Proposal(source="Catalog", urls=("https://a.example", "ftp://b", "javascript:0"))
    choice = choose(plan_of(Scene(id="7"), proposal, all_by(FieldPolicy.UNION)), proposal)
    assert choice.use == frozenset()
    assert [one.field for one in choice.fill] == [FieldName.URLS]


def test_the_smaller_repair_wins() -> None:
    """Of five planned tags the scene has one and the source names four: the row is used."""
    scene = Scene(id="7", tags=(entity("1"),))
    four = tuple(ScrapedEntity(name=f"Name {one}", stored_id=one) for one in "2345")
    proposal = Proposal(source="Catalog", tags=four)
    choice = choose(plan_of(scene, proposal, all_by(FieldPolicy.UNION)), proposal)
    assert choice.use == {FieldName.TAGS}
    assert [one.field for one in choice.fill] == [FieldName.TAGS]
    scene = Scene(id="7", tags=tuple(entity(one) for one in "1345"))
    proposal = Proposal(source="Catalog", tags=four[:1])
    choice = choose(plan_of(scene, proposal, all_by(FieldPolicy.UNION)), proposal)
    assert choice.use == frozenset()

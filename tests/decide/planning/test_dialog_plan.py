"""The rows of the scrape dialog that are used, checked by what Stash's dialog does with them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from stashbot.decide.planning.change_plan import make_plan
from stashbot.decide.planning.dialog_plan import (
    DIALOG_ONLY,
    choose_rows,
    dialog_will_open,
    needs_dialog,
)
from stashbot.models import (
    ENTITY_LIST_FIELDS,
    TEXT_FIELDS,
    Cleaning,
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
    return make_plan(scene, proposal, by, organize=False, names={})


def by_dialog(scene: Scene, proposal: Proposal, field: FieldName) -> Any:
    """Return the value in the form after Apply, if the row of ``field`` was used."""
    if field in TEXT_FIELDS:
        return getattr(proposal, field.value)
    if field is FieldName.URLS:
        return list(dict.fromkeys([*scene.urls, *proposal.urls]))
    if field is FieldName.STUDIO:
        return proposal.studio.stored_id if proposal.studio else None
    entities = getattr(proposal, field.value)
    return {entity.stored_id for entity in entities if entity.stored_id}


def planned(plan: Plan, field: FieldName) -> Any:
    """Return the planned value, in the same form as ``by_dialog``."""
    change = plan.change(field)
    assert change is not None
    value: Any = change.after
    if field is FieldName.STUDIO:
        return value["id"]
    return {entity["id"] for entity in value} if field in ENTITY_LIST_FIELDS else value


@given(scene=scenes, proposal=proposals, by=policies)
def test_dialog_and_form_together_carry_out_the_plan(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """Only planned rows are used; a field whose row does not give the planned value is filled."""
    plan = plan_of(scene, proposal, by)
    choice = choose_rows(plan, proposal)
    assert choice.use <= {change.field for change in plan.changes}
    filled = {change.field for change in choice.fill}
    assert [change for change in plan.changes if change in choice.fill] == list(choice.fill)
    for change in plan.changes:
        field = change.field
        if field in filled:
            continue
        assert field in choice.use
        if field not in DIALOG_ONLY:
            assert by_dialog(scene, proposal, field) == planned(plan, field)


@given(scene=scenes, proposal=proposals, by=policies)
def test_used_row_never_means_more_work(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """If a used row has to be corrected in the form, the form was not nearer to the plan."""
    plan = plan_of(scene, proposal, by)
    choice = choose_rows(plan, proposal)
    for change in choice.fill:
        before: Any = change.before
        field = change.field
        if field in ENTITY_LIST_FIELDS:
            existing = {entity["id"] for entity in before}
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
def test_numbers_in_groups_are_kept(scene: Scene, proposal: Proposal, by: FieldSettings) -> None:
    """If the scene is in a group already, the form adds the others and the row is not used."""
    if scene.groups:
        assert FieldName.GROUPS not in choose_rows(plan_of(scene, proposal, by), proposal).use


@given(scene=scenes, proposal=proposals, by=policies)
def test_only_stash_ids_and_cover_need_the_dialog(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """The form alone carries out every other plan; the rows of these fields are always used."""
    plan = plan_of(scene, proposal, by)
    only = {change.field for change in plan.changes} & {FieldName.STASH_IDS, FieldName.COVER}
    assert needs_dialog(plan) is bool(only)
    choice = choose_rows(plan, proposal)
    assert only <= choice.use
    assert only.isdisjoint(change.field for change in choice.fill)


@given(scene=scenes, proposal=proposals, by=policies)
def test_change_or_unknown_entity_opens_the_dialog(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """The dialog certainly opens for a change, and for an entity that Stash lacks."""
    plan = plan_of(scene, proposal, by)
    named = [proposal.studio, *proposal.performers, *proposal.tags, *proposal.groups]
    lacking = any(entity and entity.stored_id is None for entity in named)
    assert dialog_will_open(plan, proposal) is (bool(plan.changes) or lacking)


@pytest.mark.parametrize("name", ["studio", "performers", "tags", "groups"])
def test_unknown_entity_of_any_kind_opens_the_dialog(name: str) -> None:
    """It opens even if the plan changes nothing."""
    new = ScrapedEntity(name="New")
    empty = Proposal(source="Catalog")
    proposal = empty.model_copy(update={name: new if name == "studio" else (new,)})
    keep = all_by(FieldPolicy.KEEP)
    assert dialog_will_open(plan_of(Scene(id="7"), proposal, keep), proposal)
    assert not dialog_will_open(plan_of(Scene(id="7"), empty, keep), empty)


def test_urls_in_the_order_of_the_dialog_need_no_form() -> None:
    """The dialog unites URLs with the existing URLs first."""
    scene = Scene(id="7", urls=("https://a.example",))
    proposal = Proposal(source="Catalog", urls=("https://b.example", "https://a.example"))
    choice = choose_rows(plan_of(scene, proposal, all_by(FieldPolicy.UNION)), proposal)
    assert choice.use == {FieldName.URLS}
    assert choice.fill == ()


def test_plan_of_another_answer_is_filled_in_the_form() -> None:
    """If the dialog shows other values by now, no row is used."""
    first = Proposal(source="Catalog", title="T", studio=ScrapedEntity(name="S", stored_id="1"))
    other = Proposal(source="Catalog", title="U", studio=ScrapedEntity(name="S", stored_id="2"))
    plan = plan_of(Scene(id="7"), first, all_by(FieldPolicy.FILL))
    choice = choose_rows(plan, other)
    assert (choice.use, choice.fill) == (frozenset(), plan.changes)


def test_date_in_words_is_filled_in_the_form() -> None:
    """The dialog would enter the date as the source writes it, which Stash refuses."""
    proposal = Proposal(source="Catalog", date="January 13, 2024", title="T")
    choice = choose_rows(plan_of(Scene(id="7"), proposal, all_by(FieldPolicy.FILL)), proposal)
    assert choice.use == {FieldName.TITLE}
    assert [change.field for change in choice.fill] == [FieldName.DATE]


def test_row_with_more_junk_than_urls_is_not_used() -> None:
    """Adding the URL in the form is less work than removing the junk."""
    proposal = Proposal(source="Catalog", urls=("https://a.example", "ftp://b", "javascript:0"))
    choice = choose_rows(plan_of(Scene(id="7"), proposal, all_by(FieldPolicy.UNION)), proposal)
    assert choice.use == frozenset()
    assert [change.field for change in choice.fill] == [FieldName.URLS]


def test_row_that_is_nearer_to_the_plan_is_used() -> None:
    """If the source names more of the planned tags than the scene has, the row is used."""
    scene = Scene(id="7", tags=(entity("1"),))
    four = tuple(ScrapedEntity(name=f"Name {key}", stored_id=key) for key in "2345")
    proposal = Proposal(source="Catalog", tags=four)
    choice = choose_rows(plan_of(scene, proposal, all_by(FieldPolicy.UNION)), proposal)
    assert choice.use == {FieldName.TAGS}
    assert [change.field for change in choice.fill] == [FieldName.TAGS]
    scene = Scene(id="7", tags=tuple(entity(key) for key in "1345"))
    proposal = Proposal(source="Catalog", tags=four[:1])
    choice = choose_rows(plan_of(scene, proposal, all_by(FieldPolicy.UNION)), proposal)
    assert choice.use == frozenset()


def test_a_row_with_an_uncleaned_value_is_not_used() -> None:
    """The form is given the cleaned value; whether the dialog opens is then not certain."""
    given = Proposal(source="Alpha", title="Q&amp;A", code="NL-1")
    cleaning = Cleaning(field=FieldName.TITLE, before="Q&amp;A", after="Q&A", reason="entities")
    cleaned = given.model_copy(
        update={"title": "Q&A", "in_dialog": given, "cleanings": (cleaning,)}
    )
    plan = plan_of(Scene(id="1"), cleaned, FieldSettings())
    choice = choose_rows(plan, cleaned)
    assert choice.use == {FieldName.CODE}
    assert [(change.field, change.after) for change in choice.fill] == [(FieldName.TITLE, "Q&A")]
    assert dialog_will_open(plan, cleaned)
    assert not dialog_will_open(plan.without(FieldName.CODE), cleaned)

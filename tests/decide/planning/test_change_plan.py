"""Plans: the changes that policies allow a proposal to make, and those they never allow."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.planning.change_plan import (
    EntityNames,
    clean_text,
    make_plan,
    stale_fields,
    unsaved_fields,
)
from stashbot.models import (
    Change,
    FieldName,
    FieldPolicy,
    GroupEntry,
    OmissionKind,
    Plan,
    Proposal,
    Scene,
    ScrapedEntity,
    StashId,
)
from stashbot.settings import FieldSettings
from tests.decide.strategies import (
    FIELDS,
    LISTS,
    all_by,
    applied,
    entity,
    policies,
    proposals,
    scenes,
    shuffled,
)

BOX = "https://box.example/graphql"
OTHER_BOX = "https://two.example/graphql"


def plan_of(
    scene: Scene,
    proposal: Proposal,
    by: FieldSettings | FieldPolicy = FieldPolicy.UNION,
    *,
    organize: bool = False,
    names: EntityNames | None = None,
) -> Plan:
    settings = all_by(by) if isinstance(by, FieldPolicy) else by
    return make_plan(scene, proposal, settings, organize=organize, names=names or {})


def proposed(**fields: Any) -> Proposal:
    return Proposal.model_validate({"source": "Catalog", **fields})


def blank(**fields: Any) -> Scene:
    return Scene.model_validate({"id": "7", **fields})


def named(*numbers: str) -> tuple[ScrapedEntity, ...]:
    return tuple(ScrapedEntity(name=f"Name {key}", stored_id=key) for key in numbers)


def after(plan: Plan, field: FieldName) -> Any:
    change = plan.change(field)
    return change.after if change else None


def ids(values: Any) -> list[str]:
    return [entity["id"] for entity in values]


@given(scene=scenes, proposal=proposals, by=policies)
def test_no_field_is_ever_emptied(scene: Scene, proposal: Proposal, by: FieldSettings) -> None:
    """A plan never removes the value of a field without putting another in its place."""
    for change in plan_of(scene, proposal, by).changes:
        assert change.after
        assert change.after != change.before


@given(scene=scenes, proposal=proposals, by=policies)
def test_before_image_is_the_scene_s_own(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """Each field is changed once, in the order of the form, with its policy."""
    plan = plan_of(scene, proposal, by)
    assert (plan.scene_id, plan.source) == (scene.id, proposal.source)
    changed = [change.field for change in plan.changes]
    assert changed == [name for name in FIELDS if name in changed]
    for change in plan.changes:
        assert change.before == scene.value(change.field)
        assert change.policy is by.policy(change.field)


@given(scene=scenes, proposal=proposals, by=policies)
def test_plan_survives_json(scene: Scene, proposal: Proposal, by: FieldSettings) -> None:
    """It is read as it was written, and its values make a scene."""
    plan = plan_of(scene, proposal, by)
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    applied(scene, plan)


@given(scene=scenes, proposal=proposals, by=policies)
def test_second_plan_has_no_changes(scene: Scene, proposal: Proposal, by: FieldSettings) -> None:
    """After a plan was saved, in whatever order Stash returns lists, nothing is left to change.

    Only the cover, which a scene does not hold, is planned again.
    """
    saved = applied(scene, plan_of(scene, proposal, by))
    for fresh in (saved, shuffled(saved)):
        changes = plan_of(fresh, proposal, by).changes
        assert {change.field for change in changes} <= {FieldName.COVER}


@given(scene=scenes, proposal=proposals, by=policies)
def test_stale_and_unsaved_fields_are_those_of_the_plan(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """Before the save all are unsaved and none is stale; after it, the other way round."""
    plan = plan_of(scene, proposal, by)
    seen = tuple(change.field for change in plan.changes if change.field is not FieldName.COVER)
    saved = applied(scene, plan)
    for before, done in ((scene, saved), (shuffled(scene), shuffled(saved))):
        assert (stale_fields(plan, before), unsaved_fields(plan, before)) == ((), seen)
        assert (stale_fields(plan, done), unsaved_fields(plan, done)) == (seen, ())


@given(scene=scenes, other=scenes, proposal=proposals, by=policies)
def test_change_of_another_field_makes_no_plan_stale(
    scene: Scene, other: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """Somebody else may change any field that is not planned."""
    plan = plan_of(scene, proposal, by)
    planned = {change.field.value for change in plan.changes}
    untouched = {
        name.value: getattr(other, name.value)
        for name in FIELDS
        if name.value not in planned and name is not FieldName.COVER
    }
    assert stale_fields(plan, scene.model_copy(update=untouched)) == ()


@given(scene=scenes, proposal=proposals)
def test_union_is_a_superset_in_order(scene: Scene, proposal: Proposal) -> None:
    """A union keeps the existing members first, in their order, and adds each new member once."""
    plan = plan_of(scene, proposal, FieldPolicy.UNION)
    for name in LISTS:
        change = plan.change(FieldName(name))
        if change is None:
            continue
        before: Any = change.before
        result: Any = change.after
        assert result[: len(before)] == before
        added = result[len(before) :]
        assert added
        assert all(member not in before for member in added)
        assert all(added.count(member) == 1 for member in added)


@given(scene=scenes, proposal=proposals)
def test_union_has_every_proposed_entity_that_stash_matched(
    scene: Scene, proposal: Proposal
) -> None:
    """Each of them is linked after the save."""
    saved = applied(scene, plan_of(scene, proposal, FieldPolicy.UNION))
    for name in ("performers", "groups", "tags"):
        ids = {entity.stored_id for entity in getattr(proposal, name)} - {None}
        assert ids <= {entity.id for entity in getattr(saved, name)}


@given(scene=scenes, proposal=proposals, organize=st.booleans())
def test_keep_never_changes(scene: Scene, proposal: Proposal, organize: bool) -> None:
    """With ``keep`` for all fields a plan has no changes and no omissions."""
    plan = plan_of(scene, proposal, FieldPolicy.KEEP, organize=organize)
    assert (plan.changes, plan.omitted) == ((), ())


@given(scene=scenes, proposal=proposals)
def test_fill_never_touches_a_filled_field(scene: Scene, proposal: Proposal) -> None:
    """With ``fill`` a field that has a value is not in the plan, not even among the omissions."""
    plan = plan_of(scene, proposal, FieldPolicy.FILL)
    filled = {name for name in FIELDS if scene.value(name)}
    assert filled.isdisjoint(change.field for change in plan.changes)
    assert filled.isdisjoint(omission.field for omission in plan.omitted)


@given(scene=scenes, proposal=proposals)
def test_overwrite_replaces_lists_of_entities(scene: Scene, proposal: Proposal) -> None:
    """With ``overwrite`` they become the proposed entities that Stash matched, if there are any."""
    saved = applied(scene, plan_of(scene, proposal, FieldPolicy.OVERWRITE))
    for name in ("performers", "groups", "tags"):
        ids = {entity.stored_id for entity in getattr(proposal, name)} - {None}
        expected = ids or {entity.id for entity in getattr(scene, name)}
        assert {entity.id for entity in getattr(saved, name)} == expected
    if title := clean_text(proposal.title or ""):
        assert clean_text(saved.title or "") == title


@given(scene=scenes, proposal=proposals, by=policies)
def test_unmatched_entity_is_omitted(scene: Scene, proposal: Proposal, by: FieldSettings) -> None:
    """It is omitted with its name, unless the policy leaves the field alone."""
    plan = plan_of(scene, proposal, by)
    unmatched = {
        (omission.field, omission.name)
        for omission in plan.omitted
        if omission.kind is OmissionKind.NOT_IN_STASH
    }
    for name in (FieldName.PERFORMERS, FieldName.GROUPS, FieldName.TAGS):
        policy = by.policy(name)
        is_open = policy is not FieldPolicy.KEEP and not (
            policy is FieldPolicy.FILL and scene.value(name)
        )
        entities = getattr(proposal, name.value)
        missing = {(name, entity.name) for entity in entities if not entity.stored_id}
        of_field = {(field, name_) for field, name_ in unmatched if field is name}
        assert of_field == (missing if is_open else set())


@given(scene=scenes, proposal=proposals, by=policies, organize=st.booleans())
def test_organizing_is_planned_once(
    scene: Scene, proposal: Proposal, by: FieldSettings, organize: bool
) -> None:
    """It is planned if the scene is not organized yet, and is never among the changes."""
    plan = plan_of(scene, proposal, by, organize=organize)
    assert plan.organize is (organize and not scene.organized)
    assert plan.change(FieldName.ORGANIZED) is None


def test_order_counts_for_urls_only() -> None:
    """Stash orders entities itself and keeps the order of URLs; names of entities do not count."""
    scene = blank(tags=(entity("1"), entity("2")), urls=("https://a.example", "https://b.example"))
    turned = proposed(tags=named("2", "1"), urls=("https://b.example", "https://a.example"))
    plan = plan_of(scene, turned, FieldPolicy.OVERWRITE)
    assert [change.field for change in plan.changes] == [FieldName.URLS]
    renamed = blank(tags=({"id": "2", "name": "New"}, {"id": "1", "name": "Name"}))
    assert unsaved_fields(plan_of(blank(), turned), renamed) == (FieldName.URLS,)


def test_overwrite_keeps_the_number_in_a_group() -> None:
    """Sources name groups without numbers, so a scene that stays in a group keeps its number."""
    scene = blank(groups=(GroupEntry(id="1", name="Name 1", scene_index=3),))
    assert plan_of(scene, proposed(groups=named("1")), FieldPolicy.OVERWRITE).changes == ()
    plan = plan_of(scene, proposed(groups=named("2", "1")), FieldPolicy.OVERWRITE)
    found = {group["id"]: group["scene_index"] for group in after(plan, FieldName.GROUPS)}
    assert found == {"1": 3, "2": None}


def test_union_adds_no_group_twice() -> None:
    """A group in which the scene has a number is not added without a number."""
    scene = blank(groups=(GroupEntry(id="1", name="Name 1", scene_index=3),))
    plan = plan_of(scene, proposed(groups=named("1", "2")))
    assert ids(after(plan, FieldName.GROUPS)) == ["1", "2"]
    assert plan_of(scene, proposed(groups=named("1"))).changes == ()


def test_cover_is_neither_stale_nor_unsaved() -> None:
    """A scene does not hold its cover, so it cannot be compared."""
    change = Change(field=FieldName.COVER, before="ab" * 32, after="cd" * 32)
    plan = Plan(scene_id="7", source="Catalog", changes=(change,))
    assert (stale_fields(plan, blank()), unsaved_fields(plan, blank())) == ((), ())


def test_changed_number_in_a_group_makes_a_plan_stale() -> None:
    """The form would save the old number."""
    scene = blank(groups=(GroupEntry(id="1", name="Name 1", scene_index=3),))
    plan = plan_of(scene, proposed(groups=named("2")))
    fresh = blank(groups=(GroupEntry(id="1", name="Name 1", scene_index=4),))
    assert stale_fields(plan, fresh) == (FieldName.GROUPS,)


def test_ids_of_other_stash_boxes_stay() -> None:
    """A stash-box knows its own id only: ``overwrite`` replaces it, ``union`` does not."""
    scene = blank(
        stash_ids=(StashId(endpoint=BOX, stash_id="old"), StashId(endpoint=OTHER_BOX, stash_id="x"))
    )
    proposal = proposed(stash_id=StashId(endpoint=BOX, stash_id="new"))
    replaced = after(plan_of(scene, proposal, FieldPolicy.OVERWRITE), FieldName.STASH_IDS)
    assert {(box["endpoint"], box["stash_id"]) for box in replaced} == {
        (OTHER_BOX, "x"),
        (BOX, "new"),
    }
    united = plan_of(scene, proposal)
    assert united.changes == ()
    assert [(omission.name, omission.reason) for omission in united.omitted] == [
        ("new", "the scene has another id there: old")
    ]


def test_id_that_the_scene_has_is_not_omitted() -> None:
    """A scene may have two ids of a stash-box, the proposed id among them."""
    existing = (StashId(endpoint=BOX, stash_id="new"), StashId(endpoint=BOX, stash_id="old"))
    plan = plan_of(blank(stash_ids=existing), proposed(stash_id=existing[0]))
    assert (plan.changes, plan.omitted) == ((), ())


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        ("03/04/2024", "day or the month first"),
        ("2024-02-30", "not a date that exists"),
        ("soon", "not a date"),
    ],
)
def test_unusable_date_is_omitted_with_its_reason(date: str, reason: str) -> None:
    """No date is guessed; the omission has the proposed text."""
    plan = plan_of(blank(), proposed(date=date))
    assert plan.changes == ()
    (left,) = plan.omitted
    assert (left.field, left.name) == (FieldName.DATE, date)
    assert reason in left.reason


def test_date_is_planned_in_the_form_of_stash() -> None:
    """A day in words is the same as the day in that form."""
    proposal = proposed(date=" January 13, 2024 ")
    assert after(plan_of(blank(), proposal), FieldName.DATE) == "2024-01-13"
    assert plan_of(blank(date="2024-01-13"), proposal, FieldPolicy.OVERWRITE).changes == ()


def test_addresses_that_are_not_http_are_omitted() -> None:
    """Addresses are stripped and planned once; blank ones are ignored."""
    urls = (" https://a.example ", "https://a.example", "HTTPS://B.example", "javascript:0", " ")
    plan = plan_of(blank(), proposed(urls=urls))
    assert after(plan, FieldName.URLS) == ["https://a.example", "HTTPS://B.example"]
    assert [omission.name for omission in plan.omitted] == ["javascript:0"]


def test_entities_have_the_names_of_stash() -> None:
    """Stash matches aliases too, and the form shows the entity's own name."""
    names = {(FieldName.TAGS, "1"): "Outdoor", (FieldName.STUDIO, "2"): "Other"}
    proposal = proposed(
        tags=(ScrapedEntity(name="outside", stored_id="1"),),
        studio=ScrapedEntity(name="NL", stored_id="1"),
    )
    plan = plan_of(blank(), proposal, names=names)
    assert after(plan, FieldName.TAGS) == [{"id": "1", "name": "Outdoor"}]
    assert after(plan, FieldName.STUDIO) == {"id": "1", "name": "NL"}


def test_entity_is_linked_once() -> None:
    """Stash may match two scraped names to the same entity."""
    twice = (ScrapedEntity(name="A", stored_id="1"), ScrapedEntity(name="B", stored_id="1"))
    assert ids(after(plan_of(blank(), proposed(performers=twice)), FieldName.PERFORMERS)) == ["1"]


def test_studio_that_stash_lacks_is_omitted() -> None:
    """The studio is not changed."""
    plan = plan_of(blank(), proposed(studio=ScrapedEntity(name="New")))
    assert plan.changes == ()
    assert [(omission.field, omission.name) for omission in plan.omitted] == [
        (FieldName.STUDIO, "New")
    ]


@given(text=st.text())
def test_clean_text_is_stripped_and_has_line_feeds(text: str) -> None:
    """Cleaning it again changes nothing."""
    clean = clean_text(text)
    assert "\r" not in clean
    assert clean == clean.strip() == clean_text(clean)
    assert clean.split() == text.split()


@pytest.mark.parametrize("details", ["a\nb", "a\r\nb", " a\rb "])
def test_line_ends_and_outer_spaces_are_no_difference(details: str) -> None:
    """A text that differs in them only is the same to Stash."""
    scene = blank(details=details)
    plan = plan_of(scene, proposed(details=" a\r\nb\r\n"), FieldPolicy.OVERWRITE)
    assert plan.changes == ()
    assert unsaved_fields(plan_of(blank(), proposed(details="a\nb")), scene) == ()


def test_empty_proposal_changes_nothing() -> None:
    """Nulls, blanks and empty lists are ignored under any policy."""
    empty = proposed(title=" ", details="", date="  ", urls=("", " "))
    full = blank(title="T", details="D", date="2024-01-13", urls=("https://a.example",))
    for policy in FieldPolicy:
        for scene in (full, blank()):
            plan = plan_of(scene, empty, policy)
            assert (plan.changes, plan.omitted) == ((), ())


def test_field_can_be_removed_from_a_plan() -> None:
    """The rest of the plan stays."""
    plan = plan_of(blank(), proposed(title="T", code="C"))
    assert [change.field for change in plan.without(FieldName.TITLE).changes] == [FieldName.CODE]


def test_another_address_of_a_page_that_the_scene_has_is_not_added() -> None:
    """Nor does it replace the address that is there."""
    scene = Scene(id="1", urls=("https://northlight.example/v/1",))
    proposal = Proposal(
        source="Alpha",
        urls=("https://www.northlight.example/v/1/", "https://northlight.example/v/2"),
    )
    plan = make_plan(scene, proposal, FieldSettings(), organize=False, names={})
    change = plan.change(FieldName.URLS)
    assert change is not None
    assert change.after == ["https://northlight.example/v/1", "https://northlight.example/v/2"]

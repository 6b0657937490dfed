"""Plans: what the policies let a proposal do to a scene, and what they never let it do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.planning.change_plan import (
    NOT_IN_STASH,
    Lookups,
    clean_text,
    make_plan,
    stale_fields,
    unmet_fields,
)
from stashbot.models import (
    Change,
    FieldName,
    FieldPolicy,
    GroupEntry,
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

BOX = "https://one.example/graphql"
OTHER_BOX = "https://two.example/graphql"


def plan_of(
    scene: Scene,
    proposal: Proposal,
    by: FieldSettings | FieldPolicy = FieldPolicy.UNION,
    *,
    organize: bool = False,
    lookups: Lookups | None = None,
) -> Plan:
    settings = all_by(by) if isinstance(by, FieldPolicy) else by
    return make_plan(scene, proposal, settings, organize=organize, lookups=lookups or {})


def said(**fields: Any) -> Proposal:
    return Proposal.model_validate({"source": "Catalog", **fields})


def blank(**fields: Any) -> Scene:
    return Scene.model_validate({"id": "7", **fields})


def named(*numbers: str) -> tuple[ScrapedEntity, ...]:
    return tuple(ScrapedEntity(name=f"Name {one}", stored_id=one) for one in numbers)


def after(plan: Plan, field: FieldName) -> Any:
    change = plan.change(field)
    return change.after if change else None


def ids(values: Any) -> list[str]:
    return [one["id"] for one in values]


@given(scene=scenes, proposal=proposals, by=policies)
def test_no_field_is_ever_emptied(scene: Scene, proposal: Proposal, by: FieldSettings) -> None:
    """Under no policies does a plan take a field's value away without another in its place."""
    for change in plan_of(scene, proposal, by).changes:
        assert change.after
        assert change.after != change.before


@given(scene=scenes, proposal=proposals, by=policies)
def test_a_plan_shows_the_scene_s_own_values(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """The before-image is what the scene holds, each field once, in the form's order."""
    plan = plan_of(scene, proposal, by)
    assert (plan.scene_id, plan.source) == (scene.id, proposal.source)
    changed = [change.field for change in plan.changes]
    assert changed == [name for name in FIELDS if name in changed]
    for change in plan.changes:
        assert change.before == scene.value(change.field)
        assert change.policy is by.policy(change.field)


@given(scene=scenes, proposal=proposals, by=policies)
def test_a_plan_can_be_kept_and_read_again(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """A plan survives JSON unchanged, and its values make a scene."""
    plan = plan_of(scene, proposal, by)
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    applied(scene, plan)


@given(scene=scenes, proposal=proposals, by=policies)
def test_planning_again_after_applying_changes_nothing(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """Once a plan is in Stash, in whatever order Stash gives lists back, none is left to do.

    Only the cover, which a scene does not hold, is planned again.
    """
    held = applied(scene, plan_of(scene, proposal, by))
    for fresh in (held, shuffled(held)):
        again = plan_of(fresh, proposal, by)
        assert [one.field for one in again.changes if one.field is not FieldName.COVER] == []


@given(scene=scenes, proposal=proposals, by=policies)
def test_stale_and_unmet_agree_with_the_plan(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """Before applying nothing is stale and everything is unmet; afterwards the other way round."""
    plan = plan_of(scene, proposal, by)
    seen = tuple(one.field for one in plan.changes if one.field is not FieldName.COVER)
    held = applied(scene, plan)
    for before, done in ((scene, held), (shuffled(scene), shuffled(held))):
        assert (stale_fields(plan, before), unmet_fields(plan, before)) == ((), seen)
        assert (stale_fields(plan, done), unmet_fields(plan, done)) == (seen, ())


@given(scene=scenes, other=scenes, proposal=proposals, by=policies)
def test_only_planned_fields_are_watched(
    scene: Scene, other: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """A change by somebody else to a field that is not planned makes no plan stale."""
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
    """A union keeps all there is, in its order and first, and adds each new one once."""
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
        assert all(one not in before for one in added)
        assert all(added.count(one) == 1 for one in added)


@given(scene=scenes, proposal=proposals)
def test_a_union_holds_everything_proposed_that_stash_has(scene: Scene, proposal: Proposal) -> None:
    """After a union the scene has every proposed entity that Stash matched."""
    held = applied(scene, plan_of(scene, proposal, FieldPolicy.UNION))
    for name in ("performers", "groups", "tags"):
        proposed = {one.stored_id for one in getattr(proposal, name)} - {None}
        assert proposed <= {one.id for one in getattr(held, name)}


@given(scene=scenes, proposal=proposals, organize=st.booleans())
def test_keep_never_changes(scene: Scene, proposal: Proposal, organize: bool) -> None:
    """With ``keep`` everywhere a plan changes and leaves out nothing."""
    plan = plan_of(scene, proposal, FieldPolicy.KEEP, organize=organize)
    assert (plan.changes, plan.left_out) == ((), ())


@given(scene=scenes, proposal=proposals)
def test_fill_never_touches_a_filled_field(scene: Scene, proposal: Proposal) -> None:
    """With ``fill`` a field that has a value is not in the plan, not even as left out."""
    plan = plan_of(scene, proposal, FieldPolicy.FILL)
    filled = {name for name in FIELDS if scene.value(name)}
    assert filled.isdisjoint(change.field for change in plan.changes)
    assert filled.isdisjoint(one.field for one in plan.left_out)


@given(scene=scenes, proposal=proposals)
def test_overwrite_takes_over_what_is_proposed(scene: Scene, proposal: Proposal) -> None:
    """With ``overwrite`` lists of entities are exactly those proposed that Stash has, if any."""
    held = applied(scene, plan_of(scene, proposal, FieldPolicy.OVERWRITE))
    for name in ("performers", "groups", "tags"):
        proposed = {one.stored_id for one in getattr(proposal, name)} - {None}
        expected = proposed or {one.id for one in getattr(scene, name)}
        assert {one.id for one in getattr(held, name)} == expected
    if title := clean_text(proposal.title or ""):
        assert clean_text(held.title or "") == title


@given(scene=scenes, proposal=proposals, by=policies)
def test_nothing_is_lost_without_a_word(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """An entity that Stash does not have is left out with its name, unless nobody asked for it."""
    plan = plan_of(scene, proposal, by)
    told = {(one.field, one.name) for one in plan.left_out if one.reason == NOT_IN_STASH}
    for name in (FieldName.PERFORMERS, FieldName.GROUPS, FieldName.TAGS):
        policy = by.policy(name)
        asked = policy is not FieldPolicy.KEEP and not (
            policy is FieldPolicy.FILL and scene.value(name)
        )
        missing = {(name, one.name) for one in getattr(proposal, name.value) if not one.stored_id}
        assert {one for one in told if one[0] is name} == (missing if asked else set())


@given(scene=scenes, proposal=proposals, by=policies, organize=st.booleans())
def test_organizing_is_asked_for_once(
    scene: Scene, proposal: Proposal, by: FieldSettings, organize: bool
) -> None:
    """Organizing is planned where it was asked for and not done yet; it is never a change."""
    plan = plan_of(scene, proposal, by, organize=organize)
    assert plan.organize is (organize and not scene.organized)
    assert plan.change(FieldName.ORGANIZED) is None


def test_lists_are_compared_as_sets_and_urls_as_lists() -> None:
    """Stash orders entities itself, URLs as they were given; names do not count."""
    scene = blank(tags=(entity("1"), entity("2")), urls=("https://a.example", "https://b.example"))
    turned = said(tags=named("2", "1"), urls=("https://b.example", "https://a.example"))
    plan = plan_of(scene, turned, FieldPolicy.OVERWRITE)
    assert [change.field for change in plan.changes] == [FieldName.URLS]
    renamed = blank(tags=({"id": "2", "name": "New"}, {"id": "1", "name": "Name"}))
    assert unmet_fields(plan_of(blank(), turned), renamed) == (FieldName.URLS,)


def test_overwrite_keeps_the_number_in_a_group() -> None:
    """A source names groups without numbers: a scene that stays in a group keeps its number."""
    scene = blank(groups=(GroupEntry(id="1", name="Name 1", scene_index=3),))
    assert plan_of(scene, said(groups=named("1")), FieldPolicy.OVERWRITE).changes == ()
    plan = plan_of(scene, said(groups=named("2", "1")), FieldPolicy.OVERWRITE)
    found = {one["id"]: one["scene_index"] for one in after(plan, FieldName.GROUPS)}
    assert found == {"1": 3, "2": None}


def test_a_union_adds_no_group_twice() -> None:
    """A scene that is in a group with a number is in that group: a union leaves it alone."""
    scene = blank(groups=(GroupEntry(id="1", name="Name 1", scene_index=3),))
    plan = plan_of(scene, said(groups=named("1", "2")))
    assert ids(after(plan, FieldName.GROUPS)) == ["1", "2"]
    assert plan_of(scene, said(groups=named("1"))).changes == ()


def test_a_cover_is_not_looked_for_in_a_scene() -> None:
    """A scene holds no cover: whatever a plan says of it, it is neither stale nor unmet."""
    change = Change(field=FieldName.COVER, before="ab" * 32, after="cd" * 32)
    plan = Plan(scene_id="7", source="Catalog", changes=(change,))
    assert (stale_fields(plan, blank()), unmet_fields(plan, blank())) == ((), ())


def test_a_changed_number_in_a_group_makes_a_plan_stale() -> None:
    """The number is part of the field: the form would send the old one."""
    scene = blank(groups=(GroupEntry(id="1", name="Name 1", scene_index=3),))
    plan = plan_of(scene, said(groups=named("2")))
    fresh = blank(groups=(GroupEntry(id="1", name="Name 1", scene_index=4),))
    assert stale_fields(plan, fresh) == (FieldName.GROUPS,)


def test_ids_of_other_stash_boxes_stay() -> None:
    """A box knows its own id only: ``overwrite`` replaces that one, ``union`` does not."""
    scene = blank(
        stash_ids=(StashId(endpoint=BOX, stash_id="old"), StashId(endpoint=OTHER_BOX, stash_id="x"))
    )
    proposal = said(stash_id=StashId(endpoint=BOX, stash_id="new"))
    replaced = after(plan_of(scene, proposal, FieldPolicy.OVERWRITE), FieldName.STASH_IDS)
    assert {(one["endpoint"], one["stash_id"]) for one in replaced} == {
        (OTHER_BOX, "x"),
        (BOX, "new"),
    }
    united = plan_of(scene, proposal)
    assert united.changes == ()
    assert [(one.name, one.reason) for one in united.left_out] == [
        ("new", "the scene has another id there: old")
    ]


def test_an_id_that_the_scene_has_is_not_left_out() -> None:
    """Of two ids in one box the proposed one is there already: nothing to do, nothing to say."""
    held = (StashId(endpoint=BOX, stash_id="new"), StashId(endpoint=BOX, stash_id="old"))
    plan = plan_of(blank(stash_ids=held), said(stash_id=held[0]))
    assert (plan.changes, plan.left_out) == ((), ())


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        ("03/04/2024", "day or the month first"),
        ("2024-02-30", "not a date that exists"),
        ("soon", "not a date"),
    ],
)
def test_a_date_that_cannot_be_used_is_left_out_with_its_reason(date: str, reason: str) -> None:
    """No date is guessed; the plan says what was proposed and why it is not used."""
    plan = plan_of(blank(), said(date=date))
    assert plan.changes == ()
    (left,) = plan.left_out
    assert (left.field, left.name) == (FieldName.DATE, date)
    assert reason in left.reason


def test_a_date_is_planned_in_stash_s_form() -> None:
    """A day in words is written as Stash wants it, and equal to itself in that form."""
    proposal = said(date=" January 13, 2024 ")
    assert after(plan_of(blank(), proposal), FieldName.DATE) == "2024-01-13"
    assert plan_of(blank(date="2024-01-13"), proposal, FieldPolicy.OVERWRITE).changes == ()


def test_addresses_that_are_none_are_left_out() -> None:
    """Only http(s) addresses are planned, once, without space around; blanks are nothing."""
    urls = (" https://a.example ", "https://a.example", "HTTPS://B.example", "javascript:0", " ")
    plan = plan_of(blank(), said(urls=urls))
    assert after(plan, FieldName.URLS) == ["https://a.example", "HTTPS://B.example"]
    assert [one.name for one in plan.left_out] == ["javascript:0"]


def test_names_come_from_stash_where_they_were_looked_up() -> None:
    """Stash matches aliases too: the form shows the entity's own name, by field and id."""
    lookups = {(FieldName.TAGS, "1"): "Outdoor", (FieldName.STUDIO, "2"): "Other"}
    proposal = said(
        tags=(ScrapedEntity(name="outside", stored_id="1"),),
        studio=ScrapedEntity(name="NL", stored_id="1"),
    )
    plan = plan_of(blank(), proposal, lookups=lookups)
    assert after(plan, FieldName.TAGS) == [{"id": "1", "name": "Outdoor"}]
    assert after(plan, FieldName.STUDIO) == {"id": "1", "name": "NL"}


def test_two_names_for_one_entity_are_one() -> None:
    """Two scraped names that Stash matched to the same entity link it once."""
    twice = (ScrapedEntity(name="A", stored_id="1"), ScrapedEntity(name="B", stored_id="1"))
    assert ids(after(plan_of(blank(), said(performers=twice)), FieldName.PERFORMERS)) == ["1"]


def test_a_studio_that_stash_lacks_is_left_out() -> None:
    """An unmatched studio changes nothing and is named."""
    plan = plan_of(blank(), said(studio=ScrapedEntity(name="New")))
    assert plan.changes == ()
    assert [(one.field, one.name) for one in plan.left_out] == [(FieldName.STUDIO, "New")]


@given(text=st.text())
def test_a_clean_text_is_what_the_form_holds(text: str) -> None:
    """Line feeds only and nothing blank around; cleaning again changes nothing."""
    clean = clean_text(text)
    assert "\r" not in clean
    assert clean == clean.strip() == clean_text(clean)
    assert clean.split() == text.split()


def test_line_ends_and_blanks_around_are_no_difference() -> None:
    """A text that differs in them only is the same to Stash."""
    for held in ("one\ntwo", "one\r\ntwo", " one\rtwo "):
        scene = blank(details=held)
        plan = plan_of(scene, said(details=" one\r\ntwo\r\n"), FieldPolicy.OVERWRITE)
        assert plan.changes == ()
        assert unmet_fields(plan_of(blank(), said(details="one\ntwo")), scene) == ()


def test_an_empty_proposal_plans_nothing() -> None:
    """Nulls, blanks and empty lists change nothing under any policy."""
    empty = said(title=" ", details="", date="  ", urls=("", " "))
    full = blank(title="T", details="D", date="2024-01-13", urls=("https://a.example",))
    for policy in FieldPolicy:
        for scene in (full, blank()):
            plan = plan_of(scene, empty, policy)
            assert (plan.changes, plan.left_out) == ((), ())


def test_without_leaves_one_field_alone() -> None:
    """A plan can be narrowed by a field, and the rest of it stays."""
    plan = plan_of(blank(), said(title="T", code="C"))
    assert [one.field for one in plan.without(FieldName.TITLE).changes] == [FieldName.CODE]

"""Tags, groups and marks that rules add to a plan."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import JsonValue

from stashbot.decide.planning.entity_index import EntityIndex, LibraryEntity
from stashbot.decide.planning.plan_edits import RULES, planned_scene, without_entities
from stashbot.decide.planning.rule_changes import (
    add_named_entities,
    apply_rules,
    kinds_of_rules,
    wanted_names,
    with_rules,
)
from stashbot.decide.rules.collections import compile_collections
from stashbot.decide.rules.macros import Macros
from stashbot.decide.rules.rule_files import read_rules
from stashbot.decide.rules.rule_set import RuleOutcome, RuleSet, RuleTrace
from stashbot.models import (
    Change,
    Entity,
    EntityKind,
    FieldName,
    GroupEntry,
    NewEntity,
    OmissionKind,
    Plan,
    Scene,
)
from stashbot.settings import CollectionSettings, CreationSettings

DEFAULTS = CreationSettings()
NO_CREATION = DEFAULTS.without_creation
EMPTY = EntityIndex()
SCENE = Scene(id="7", tags=(Entity(id="1", name="Snow"),))
PLAN = Plan(scene_id="7", source="Catalog")


def library(*names: str) -> EntityIndex:
    return EntityIndex(
        LibraryEntity(id=str(at), name=name) for at, name in enumerate(names, start=1)
    )


def outcome(**fields: Any) -> RuleOutcome:
    return RuleOutcome.model_validate({"event": "run", **fields})


def after(plan: Plan, field: FieldName) -> Any:
    change = plan.change(field)
    assert change is not None
    return change.after


COLLECTIONS = compile_collections(
    {
        "Winter": CollectionSettings(where="organized"),
        "Films": CollectionSettings(where="organized", kind="group"),
    }
)


def rules(*actions: str, on: str = "run", when: str = "true") -> RuleSet:
    then = ", ".join(actions)
    table = f"[[rules]]\nname = 'r'\non = '{on}'\nwhen = '{when}'\nthen = [{then}]"
    return read_rules({"rules.toml": table}, Macros({"outside": ["City"]}))


def test_collections_stand_for_tags_and_groups() -> None:
    """Kinds without names are absent; an unknown collection counts as a tag."""
    wanted = outcome(tags=("Ice",), collections=("Winter", "Films", "Other"))
    assert wanted_names(wanted, COLLECTIONS) == {
        EntityKind.TAG: ("Ice", "Winter", "Other"),
        EntityKind.GROUP: ("Films",),
    }
    assert wanted_names(outcome(), COLLECTIONS) == {}


def test_tag_of_the_library_is_added() -> None:
    """The change keeps the scene's tags, has the library's spelling, and is of the rules."""
    plan = add_named_entities(
        PLAN, SCENE, EntityKind.TAG, ("ICE", "snow"), library=library("Snow", "Ice"),
        settings=NO_CREATION,
    )  # fmt: skip
    change = plan.change(FieldName.TAGS)
    assert change is not None
    assert change.before == [{"id": "1", "name": "Snow"}]
    assert change.after == [{"id": "1", "name": "Snow"}, {"id": "2", "name": "Ice"}]
    assert change.source == RULES


def test_tag_is_added_to_what_the_plan_gives() -> None:
    """A change of a source keeps its source."""
    planned: list[JsonValue] = [{"id": "1", "name": "Snow"}, {"id": "5", "name": "City"}]
    tags = Change(field=FieldName.TAGS, before=planned[:1], after=planned)
    title = Change(field=FieldName.TITLE, before=None, after="T")
    plan = PLAN.model_copy(update={"changes": (title, tags)})
    plan = add_named_entities(
        plan, SCENE, EntityKind.TAG, ("Ice",), library=library("Snow", "Ice"), settings=DEFAULTS
    )
    assert [change.field for change in plan.changes] == [FieldName.TITLE, FieldName.TAGS]
    assert after(plan, FieldName.TAGS) == [*planned, {"id": "2", "name": "Ice"}]
    change = plan.change(FieldName.TAGS)
    assert change is not None
    assert change.source is None


def test_wanted_tag_that_stash_lacks_is_created() -> None:
    """A rule lists the tag, which is enough; it is created once."""
    plan = add_named_entities(
        PLAN, SCENE, EntityKind.TAG, ("Ice",), library=EMPTY, settings=DEFAULTS
    )
    assert after(plan, FieldName.TAGS)[-1] == {"id": "new:Ice", "name": "Ice"}
    assert plan.create == (
        NewEntity(kind=EntityKind.TAG, name="Ice", why="score 0.70, needs 0.60: name, listed"),
    )
    again = add_named_entities(
        plan, SCENE, EntityKind.TAG, ("Ice",), library=EMPTY, settings=DEFAULTS
    )
    assert again == plan


def test_tag_that_is_not_created_is_omitted() -> None:
    """The omission says why."""
    plan = add_named_entities(
        PLAN, SCENE, EntityKind.TAG, ("Ice",), library=EMPTY, settings=NO_CREATION
    )
    assert (plan.changes, plan.create) == ((), ())
    (omission,) = plan.omitted
    assert (omission.field, omission.name) == (FieldName.TAGS, "Ice")
    assert omission.reason == (
        "a rule wants it, but it is not in Stash: the settings create no tags"
    )


@pytest.mark.parametrize(("settings", "creates"), [(DEFAULTS, True), (NO_CREATION, False)])
def test_group_of_a_collection_is_created(settings: CreationSettings, creates: bool) -> None:
    """The user wants it to exist, so it needs no signals, unless groups are never created."""
    plan = add_named_entities(
        PLAN, SCENE, EntityKind.GROUP, ("Films",), library=EMPTY, settings=settings
    )
    assert bool(plan.create) is creates
    if creates:
        group = {"id": "new:Films", "name": "Films", "scene_index": None}
        assert after(plan, FieldName.GROUPS) == [group]
    else:
        assert plan.omitted[0].kind is OmissionKind.NOT_IN_STASH_BY_RULE


def test_outcome_of_rules_is_added_to_the_plan() -> None:
    """Tags, webhooks, the mark and the names of the rules that matched."""
    trace = RuleTrace(rule="winter", when="true", priority=0, result="matched")
    wanted = outcome(tags=("Ice",), organize=True, webhooks=("https://a.example",), traces=(trace,))
    plan = apply_rules(
        PLAN,
        SCENE,
        wanted,
        names=wanted_names(wanted, ()),
        libraries={EntityKind.TAG: library("Snow", "Ice")},
        settings=DEFAULTS,
    )
    assert [tag["name"] for tag in after(plan, FieldName.TAGS)] == ["Snow", "Ice"]
    assert (plan.organize, plan.webhooks, plan.rules) == (True, ("https://a.example",), ("winter",))


@pytest.mark.parametrize(
    ("planned", "wanted", "organized", "organizes"),
    [
        (True, None, False, True),
        (True, False, False, False),
        (False, True, False, True),
        (False, True, True, False),
        (True, None, True, False),
    ],
)
def test_rules_decide_about_organizing(
    planned: bool, wanted: bool | None, organized: bool, organizes: bool
) -> None:
    """Without a rule the plan decides; an organized scene is not organized again."""
    plan = apply_rules(
        PLAN.model_copy(update={"organize": planned}),
        SCENE.model_copy(update={"organized": organized}),
        outcome(organize=wanted),
        names={},
        libraries={},
        settings=DEFAULTS,
    )
    assert plan.organize is organizes


def test_planned_scene_has_the_changes_and_the_mark() -> None:
    """Rules of a save see the scene as the plan leaves it; a cover is not part of a scene."""
    changes = (
        Change(field=FieldName.TITLE, before=None, after="T"),
        Change(field=FieldName.COVER, before=None, after="ab" * 32),
    )
    plan = PLAN.model_copy(update={"changes": changes, "organize": True})
    expected = SCENE.model_copy(update={"title": "T", "organized": True})
    assert planned_scene(SCENE, plan) == expected


def test_names_are_removed_in_any_case() -> None:
    """A collection takes its tag or group from a scene; other members stay."""
    plan = without_entities(PLAN, SCENE, FieldName.TAGS, ("SNOW",))
    assert after(plan, FieldName.TAGS) == []
    assert without_entities(PLAN, SCENE, FieldName.TAGS, ("Ice",)) == PLAN
    groups = (GroupEntry(id="1", name="Films", scene_index=3), GroupEntry(id="2", name="Clips"))
    scene = SCENE.model_copy(update={"groups": groups})
    plan = without_entities(PLAN, scene, FieldName.GROUPS, ("clips",))
    assert after(plan, FieldName.GROUPS) == [{"id": "1", "name": "Films", "scene_index": 3}]


@pytest.mark.parametrize(
    ("actions", "kinds"),
    [
        (("{ organize = true }", '{ scrape = "A" }'), ()),
        (('{ tag = "Ice" }',), (EntityKind.TAG,)),
        (('{ macro = "outside" }',), (EntityKind.TAG,)),
        (('{ collection = "Films" }',), (EntityKind.GROUP,)),
        (('{ collection = ["Winter", "Films"] }',), (EntityKind.TAG, EntityKind.GROUP)),
    ],
)
def test_kinds_that_rules_can_add(actions: tuple[str, ...], kinds: tuple[EntityKind, ...]) -> None:
    """Only these kinds of the library are looked up."""
    assert kinds_of_rules(rules(*actions), COLLECTIONS) == kinds


def test_rules_of_a_save_see_the_planned_scene() -> None:
    """They are tried only if the plan changes or organizes the scene."""
    on_save = rules('{ tag = "Ice" }', on="save", when='title == "T"')
    title = Change(field=FieldName.TITLE, before=None, after="T")
    planned = PLAN.model_copy(update={"changes": (title,)})
    libraries = {EntityKind.TAG: library("Snow", "Ice")}
    plan = with_rules(planned, SCENE, on_save, COLLECTIONS, libraries=libraries, settings=DEFAULTS)
    assert [change.field for change in plan.changes] == [FieldName.TITLE, FieldName.TAGS]
    assert plan.rules == ("r",)
    titled = SCENE.model_copy(update={"title": "T"})
    unchanged = with_rules(
        PLAN, titled, on_save, COLLECTIONS, libraries=libraries, settings=DEFAULTS
    )
    assert unchanged == PLAN

"""Somebody else edits a scene between stashbot's read of it and its save: that edit stays."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.flows.runs.driver import Request
from stashbot.models import FieldName, Outcome
from tests.e2e.conftest import ReadScenes
from tests.e2e.support import snapshot
from tests.e2e.support.outcomes import unheld, writes
from tests.e2e.support.run_hooks import OtherUser, at, watching
from tests.e2e.support.runs import SceneRuns
from tests.e2e.support.source_cases import Case, SourceCases
from tests.slow_params import slow_params

#: When the edit comes: before the form is filled, and after the click on its Save.
MOMENTS = ("while the results are open", "while the save is on its way")


def edited(
    run_scenes: SceneRuns, case: Case, other_user: OtherUser, moment: str, **values: Any
) -> Any:
    """The result of a run in which somebody else edits the scene at that moment."""
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))

    def edit() -> None:
        other_user.edit(case.scene.id, **values)

    hooks = RunHooks()
    if moment == MOMENTS[0]:
        hooks.at_phase("save", edit)
    else:
        hooks.when_sent("SceneUpdate", lambda _: edit())
    return run_scenes(request, hooks=hooks).report.scenes[0]


def has_title(case: Case) -> bool:
    return case.plan is not None and bool(case.plan.change(FieldName.TITLE))


@pytest.mark.parametrize("moment", slow_params(MOMENTS[::-1]))
def test_an_edit_of_a_planned_field_is_planned_around(
    moment: str,
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    read_scenes: ReadScenes,
) -> None:
    """The save is stopped, the scene read and judged anew; the edit stays, the rest is applied."""
    case = source_cases.one("trusted", has_title, what="a trusted proposal with a title")
    result = edited(run_scenes, case, other_user, moment, title="Mine, from elsewhere")
    assert result.outcome is Outcome.APPLIED, result.reason
    assert case.plan is not None
    rest = {change.field.value for change in case.plan.changes} - {"title"}
    assert set(result.changes) == rest | {"organized"}
    scene = read_scenes()[case.scene.id]
    assert scene.title == "Mine, from elsewhere"
    assert unheld(result, scene) == []
    if other_user.sandbox is not None:
        assert writes(other_user.sandbox, case.scene.id) == ["save", "organize"]


@pytest.mark.parametrize("moment", slow_params(MOMENTS))
def test_an_edit_of_another_field_is_not_touched(
    moment: str,
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    read_scenes: ReadScenes,
) -> None:
    """The form sends every field as it was before the edit; only the planned ones leave."""
    case = source_cases.one(
        "trusted",
        lambda one: has_title(one) and bool(one.plan and not one.plan.change(FieldName.DIRECTOR)),
        what="a trusted proposal without a director",
    )
    result = edited(run_scenes, case, other_user, moment, director="Somebody Else", rating100=60)
    assert result.outcome is Outcome.APPLIED, result.reason
    assert "director" not in result.changes
    scene = read_scenes()[case.scene.id]
    assert (scene.director, scene.rating100) == ("Somebody Else", 60)
    assert unheld(result, scene) == []


@pytest.mark.slow
def test_a_list_that_somebody_else_adds_to_is_united(
    source_cases: SourceCases, run_scenes: SceneRuns, other_user: OtherUser, read_scenes: ReadScenes
) -> None:
    """Tags that somebody else adds meanwhile are united with those of the source."""
    case = source_cases.one(
        "trusted",
        lambda one: bool(one.plan and one.plan.change(FieldName.TAGS)),
        what="a trusted proposal with tags",
    )
    assert case.plan is not None
    tags: Any = next(one.after for one in case.plan.changes if one.field is FieldName.TAGS)
    proposed = {one["id"] for one in tags}
    mine = next(i for i in ("1", "2", "3", "4", "5", "6", "7") if i not in proposed)
    result = edited(run_scenes, case, other_user, MOMENTS[1], tag_ids=[mine])
    assert result.outcome is Outcome.APPLIED, result.reason
    assert {tag.id for tag in read_scenes()[case.scene.id].tags} == {mine, *proposed}


def test_somebody_else_does_all_of_it(
    source_cases: SourceCases, run_scenes: SceneRuns, other_user: OtherUser, read_scenes: ReadScenes
) -> None:
    """A scene that somebody filled and organized meanwhile is skipped, and stays as it is."""
    case = source_cases.one(
        "trusted",
        lambda one: bool(one.plan and not one.plan.change(FieldName.GROUPS)),
        what="a trusted proposal without groups",
    )
    assert case.plan is not None
    values = {FieldName(change.field): change.after for change in case.plan.changes}
    theirs = case.scene.model_copy(update={"organized": True}).model_dump(mode="json")
    theirs |= {field.value: value for field, value in values.items()}
    filled = snapshot.input_of(case.scene.model_validate(theirs))
    del filled["id"]
    result = edited(run_scenes, case, other_user, MOMENTS[1], **{**filled, "title": "Mine"})
    assert result.outcome is Outcome.SKIPPED, result
    assert "somebody else" in result.reason
    assert read_scenes()[case.scene.id].title == "Mine"

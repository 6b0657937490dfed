"""Somebody else edits a scene between stashbot's read of it and its save: that edit stays."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.models import FieldName, Outcome, SceneResult
from tests.e2e.conftest import ReadScenes, StashUnderTest
from tests.e2e.support import snapshot
from tests.e2e.support.other_user import OtherUser
from tests.e2e.support.outcomes import differing, writes
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import Case, SourceCases
from tests.slow_params import slow_params

#: When the edit comes: before the form is filled, and after the click on its Save.
MOMENTS = ("while the results are open", "while the save is on its way")


def run_with_an_edit(
    run_scenes: SceneRuns, case: Case, other_user: OtherUser, moment: str, **values: Any
) -> SceneResult:
    """Return the result of a run in which somebody else edits the scene at that moment."""

    def edit() -> None:
        other_user.edit(case.scene.id, **values)

    hooks = RunHooks()
    if moment == MOMENTS[0]:
        hooks.at_phase("save", edit)
    else:
        hooks.when_sent("SceneUpdate", lambda _: edit())
    (result,) = run_scenes(request_for(case), hooks=hooks).report.scenes
    return result


@pytest.mark.parametrize("moment", slow_params(MOMENTS[::-1]))
def test_an_edit_of_a_planned_field_is_planned_around(
    moment: str,
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    read_scenes: ReadScenes,
    *,
    target: StashUnderTest,
) -> None:
    """The save is stopped, the scene read and judged anew; the edit stays, the rest is applied."""
    case = source_cases.first("trusted", lambda case: case.has(FieldName.TITLE))
    result = run_with_an_edit(run_scenes, case, other_user, moment, title="Mine, from elsewhere")
    assert result.outcome is Outcome.APPLIED, result.reason
    rest = {field.value for field in case.changes} - {"title"}
    assert set(result.changes) == rest | {"organized"}
    scene = read_scenes()[case.scene.id]
    assert scene.title == "Mine, from elsewhere"
    assert differing(result, scene) == []
    if target.sandbox is not None:
        assert writes(target.sandbox, case.scene.id) == ["save", "organize"]


@pytest.mark.parametrize("moment", slow_params(MOMENTS))
def test_an_edit_of_another_field_is_not_touched(
    moment: str,
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    read_scenes: ReadScenes,
) -> None:
    """The form sends every field as it was before the edit; only the planned ones leave."""
    case = source_cases.first(
        "trusted",
        lambda case: case.has(FieldName.TITLE) and not case.has(FieldName.DIRECTOR),
        what="a trusted proposal without a director",
    )
    result = run_with_an_edit(
        run_scenes, case, other_user, moment, director="Somebody Else", rating100=60
    )
    assert result.outcome is Outcome.APPLIED, result.reason
    assert "director" not in result.changes
    scene = read_scenes()[case.scene.id]
    assert (scene.director, scene.rating100) == ("Somebody Else", 60)
    assert differing(result, scene) == []


@pytest.mark.slow
def test_a_list_that_somebody_else_adds_to_is_united(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    read_scenes: ReadScenes,
) -> None:
    """Tags that somebody else adds meanwhile are united with those of the source."""
    case = source_cases.first("trusted", lambda case: case.has(FieldName.TAGS))
    proposed = {tag["id"] for tag in case.changes[FieldName.TAGS]}
    mine = next(str(number) for number in range(1, 8) if str(number) not in proposed)
    result = run_with_an_edit(run_scenes, case, other_user, MOMENTS[1], tag_ids=[mine])
    assert result.outcome is Outcome.APPLIED, result.reason
    assert {tag.id for tag in read_scenes()[case.scene.id].tags} == {mine, *proposed}


def test_a_scene_that_somebody_else_finished_is_skipped(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    read_scenes: ReadScenes,
) -> None:
    """A scene that somebody filled and organized meanwhile stays as it is."""
    case = source_cases.first(
        "trusted",
        lambda case: not case.has(FieldName.GROUPS),
        what="a trusted proposal without groups",
    )
    theirs = case.scene.model_copy(update={"organized": True}).model_dump(mode="json")
    theirs |= {field.value: value for field, value in case.changes.items()}
    filled = snapshot.input_of(case.scene.model_validate(theirs))
    del filled["id"]
    result = run_with_an_edit(
        run_scenes, case, other_user, MOMENTS[1], **{**filled, "title": "Mine"}
    )
    assert result.outcome is Outcome.SKIPPED, result
    assert "somebody else" in result.reason
    assert read_scenes()[case.scene.id].title == "Mine"

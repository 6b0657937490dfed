"""Somebody else edits a scene between stashbot's read of it and its save: that edit stays."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.flows.runs.driver import Finished, Request
from stashbot.models import FieldName, Outcome
from tests.e2e.conftest import CarryOut, Read
from tests.e2e.support import snapshot
from tests.e2e.support.lab import Case, Lab
from tests.e2e.support.outcomes import unheld, writes
from tests.e2e.support.stage import Elsewhere, at, watching
from tests.short import short

#: When the edit comes: before the form is filled, and after the click on its Save.
MOMENTS = ("while the results are open", "while the save is on its way")


def edited(carry: CarryOut, case: Case, elsewhere: Elsewhere, moment: str, **values: Any) -> Any:
    """The result of a run in which somebody else edits the scene at that moment."""
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))

    def edit() -> None:
        elsewhere.edit(case.scene.id, **values)

    finished: Finished
    if moment == MOMENTS[0]:
        finished = carry(request, progress=at("save", edit))
    else:
        with watching() as watch:
            watch.when_sent("SceneUpdate", lambda _: edit())
            finished = carry(request)
    return finished.report.scenes[0]


def has_title(case: Case) -> bool:
    return case.plan is not None and bool(case.plan.change(FieldName.TITLE))


@pytest.mark.parametrize("moment", short(MOMENTS[::-1]))
def test_an_edit_of_a_planned_field_is_planned_around(
    moment: str, lab: Lab, carry: CarryOut, elsewhere: Elsewhere, read: Read
) -> None:
    """The save is stopped, the scene read and judged anew; the edit stays, the rest is applied."""
    case = lab.one("trusted", has_title, what="a trusted proposal with a title")
    result = edited(carry, case, elsewhere, moment, title="Mine, from elsewhere")
    assert result.outcome is Outcome.APPLIED, result.reason
    assert case.plan is not None
    rest = {change.field.value for change in case.plan.changes} - {"title"}
    assert set(result.changes) == rest | {"organized"}
    scene = read()[case.scene.id]
    assert scene.title == "Mine, from elsewhere"
    assert unheld(result, scene) == []
    if elsewhere.sandbox is not None:
        assert writes(elsewhere.sandbox, case.scene.id) == ["save", "organize"]


@pytest.mark.parametrize("moment", short(MOMENTS))
def test_an_edit_of_another_field_is_not_touched(
    moment: str, lab: Lab, carry: CarryOut, elsewhere: Elsewhere, read: Read
) -> None:
    """The form sends every field as it was before the edit; only the planned ones leave."""
    case = lab.one(
        "trusted",
        lambda one: has_title(one) and bool(one.plan and not one.plan.change(FieldName.DIRECTOR)),
        what="a trusted proposal without a director",
    )
    result = edited(carry, case, elsewhere, moment, director="Somebody Else", rating100=60)
    assert result.outcome is Outcome.APPLIED, result.reason
    assert "director" not in result.changes
    scene = read()[case.scene.id]
    assert (scene.director, scene.rating100) == ("Somebody Else", 60)
    assert unheld(result, scene) == []


@pytest.mark.slow
def test_a_list_that_somebody_else_adds_to_is_united(
    lab: Lab, carry: CarryOut, elsewhere: Elsewhere, read: Read
) -> None:
    """Tags that somebody else adds meanwhile are united with those of the source."""
    case = lab.one(
        "trusted",
        lambda one: bool(one.plan and one.plan.change(FieldName.TAGS)),
        what="a trusted proposal with tags",
    )
    assert case.plan is not None
    tags: Any = next(one.after for one in case.plan.changes if one.field is FieldName.TAGS)
    proposed = {one["id"] for one in tags}
    mine = next(i for i in ("1", "2", "3", "4", "5", "6", "7") if i not in proposed)
    result = edited(carry, case, elsewhere, MOMENTS[1], tag_ids=[mine])
    assert result.outcome is Outcome.APPLIED, result.reason
    assert {tag.id for tag in read()[case.scene.id].tags} == {mine, *proposed}


def test_somebody_else_does_all_of_it(
    lab: Lab, carry: CarryOut, elsewhere: Elsewhere, read: Read
) -> None:
    """A scene that somebody filled and organized meanwhile is skipped, and stays as it is."""
    case = lab.one(
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
    result = edited(carry, case, elsewhere, MOMENTS[1], **{**filled, "title": "Mine"})
    assert result.outcome is Outcome.SKIPPED, result
    assert "somebody else" in result.reason
    assert read()[case.scene.id].title == "Mine"

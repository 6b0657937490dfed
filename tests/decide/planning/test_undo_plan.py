"""What taking changes back comes to, whatever was changed by whom."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.planning.change_plan import members, same_value
from stashbot.decide.planning.undo_plan import (
    PastChange,
    Restoring,
    is_as_stashbot_left_it,
    is_back,
    plan_undo,
    restored,
)
from stashbot.models import FieldName


def tag(number: int) -> dict[str, str]:
    return {"id": str(number), "name": f"Tag {number}"}


tags = st.lists(st.integers(1, 6), max_size=5, unique=True).map(
    lambda numbers: [tag(one) for one in numbers]
)
titles = st.one_of(st.none(), st.sampled_from(["A", "B", "C"]))


def past(entry: int, before: Any, after: Any, **more: Any) -> PastChange:
    given: dict[str, Any] = {"run": "r", "scene_id": "1", "kind": "update", "field": "title"}
    return PastChange(entry=entry, before=before, after=after, **{**given, **more})


def chain(values: list[Any], field: str) -> list[PastChange]:
    """Changes from each value to the next, newest first."""
    steps = itertools.pairwise(values)
    made = [past(number, old, new, field=field) for number, (old, new) in enumerate(steps)]
    return made[::-1]


@given(st.lists(titles, min_size=2, max_size=6))
def test_unbroken_changes_go_back_to_where_they_began(values: list[Any]) -> None:
    """However many there are, they are one way back, which names all of their entries."""
    changes = chain(values, "title")
    (one,) = plan_undo(changes).restoring
    assert (one.now, one.then) == (values[-1], values[0])
    assert one.entries == tuple(change.entry for change in changes)


def test_what_is_older_than_somebody_elses_change_stays() -> None:
    """Also where an older change would fit again."""
    changes = [past(3, "C", "D"), past(2, "A", "B"), past(1, "B", "C")]
    plan = plan_undo(changes)
    (one,) = plan.restoring
    assert (one.then, one.entries) == ("C", (3,))
    assert [(left.entry, "somebody else" in left.reason) for left in plan.staying] == [
        (2, True),
        (1, True),
    ]


def test_each_field_and_scene_goes_its_own_way() -> None:
    """Two scenes and two fields are four ways back."""
    changes = [
        past(1, None, "A"),
        past(2, None, [tag(1)], field="tags"),
        past(3, None, "A", scene_id="2"),
        past(4, False, True, kind="organize", field="organized", scene_id="2"),
    ]
    found = {(one.scene_id, one.field.value) for one in plan_undo(changes).restoring}
    assert found == {("1", "title"), ("1", "tags"), ("2", "title"), ("2", "organized")}


def test_what_was_created_is_to_be_deleted() -> None:
    """The last one first, beside the fields, and by its id and name."""
    made = {"id": "9", "name": "Snow"}
    changes = [
        past(3, [], [made], field="tags"),
        past(2, None, {"id": "8", "name": "Mist"}, field="tags", kind="create"),
        past(1, None, made, field="tags", kind="create"),
    ]
    plan = plan_undo(changes)
    assert [(one.field, one.id, one.name) for one in plan.deleting] == [
        (FieldName.TAGS, "8", "Mist"),
        (FieldName.TAGS, "9", "Snow"),
    ]
    assert len(plan.restoring) == 1


def test_a_moved_file_stays_and_its_way_back_is_named() -> None:
    """``rename undo`` knows about files; nothing is planned for them here."""
    plan = plan_undo([past(1, "/a.mp4", "/b.mp4", kind="move", field="path", run="r7")])
    assert plan.empty
    assert "rename undo r7" in plan.staying[0].reason


@given(tags, tags, tags)
def test_of_a_list_only_what_stashbot_did_is_taken_back(
    then: list[Any], now: list[Any], held: list[Any]
) -> None:
    """What it added is gone and what it removed is there; what others did is as they left it."""
    one = Restoring(scene_id="1", field=FieldName.TAGS, now=now, then=then, entries=(1,))
    found = members(FieldName.TAGS, restored(one, held)).keys()
    old, ours, theirs = (members(FieldName.TAGS, value).keys() for value in (then, now, held))
    assert not found & (ours - old)
    assert found >= old - ours
    assert found - (old - ours) == theirs - (ours - old) - (old - ours)


@given(tags, tags)
def test_a_list_that_nobody_touched_is_as_before(then: list[Any], now: list[Any]) -> None:
    """And a list that was put back is told to be back."""
    one = Restoring(scene_id="1", field=FieldName.TAGS, now=now, then=then, entries=(1,))
    assert is_as_stashbot_left_it(one, now[::-1])
    assert is_back(one, restored(one, now[::-1]))


@given(tags, tags, tags)
def test_taking_back_twice_is_taking_back_once(
    then: list[Any], now: list[Any], held: list[Any]
) -> None:
    """So that an undo that was cut off can be asked for again."""
    one = Restoring(scene_id="1", field=FieldName.TAGS, now=now, then=then, entries=(1,))
    once = restored(one, held)
    assert same_value(FieldName.TAGS, once, restored(one, once))


def test_a_text_goes_back_to_the_letter() -> None:
    """Whatever somebody else wrote meanwhile: whoever asks for it has forced it."""
    one = Restoring(scene_id="1", field=FieldName.TITLE, now="B", then=" A ", entries=(1,))
    assert restored(one, "theirs") == " A "

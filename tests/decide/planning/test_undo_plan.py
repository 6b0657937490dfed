"""Undo plans: the fields that return to old values, and the changes that stay."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.planning.change_plan import members, same_value
from stashbot.decide.planning.undo_plan import (
    FieldRestore,
    PastChange,
    already_restored,
    is_unchanged_since,
    plan_undo,
    value_to_restore,
)
from stashbot.models import FieldName


def tag(number: int) -> dict[str, str]:
    return {"id": str(number), "name": f"Tag {number}"}


tags = st.lists(st.integers(1, 6), max_size=5, unique=True).map(
    lambda numbers: [tag(number) for number in numbers]
)
titles = st.one_of(st.none(), st.sampled_from(["A", "B", "C"]))


def past(entry: int, before: Any, after: Any, **more: Any) -> PastChange:
    defaults: dict[str, Any] = {"run": "r", "scene_id": "1", "kind": "update", "field": "title"}
    return PastChange(entry=entry, before=before, after=after, **{**defaults, **more})


def chain(values: list[Any], field: str) -> list[PastChange]:
    """Return the changes from each value to the next, newest first."""
    pairs = itertools.pairwise(values)
    changes = [past(number, old, new, field=field) for number, (old, new) in enumerate(pairs)]
    return changes[::-1]


def restore(now: Any, then: Any, field: FieldName = FieldName.TAGS) -> FieldRestore:
    return FieldRestore(scene_id="1", field=field, now=now, then=then, entries=(1,))


@given(st.lists(titles, min_size=2, max_size=6))
def test_consecutive_changes_are_undone_together(values: list[Any]) -> None:
    """The field returns to its first value, and the restore has the entries of all changes."""
    changes = chain(values, "title")
    (found,) = plan_undo(changes).restores
    assert (found.now, found.then) == (values[-1], values[0])
    assert found.entries == tuple(change.entry for change in changes)


def test_changes_before_somebody_elses_change_stay() -> None:
    """They stay even if a still older change would fit again."""
    changes = [past(3, "C", "D"), past(2, "A", "B"), past(1, "B", "C")]
    plan = plan_undo(changes)
    (found,) = plan.restores
    assert (found.then, found.entries) == ("C", (3,))
    assert [(left.entry, "somebody else" in left.reason) for left in plan.not_undone] == [
        (2, True),
        (1, True),
    ]


def test_each_field_of_a_scene_is_restored_by_itself() -> None:
    """Two fields of two scenes are four restores."""
    changes = [
        past(1, None, "A"),
        past(2, None, [tag(1)], field="tags"),
        past(3, None, "A", scene_id="2"),
        past(4, False, True, kind="organize", field="organized", scene_id="2"),
    ]
    fields = {(found.scene_id, found.field.value) for found in plan_undo(changes).restores}
    assert fields == {("1", "title"), ("1", "tags"), ("2", "title"), ("2", "organized")}


def test_created_entities_are_deleted() -> None:
    """The last created is deleted first, after the fields are restored."""
    snow = {"id": "9", "name": "Snow"}
    changes = [
        past(3, [], [snow], field="tags"),
        past(2, None, {"id": "8", "name": "Mist"}, field="tags", kind="create"),
        past(1, None, snow, field="tags", kind="create"),
    ]
    plan = plan_undo(changes)
    assert [(deletion.field, deletion.id, deletion.name) for deletion in plan.deletions] == [
        (FieldName.TAGS, "8", "Mist"),
        (FieldName.TAGS, "9", "Snow"),
    ]
    assert len(plan.restores) == 1


def test_moved_file_is_not_undone() -> None:
    """The reason names the command that moves it back."""
    plan = plan_undo([past(1, "/a.mp4", "/b.mp4", kind="move", field="path", run="r7")])
    assert plan.is_empty
    assert "rename undo r7" in plan.not_undone[0].reason


@given(tags, tags, tags)
def test_undo_of_a_list_keeps_the_changes_of_others(
    then: list[Any], now: list[Any], current: list[Any]
) -> None:
    """Members that stashbot added are gone, and members that it removed are back."""
    found = members(FieldName.TAGS, value_to_restore(restore(now, then), current)).keys()
    old, ours, theirs = (members(FieldName.TAGS, value).keys() for value in (then, now, current))
    added, removed = ours - old, old - ours
    assert not found & added
    assert found >= removed
    assert found - removed == theirs - added - removed


@given(tags, tags)
def test_list_in_another_order_is_unchanged(then: list[Any], now: list[Any]) -> None:
    """Its undo gives the old list, which then counts as restored."""
    found = restore(now, then)
    assert is_unchanged_since(found, now[::-1])
    assert already_restored(found, value_to_restore(found, now[::-1]))


@given(tags, tags, tags)
def test_second_undo_changes_nothing(then: list[Any], now: list[Any], current: list[Any]) -> None:
    """So an undo that was interrupted can be repeated."""
    found = restore(now, then)
    once = value_to_restore(found, current)
    assert same_value(FieldName.TAGS, once, value_to_restore(found, once))


def test_text_returns_exactly() -> None:
    """Even if somebody else changed it since; only a forced undo gets that far."""
    assert value_to_restore(restore("B", " A ", FieldName.TITLE), "theirs") == " A "

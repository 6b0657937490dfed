"""What a run must have done, held against what Stash holds."""

from __future__ import annotations

from typing import Any

from stashbot.models import FieldName, Outcome, Plan, SceneResult
from stashbot.sandbox import Sandbox
from tests.e2e.support import snapshot
from tests.e2e.support.lab import Case

_ENTITIES = {"performers", "tags", "groups"}


def same_to_stash(name: str, one: Any, other: Any) -> bool:
    """Whether two values of a report are the same; Stash orders entities by itself."""
    if name in _ENTITIES:
        return sorted(entry["id"] for entry in one) == sorted(entry["id"] for entry in other)
    return bool(one == other)


def unheld(result: SceneResult, scene: Any) -> list[str]:
    """Fields of the report that Stash does not hold as reported."""
    return [
        name
        for name, (_, after) in result.changes.items()
        if not same_to_stash(name, scene.value(FieldName(name)), after)
    ]


def planned(plan: Plan | None, *, organize: bool = True) -> dict[str, Any]:
    """The new values that follow from a plan, by field."""
    assert plan is not None
    values: dict[str, Any] = {change.field.value: change.after for change in plan.changes}
    return {**values, "organized": True} if organize else values


def assert_applied(result: SceneResult, case: Case, after: snapshot.Snapshot) -> None:
    """The scene got exactly what its own proposal brings, and is organized."""
    assert result.outcome is Outcome.APPLIED, result.reason
    wanted = planned(case.plan)
    assert {name: new for name, (_, new) in result.changes.items()} == wanted
    assert unheld(result, after[result.id]) == []
    changed = snapshot.differences({result.id: case.scene}, after)
    assert changed == {result.id: set(wanted)}


def writes(sandbox: Sandbox, scene_id: str, *, applied: bool = True) -> list[str]:
    """What pages wrote to a scene, in order: ``save`` or ``organize``."""
    inputs = [
        one.variables["input"]
        for one in sandbox.mutations
        if one.operation == "SceneUpdate" and (one.applied or not applied)
    ]
    return [
        "organize" if set(values) == {"id", "organized"} else "save"
        for values in inputs
        if values["id"] == scene_id
    ]

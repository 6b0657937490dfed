"""Comparing the results of a run with the scenes in Stash."""

from __future__ import annotations

from typing import Any

from stashbot.models import FieldName, Outcome, SceneResult
from stashbot.sandbox import Sandbox
from tests.e2e.support import snapshot
from tests.e2e.support.source_cases import Case

_LISTS = {"performers", "tags", "groups"}


def is_same(name: str, value: Any, other: Any) -> bool:
    """Return whether two values of a field are the same; Stash orders entities by itself."""
    if name in _LISTS:
        return sorted(each["id"] for each in value) == sorted(each["id"] for each in other)
    return bool(value == other)


def differing(result: SceneResult, scene: Any) -> list[str]:
    """Return the changes of the report that Stash does not hold."""
    return [
        name
        for name, (_, after) in result.changes.items()
        if not is_same(name, scene.value(FieldName(name)), after)
    ]


def assert_applied(result: SceneResult, case: Case, after: snapshot.Snapshot) -> None:
    """Assert that the scene got exactly what its own proposal brings, and is organized."""
    assert result.outcome is Outcome.APPLIED, result.reason
    wanted = {field.value: value for field, value in case.changes.items()} | {"organized": True}
    assert result.changes.keys() == wanted.keys()
    for name, (_, value) in result.changes.items():
        assert is_same(name, value, wanted[name]), name
    assert differing(result, after[result.id]) == []
    changed = snapshot.differences({result.id: case.scene}, after)
    assert changed == {result.id: set(wanted)}


def names_of(result: SceneResult, field: str = "tags") -> list[str]:
    """Return the names in a list of the scene after the run."""
    after: Any = result.changes[field][1]
    return [entity["name"] for entity in after]


def writes(sandbox: Sandbox, scene_id: str, *, applied: bool = True) -> list[str]:
    """Return what pages wrote to a scene, in order: ``save`` or ``organize``."""
    inputs = [
        mutation.variables["input"]
        for mutation in sandbox.mutations
        if mutation.operation == "SceneUpdate" and (mutation.applied or not applied)
    ]
    return [
        "organize" if set(values) == {"id", "organized"} else "save"
        for values in inputs
        if values["id"] == scene_id
    ]

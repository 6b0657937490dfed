"""What a report counts."""

from __future__ import annotations

from typing import Any

from stashbot.flows.runs.report import count_left_out
from stashbot.models import SceneResult


def result(outcome: str, *omitted: tuple[str, str, str]) -> SceneResult:
    """Return the result of a scene with these omissions: field, name and kind."""
    listed: list[dict[str, Any]] = [
        {"field": field, "name": name, "kind": kind, "reason": ""} for field, name, kind in omitted
    ]
    return SceneResult.model_validate({"id": "1", "outcome": outcome, "omitted": listed})


ADA = ("performers", "Ada Sample", "not_in_stash")
DANA = ("performers", "Dana Mock", "not_in_stash")


def test_names_that_stash_lacks_are_counted_by_scenes() -> None:
    """The most frequent first; not those of proposals in doubt, nor what Stash refuses."""
    results = [
        result("applied", DANA, ("date", "2024-13-45", "invalid_value")),
        result("applied", ADA, ("tags", "Snow", "not_in_stash")),
        result("skipped", ADA),
        result("triaged", DANA, ("studio", "Northlight", "not_in_stash")),
    ]
    assert count_left_out(results) == {
        "performers": {"Ada Sample": 2, "Dana Mock": 1},
        "tags": {"Snow": 1},
    }

"""The tag that marks scenes that wait in triage."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.decide.planning.entity_index import EntityIndex, LibraryEntity
from stashbot.decide.planning.waiting_tag import plan_waiting_tag
from stashbot.models import Scene

SNOW = {"id": "1", "name": "Snow"}
WAITING = {"id": "2", "name": "Waiting"}
LIBRARY = EntityIndex([LibraryEntity(id="1", name="Snow"), LibraryEntity(id="2", name="Waiting")])


@pytest.mark.parametrize(
    ("tags", "waits", "after"),
    [
        ([SNOW], True, [SNOW, WAITING]),
        ([SNOW, WAITING], True, None),
        ([SNOW, WAITING], False, [SNOW]),
        ([SNOW], False, None),
    ],
)
def test_a_scene_has_the_tag_while_it_waits(
    tags: list[dict[str, str]], waits: bool, after: Any
) -> None:
    """Its other tags stay; a scene that is as it should be is not changed."""
    scene = Scene.model_validate({"id": "7", "tags": tags})
    plan = plan_waiting_tag(scene, "waiting", LIBRARY, waits=waits)
    assert [change.after for change in plan.changes] == ([] if after is None else [after])
    assert (plan.source, plan.create) == ("triage", ())


def test_a_tag_that_stash_lacks_is_created() -> None:
    """Its name is in the settings: that is enough."""
    plan = plan_waiting_tag(Scene(id="7"), "Waiting", EntityIndex(), waits=True)
    assert [new.label for new in plan.create] == ["tag Waiting"]
    (change,) = plan.changes
    assert change.after == [{"id": "new:Waiting", "name": "Waiting"}]

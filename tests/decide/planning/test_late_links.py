"""What a scene gets after its turn, when a later scene created what it was denied."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.decide.planning.late_links import late_link
from stashbot.models import Entity, EntityKind, FieldName, Scene
from stashbot.settings import FieldSettings

ADA = Entity(id="5", name="Ada Sample")
DANA = {"id": "6", "name": "Dana Mock"}
P, S = EntityKind.PERFORMER, EntityKind.STUDIO


@pytest.mark.parametrize(
    ("kind", "policy", "held", "changed", "after"),
    [
        (P, "union", {}, (), [{"id": "5", "name": "Ada Sample"}]),
        (P, "union", {"performers": [DANA]}, (), [DANA, {"id": "5", "name": "Ada Sample"}]),
        (P, "union", {"performers": [ADA]}, (), None),
        (P, "keep", {}, (), None),
        (P, "fill", {}, (), [{"id": "5", "name": "Ada Sample"}]),
        (P, "fill", {"performers": [DANA]}, (), None),
        # the run filled the list itself, with the rest of the same proposal
        (P, "fill", {"performers": [DANA]}, (P,), [DANA, {"id": "5", "name": "Ada Sample"}]),
        (P, "overwrite", {"performers": [DANA]}, (P,), [DANA, {"id": "5", "name": "Ada Sample"}]),
        (P, "overwrite", {"performers": [DANA]}, (), None),
        (S, "fill", {}, (), {"id": "5", "name": "Ada Sample"}),
        (S, "fill", {"studio": DANA}, (), None),
        (S, "overwrite", {"studio": DANA}, (), {"id": "5", "name": "Ada Sample"}),
        (S, "overwrite", {"studio": ADA}, (), None),
    ],
)
def test_the_policy_of_the_field_decides(
    kind: EntityKind, policy: str, held: dict[str, Any], changed: tuple[EntityKind, ...], after: Any
) -> None:
    """As it did at the scene's own turn, had the entity been there; nothing is taken away."""
    policies = FieldSettings.model_validate({kind.field.value: policy})
    scene = Scene.model_validate({"id": "7", **held})
    fields = frozenset(each.field for each in changed)
    plan = late_link(scene, kind, ADA, policies, source="Alpha", changed=fields)
    assert [change.after for change in plan.changes] == ([] if after is None else [after])
    assert plan.source == "Alpha"


def test_a_group_gets_no_number() -> None:
    """A source does not say which scene of the group it is."""
    scene = Scene(id="7")
    plan = late_link(scene, EntityKind.GROUP, ADA, FieldSettings(), source="Alpha")
    (change,) = plan.changes
    assert change.field is FieldName.GROUPS
    assert change.after == [{"id": "5", "name": "Ada Sample", "scene_index": None}]

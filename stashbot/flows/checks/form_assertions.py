"""Asserting that the edit form shows, and would send, a scene's plan and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from stashbot.errors import FormMismatch, UnplannedWrite
from stashbot.flows.enrich.write_permits import assert_planned
from stashbot.models import TEXT_FIELDS, Change, FieldName, Plan, Scene
from stashbot.pages.edit_form import DIALOG_ONLY, EditForm
from stashbot.stash.scene_input import INPUT_KEYS

_NOT_SHOWN = DIALOG_ONLY | {FieldName.ORGANIZED}


async def assert_form(form: EditForm, plan: Plan, scene: Scene) -> None:
    """Raise an error unless each field shows the plan's value, or else the scene's.

    The form does not show what only the scrape dialog can set; ``assert_sent`` checks that.

    Raises:
        FormMismatch: a field shows another value.
    """
    for name in FieldName:
        if name in _NOT_SHOWN:
            continue
        change = plan.change(name)
        expected = change.after if change else scene.value(name)
        shown = await form.value(name)
        if not _shows(name, shown, expected):
            raise FormMismatch(
                f"Scene {scene.id}: the form shows {name.value} = {shown!r}, "
                f"{'the plan' if change else 'Stash'} has {expected!r}.",
                scene_id=scene.id,
                field=name.value,
            )


def assert_sent(values: Any, plan: Plan, scene: Scene) -> None:
    """Raise an error unless the form sent the plan's values, or else the scene's.

    ``values`` is the input of the mutation.

    Raises:
        UnplannedWrite: it is for another scene, or for none.
        FormMismatch: a field holds another value.
    """
    if not isinstance(values, Mapping) or values.get("id") != scene.id:
        raise UnplannedWrite(
            f"The page sent an update of something else than scene {scene.id}.",
            operation="SceneUpdate",
            why="another scene",
        )
    for name, key in INPUT_KEYS.items():
        change = plan.change(name)
        if change is not None:
            assert_planned(change, values, scene.id)
        elif name is not FieldName.COVER and key in values:
            _assert_unchanged(name, values, scene)


def _assert_unchanged(name: FieldName, values: Mapping[str, Any], scene: Scene) -> None:
    before = scene.value(name)
    if isinstance(before, str):
        before = before.replace("\r\n", "\n").strip()
    if not before and not values[INPUT_KEYS[name]]:
        return  # Stash has several forms of an empty field
    if not before:
        raise FormMismatch(
            f"Scene {scene.id}: the form was about to send {name.value}, which is empty.",
            scene_id=scene.id,
            field=name.value,
        )
    assert_planned(Change(field=name, before=before, after=before), values, scene.id)


def _shows(name: FieldName, shown: Any, expected: Any) -> bool:
    if name in TEXT_FIELDS:
        return _text(shown) == _text(expected)
    if name is FieldName.URLS:
        return list(shown) == list(expected or ())
    entities = [expected] if isinstance(expected, Mapping) else list(expected or ())
    return _shows_names(shown, Counter(entity["name"] for entity in entities))


def _shows_names(shown: list[str], names: Counter[str]) -> bool:
    """Say whether a select shows these names, perhaps with additions: ``Ann (2)``."""
    left = Counter(names)
    for text in sorted(shown, key=len, reverse=True):
        fitting = [name for name in left if text == name or text.startswith(f"{name} (")]
        if not fitting:
            return False
        left -= Counter([max(fitting, key=len)])
    return not left


def _text(value: Any) -> str:
    return str(value or "").replace("\r\n", "\n").strip()

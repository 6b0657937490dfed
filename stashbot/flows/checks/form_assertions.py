"""Whether the edit form holds, and would send, one plan for one scene and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from stashbot.errors import FormMismatch, UnplannedWrite
from stashbot.flows.enrich.write_permits import expect_planned
from stashbot.models import TEXT_FIELDS, Change, FieldName, Plan, Scene
from stashbot.pages.edit_form import DIALOG_ONLY, EditForm
from stashbot.stash.scene_input import INPUT_KEYS

_UNSEEN = DIALOG_ONLY | {FieldName.ORGANIZED}


async def expect_form(form: EditForm, plan: Plan, scene: Scene) -> None:
    """Nothing, if every field of the form shows the plan's value, or else the scene's.

    What only the scrape dialog can set is not shown in the form; ``expect_sent`` looks at it.

    Raises:
        FormMismatch: naming the field.
    """
    for name in FieldName:
        if name in _UNSEEN:
            continue
        change = plan.change(name)
        wanted = change.after if change else scene.value(name)
        shown = await form.value(name)
        if not _shows(name, shown, wanted):
            raise FormMismatch(
                f"Scene {scene.id}: the form shows {name.value} = {shown!r}, "
                f"{'the plan' if change else 'Stash'} has {wanted!r}.",
                scene_id=scene.id,
                field=name.value,
            )


def expect_sent(values: Any, plan: Plan, scene: Scene) -> None:
    """Nothing, if ``values``, what the form sent, is the plan over the scene as it was.

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
        planned = plan.change(name)
        if planned is not None:
            expect_planned(planned, values, scene.id)
        elif name is not FieldName.COVER and key in values:
            _expect_kept(name, values, scene)


def _expect_kept(name: FieldName, values: Mapping[str, Any], scene: Scene) -> None:
    held = scene.value(name)
    if isinstance(held, str):
        held = held.replace("\r\n", "\n").strip()
    if held or values[INPUT_KEYS[name]]:
        if not held:
            raise FormMismatch(
                f"Scene {scene.id}: the form was about to send {name.value}, which is empty.",
                scene_id=scene.id,
                field=name.value,
            )
        expect_planned(Change(field=name, before=held, after=held), values, scene.id)


def _shows(name: FieldName, shown: Any, wanted: Any) -> bool:
    if name in TEXT_FIELDS:
        return _text(shown) == _text(wanted)
    if name is FieldName.URLS:
        return list(shown) == list(wanted or ())
    entities = [wanted] if isinstance(wanted, Mapping) else list(wanted or ())
    return _named(shown, Counter(entity["name"] for entity in entities))


def _named(shown: list[str], names: Counter[str]) -> bool:
    """Whether the select shows these names, each perhaps with something that tells it apart."""
    left = Counter(names)
    for text in sorted(shown, key=len, reverse=True):
        fits = [name for name in left if text == name or text.startswith(f"{name} (")]
        if not fits:
            return False
        left -= Counter([max(fits, key=len)])
    return not left


def _text(value: Any) -> str:
    return str(value or "").replace("\r\n", "\n").strip()

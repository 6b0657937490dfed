"""Snapshots of a library's scenes, and putting the scenes back."""

from __future__ import annotations

from typing import Any

from stashbot.models import FieldName, Scene
from stashbot.stash.client import StashClient
from stashbot.stash.scene_input import INPUT_KEYS, input_value

Snapshot = dict[str, Scene]

#: Fields that no test changes, or that Stash sets by itself.
_IGNORED = {"cover_url", "updated_at", "created_at", "files"}


async def take(client: StashClient) -> Snapshot:
    """Return all scenes by id."""
    return {scene.id: scene async for scene in client.iter_scenes()}


def content(scene: Scene) -> dict[str, Any]:
    """Return the scene's data without files, times and the address of its cover."""
    return scene.model_dump(mode="json", exclude=_IGNORED)


def differences(before: Snapshot, after: Snapshot) -> dict[str, set[str]]:
    """Return the names of the fields that differ, by scene."""
    found: dict[str, set[str]] = {}
    for scene_id, scene in before.items():
        old, new = content(scene), content(after[scene_id])
        if changed := {key for key in old if old[key] != new[key]}:
            found[scene_id] = changed
    return found


async def put_back(client: StashClient, before: Snapshot) -> None:
    """Write the old values of every scene that differs."""
    after = await take(client)
    for scene_id in differences(before, after):
        await client.update_scene(input_of(before[scene_id]))


def input_of(scene: Scene) -> dict[str, Any]:
    """Return the scene as Stash's ``SceneUpdateInput``, without the cover."""
    values = {
        key: input_value(name, scene.value(name))
        for name, key in INPUT_KEYS.items()
        if name is not FieldName.COVER
    }
    return {"id": scene.id, **values, "rating100": scene.rating100}

"""Scenes as commands look them up: one by its id, or those with the most data."""

from __future__ import annotations

from stashbot.errors import UnknownScene
from stashbot.models import FieldName, Scene
from stashbot.stash.client import StashClient

#: So many scenes are compared where any would do.
_LOOKED_AT = 40


async def existing_scene(client: StashClient, scene_id: str) -> Scene:
    """The scene of that id.

    Raises:
        UnknownScene: Stash has no such scene.
    """
    scene = await client.find_scene(scene_id)
    if scene is None:
        raise UnknownScene(
            f"Stash has no scene {scene_id}.",
            hint="The number is at the end of the scene's address.",
            scene_id=scene_id,
        )
    return scene


async def first_scenes(client: StashClient) -> list[Scene]:
    """The first scenes of the library, those whose fields hold most first."""
    found = await client.find_scenes((await client.scene_ids())[:_LOOKED_AT])
    return sorted(found, key=_filled, reverse=True)


def _filled(scene: Scene) -> int:
    return sum(bool(scene.value(field)) for field in FieldName)

"""The mutation that merges scenes."""

from __future__ import annotations

from typing import Any

from stashbot.sandbox.context import Info, Resolver, library_of
from stashbot.sandbox.library import LibraryError
from stashbot.sandbox.records import SceneRecord

Input = dict[str, Any]


def _scene_merge(
    _root: object,
    info: Info,
    *,
    input: Input,  # noqa: A002
) -> SceneRecord:
    """Give the destination the values and all files, and remove the sources."""
    library = library_of(info)
    wanted = [input["destination"], *input["source"]]
    scenes = [library.scene(number) for number in wanted]
    destination, *sources = [scene for scene in scenes if scene is not None]
    if len(sources) + 1 < len(wanted) or destination in sources:
        raise LibraryError("finding scenes to merge: scene not found")
    changes = {k: v for k, v in (input.get("values") or {}).items() if k != "id"}
    merged = library.update_scene(destination.id, changes)
    for source in sources:
        merged.files.extend(source.files)
        library.destroy_scene(source.id)
    return merged


#: Resolvers by the name of their field.
MANY_SCENES: dict[str, Resolver] = {
    "sceneMerge": _scene_merge,
}

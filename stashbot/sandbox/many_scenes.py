"""Mutations about many scenes at once: bulk edit, merge, and the jobs that a selection starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stashbot.sandbox.context import Info, Resolver, library_of
from stashbot.sandbox.library import LibraryError
from stashbot.sandbox.records import SceneRecord

Input = dict[str, Any]


def _bulk_scene_update(
    _root: object,
    info: Info,
    *,
    input: Input,  # noqa: A002
) -> list[SceneRecord]:
    library = library_of(info)
    changed = []
    for scene_id in input.get("ids") or ():
        scene = library.scene(scene_id)
        if scene is None:
            raise LibraryError(f"scene with id {scene_id} not found")
        changes = {k: v for k, v in input.items() if k not in {"ids", "clientMutationId"}}
        for name in ("performer_ids", "tag_ids", "gallery_ids"):
            if name in changes:
                changes[name] = _combined(getattr(scene, name), changes[name], "ids")
        if "urls" in changes:
            changes["urls"] = _combined(scene.urls, changes["urls"], "values")
        if "group_ids" in changes:
            held = [entry.group_id for entry in scene.groups]
            wanted = _combined(held, changes.pop("group_ids"), "ids")
            indexes = {entry.group_id: entry.scene_index for entry in scene.groups}
            changes["groups"] = [{"group_id": g, "scene_index": indexes.get(g)} for g in wanted]
        changed.append(library.update_scene(scene.id, changes))
    return changed


def _combined(held: list[str], change: Mapping[str, Any], key: str) -> list[str]:
    given = list(change.get(key) or ())
    match change["mode"]:
        case "SET":
            return given
        case "ADD":
            return [*held, *(one for one in given if one not in held)]
        case _:
            return [one for one in held if one not in given]


def _scene_merge(
    _root: object,
    info: Info,
    *,
    input: Input,  # noqa: A002
) -> SceneRecord:
    """The destination takes the values and the files; the sources go."""
    library = library_of(info)
    wanted = [input["destination"], *input["source"]]
    scenes = [library.scene(one) for one in wanted]
    destination, *sources = [scene for scene in scenes if scene is not None]
    if len(sources) + 1 < len(wanted) or destination in sources:
        raise LibraryError("finding scenes to merge: scene not found")
    changes = {k: v for k, v in (input.get("values") or {}).items() if k != "id"}
    merged = library.update_scene(destination.id, changes)
    for source in sources:
        merged.files.extend(source.files)
        library.destroy_scene(source.id)
    return merged


def _job(description: str) -> Resolver:
    def resolve(_root: object, info: Info, **_arguments: Any) -> str:
        return info.context.jobs.start(description)

    return resolve


#: Resolvers by the name of their field.
MANY_SCENES: dict[str, Resolver] = {
    "bulkSceneUpdate": _bulk_scene_update,
    "sceneMerge": _scene_merge,
    "metadataGenerate": _job("Generating..."),
    "metadataIdentify": _job("Identifying..."),
}

"""Resolvers for fields that are not stored in records: references, counts, addresses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from graphql import GraphQLSchema

from stashbot.sandbox.context import Info, Resolver, attach, library_of
from stashbot.sandbox.records import (
    EntityRecord,
    FileRecord,
    GroupRecord,
    PerformerRecord,
    SceneRecord,
    StudioRecord,
    TagRecord,
)


def attach_views(schema: GraphQLSchema) -> None:
    """Attach resolvers to every field that a record does not have."""
    attach(schema, "Scene", _SCENE)
    attach(schema, "VideoFile", _FILE)
    attach(schema, "SceneGroup", {"group": _group_of_entry})
    attach(schema, "Studio", _STUDIO)
    attach(schema, "Performer", _PERFORMER)
    attach(schema, "Tag", _TAG)
    attach(schema, "Group", _GROUP)
    attach(schema, "Gallery", _GALLERY)


def _stamp(record: SceneRecord | EntityRecord) -> int:
    return int(dt.datetime.fromisoformat(record.updated_at).timestamp())


def _paths(scene: SceneRecord, info: Info) -> dict[str, str]:
    base = f"{info.context.base_url}/scene/{scene.id}"
    oshash = scene.files[0].oshash if scene.files else ""
    return {
        "screenshot": f"{base}/screenshot?t={_stamp(scene)}",
        "preview": f"{base}/preview",
        "stream": f"{base}/stream",
        "webp": f"{base}/webp",
        "vtt": f"{info.context.base_url}/scene/{oshash}_thumbs.vtt",
        "sprite": f"{info.context.base_url}/scene/{oshash}_sprite.jpg",
        "funscript": f"{base}/funscript",
        "interactive_heatmap": f"{base}/interactive_heatmap",
        "caption": f"{base}/caption",
    }


def _streams(scene: SceneRecord, info: Info) -> list[dict[str, str]]:
    url = f"{info.context.base_url}/scene/{scene.id}/stream"
    return [{"url": url, "mime_type": "video/webm", "label": "Direct stream"}]


def _many(kind: str, ids: str) -> Resolver:
    """Return a resolver for the ``kind`` (a library attribute) with the record's ``ids``."""

    def resolve(record: Any, info: Info) -> list[Any]:
        records: dict[str, Any] = getattr(library_of(info), kind)
        return [records[number] for number in getattr(record, ids) if number in records]

    return resolve


def _studio_of(record: Any, info: Info) -> StudioRecord | None:
    return library_of(info).studios.get(record.studio_id or "")


def _group_of_entry(entry: Any, info: Info) -> GroupRecord | None:
    return library_of(info).groups.get(entry.group_id)


def _image(kind: str) -> Resolver:
    def resolve(record: EntityRecord, info: Info) -> str:
        default = "" if record.image else "&default=true"
        return f"{info.context.base_url}/{kind}/{record.id}/image?t={_stamp(record)}{default}"

    return resolve


def _front(group: GroupRecord, info: Info) -> str:
    default = "" if group.front_image else "&default=true"
    return f"{info.context.base_url}/group/{group.id}/frontimage?t={_stamp(group)}{default}"


def _first_url(record: Any, _info: Info) -> str | None:
    return record.urls[0] if record.urls else None


def _referring(kind: str, refers_to: Callable[[Any, Any], bool]) -> Resolver:
    """Return a resolver for the ``kind`` (a library attribute) that refer to the record."""

    def resolve(record: Any, info: Info) -> list[Any]:
        return [
            entity
            for entity in getattr(library_of(info), kind).values()
            if refers_to(entity, record)
        ]

    return resolve


def _count_of(kind: str, refers_to: Callable[[Any, Any], bool]) -> Resolver:
    found = _referring(kind, refers_to)

    def resolve(record: Any, info: Info, **_depth: int | None) -> int:
        return len(found(record, info))

    return resolve


def _always(value: Any) -> Resolver:
    return lambda _record, _info, **_arguments: value


def _has_studio(scene: SceneRecord, studio: StudioRecord) -> bool:
    return scene.studio_id == studio.id


def _has_performer(scene: SceneRecord, performer: PerformerRecord) -> bool:
    return performer.id in scene.performer_ids


def _has_tag(scene: SceneRecord, tag: TagRecord) -> bool:
    return tag.id in scene.tag_ids


def _is_tagged(record: EntityRecord, tag: TagRecord) -> bool:
    return tag.id in record.tag_ids


def _has_group(scene: SceneRecord, group: GroupRecord) -> bool:
    return any(entry.group_id == group.id for entry in scene.groups)


def _children(studio: StudioRecord, info: Info) -> list[StudioRecord]:
    return [child for child in library_of(info).studios.values() if child.parent_id == studio.id]


def _parent(studio: StudioRecord, info: Info) -> StudioRecord | None:
    return library_of(info).studios.get(studio.parent_id or "")


def _prints(file: FileRecord, _info: Info) -> list[dict[str, str]]:
    return [{"type": "oshash", "value": file.oshash}, {"type": "phash", "value": file.phash}]


def _print(file: FileRecord, _info: Info, *, type: str) -> str | None:  # noqa: A002
    return {"oshash": file.oshash, "phash": file.phash}.get(type)


_SCENE: dict[str, Resolver] = {
    "url": _first_url,
    "o_counter": lambda scene, _info: len(scene.o_history),
    "play_count": lambda scene, _info: len(scene.play_history),
    "captions": lambda scene, _info: scene.captions or None,
    "paths": _paths,
    "scene_markers": _always([]),
    "galleries": _many("galleries", "gallery_ids"),
    "studio": _studio_of,
    "tags": _many("tags", "tag_ids"),
    "performers": _many("performers", "performer_ids"),
    "sceneStreams": _streams,
}
_FILE: dict[str, Resolver] = {"fingerprints": _prints, "fingerprint": _print}
_STUDIO: dict[str, Resolver] = {
    "url": _first_url,
    "parent_studio": _parent,
    "child_studios": _children,
    "tags": _many("tags", "tag_ids"),
    "image_path": _image("studio"),
    "scene_count": _count_of("scenes", _has_studio),
    "image_count": _always(0),
    "gallery_count": _always(0),
    "performer_count": _always(0),
    "group_count": _count_of("groups", lambda group, studio: group.studio_id == studio.id),
    "groups": _always([]),
    "o_counter": _always(0),
}
_PERFORMER: dict[str, Resolver] = {
    "url": _first_url,
    "tags": _many("tags", "tag_ids"),
    "image_path": _image("performer"),
    "scene_count": _count_of("scenes", _has_performer),
    "image_count": _always(0),
    "gallery_count": _always(0),
    "group_count": _always(0),
    "scenes": _referring("scenes", _has_performer),
    "o_counter": _always(0),
}
_TAG: dict[str, Resolver] = {
    "image_path": _image("tag"),
    "scene_count": _count_of("scenes", _has_tag),
    "scene_marker_count": _always(0),
    "image_count": _always(0),
    "gallery_count": _always(0),
    "performer_count": _count_of("performers", _is_tagged),
    "studio_count": _count_of("studios", _is_tagged),
    "group_count": _count_of("groups", _is_tagged),
    "parents": _many("tags", "parent_ids"),
    "children": _many("tags", "child_ids"),
    "parent_count": lambda tag, _info: len(tag.parent_ids),
    "child_count": lambda tag, _info: len(tag.child_ids),
}
_GROUP: dict[str, Resolver] = {
    "studio": _studio_of,
    "tags": _many("tags", "tag_ids"),
    "front_image_path": _front,
    "back_image_path": _always(None),
    "containing_groups": _always([]),
    "sub_groups": _always([]),
    "scene_count": _count_of("scenes", _has_group),
    "sub_group_count": _always(0),
    "scenes": _referring("scenes", _has_group),
    "o_counter": _always(0),
}
_GALLERY: dict[str, Resolver] = {
    "organized": _always(value=False),
    "image_count": _always(0),
    "scenes": _referring("scenes", lambda scene, gallery: gallery.id in scene.gallery_ids),
}

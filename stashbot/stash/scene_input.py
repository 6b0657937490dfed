"""A scene's values as Stash's ``SceneUpdateInput`` takes them."""

from __future__ import annotations

from typing import Any

from stashbot.models import TEXT_FIELDS, FieldName

#: The names of a scene's fields in Stash's SceneUpdateInput.
INPUT_KEYS = {
    FieldName.TITLE: "title",
    FieldName.CODE: "code",
    FieldName.URLS: "urls",
    FieldName.DATE: "date",
    FieldName.DIRECTOR: "director",
    FieldName.STUDIO: "studio_id",
    FieldName.PERFORMERS: "performer_ids",
    FieldName.GROUPS: "groups",
    FieldName.TAGS: "tag_ids",
    FieldName.STASH_IDS: "stash_ids",
    FieldName.DETAILS: "details",
    FieldName.COVER: "cover_image",
    FieldName.ORGANIZED: "organized",
}


def input_value(name: FieldName, value: Any) -> Any:
    """A field's value, in the form of ``Scene.value``, as the update takes it.

    Raises:
        ValueError: it is the cover, of which a scene holds no value.
    """
    match name:
        case FieldName.COVER:
            raise ValueError("a scene holds no value of its cover")
        case FieldName.STUDIO:
            return value and value["id"]
        case FieldName.PERFORMERS | FieldName.TAGS:
            return [one["id"] for one in value or ()]
        case FieldName.GROUPS:
            return [
                {"group_id": one["id"], "scene_index": one["scene_index"]} for one in value or ()
            ]
        case FieldName.DATE:
            return value
        case _ if name in TEXT_FIELDS:
            return value or ""
        case _:
            return value

"""The values of a scene in the form of Stash's ``SceneUpdateInput``."""

from __future__ import annotations

from typing import Any

from stashbot.models import TEXT_FIELDS, EntityKind, FieldName

#: The key of each field in ``SceneUpdateInput``.
INPUT_KEYS = {
    FieldName.TITLE: "title",
    FieldName.CODE: "code",
    FieldName.URLS: "urls",
    FieldName.DATE: "date",
    FieldName.DIRECTOR: "director",
    **{kind.field: kind.input_key for kind in EntityKind},
    FieldName.STASH_IDS: "stash_ids",
    FieldName.DETAILS: "details",
    FieldName.COVER: "cover_image",
    FieldName.ORGANIZED: "organized",
}


def input_value(name: FieldName, value: Any) -> Any:
    """Return the input value for a field whose value is in the form of ``Scene.value``.

    Raises:
        ValueError: the field is the cover, whose value a scene does not hold.
    """
    match name:
        case FieldName.COVER:
            raise ValueError("a scene does not hold the value of its cover")
        case FieldName.STUDIO:
            return value and value["id"]
        case FieldName.PERFORMERS | FieldName.TAGS:
            return [entity["id"] for entity in value or ()]
        case FieldName.GROUPS:
            return [
                {"group_id": group["id"], "scene_index": group["scene_index"]}
                for group in value or ()
            ]
        case FieldName.DATE:
            return value
        case _ if name in TEXT_FIELDS:
            return value or ""
        case _:
            return value

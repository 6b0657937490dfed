"""Resolvers of the API's mutations."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from graphql import GraphQLSchema

from stashbot.sandbox.context import Info, Resolver, attach, library_of
from stashbot.sandbox.library import LibraryError, PracticeLibrary
from stashbot.sandbox.many_scenes import MANY_SCENES
from stashbot.sandbox.moving import move_files
from stashbot.sandbox.records import (
    EntityRecord,
    GroupRecord,
    PerformerRecord,
    SceneRecord,
    StudioRecord,
    TagRecord,
)

Input = dict[str, Any]


def attach_mutations(schema: GraphQLSchema) -> None:
    """Attach resolvers to every field of ``Mutation``."""
    attach(
        schema,
        "Mutation",
        {
            "sceneUpdate": _scene_update,
            "scenesUpdate": _scenes_update,
            "sceneDestroy": _scene_destroy,
            "scenesDestroy": _scenes_destroy,
            "sceneAddPlay": _add_moment("play_history"),
            "sceneAddO": _add_moment("o_history"),
            "sceneSaveActivity": _save_activity,
            "sceneGenerateScreenshot": lambda _root, _info, **_arguments: "todo",
            "studioCreate": _create("studios", StudioRecord),
            "studioUpdate": _update("studios"),
            "studioDestroy": _destroy("studios"),
            "performerCreate": _create("performers", PerformerRecord),
            "performerUpdate": _update("performers"),
            "performerDestroy": _destroy("performers"),
            "tagCreate": _create("tags", TagRecord),
            "tagUpdate": _update("tags"),
            "tagDestroy": _destroy("tags"),
            "groupCreate": _create("groups", GroupRecord),
            "groupUpdate": _update("groups"),
            "groupDestroy": _destroy("groups"),
            "configureUI": _configure_ui,
            "configureUISetting": _configure_ui_setting,
            "metadataScan": _metadata_scan,
            **MANY_SCENES,
            "moveFiles": move_files,
            "reloadScrapers": lambda _root, _info: True,
        },
    )


def _changes(given: Input) -> Input:
    changes = {k: v for k, v in given.items() if k not in {"id", "clientMutationId", "url"}}
    if "cover_image" in changes:
        changes["cover"] = _picture(changes.pop("cover_image"))
    return changes


def _picture(data: str | None) -> bytes | None:
    """Return the bytes of a ``data:`` address; None for None.

    Raises:
        LibraryError: the address is of another kind.
    """
    if not data:
        return None
    try:
        return base64.b64decode(data.partition(",")[2], validate=True)
    except binascii.Error as error:
        raise LibraryError("processing cover image: illegal base64 data") from error


def _scene_update(
    _root: object,
    info: Info,
    *,
    input: Input,  # noqa: A002
) -> SceneRecord:
    return library_of(info).update_scene(input["id"], _changes(input))


def _scenes_update(
    _root: object,
    info: Info,
    *,
    input: list[Input],  # noqa: A002
) -> list[SceneRecord]:
    return [library_of(info).update_scene(scene["id"], _changes(scene)) for scene in input]


def _scene_destroy(
    _root: object,
    info: Info,
    *,
    input: Input,  # noqa: A002
) -> bool:
    library_of(info).destroy_scene(input["id"])
    return True


def _scenes_destroy(
    _root: object,
    info: Info,
    *,
    input: Input,  # noqa: A002
) -> bool:
    library = library_of(info)
    missing = [number for number in input["ids"] if library.scene(number) is None]
    if missing:
        raise LibraryError(f"scene with id {missing[0]} not found")
    for number in input["ids"]:
        library.destroy_scene(number)
    return True


def _add_moment(history: str) -> Resolver:
    def resolve(_root: object, info: Info, **arguments: Any) -> Input:
        library = library_of(info)
        scene = _existing(library, arguments["id"])
        moments: list[str] = getattr(scene, history)
        for moment in arguments.get("times") or [library.now()]:
            moments.insert(0, moment)
        if history == "play_history":
            scene.last_played_at = moments[0]
        return {"count": len(moments), "history": moments}

    return resolve


def _save_activity(_root: object, info: Info, **arguments: Any) -> bool:
    scene = _existing(library_of(info), arguments["id"])
    scene.resume_time = arguments.get("resume_time") or scene.resume_time
    scene.play_duration += arguments.get("playDuration") or 0.0
    return True


def _existing(library: PracticeLibrary, scene_id: str) -> SceneRecord:
    scene = library.scene(scene_id)
    if scene is None:
        raise LibraryError(f"scene with id {scene_id} not found")
    return scene


def _create(kind: str, record: type[EntityRecord]) -> Resolver:
    def resolve(
        _root: object,
        info: Info,
        *,
        input: Input,  # noqa: A002
    ) -> EntityRecord:
        library = library_of(info)
        created: EntityRecord = library.create(getattr(library, kind), record, **input)
        return created

    return resolve


def _update(kind: str) -> Resolver:
    def resolve(
        _root: object,
        info: Info,
        *,
        input: Input,  # noqa: A002
    ) -> EntityRecord:
        library = library_of(info)
        changes = {name: value for name, value in input.items() if name != "id"}
        changed: EntityRecord = library.update(getattr(library, kind), input["id"], **changes)
        return changed

    return resolve


def _destroy(kind: str) -> Resolver:
    def resolve(_root: object, info: Info, *, input: Input) -> bool:  # noqa: A002
        library = library_of(info)
        library.destroy(getattr(library, kind), input["id"])
        return True

    return resolve


def _configure_ui(_root: object, info: Info, **arguments: Any) -> Input:
    library = library_of(info)
    if arguments.get("input") is not None:
        library.ui = dict(arguments["input"])
    library.ui.update(arguments.get("partial") or {})
    return library.ui


def _configure_ui_setting(_root: object, info: Info, *, key: str, value: Any = None) -> Input:
    library = library_of(info)
    library.ui[key] = value
    return library.ui


def _metadata_scan(
    _root: object,
    info: Info,
    *,
    input: Input,  # noqa: A002
) -> str:
    return info.context.jobs.scan(rescan=bool(input.get("rescan")))

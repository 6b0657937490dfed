"""Resolvers of the API's queries."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import GraphQLSchema

from stashbot.sandbox import scraping
from stashbot.sandbox.configuration import configuration, system_status, version
from stashbot.sandbox.context import Info, Resolver, attach, library_of
from stashbot.sandbox.filters import (
    entity_matches,
    page_of,
    scene_matches,
    sorted_scenes,
    words_match,
)
from stashbot.sandbox.library import number_text
from stashbot.sandbox.lookalikes import find_duplicate_scenes
from stashbot.sandbox.records import EntityRecord, SceneRecord
from stashbot.sandbox.skins import plugins_of
from stashbot.sandbox.sources import SOURCES

Answer = dict[str, Any]


def attach_queries(schema: GraphQLSchema) -> None:
    """Attach resolvers to every field of ``Query``."""
    attach(
        schema,
        "Query",
        {
            "version": lambda _root, info: version(library_of(info)),
            "systemStatus": lambda _root, info: system_status(library_of(info)),
            "configuration": lambda _root, info: configuration(library_of(info)),
            "plugins": _plugins,
            "jobQueue": lambda _root, _info: None,
            "stats": _stats,
            "findScene": _find_scene,
            "findScenes": _find_scenes,
            "findDuplicateScenes": find_duplicate_scenes,
            "findStudio": _find_one("studios"),
            "findStudios": _find_many("studios", "studio_filter"),
            "findPerformer": _find_one("performers"),
            "findPerformers": _find_many("performers", "performer_filter"),
            "findTag": _find_one("tags"),
            "findTags": _find_many("tags", "tag_filter"),
            "findGroup": _find_one("groups"),
            "findGroups": _find_many("groups", "group_filter"),
            "findGalleries": _find_many("galleries", "gallery_filter"),
            "findSavedFilters": _find_saved_filters,
            "sceneMarkerTags": lambda _root, _info, **_arguments: [],
            "listScrapers": _list_scrapers,
            "scrapeSingleScene": _scrape_single_scene,
            "scrapeSceneURL": _scrape_scene_url,
        },
    )


def _plugins(_root: object, info: Info) -> list[Answer] | None:
    return plugins_of(library_of(info), info.context.base_url)


def _stats(_root: object, info: Info) -> Answer:
    library = library_of(info)
    files = [file for scene in library.scenes.values() for file in scene.files]
    return {
        "scene_count": len(library.scenes),
        "scenes_size": float(sum(file.size for file in files)),
        "scenes_duration": sum(file.duration for file in files),
        "performer_count": len(library.performers),
        "studio_count": len(library.studios),
        "group_count": len(library.groups),
        "tag_count": len(library.tags),
    }


def _find_scene(_root: object, info: Info, **arguments: str | None) -> SceneRecord | None:
    scene_id = arguments.get("id")
    return library_of(info).scene(scene_id) if scene_id is not None else None


def _find_scenes(_root: object, info: Info, **arguments: Any) -> Answer:
    library = library_of(info)
    ids = arguments.get("ids") or arguments.get("scene_ids")
    if ids:
        found = [scene for number in ids if (scene := library.scene(str(number)))]
        return _scenes_result(found, found)
    find: Mapping[str, Any] = arguments.get("filter") or {}
    kept = [
        scene
        for scene in library.scenes.values()
        if scene_matches(scene, arguments.get("scene_filter"))
        and words_match(find.get("q") or "", _searched_texts(scene))
    ]
    ordered = sorted_scenes(kept, find)
    return _scenes_result(ordered, page_of(ordered, find))


def _scenes_result(found: list[SceneRecord], shown: list[SceneRecord]) -> Answer:
    files = [file for scene in found for file in scene.files]
    return {
        "count": len(found),
        "duration": sum(file.duration for file in files),
        "filesize": float(sum(file.size for file in files)),
        "scenes": shown,
    }


def _searched_texts(scene: SceneRecord) -> Iterable[str]:
    yield from (scene.title, scene.details, scene.code)
    for file in scene.files:
        yield from (file.path, file.oshash)


def _find_one(kind: str) -> Resolver:
    def resolve(_root: object, info: Info, *, id: str) -> EntityRecord | None:  # noqa: A002
        entities: Mapping[str, EntityRecord] = getattr(library_of(info), kind)
        return entities.get(number_text(id))

    return resolve


def _find_many(kind: str, filter_name: str) -> Resolver:
    def resolve(_root: object, info: Info, **arguments: Any) -> Answer:
        entities: Mapping[str, EntityRecord] = getattr(library_of(info), kind)
        ids = arguments.get("ids") or arguments.get("performer_ids")
        find: Mapping[str, Any] = arguments.get("filter") or {}
        if ids:
            found = [entities[str(number)] for number in ids if str(number) in entities]
            return {"count": len(found), kind: found}
        kept = [
            entity
            for entity in entities.values()
            if entity_matches(entity, arguments.get(filter_name))
            and words_match(find.get("q") or "", entity.names())
        ]
        kept.sort(
            key=lambda entity: entity.name.casefold(), reverse=find.get("direction") == "DESC"
        )
        return {"count": len(kept), kind: page_of(kept, find)}

    return resolve


def _find_saved_filters(_root: object, _info: Info, *, mode: str | None = None) -> list[Answer]:
    if mode not in {None, "SCENES"}:
        return []
    return [
        {
            "id": "1",
            "mode": "SCENES",
            "name": "Not organized",
            "filter": "",
            "find_filter": {
                "q": "",
                "page": 1,
                "per_page": 40,
                "sort": "path",
                "direction": "ASC",
            },
            "object_filter": {"organized": {"value": "false", "modifier": "EQUALS"}},
            "ui_options": {"display_mode": 0},
        }
    ]


def _list_scrapers(_root: object, _info: Info, *, types: list[str]) -> list[Answer]:
    if "SCENE" not in types:
        return []
    return [
        {
            "id": source.id,
            "name": source.name,
            "scene": {
                "urls": list(source.urls) if source.urls else None,
                "supported_scrapes": list(source.scrapes),
            },
        }
        for source in SOURCES
    ]


async def _scrape_single_scene(
    _root: object,
    info: Info,
    *,
    source: Answer,
    input: Answer,  # noqa: A002
) -> list[Answer]:
    scraper = scraping.source_with(str(source.get("scraper_id")))
    if scraper.delay:
        await asyncio.sleep(scraper.delay)
    library = library_of(info)
    if input.get("scene_id") is not None:
        return scraping.scrape_scene(library, scraper, input["scene_id"])
    if input.get("scene_input") is not None:
        return scraping.scrape_chosen(library, scraper, input["scene_input"])
    return scraping.search_scenes(library, scraper, input.get("query") or "")


def _scrape_scene_url(_root: object, info: Info, *, url: str) -> Answer | None:
    return scraping.scrape_url(library_of(info), url)

"""Execution of scrapes: the sources' answers in the shape of Stash's API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stashbot.sandbox.library import LibraryError, PracticeLibrary
from stashbot.sandbox.matching import by_name, in_path, scraped_entity
from stashbot.sandbox.records import SceneRecord
from stashbot.sandbox.sources import (
    AUTO_TAG_ID,
    SOURCES,
    Source,
    SourceView,
    full_answer,
)

Scraped = dict[str, Any]

_SMALL_WORDS = frozenset(("-", "a", "the", "of", "and", "mp4"))


def source_with(source_id: str) -> Source:
    """Return the scraper of that id.

    Raises:
        LibraryError: there is no such scraper.
    """
    for source in SOURCES:
        if source.id == source_id:
            return source
    raise LibraryError(f"scraper not found: id {source_id}")


def scrape_scene(library: PracticeLibrary, source: Source, scene_id: str) -> list[Scraped]:
    """Return the answer of a source for a scene of the library (a fragment scrape)."""
    scene = library.scene(scene_id)
    if scene is None:
        raise LibraryError(f"scraper {source.id}: scene with id {scene_id} not found")
    if source.id == AUTO_TAG_ID:
        found = auto_tag(library, scene)
        return [found] if found else []
    truth = library.truth.get(scene.id)
    if truth is None:
        return []
    return _answers(library, truth.sources[source.id])


def search_scenes(library: PracticeLibrary, source: Source, query: str) -> list[Scraped]:
    """Return the scenes of a source whose title contains any word of the query."""
    if source.id == "broken":
        raise LibraryError(f"error while name scraping with scraper {source.id}: EOF")
    words = set(query.casefold().replace(".", " ").split()) - _SMALL_WORDS
    found: list[Scraped] = []
    for truth in library.truth.values():
        view = truth.sources[source.id]
        if view.answer and words & set(str(view.answer["title"]).casefold().split()):
            found += _answers(library, view)
    return found


def scrape_chosen(
    library: PracticeLibrary, source: Source, chosen: Mapping[str, Any]
) -> list[Scraped]:
    """Return the metadata of the chosen search result.

    Raises ``LibraryError`` if the source fails for that scene.
    """
    for truth in library.truth.values():
        view = truth.sources[source.id]
        if view.answer and view.answer["title"] == chosen.get("title"):
            about = library.truth[view.about or truth.scene_id].sources[source.id]
            return _answers(library, about if about.kind == "error" else view)
    return []


def scrape_url(library: PracticeLibrary, url: str) -> Scraped | None:
    """Return the metadata of the scene at an address; ``None`` if it is unknown."""
    source = next(
        (source for source in SOURCES if any(pattern in url for pattern in source.urls or ())), None
    )
    if source is None:
        return None
    if source.id == "broken":
        raise LibraryError("could not unmarshal json from script output: EOF")
    for truth in library.truth.values():
        if url in truth.facts.urls:
            return _scraped(library, full_answer(truth.facts))
    return None


def auto_tag(library: PracticeLibrary, scene: SceneRecord) -> Scraped | None:
    """Return the stored entities whose names are in the path of the scene's file."""
    path = scene.files[0].path if scene.files else ""
    studios = in_path(library.studios.values(), path)
    performers = in_path(library.performers.values(), path)
    tags = in_path(library.tags.values(), path)
    if not (studios or performers or tags):
        return None
    return _scraped(
        library,
        {
            "studio": {"name": studios[0].name} if studios else None,
            "performers": [{"name": performer.name} for performer in performers] or None,
            "tags": [{"name": tag.name} for tag in tags],
        },
    )


def _answers(library: PracticeLibrary, view: SourceView) -> list[Scraped]:
    if view.kind == "error":
        raise LibraryError(view.error or "scraper failed")
    if view.kind == "none":
        return []
    return [_scraped(library, view.answer or {})]


def _scraped(library: PracticeLibrary, answer: Mapping[str, Any]) -> Scraped:
    """Return the answer with the ids of stored entities that have the name or alias."""
    studio = answer.get("studio")
    return {
        **answer,
        "studio": _studio(library, studio) if studio else None,
        "performers": _entities(library.performers, answer.get("performers")),
        "tags": _entities(library.tags, answer.get("tags")) or [],
        "groups": _entities(library.groups, answer.get("groups")),
    }


def _studio(library: PracticeLibrary, studio: Mapping[str, Any]) -> Scraped:
    scraped = scraped_entity(by_name(library.studios.values(), studio["name"]), studio)
    parent = studio.get("parent")
    return {**scraped, "tags": [], "parent": _studio(library, parent) if parent else None}


def _entities(records: Mapping[str, Any], answers: Any) -> list[Scraped] | None:
    if answers is None:
        return None
    return [
        {"tags": [], **scraped_entity(by_name(records.values(), answer["name"]), answer)}
        for answer in answers
    ]

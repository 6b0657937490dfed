"""Carrying out scrapes: the truth about the sources, in the shape of Stash's answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stashbot.sandbox.library import Library, LibraryError
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
    """The scraper with that id. Raises ``LibraryError`` when there is none."""
    for source in SOURCES:
        if source.id == source_id:
            return source
    raise LibraryError(f"scraper not found: id {source_id}")


def scrape_scene(library: Library, source: Source, scene_id: str) -> list[Scraped]:
    """What the source says of a scene of the library (a fragment scrape)."""
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


def search_scenes(library: Library, source: Source, query: str) -> list[Scraped]:
    """The scenes that a source finds by words: whatever it knows with one of them in its title."""
    if source.id == "broken":
        raise LibraryError(f"error while name scraping with scraper {source.id}: EOF")
    words = set(query.casefold().replace(".", " ").split()) - _SMALL_WORDS
    found: list[Scraped] = []
    for truth in library.truth.values():
        view = truth.sources[source.id]
        if view.answer and words & set(str(view.answer["title"]).casefold().split()):
            found += _answers(library, view)
    return found


def scrape_chosen(library: Library, source: Source, chosen: Mapping[str, Any]) -> list[Scraped]:
    """Everything about the chosen search result; what fails by file fails here too."""
    for truth in library.truth.values():
        view = truth.sources[source.id]
        if view.answer and view.answer["title"] == chosen.get("title"):
            about = library.truth[view.about or truth.scene_id].sources[source.id]
            return _answers(library, about if about.kind == "error" else view)
    return []


def scrape_url(library: Library, url: str) -> Scraped | None:
    """What the page at that address says of its scene; ``None`` when it is not known."""
    source = next(
        (one for one in SOURCES if any(pattern in url for pattern in one.urls or ())), None
    )
    if source is None:
        return None
    if source.id == "broken":
        raise LibraryError("could not unmarshal json from script output: EOF")
    for truth in library.truth.values():
        if url in truth.facts.urls:
            return _scraped(library, full_answer(truth.facts))
    return None


def auto_tag(library: Library, scene: SceneRecord) -> Scraped | None:
    """The stored objects whose names stand in the path of the scene's file."""
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
            "performers": [{"name": one.name} for one in performers] or None,
            "tags": [{"name": one.name} for one in tags],
        },
    )


def _answers(library: Library, view: SourceView) -> list[Scraped]:
    if view.kind == "error":
        raise LibraryError(view.error or "scraper failed")
    if view.kind == "none":
        return []
    return [_scraped(library, view.answer or {})]


def _scraped(library: Library, answer: Mapping[str, Any]) -> Scraped:
    """The answer with stored ids: of objects with that name or alias."""
    studio = answer.get("studio")
    return {
        **answer,
        "studio": _studio(library, studio) if studio else None,
        "performers": _entities(library.performers, answer.get("performers")),
        "tags": _entities(library.tags, answer.get("tags")) or [],
        "groups": _entities(library.groups, answer.get("groups")),
    }


def _studio(library: Library, studio: Mapping[str, Any]) -> Scraped:
    scraped = scraped_entity(by_name(library.studios.values(), studio["name"]), studio)
    parent = studio.get("parent")
    return {**scraped, "tags": [], "parent": _studio(library, parent) if parent else None}


def _entities(records: Mapping[str, Any], answers: Any) -> list[Scraped] | None:
    if answers is None:
        return None
    return [
        {"tags": [], **scraped_entity(by_name(records.values(), one["name"]), one)}
        for one in answers
    ]

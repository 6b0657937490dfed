"""Stash's search: filters, sort orders and paging."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from stashbot.sandbox.records import EntityRecord, SceneRecord

_T = TypeVar("_T")
Criterion = Mapping[str, Any]

DEFAULT_PAGE_SIZE = 25


def page_of(items: Sequence[_T], find: Criterion | None) -> list[_T]:
    """Return the requested page of the items; a negative ``per_page`` returns all."""
    find = find or {}
    given: int | None = find.get("per_page")
    size = DEFAULT_PAGE_SIZE if given is None else given
    if size < 0:
        return list(items)
    start = (max(find.get("page") or 1, 1) - 1) * size
    return list(items[start : start + size])


def words_match(query: str, texts: Iterable[str]) -> bool:
    """Return whether the texts contain every word of the query, and no ``-word``.

    A phrase in double quotes counts as a single word. Case is ignored.
    """
    haystack = "\n".join(texts).casefold()
    for negated, quoted, plain in re.findall(r'(-?)(?:"([^"]+)"|(\S+))', query):
        found = (quoted or plain).casefold() in haystack
        if found == bool(negated):
            return False
    return True


def text_matches(value: str | None, criterion: Criterion) -> bool:
    """Return whether a text meets a ``StringCriterionInput``."""
    text, modifier = value or "", criterion["modifier"]
    wanted: str = criterion["value"]
    checks: dict[str, Callable[[], bool]] = {
        "EQUALS": lambda: text.casefold() == wanted.casefold(),
        "NOT_EQUALS": lambda: text.casefold() != wanted.casefold(),
        "INCLUDES": lambda: wanted.casefold() in text.casefold(),
        "EXCLUDES": lambda: wanted.casefold() not in text.casefold(),
        "MATCHES_REGEX": lambda: re.search(wanted, text) is not None,
        "NOT_MATCHES_REGEX": lambda: re.search(wanted, text) is None,
        "IS_NULL": lambda: not text.strip(),
        "NOT_NULL": lambda: bool(text.strip()),
    }
    return bool(checks[modifier]()) if modifier in checks else True


def any_text_matches(values: Sequence[str], criterion: Criterion) -> bool:
    """Return whether any text meets a criterion, or for negated criteria, all texts."""
    if criterion["modifier"] in {"EXCLUDES", "NOT_EQUALS", "NOT_MATCHES_REGEX"}:
        return all(text_matches(value, criterion) for value in values)
    if criterion["modifier"] == "IS_NULL":
        return not values
    return any(text_matches(value, criterion) for value in values)


def number_matches(value: float | str | None, criterion: Criterion) -> bool:
    """Return whether a number or a date meets its criterion.

    ``None`` meets only ``IS_NULL`` and negated criteria.
    """
    modifier: str = criterion["modifier"]
    if modifier in {"IS_NULL", "NOT_NULL"}:
        return (value is None) == (modifier == "IS_NULL")
    if value is None:
        return modifier in {"NOT_EQUALS", "NOT_BETWEEN"}
    low, high = criterion["value"], criterion.get("value2")
    checks: dict[str, Callable[[Any], Any]] = {
        "EQUALS": lambda number: number == low,
        "NOT_EQUALS": lambda number: number != low,
        "GREATER_THAN": lambda number: number > low,
        "LESS_THAN": lambda number: number < low,
        "BETWEEN": lambda number: low <= number <= high,
        "NOT_BETWEEN": lambda number: not low <= number <= high,
    }
    return bool(checks[modifier](value)) if modifier in checks else True


def ids_match(values: Sequence[str], criterion: Criterion) -> bool:
    """Return whether the ids of related objects meet a ``MultiCriterionInput``."""
    wanted = {str(value) for value in criterion.get("value") or ()}
    actual = set(values)
    if actual & {str(value) for value in criterion.get("excludes") or ()}:
        return False
    match criterion["modifier"]:
        case "INCLUDES" | "EQUALS":
            return bool(actual & wanted) if wanted else True
        case "INCLUDES_ALL":
            return actual >= wanted
        case "EXCLUDES":
            return not actual & wanted
        case "IS_NULL":
            return not actual
        case _:
            return bool(actual)


_SCENE_TEXTS: dict[str, Callable[[SceneRecord], str | None]] = {
    "title": lambda scene: scene.title,
    "code": lambda scene: scene.code,
    "details": lambda scene: scene.details,
    "director": lambda scene: scene.director,
    "path": lambda scene: scene.files[0].path if scene.files else None,
    "oshash": lambda scene: scene.files[0].oshash if scene.files else None,
    "phash": lambda scene: scene.files[0].phash if scene.files else None,
}
_SCENE_NUMBERS: dict[str, Callable[[SceneRecord], float | str | None]] = {
    "id": lambda scene: int(scene.id),
    "rating100": lambda scene: scene.rating100,
    "o_counter": lambda scene: len(scene.o_history),
    "play_count": lambda scene: len(scene.play_history),
    "duration": lambda scene: int(scene.files[0].duration) if scene.files else None,
    "date": lambda scene: scene.date,
    "tag_count": lambda scene: len(scene.tag_ids),
    "performer_count": lambda scene: len(scene.performer_ids),
}
_SCENE_IDS: dict[str, Callable[[SceneRecord], Sequence[str]]] = {
    "studios": lambda scene: [scene.studio_id] if scene.studio_id else [],
    "performers": lambda scene: scene.performer_ids,
    "tags": lambda scene: scene.tag_ids,
    "groups": lambda scene: [entry.group_id for entry in scene.groups],
    "galleries": lambda scene: scene.gallery_ids,
    "stash_id_endpoint": lambda scene: [stash_id.stash_id for stash_id in scene.stash_ids],
}
_MISSING: dict[str, Callable[[SceneRecord], object]] = {
    "studio": lambda scene: scene.studio_id,
    "performers": lambda scene: scene.performer_ids,
    "tags": lambda scene: scene.tag_ids,
    "group": lambda scene: scene.groups,
    "movie": lambda scene: scene.groups,
    "galleries": lambda scene: scene.gallery_ids,
    "stash_id": lambda scene: scene.stash_ids,
    "url": lambda scene: scene.urls,
    "date": lambda scene: scene.date,
    "title": lambda scene: scene.title,
    "details": lambda scene: scene.details,
    "director": lambda scene: scene.director,
    "code": lambda scene: scene.code,
    "rating": lambda scene: scene.rating100,
    "cover": lambda scene: scene.cover,
}


def scene_matches(scene: SceneRecord, criteria: Criterion | None) -> bool:
    """Return whether a scene meets a ``SceneFilterType``, ``AND``, ``OR`` and ``NOT`` included."""
    criteria = dict(criteria or {})
    both, either, neither = (criteria.pop(name, None) for name in ("AND", "OR", "NOT"))
    matches = all(
        _meets(scene, name, criterion)
        for name, criterion in criteria.items()
        if criterion is not None
    )
    if both is not None:
        matches = matches and scene_matches(scene, both)
    if neither is not None:
        matches = matches and not scene_matches(scene, neither)
    if either is not None:
        matches = matches or scene_matches(scene, either)
    return matches


def _meets(scene: SceneRecord, name: str, criterion: Any) -> bool:
    if name == "organized":
        return scene.organized is criterion
    if name == "is_missing":
        value = _MISSING.get(criterion)
        return value is None or value(scene) in (None, "", [])
    if name == "url":
        return any_text_matches(scene.urls, criterion)
    if name in _SCENE_TEXTS:
        return text_matches(_SCENE_TEXTS[name](scene), criterion)
    if name in _SCENE_NUMBERS:
        return number_matches(_SCENE_NUMBERS[name](scene), criterion)
    return ids_match(_SCENE_IDS[name](scene), criterion)


_SCENE_SORTS: dict[str, Callable[[SceneRecord], Any]] = {
    "date": lambda scene: scene.date or "",
    "title": lambda scene: scene.label.casefold(),
    "path": lambda scene: scene.files[0].path.casefold() if scene.files else "",
    "rating": lambda scene: scene.rating100 or 0,
    "rating100": lambda scene: scene.rating100 or 0,
    "created_at": lambda scene: scene.created_at,
    "updated_at": lambda scene: scene.updated_at,
    "duration": lambda scene: scene.files[0].duration if scene.files else 0,
    "filesize": lambda scene: scene.files[0].size if scene.files else 0,
    "id": lambda scene: int(scene.id),
}


def sorted_scenes(scenes: Iterable[SceneRecord], find: Criterion | None) -> list[SceneRecord]:
    """Return the scenes in the requested order; ties are sorted by path, then by id."""
    find = find or {}
    key = _SCENE_SORTS.get(find.get("sort") or "path", _SCENE_SORTS["path"])
    stable = sorted(scenes, key=lambda scene: (_SCENE_SORTS["path"](scene), int(scene.id)))
    return sorted(stable, key=key, reverse=find.get("direction") == "DESC")


def entity_matches(entity: EntityRecord, criteria: Criterion | None) -> bool:
    """Return whether an object meets the filter of its kind (name, aliases, url, title)."""
    criteria = dict(criteria or {})
    either = criteria.pop("OR", None)
    matches = all(
        _entity_meets(entity, name, criterion)
        for name, criterion in criteria.items()
        if criterion is not None
    )
    return matches or (either is not None and entity_matches(entity, either))


def _entity_meets(entity: EntityRecord, name: str, criterion: Criterion) -> bool:
    if name == "aliases":
        return any_text_matches(entity.names()[1:], criterion)
    if name == "url":
        return any_text_matches(entity.urls, criterion)
    if name == "disambiguation":
        return text_matches(getattr(entity, "disambiguation", ""), criterion)
    return text_matches(entity.name, criterion)

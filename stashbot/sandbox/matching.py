"""Matching of scraped names with stored entities, as in Stash."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from stashbot.sandbox.records import EntityRecord

_Entity = TypeVar("_Entity", bound=EntityRecord)


def by_name(entities: Iterable[_Entity], name: str) -> _Entity | None:
    """Return the entity with the name, or the only entity with that alias, ignoring case."""
    wanted = name.strip().casefold()
    entities = list(entities)
    for entity in entities:
        if entity.name.casefold() == wanted:
            return entity
    aliased = [
        entity for entity in entities if wanted in (alias.casefold() for alias in entity.names())
    ]
    return aliased[0] if len(aliased) == 1 else None


def in_path(entities: Iterable[_Entity], path: str) -> list[_Entity]:
    """Return the entities whose name or alias is in the path as whole words (Auto Tag)."""
    return [entity for entity in entities if any(_stands_in(n, path) for n in entity.names())]


def _stands_in(name: str, path: str) -> bool:
    words = r"[.\-_ ]*".join(re.escape(word) for word in name.split())
    return re.search(rf"(?:^|[^a-z\d]){words}(?:$|[^a-z\d])", path, re.IGNORECASE) is not None


def scraped_entity(found: EntityRecord | None, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scraped entity with the id of the stored entity ``found``."""
    scraped: dict[str, Any] = {
        "stored_id": found.id if found else None,
        **{key: value for key, value in answer.items() if key != "parent"},
    }
    return scraped

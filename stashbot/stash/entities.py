"""The performers, studios, tags and groups of a library, with what tells one from another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from stashbot.decide.lookalikes import Library, LibraryEntity
from stashbot.models import FieldName
from stashbot.stash import queries
from stashbot.stash.client import StashClient

PAGE = 500
#: The query of each kind, its list, and what tells two of a name apart.
_KINDS: Mapping[FieldName, tuple[str, str, str]] = {
    FieldName.PERFORMERS: (
        "findPerformers",
        "performers",
        "id name disambiguation birthdate alias_list",
    ),
    FieldName.STUDIO: ("findStudios", "studios", "id name aliases"),
    FieldName.TAGS: ("findTags", "tags", "id name aliases"),
    FieldName.GROUPS: ("findGroups", "groups", "id name aliases"),
}
_BEFORE_GROUPS = ("findMovies", "movies", "id name aliases")


async def iter_entities(client: StashClient, kind: FieldName) -> AsyncIterator[LibraryEntity]:
    """All entities of a kind, page by page in the order of their ids.

    Raises:
        ValueError: ``kind`` holds no entities.
    """
    if kind not in _KINDS:
        raise ValueError(f"{kind.value} holds no entities")
    root, items, fields = _KINDS[kind]
    if kind is FieldName.GROUPS and not queries.has_groups(client.server.release):
        root, items, fields = _BEFORE_GROUPS
    document = (
        f"query Library($filter: FindFilterType) {{ {root}(filter: $filter) "
        f"{{ count {items} {{ {fields} }} }} }}"
    )
    page, seen = 1, 0
    while True:
        asked = {"filter": {"page": page, "per_page": PAGE, "sort": "id", "direction": "ASC"}}
        found = (await client.transport.execute(document, asked))[root]
        for item in found[items]:
            yield _entity(item)
        seen += len(found[items])
        if not found[items] or seen >= found["count"]:
            return
        page += 1


def _entity(item: Mapping[str, Any]) -> LibraryEntity:
    aliases = item.get("alias_list", item.get("aliases")) or ()
    if isinstance(aliases, str):
        aliases = [one.strip() for one in aliases.split(",")]
    return LibraryEntity(
        id=str(item["id"]),
        name=item["name"],
        aliases=tuple(one for one in aliases if one),
        birthdate=item.get("birthdate") or None,
        disambiguation=item.get("disambiguation") or "",
    )


class Libraries:
    """The library's entities by kind, each read once when it is first needed."""

    def __init__(self, client: StashClient) -> None:
        self._client = client
        self._held: dict[FieldName, Library] = {}
        self._lock = asyncio.Lock()

    async def of(self, kind: FieldName) -> Library:
        """All entities of a kind."""
        async with self._lock:
            if kind not in self._held:
                self._held[kind] = Library([one async for one in iter_entities(self._client, kind)])
            return self._held[kind]

    def forget(self, kind: FieldName) -> None:
        """Reads the kind anew when it is needed next, after one was created."""
        self._held.pop(kind, None)

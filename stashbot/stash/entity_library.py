"""The performers, studios, tags and groups of a library: read, looked up by name, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from stashbot.decide.matching.library_names import LibraryNames
from stashbot.decide.planning.entity_index import EntityIndex, LibraryEntity
from stashbot.models import EntityKind, Model, StashId
from stashbot.stash import documents
from stashbot.stash.client import StashClient

#: Entities in a page.
PAGE = 500
#: The fields that tell entities of the same name apart.
_NAME_FIELDS: Mapping[EntityKind, str] = {
    EntityKind.STUDIO: "id name aliases stash_ids { endpoint stash_id }",
    EntityKind.PERFORMER: (
        "id name disambiguation birthdate gender alias_list stash_ids { endpoint stash_id }"
    ),
    EntityKind.TAG: "id name aliases",
    EntityKind.GROUP: "id name aliases",
}
#: The objects besides scenes that may use an entity, as a count or a list of Stash's.
_USES: Mapping[EntityKind, Mapping[str, str]] = {
    EntityKind.STUDIO: {
        "images": "image_count",
        "galleries": "gallery_count",
        "performers": "performer_count",
        "groups": "group_count",
        "studios": "child_studios { id }",
    },
    EntityKind.PERFORMER: {
        "images": "image_count",
        "galleries": "gallery_count",
        "groups": "group_count",
    },
    EntityKind.TAG: {
        "markers": "scene_marker_count",
        "images": "image_count",
        "galleries": "gallery_count",
        "performers": "performer_count",
        "studios": "studio_count",
        "groups": "group_count",
        "tags above it": "parent_count",
        "tags below it": "child_count",
    },
    EntityKind.GROUP: {
        "groups above it": "containing_groups { group { id } }",
        "groups below it": "sub_group_count",
    },
}


async def iter_entities(
    client: StashClient, kind: EntityKind, *, search: str = ""
) -> AsyncIterator[LibraryEntity]:
    """Yield the entities of a kind in the order of their ids, read page by page.

    ``search`` is Stash's search text for names and aliases; empty means all entities.
    """
    query, items = documents.list_query(kind, client.server.release)
    document = (
        f"query Library($filter: FindFilterType) {{ {query}(filter: $filter) "
        f"{{ count {items} {{ {_NAME_FIELDS[kind]} }} }} }}"
    )
    page, seen = 1, 0
    while True:
        find = {"q": search, "page": page, "per_page": PAGE, "sort": "id", "direction": "ASC"}
        found = (await client.transport.execute(document, {"filter": find}))[query]
        for item in found[items]:
            yield _entity_from(item)
        seen += len(found[items])
        if not found[items] or seen >= found["count"]:
            return
        page += 1


async def find_entity_by_name(
    client: StashClient, kind: EntityKind, name: str
) -> LibraryEntity | None:
    """Return the entity that has ``name`` as its name or as an alias; ``None`` if there is none.

    The exact spelling goes before another case, a name before an alias, and of several equals the
    oldest is returned. Stash itself does the search, so that the library is not read as a whole;
    like Stash, it takes letters outside ASCII in another case for other letters.
    """
    # A phrase of Stash's search cannot hold quotes: search for the longest part without them.
    phrase = max(name.split('"'), key=len).strip()
    found = [
        entity async for entity in iter_entities(client, kind, search=phrase and f'"{phrase}"')
    ]
    folded = name.casefold()
    for matches in (
        lambda entity: entity.name == name,
        lambda entity: name in entity.aliases,
        lambda entity: entity.name.casefold() == folded,
        lambda entity: folded in {alias.casefold() for alias in entity.aliases},
    ):
        if entity := next(filter(matches, found), None):
            return entity
    return None


class EntityInUse(Model):
    """An entity, and how many objects use it: scenes, and others by a plural such as ``images``.

    ``edited`` is whether it was changed after it was created.
    """

    id: str
    name: str
    edited: bool
    scenes: int
    others: dict[str, int]


async def entity_in_use(
    client: StashClient, kind: EntityKind, entity_id: str
) -> EntityInUse | None:
    """Return the entity as Stash has it now; ``None`` if there is none with that id.

    Raises:
        GraphQLError: Stash is older than 0.27 and does not count the uses.
    """
    uses = " ".join(f"use{index}: {field}" for index, field in enumerate(_USES[kind].values()))
    document = (
        f"query InUse($id: ID!) {{ {kind.find_query}(id: $id) "
        f"{{ id name created_at updated_at scene_count {uses} }} }}"
    )
    item = (await client.transport.execute(document, {"id": entity_id}))[kind.find_query]
    if item is None:
        return None
    values = {name: item[f"use{index}"] for index, name in enumerate(_USES[kind])}
    counts = {
        name: len(value) if isinstance(value, list) else int(value)
        for name, value in values.items()
    }
    return EntityInUse(
        id=str(item["id"]),
        name=item["name"],
        edited=item["updated_at"] != item["created_at"],
        scenes=int(item["scene_count"]),
        others={name: count for name, count in counts.items() if count},
    )


async def delete_entity(client: StashClient, kind: EntityKind, entity_id: str) -> None:
    """Delete an entity. The request is sent once.

    Raises:
        GraphQLError: Stash refused it.
    """
    document = f"mutation Delete($id: ID!) {{ {kind.destroy_mutation}(input: {{ id: $id }}) }}"
    await client.transport.execute(document, {"id": entity_id}, retry=False)


class EntityLibrary:
    """The entities of a library by kind; each kind is read once, when it is first needed."""

    def __init__(self, client: StashClient) -> None:
        self._client = client
        self._indexes: dict[EntityKind, EntityIndex] = {}
        self._names: LibraryNames | None = None
        self._lock = asyncio.Lock()

    async def of(self, kind: EntityKind) -> EntityIndex:
        """Return all entities of a kind."""
        async with self._lock:
            if kind not in self._indexes:
                self._indexes[kind] = EntityIndex(
                    [entity async for entity in iter_entities(self._client, kind)]
                )
            return self._indexes[kind]

    async def names(self) -> LibraryNames:
        """Return the names of all performers and studios, for matching."""
        performers, studios = await self.of(EntityKind.PERFORMER), await self.of(EntityKind.STUDIO)
        if self._names is None:
            self._names = LibraryNames.of(performers.entities, studios.entities)
        return self._names

    async def add_planned(self, kind: EntityKind, entity: LibraryEntity) -> None:
        """Add an entity that a dry run would have created, so that later scenes link to it."""
        (await self.of(kind)).add(entity)

    def invalidate(self, kind: EntityKind) -> None:
        """Read the kind again when it is needed next, because an entity was created."""
        self._indexes.pop(kind, None)
        self._names = None


def _entity_from(item: Mapping[str, Any]) -> LibraryEntity:
    aliases = item.get("alias_list", item.get("aliases")) or ()
    if isinstance(aliases, str):
        aliases = [alias.strip() for alias in aliases.split(",")]
    return LibraryEntity(
        id=str(item["id"]),
        name=item["name"],
        aliases=tuple(alias for alias in aliases if alias),
        birthdate=item.get("birthdate") or None,
        gender=item.get("gender") or None,
        disambiguation=item.get("disambiguation") or "",
        stash_ids=tuple(
            StashId(endpoint=known["endpoint"], stash_id=known["stash_id"])
            for known in item.get("stash_ids") or ()
        ),
    )

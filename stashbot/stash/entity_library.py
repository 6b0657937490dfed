"""The performers, studios, tags and groups of a library, with what tells one from another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from stashbot.decide.planning.entity_index import Library, LibraryEntity
from stashbot.models import FieldName, Model
from stashbot.stash import documents
from stashbot.stash.client import StashClient

PAGE = 500
#: What may use an entity besides scenes, by its kind: a count of Stash's, or a list.
_USES: Mapping[FieldName, Mapping[str, str]] = {
    FieldName.PERFORMERS: {
        "images": "image_count",
        "galleries": "gallery_count",
        "groups": "group_count",
    },
    FieldName.STUDIO: {
        "images": "image_count",
        "galleries": "gallery_count",
        "performers": "performer_count",
        "groups": "group_count",
        "studios": "child_studios { id }",
    },
    FieldName.TAGS: {
        "markers": "scene_marker_count",
        "images": "image_count",
        "galleries": "gallery_count",
        "performers": "performer_count",
        "studios": "studio_count",
        "groups": "group_count",
        "tags above it": "parent_count",
        "tags below it": "child_count",
    },
    FieldName.GROUPS: {
        "groups above it": "containing_groups { group { id } }",
        "groups below it": "sub_group_count",
    },
}
#: What finds and what deletes one.
_ONE: Mapping[FieldName, tuple[str, str]] = {
    FieldName.PERFORMERS: ("findPerformer", "performerDestroy"),
    FieldName.STUDIO: ("findStudio", "studioDestroy"),
    FieldName.TAGS: ("findTag", "tagDestroy"),
    FieldName.GROUPS: ("findGroup", "groupDestroy"),
}
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
    if kind is FieldName.GROUPS and not documents.has_groups(client.server.release):
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


class EntityInUse(Model):
    """A performer, studio, tag or group, and how many things of each kind use it.

    ``edited`` tells whether it was changed after it was created.
    """

    id: str
    name: str
    edited: bool
    scenes: int
    others: dict[str, int]


async def entity_in_use(client: StashClient, kind: FieldName, entity_id: str) -> EntityInUse | None:
    """The entity as Stash has it now; ``None`` if there is none of that id.

    Raises:
        GraphQLError: Stash is older than 0.27 and cannot tell.
    """
    root, _ = _ONE[kind]
    uses = " ".join(f"use{index}: {one}" for index, one in enumerate(_USES[kind].values()))
    document = (
        f"query InUse($id: ID!) {{ {root}(id: $id) "
        f"{{ id name created_at updated_at scene_count {uses} }} }}"
    )
    item = (await client.transport.execute(document, {"id": entity_id}))[root]
    if item is None:
        return None
    found = ((name, item[f"use{index}"]) for index, name in enumerate(_USES[kind]))
    others = {name: len(one) if isinstance(one, list) else int(one) for name, one in found}
    return EntityInUse(
        id=str(item["id"]),
        name=item["name"],
        edited=item["updated_at"] != item["created_at"],
        scenes=int(item["scene_count"]),
        others={name: count for name, count in others.items() if count},
    )


async def delete_entity(client: StashClient, kind: FieldName, entity_id: str) -> None:
    """Deletes a performer, studio, tag or group. It is asked once.

    Raises:
        GraphQLError: Stash refused it.
    """
    _, mutation = _ONE[kind]
    document = f"mutation Delete($id: ID!) {{ {mutation}(input: {{ id: $id }}) }}"
    await client.transport.execute(document, {"id": entity_id}, retry=False)


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

    async def foresee(self, kind: FieldName, entity: LibraryEntity) -> None:
        """Counts as held what a dry run would have created: later scenes are linked to it."""
        (await self.of(kind)).add(entity)

    def forget(self, kind: FieldName) -> None:
        """Reads the kind anew when it is needed next, after one was created."""
        self._held.pop(kind, None)

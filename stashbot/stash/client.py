"""The typed client of Stash's API: queries, scrapes, and the update that undo uses."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from stashbot.errors import (
    GraphQLError,
    SavedFilterError,
    ScrapeFailed,
    UnknownScene,
    UnknownSource,
)
from stashbot.models import (
    EntityKind,
    FieldName,
    Model,
    Proposal,
    Scene,
    ScrapeMethod,
    ServerInfo,
    Source,
    SourceKind,
)
from stashbot.settings import StashSettings
from stashbot.stash import documents
from stashbot.stash.cache import TTLCache
from stashbot.stash.decode import AUTO_TAG, scene_from, server_info_from, sources_from
from stashbot.stash.saved_filters import SavedFilter, saved_filter_from
from stashbot.stash.scraped_scene import parse_scrape_answer
from stashbot.stash.transport import GraphQLTransport

#: Ids in a page of ``scene_ids``.
IDS_PER_PAGE = 10_000
#: Aliases in a document.
ALIASES_PER_DOCUMENT = 40
#: Longest wait for a source when the client itself scrapes, in seconds.
SCRAPE_S = 120.0
#: Scenes that ``richest_scenes`` compares.
_SAMPLE_SIZE = 40


class ServerConfiguration(Model):
    """The part of Stash's configuration that stashbot uses."""

    language: str = ""
    has_login: bool = False
    library_paths: tuple[str, ...] = ()
    stash_boxes: tuple[str, ...] = ()


class StashClient:
    """Stash's API as models, over an open transport.

    All methods raise ``GraphQLError``, ``BadAnswer``, ``StashUnreachable`` and ``LoginError`` as
    ``GraphQLTransport.execute`` does; their docstrings name their own errors only. Scenes are read
    anew each time; sources and entity names go through the cache.
    """

    def __init__(self, transport: GraphQLTransport, *, cache: TTLCache | None = None) -> None:
        self._transport = transport
        self._cache = TTLCache() if cache is None else cache

    @property
    def transport(self) -> GraphQLTransport:
        """The transport, for its cookies and headers."""
        return self._transport

    @property
    def server(self) -> ServerInfo:
        """The server as it was when the transport was opened."""
        return self._transport.server

    async def server_info(self) -> ServerInfo:
        """Read version and state of the server."""
        return server_info_from(await self._transport.execute(documents.SERVER_INFO))

    async def configuration(self) -> ServerConfiguration:
        """Read the configuration, without keys and passwords."""
        data = (await self._transport.execute(documents.CONFIGURATION))["configuration"]
        general = data["general"]
        return ServerConfiguration(
            language=(data.get("interface") or {}).get("language") or "",
            has_login=bool(general.get("username")),
            library_paths=tuple(folder["path"] for folder in general.get("stashes") or ()),
            stash_boxes=tuple(box["endpoint"] for box in general.get("stashBoxes") or ()),
        )

    # -- scenes

    async def find_scene(self, scene_id: str) -> Scene | None:
        """Return the scene as Stash has it now; ``None`` if there is none with that id."""
        if not _is_id(scene_id):
            return None
        document = documents.find_scene(self.server.release)
        item = (await self._transport.execute(document, {"id": scene_id}))["findScene"]
        return scene_from(item) if item else None

    async def get_scene(self, scene_id: str) -> Scene:
        """Return the scene as Stash has it now.

        Raises:
            UnknownScene: Stash has no scene with that id.
        """
        scene = await self.find_scene(scene_id)
        if scene is None:
            raise UnknownScene(
                f"Stash has no scene {scene_id}.",
                hint="The id is the number at the end of the scene's address in Stash.",
                scene_id=scene_id,
            )
        return scene

    async def find_scenes(self, ids: Iterable[str]) -> tuple[Scene, ...]:
        """Return the scenes in the order of ``ids``, without those that do not exist."""
        known_ids = [scene_id for scene_id in dict.fromkeys(ids) if _is_id(scene_id)]
        scenes: list[Scene] = []
        for batch in _batches(known_ids, ALIASES_PER_DOCUMENT):
            items = await self._find_each(
                documents.find_scenes(self.server.release, len(batch)), batch
            )
            scenes += [scene_from(item) for item in items]
        return tuple(scenes)

    async def scene_ids(
        self, scene_filter: Mapping[str, Any] | None = None, *, text: str = ""
    ) -> tuple[str, ...]:
        """Return the ids of all matching scenes, in ascending numeric order.

        ``scene_filter`` is Stash's ``SceneFilterType`` and ``text`` its search text. Each page
        begins after the last id instead of at an offset, so that no scene is missed when others
        change or vanish meanwhile.
        """
        ids: list[str] = []
        while True:
            where: dict[str, Any] = dict(scene_filter or {})
            if ids:
                last = {"value": int(ids[-1]), "modifier": "GREATER_THAN"}
                where = {"id": last, **({"AND": where} if where else {})}
            find = {"q": text, "per_page": IDS_PER_PAGE, "sort": "id", "direction": "ASC"}
            variables = {"filter": find, "scene_filter": where}
            data = await self._transport.execute(documents.SCENE_IDS, variables)
            page = [item["id"] for item in data["findScenes"]["scenes"]]
            ids += page
            if len(page) < IDS_PER_PAGE:
                return tuple(ids)

    async def richest_scenes(self) -> list[Scene]:
        """Return up to 40 of the oldest scenes, those with the most filled fields first."""
        scenes = await self.find_scenes((await self.scene_ids())[:_SAMPLE_SIZE])
        return sorted(scenes, key=_filled_fields, reverse=True)

    async def count(self, scene_filter: Mapping[str, Any] | None = None, *, text: str = "") -> int:
        """Return the number of matching scenes; the arguments are those of ``scene_ids``."""
        variables = {"filter": {"q": text, "per_page": 1}, "scene_filter": dict(scene_filter or {})}
        data = await self._transport.execute(documents.SCENE_COUNT, variables)
        return int(data["findScenes"]["count"])

    async def iter_scenes(
        self,
        scene_filter: Mapping[str, Any] | None = None,
        *,
        text: str = "",
        page_size: int = ALIASES_PER_DOCUMENT,
    ) -> AsyncIterator[Scene]:
        """Yield all scenes that match when the iteration begins, in ascending order of their ids.

        The ids are read first. So a scene that stops matching on the way, for example because it
        gets organized, is still yielded, as it is then; a deleted scene is not.
        """
        for batch in _batches(await self.scene_ids(scene_filter, text=text), page_size):
            for scene in await self.find_scenes(batch):
                yield scene

    async def has_duplicates(self) -> bool:
        """Return whether Stash knows of scenes with the same phash and almost the same length."""
        data = await self._transport.execute(documents.DUPLICATES)
        return bool(data["findDuplicateScenes"])

    async def saved_filter(self, name: str) -> SavedFilter:
        """Return a filter that was saved in Stash, for ``scene_ids`` and the like.

        Raises:
            SavedFilterError: there is no such filter, or it has a criterion that cannot be carried
                over.
        """
        data = await self._transport.execute(documents.SAVED_FILTERS)
        by_name = {item["name"]: item for item in data["findSavedFilters"]}
        if name not in by_name:
            known = ", ".join(sorted(by_name)) or "none"
            raise SavedFilterError(
                f"Stash has no saved filter {name!r} for scenes.",
                hint=f"Saved filters: {known}.",
                filter_name=name,
            )
        return saved_filter_from(by_name[name])

    # -- sources

    async def sources(self) -> tuple[Source, ...]:
        """Return all sources for scenes in the order of the scrape menu, through the cache."""

        async def fetch() -> tuple[Source, ...]:
            return sources_from(await self._transport.execute(documents.SOURCES))

        return await self._cache.get_or_fetch("sources", fetch)

    async def resolve_sources(
        self, names: Sequence[str] = (), *, methods: Sequence[ScrapeMethod] = ("fragment",)
    ) -> tuple[Source, ...]:
        """Return the sources with these names in their order; each supports any of the methods.

        A source may be named by its key too: a scraper's id or a stash-box's endpoint. Without
        names, all sources that support any of the methods are returned, except Auto Tag, which
        knows only what the library already has.

        Raises:
            UnknownSource: there is no such source, or there are two with the name.
        """
        usable = [source for source in await self.sources() if any(map(source.supports, methods))]
        if not names:
            return tuple(source for source in usable if source.key != AUTO_TAG)
        return tuple(dict.fromkeys(_source_named(name, usable) for name in names))

    async def scrape_single_scene(
        self, source: Source, scene_id: str, *, timeout_s: float = SCRAPE_S
    ) -> tuple[Proposal, ...]:
        """Scrape a scene with a source by the API. Nothing is changed; the request is sent once.

        Raises:
            ScrapeFailed: the source failed, with Stash's message.
        """
        key = "stash_box_endpoint" if source.kind is SourceKind.STASH_BOX else "scraper_id"
        variables = {"source": {key: source.key}, "input": {"scene_id": scene_id}}
        document = documents.scrape_single_scene(self.server.release)
        try:
            data = await self._transport.execute(
                document, variables, retry=False, timeout_s=timeout_s
            )
        except GraphQLError as error:
            raise ScrapeFailed(
                f"{source.name} failed: {error.reason}", source=source.name, detail=error.reason
            ) from error
        return parse_scrape_answer(source, {"data": data})

    # -- entities and covers

    async def entity_names(self, kind: EntityKind, ids: Iterable[str]) -> dict[str, str]:
        """Return the names of the entities that exist by their ids, through the cache."""
        query = documents.find_query(kind, self.server.release)
        known_ids = tuple(sorted({entity_id for entity_id in ids if _is_id(entity_id)}, key=int))

        async def fetch() -> dict[str, str]:
            names: dict[str, str] = {}
            for batch in _batches(known_ids, ALIASES_PER_DOCUMENT):
                items = await self._find_each(documents.entity_names(query, len(batch)), batch)
                names |= {item["id"]: item["name"] for item in items}
            return names

        if not known_ids:
            return {}
        return dict(await self._cache.get_or_fetch((query, known_ids), fetch))

    async def cover(self, scene: Scene) -> bytes | None:
        """Return the bytes that Stash serves as the scene's cover."""
        return await self._transport.fetch(scene.cover_url) if scene.cover_url else None

    async def cover_sha256(self, scene: Scene) -> str:
        """Return the SHA-256 of the scene's cover in hex; empty if there is none."""
        content = await self.cover(scene)
        return hashlib.sha256(content).hexdigest() if content else ""

    # -- writing

    async def update_scene(self, values: Mapping[str, Any]) -> Scene:
        """Change a scene by the API, and return it as Stash then has it.

        ``values`` is Stash's ``SceneUpdateInput`` with the ``id``; omitted fields stay as they are.
        Only undo writes this way; all other changes go through Stash's page.
        """
        document = documents.update_scene(self.server.release)
        data = await self._transport.execute(document, {"input": dict(values)})
        return scene_from(data["sceneUpdate"])

    async def _find_each(self, document: str, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """Return the objects of an aliased document in the order of ``ids``, without nulls."""
        data = await self._transport.execute(document, documents.alias_variables(ids))
        items = (data.get(f"s{index}") for index in range(len(ids)))
        return [item for item in items if item]


@asynccontextmanager
async def open_stash(
    settings: StashSettings, *, http: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[StashClient]:
    """Open a client with a transport of its own and the settings' cache time.

    ``http`` replaces the network.

    Raises:
        UnreachableError: as ``GraphQLTransport`` on opening.
    """
    async with GraphQLTransport(settings, http=http) as transport:
        yield StashClient(transport, cache=TTLCache(ttl_s=settings.cache_ttl_s))


def _source_named(name: str, usable: Sequence[Source]) -> Source:
    available = tuple(source.name for source in usable)
    for matches in (
        [source for source in usable if source.name == name],
        [source for source in usable if source.key == name],
        [source for source in usable if source.name.casefold() == name.casefold()],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            keys = ", ".join(source.key for source in matches)
            raise UnknownSource(
                f"Stash has {len(matches)} sources named {name!r}.",
                hint=f"Name the source by its key instead: {keys}.",
                source=name,
                available=available,
            )
    raise UnknownSource(
        f"Stash has no source {name!r} that can scrape a scene this way.",
        hint=f"Available: {', '.join(available) or 'none'}.",
        source=name,
        available=available,
    )


def _filled_fields(scene: Scene) -> int:
    return sum(bool(scene.value(field)) for field in FieldName)


def _is_id(text: str) -> bool:
    """Return whether Stash can look it up: it answers all but decimal numbers with an error."""
    return text.isascii() and text.isdecimal()


def _batches(items: Sequence[str], size: int) -> list[Sequence[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]

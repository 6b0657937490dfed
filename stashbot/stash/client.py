"""The typed client: what stashbot asks of Stash's API, and the update by which undo puts back."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from stashbot.errors import GraphQLError, ScrapeFailed, UnknownSource, UsageError
from stashbot.models import (
    FieldName,
    Model,
    Proposal,
    Scene,
    ServerInfo,
    Source,
    SourceKind,
    Way,
)
from stashbot.settings import StashSettings
from stashbot.stash import documents
from stashbot.stash.cache import TTLCache
from stashbot.stash.decode import AUTO_TAG, scene_from, server_info_from, sources_from
from stashbot.stash.saved_filters import SavedFilter, saved_filter_from
from stashbot.stash.scraped_scene import parse_scrape_answer
from stashbot.stash.transport import GraphQLTransport

#: Ids asked for at once; far below what any release needs to be split for.
IDS_AT_ONCE = 10_000
#: Aliases in one document.
ALIASES_AT_ONCE = 40
#: Longest wait for a source when the client itself scrapes.
SCRAPE_S = 120.0

_ENTITY_ROOTS = {
    FieldName.STUDIO: "findStudio",
    FieldName.PERFORMERS: "findPerformer",
    FieldName.TAGS: "findTag",
    FieldName.GROUPS: "findGroup",
}


class ServerConfiguration(Model):
    """The part of Stash's configuration that stashbot looks at."""

    language: str = ""
    has_login: bool = False
    library_paths: tuple[str, ...] = ()
    stash_boxes: tuple[str, ...] = ()


class StashClient:
    """Stash's API in stashbot's words, over an open transport.

    All methods raise ``GraphQLError``, ``BadAnswer``, ``StashUnreachable`` and ``LoginError`` as
    ``GraphQLTransport.execute`` does; their own errors are named with them. Scenes are always
    read afresh; only sources and entity names go through the cache.
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
        """The server as it introduced itself when the transport was opened."""
        return self._transport.server

    async def server_info(self) -> ServerInfo:
        """Version and state of the server, read now."""
        return server_info_from(await self._transport.execute(documents.SERVER_INFO))

    async def configuration(self) -> ServerConfiguration:
        """The configuration, read now; keys and passwords are not asked for."""
        data = (await self._transport.execute(documents.CONFIGURATION))["configuration"]
        general = data["general"]
        return ServerConfiguration(
            language=(data.get("interface") or {}).get("language") or "",
            has_login=bool(general.get("username")),
            library_paths=tuple(one["path"] for one in general.get("stashes") or ()),
            stash_boxes=tuple(one["endpoint"] for one in general.get("stashBoxes") or ()),
        )

    async def find_scene(self, scene_id: str) -> Scene | None:
        """The scene as Stash holds it now; ``None`` if there is none."""
        if not _is_id(scene_id):
            return None
        document = documents.find_scene(self.server.release)
        item = (await self._transport.execute(document, {"id": scene_id}))["findScene"]
        return scene_from(item) if item else None

    async def find_scenes(self, ids: Iterable[str]) -> tuple[Scene, ...]:
        """The scenes that exist, in the order of ``ids``; missing ones are left out."""
        wanted = [one for one in dict.fromkeys(ids) if _is_id(one)]
        found: list[Scene] = []
        for batch in _batches(wanted, ALIASES_AT_ONCE):
            document = documents.find_scenes(self.server.release, len(batch))
            data = await self._transport.execute(document, documents.alias_variables(batch))
            items = (data.get(f"s{index}") for index in range(len(batch)))
            found += [scene_from(item) for item in items if item]
        return tuple(found)

    async def scene_ids(
        self, scene_filter: Mapping[str, Any] | None = None, *, text: str = ""
    ) -> tuple[str, ...]:
        """The ids of all scenes that pass, ascending by number.

        ``scene_filter`` is Stash's ``SceneFilterType``, ``text`` its search text. The list goes on
        from the last id instead of counting pages, so it misses none when scenes change meanwhile.
        """
        ids: list[str] = []
        while True:
            where: dict[str, Any] = dict(scene_filter or {})
            if ids:
                last = {"value": int(ids[-1]), "modifier": "GREATER_THAN"}
                where = {"id": last, **({"AND": where} if where else {})}
            find = {"q": text, "per_page": IDS_AT_ONCE, "sort": "id", "direction": "ASC"}
            variables = {"filter": find, "scene_filter": where}
            data = await self._transport.execute(documents.SCENE_IDS, variables)
            batch = [item["id"] for item in data["findScenes"]["scenes"]]
            ids += batch
            if len(batch) < IDS_AT_ONCE:
                return tuple(ids)

    async def count(self, scene_filter: Mapping[str, Any] | None = None, *, text: str = "") -> int:
        """How many scenes pass, as in ``scene_ids``."""
        variables = {"filter": {"q": text, "per_page": 1}, "scene_filter": dict(scene_filter or {})}
        data = await self._transport.execute(documents.SCENE_COUNT, variables)
        return int(data["findScenes"]["count"])

    async def iter_scenes(
        self,
        scene_filter: Mapping[str, Any] | None = None,
        *,
        text: str = "",
        page_size: int = ALIASES_AT_ONCE,
    ) -> AsyncIterator[Scene]:
        """All scenes that pass when the iteration begins, ascending by id.

        The ids are taken first, so that scenes which stop passing on the way (because they get
        organized) are given all the same, as they are then; deleted ones are left out.
        """
        for batch in _batches(await self.scene_ids(scene_filter, text=text), page_size):
            for scene in await self.find_scenes(batch):
                yield scene

    async def saved_filter(self, name: str) -> SavedFilter:
        """A filter that was saved in Stash under that name, for ``scene_ids`` and the like.

        Raises:
            UsageError: no such filter, or it asks for something that cannot be carried over.
        """
        data = await self._transport.execute(documents.SAVED_FILTERS)
        by_name = {item["name"]: item for item in data["findSavedFilters"]}
        if name not in by_name:
            known = ", ".join(sorted(by_name)) or "none"
            raise UsageError(
                f"Stash has no saved filter {name!r} for scenes.",
                hint=f"Saved filters: {known}.",
                filter=name,
            )
        return saved_filter_from(by_name[name])

    async def sources(self) -> tuple[Source, ...]:
        """All sources for scenes in the order of the scrape menu, through the cache."""

        async def fetch() -> tuple[Source, ...]:
            return sources_from(await self._transport.execute(documents.SOURCES))

        return await self._cache.get_or_fetch("sources", fetch)

    async def resolve_sources(
        self, names: Sequence[str] = (), *, by: Sequence[Way] = ("fragment",)
    ) -> tuple[Source, ...]:
        """The sources of these names (or keys: a scraper's id, a stash-box's endpoint), in order.

        Without names: all that can be asked in one of the ways, except Auto Tag, which knows only
        what the library already holds.

        Raises:
            UnknownSource: no such source that can be asked so, or two of that name.
        """
        usable = [source for source in await self.sources() if any(map(source.answers, by))]
        if not names:
            return tuple(source for source in usable if source.key != AUTO_TAG)
        return tuple(dict.fromkeys(_named(name, usable) for name in names))

    async def entity_names(self, field: FieldName, ids: Iterable[str]) -> dict[str, str]:
        """Names by id of performers, studios, tags or groups; missing ones are left out.

        Raises:
            ValueError: ``field`` holds no entities.
        """
        if field not in _ENTITY_ROOTS:
            raise ValueError(f"{field} holds no entities")
        root = _ENTITY_ROOTS[field]
        if field is FieldName.GROUPS and not documents.has_groups(self.server.release):
            root = "findMovie"
        wanted = tuple(sorted({one for one in ids if _is_id(one)}, key=int))

        async def fetch() -> dict[str, str]:
            names: dict[str, str] = {}
            for batch in _batches(wanted, ALIASES_AT_ONCE):
                document = documents.entity_names(root, len(batch))
                data = await self._transport.execute(document, documents.alias_variables(batch))
                items = (data.get(f"s{index}") for index in range(len(batch)))
                names |= {item["id"]: item["name"] for item in items if item}
            return names

        if not wanted:
            return {}
        return dict(await self._cache.get_or_fetch((root, wanted), fetch))

    async def cover_sha256(self, scene: Scene) -> str:
        """SHA-256 in hex of the bytes that Stash serves as the scene's cover; empty if none."""
        content = await self.cover(scene)
        return hashlib.sha256(content).hexdigest() if content else ""

    async def cover(self, scene: Scene) -> bytes | None:
        """The bytes that Stash serves as the scene's cover."""
        return await self._transport.fetch(scene.cover_url) if scene.cover_url else None

    async def scrape_single_scene(
        self, source: Source, scene_id: str, *, timeout_s: float = SCRAPE_S
    ) -> tuple[Proposal, ...]:
        """What the source says about the scene; nothing is changed. It is asked once.

        Raises:
            ScrapeFailed: the source failed, with Stash's message.
        """
        which = "stash_box_endpoint" if source.kind is SourceKind.STASH_BOX else "scraper_id"
        variables = {"source": {which: source.key}, "input": {"scene_id": scene_id}}
        document = documents.scrape_single_scene(self.server.release)
        try:
            data = await self._transport.execute(
                document, variables, retry=False, timeout_s=timeout_s
            )
        except GraphQLError as error:
            detail = "; ".join(error.fields.get("messages", ()))
            raise ScrapeFailed(
                f"{source.name} failed: {detail}", source=source.name, detail=detail
            ) from error
        return parse_scrape_answer(source, {"data": data})

    async def update_scene(self, values: Mapping[str, Any]) -> Scene:
        """Change a scene by the API (for undo and tests) and return it as Stash then holds it.

        ``values`` is Stash's ``SceneUpdateInput`` with the ``id``; omitted fields stay as they are.
        """
        document = documents.update_scene(self.server.release)
        data = await self._transport.execute(document, {"input": dict(values)})
        return scene_from(data["sceneUpdate"])


@asynccontextmanager
async def open_stash(
    settings: StashSettings, *, http: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[StashClient]:
    """A client over a transport of its own, with the settings' cache time.

    ``http`` takes the place of the network.

    Raises:
        UnreachableError: as ``GraphQLTransport`` on opening.
    """
    async with GraphQLTransport(settings, http=http) as transport:
        yield StashClient(transport, cache=TTLCache(ttl_s=settings.cache_ttl_s))


def _named(name: str, usable: Sequence[Source]) -> Source:
    available = tuple(source.name for source in usable)
    for found in (
        [source for source in usable if source.name == name],
        [source for source in usable if source.key == name],
        [source for source in usable if source.name.casefold() == name.casefold()],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            keys = ", ".join(source.key for source in found)
            raise UnknownSource(
                f"Stash has {len(found)} sources named {name!r}.",
                hint=f"Rename one, or name the one you mean by its key: {keys}.",
                source=name,
                available=available,
            )
    raise UnknownSource(
        f"Stash has no source {name!r} that scrapes a scene by itself.",
        hint=f"Available: {', '.join(available) or 'none'}.",
        source=name,
        available=available,
    )


def _is_id(text: str) -> bool:
    """Whether Stash can look it up: it answers anything but a decimal number with an error."""
    return text.isascii() and text.isdecimal()


def _batches(items: Sequence[str], size: int) -> list[Sequence[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]

"""The typed client: its queries, the models of the answers, and what goes through the cache."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import graphql
import pytest

from stashbot.errors import BadAnswer, ScrapeFailed, UnknownSource, UsageError
from stashbot.models import EntityKind, Scene, Source, SourceKind, StashId
from stashbot.stash import client as client_module
from stashbot.stash import documents
from stashbot.stash.client import StashClient, open_stash
from tests.stash.scripted_server import Answer, Seen, Server, data, errors, introduction, scripted

T = TypeVar("T")

SCENE: dict[str, Any] = {
    "id": "3",
    "title": "A Quiet Street",
    "code": "",
    "details": "line\n line ",
    "director": None,
    "date": "2024-01-13",
    "urls": ["https://alpha.test/3"],
    "organized": True,
    "rating100": 60,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-02T00:00:00Z",
    "studio": {"id": "1", "name": "Northlight"},
    "performers": [{"id": "2", "name": "Ada Sample"}],
    "tags": [{"id": "4", "name": "Outdoor"}],
    "groups": [{"group": {"id": "5", "name": "Season"}, "scene_index": 2}],
    "stash_ids": [{"endpoint": "https://box.test/graphql", "stash_id": "abc"}],
    "files": [
        {
            "id": "9",
            "path": "/media/a.mp4",
            "basename": "a.mp4",
            "duration": 61.5,
            "width": 640,
            "height": 360,
            "size": 100,
            "fingerprints": [{"type": "oshash", "value": "ff"}, {"type": "phash", "value": "aa"}],
        }
    ],
    "paths": {"screenshot": "http://elsewhere.test/scene/3/screenshot?t=1"},
}
BARE: dict[str, Any] = {
    **dict.fromkeys(SCENE),
    "id": "1",
    "title": "",
    "urls": [],
    "organized": False,
}


def scraper(key: str, name: str, *can: str, urls: list[str] | None = None) -> dict[str, Any]:
    return {"id": key, "name": name, "scene": {"urls": urls, "supported_scrapes": list(can)}}


SCRAPERS = [
    scraper("alpha", "AlphaSource", "FRAGMENT", "NAME", urls=["a/"]),
    scraper("builtin_autotag", "Auto Tag", "FRAGMENT"),
    scraper("beta", "BetaSource", "URL"),
    scraper("twin1", "Twin", "FRAGMENT"),
    scraper("twin2", "Twin", "FRAGMENT"),
]
BOXES = [
    {"name": "BoxSource", "endpoint": "https://box-1.test/graphql"},
    {"name": "", "endpoint": "https://two.test/graphql"},
    {"name": "AlphaSource", "endpoint": "https://three.test/graphql"},
]


def using(server: Server, work: Callable[[StashClient], Awaitable[T]], **options: Any) -> T:
    async def run() -> T:
        async with open_stash(server.settings(**options)) as stash:
            return await work(stash)

    return asyncio.run(run())


def offer(server: Server, scrapers: list[Any], boxes: list[Any]) -> None:
    general = {"stashBoxes": boxes}
    server.on(
        "ListSceneScrapers",
        data({"configuration": {"general": general}, "listScrapers": scrapers}),
    )


class Library(Server):
    """A server with scenes: it answers by the variables, and scenes can vanish meanwhile."""

    def __init__(self, *ids: int) -> None:
        super().__init__()
        self.ids = list(ids)

    def answer(self, request: Seen) -> Answer:
        """Answer queries for scenes from ``ids``, all others by script."""
        if request.key not in ("FindSceneIds", "FindScenes"):
            return super().answer(request)
        self.seen.append(request)
        variables = request.json["variables"]
        if request.key == "FindSceneIds":
            after = variables["scene_filter"].get("id", {"value": 0})["value"]
            size = variables["filter"]["per_page"]
            page = [{"id": str(number)} for number in self.ids if number > after][:size]
            return data({"findScenes": {"scenes": page}})
        return data(
            {
                f"s{alias[1:]}": BARE | {"id": wanted} if int(wanted) in self.ids else None
                for alias, wanted in variables.items()
            }
        )


def test_a_scene_has_all_fields_of_the_answer() -> None:
    """Every field of the answer arrives in the model; empty texts become None."""
    with scripted() as server:
        server.on("FindScene", data({"findScene": SCENE}))
        scene = using(server, lambda stash: stash.find_scene("3"))
        assert scene is not None
        assert server.last("FindScene").json["variables"] == {"id": "3"}
    assert scene.code is None
    assert scene.details == "line\n line "
    assert scene.studio is not None
    assert scene.studio.name == "Northlight"
    assert scene.groups[0].scene_index == 2
    assert scene.stash_ids == (StashId(endpoint="https://box.test/graphql", stash_id="abc"),)
    assert scene.file is not None
    assert (scene.file.duration, scene.file.fingerprints["phash"]) == (61.5, "aa")
    assert (scene.organized, scene.rating100) == (True, 60)


def test_a_scene_of_nulls_is_empty() -> None:
    """As that of a scene without files."""
    with scripted() as server:
        server.on("FindScene", data({"findScene": BARE}))
        assert using(server, lambda stash: stash.find_scene("1")) == Scene(id="1")


def test_a_missing_scene_is_none_and_a_word_is_not_sent() -> None:
    """Stash answers anything but a number with an error."""
    with scripted() as server:
        server.on("FindScene", data({"findScene": None}))
        assert using(server, lambda stash: stash.find_scene("99")) is None
        assert using(server, lambda stash: stash.find_scene("abc")) is None
        assert server.count("FindScene") == 1


def test_an_unreadable_scene_is_a_bad_answer() -> None:
    """A scene that lacks a field that every scene has."""
    with scripted() as server:
        server.on("FindScene", data({"findScene": SCENE | {"studio": {"name": "x"}}}))
        with pytest.raises(BadAnswer, match="scene 3"):
            using(server, lambda stash: stash.find_scene("3"))


def test_scenes_are_never_cached() -> None:
    """A before-image must be current, so each call sends a query."""
    with scripted() as server:
        server.on("FindScene", data({"findScene": SCENE}), data({"findScene": None}))

        async def twice(stash: StashClient) -> tuple[Scene | None, Scene | None]:
            return await stash.find_scene("3"), await stash.find_scene("3")

        first, second = using(server, twice)
    assert first is not None
    assert second is None


def run_library(library: Library, work: Callable[[StashClient], Awaitable[T]]) -> T:
    with scripted(library) as server:
        return using(server, work)


def test_scenes_by_id_keep_the_order_and_skip_the_missing() -> None:
    """A deleted scene does not fail the others; ids are sent once each, 40 in a query."""
    library = Library(*range(1, 91))
    ids = ["7", "999", "3", "7", "x", *(str(number) for number in range(10, 80))]
    scenes = run_library(library, lambda stash: stash.find_scenes(ids))
    assert [scene.id for scene in scenes] == ["7", "3", *(str(number) for number in range(10, 80))]
    assert library.count("FindScenes") == 2


def test_each_page_of_ids_begins_after_the_last_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no scene slips between two pages."""
    monkeypatch.setattr(client_module, "IDS_PER_PAGE", 10)
    library = Library(*range(1, 26))
    where = {"organized": False}
    ids = run_library(library, lambda stash: stash.scene_ids(where, text="rain"))
    assert ids == tuple(str(number) for number in range(1, 26))
    requests = [request for request in library.seen if request.key == "FindSceneIds"]
    sent = [request.json["variables"] for request in requests]
    assert [variables["scene_filter"] for variables in sent] == [
        {"organized": False},
        {"id": {"value": 10, "modifier": "GREATER_THAN"}, "AND": {"organized": False}},
        {"id": {"value": 20, "modifier": "GREATER_THAN"}, "AND": {"organized": False}},
    ]
    assert sent[0]["filter"] == {"q": "rain", "per_page": 10, "sort": "id", "direction": "ASC"}


def test_iteration_yields_scenes_that_stop_to_match_on_the_way() -> None:
    """Only a scene that is deleted meanwhile is missing."""
    library = Library(*range(1, 31))

    async def work(stash: StashClient) -> list[str]:
        seen = []
        async for scene in stash.iter_scenes({"organized": False}, page_size=4):
            seen.append(scene.id)
            if scene.id == "2":
                library.ids.remove(20)
        return seen

    seen = run_library(library, work)
    assert seen == [str(number) for number in range(1, 31) if number != 20]
    assert library.count("FindSceneIds") == 1


def test_count_asks_for_the_number_only() -> None:
    """Filter and text are sent, and no scenes come back."""
    with scripted() as server:
        server.on("CountScenes", data({"findScenes": {"count": 12}}))
        assert using(server, lambda stash: stash.count({"organized": True}, text="a")) == 12
        sent = server.last("CountScenes").json["variables"]
    assert sent == {"filter": {"q": "a", "per_page": 1}, "scene_filter": {"organized": True}}


def test_sources_stand_in_the_order_of_the_menu() -> None:
    """Stash-boxes first, numbered if they have no name, then scrapers; namesakes are counted."""
    with scripted() as server:
        offer(server, SCRAPERS, BOXES)
        sources = using(server, lambda stash: stash.sources())
    assert [(source.name, source.position) for source in sources] == [
        ("BoxSource", 0),
        ("Stash-Box #2", 0),
        ("AlphaSource", 0),
        ("AlphaSource", 1),
        ("Auto Tag", 0),
        ("BetaSource", 0),
        ("Twin", 0),
        ("Twin", 1),
    ]
    box, alpha, beta = sources[0], sources[3], sources[5]
    assert (box.kind, box.key) == (SourceKind.STASH_BOX, "https://box-1.test/graphql")
    assert (alpha.kind, alpha.fragment, alpha.query, alpha.urls) == ("scraper", True, True, ("a/",))
    assert (beta.fragment, beta.query) == (False, False)


def test_only_what_the_menu_shows_counts_for_the_position() -> None:
    """A namesake that cannot scrape by fragment has no entry there."""
    with scripted() as server:
        offer(server, [scraper("first", "Same", "URL"), scraper("second", "Same", "FRAGMENT")], [])
        sources = using(server, lambda stash: stash.sources())
    positions = [(source.key, source.position) for source in sources]
    assert positions == [("first", 0), ("second", 0)]


def test_sources_are_read_once_within_the_cache_time() -> None:
    """Concurrent callers share the query, too; with a time of 0 only they do."""

    async def thrice(stash: StashClient) -> None:
        await asyncio.gather(stash.sources(), stash.sources())
        await stash.sources()

    with scripted() as server:
        offer(server, SCRAPERS, [])
        using(server, thrice)
        assert server.count("ListSceneScrapers") == 1
        using(server, thrice, cache_ttl_s=0)
        assert server.count("ListSceneScrapers") == 3


def test_sources_resolve_by_name_key_and_case() -> None:
    """In the order of the names, each source once."""
    with scripted() as server:
        offer(server, SCRAPERS, BOXES[:1])
        names = ["twin2", "alphasource", "BoxSource", "AlphaSource", "Auto Tag"]
        found = using(server, lambda stash: stash.resolve_sources(names))
    assert [source.key for source in found] == [
        "twin2", "alpha", "https://box-1.test/graphql", "builtin_autotag",
    ]  # fmt: skip


def test_the_default_is_all_that_scrape_by_fragment_except_auto_tag() -> None:
    """Auto Tag knows only the library; BetaSource scrapes by URL only."""
    with scripted() as server:
        offer(server, SCRAPERS[:3], BOXES[:1])
        found = using(server, lambda stash: stash.resolve_sources())
    assert [source.name for source in found] == ["BoxSource", "AlphaSource"]


@pytest.mark.parametrize("name", ["Nope", "BetaSource", "Alpha", ""])
def test_the_error_of_an_unknown_source_names_the_available_sources(name: str) -> None:
    """No part of a name matches, and a source without fragment support is not available."""
    with scripted() as server:
        offer(server, SCRAPERS[:3], BOXES[:1])
        with pytest.raises(UnknownSource) as caught:
            using(server, lambda stash: stash.resolve_sources([name]))
    available = ("BoxSource", "AlphaSource", "Auto Tag")
    assert caught.value.details == {"source": name, "available": available}
    assert all(source in caught.value.hint for source in available)


def test_two_sources_of_the_same_name_are_told_apart_by_key() -> None:
    """The error lists the keys."""
    with scripted() as server:
        offer(server, SCRAPERS, BOXES)
        with pytest.raises(UnknownSource, match="2 sources named 'Twin'") as caught:
            using(server, lambda stash: stash.resolve_sources(["Twin"]))
    assert "twin1, twin2" in caught.value.hint


def test_entity_names_come_by_id_and_through_the_cache() -> None:
    """Missing entities are left out; the same query is sent once within the cache time."""
    with scripted() as server:
        found = {
            "s0": {"id": "2", "name": "Ada Sample"},
            "s1": None,
            "s2": {"id": "10", "name": "B"},
        }
        server.on("EntityNames", data(found))

        async def twice(stash: StashClient) -> list[dict[str, str]]:
            return [
                await stash.entity_names(EntityKind.PERFORMER, ["10", "2", "3", "2", "x"]),
                await stash.entity_names(EntityKind.PERFORMER, ["2", "3", "10"]),
                await stash.entity_names(EntityKind.PERFORMER, []),
            ]

        names = {"2": "Ada Sample", "10": "B"}
        assert using(server, twice) == [names, names, {}]
        assert server.count("EntityNames") == 1
        sent = server.last("EntityNames").json
        assert sent["variables"] == {"i0": "2", "i1": "3", "i2": "10"}
        assert "findPerformer(" in sent["query"]


def test_the_cover_is_hashed_as_served() -> None:
    """The bytes come from the configured server; a scene without a cover has an empty hash."""
    with scripted() as server:
        server.on("GET /scene/3/screenshot?t=1", Answer(body=b"bytes", content_type="image/png"))
        scene = Scene(id="3", cover_url=SCENE["paths"]["screenshot"])
        found = using(server, lambda stash: stash.cover_sha256(scene))
        assert found == hashlib.sha256(b"bytes").hexdigest()
        assert using(server, lambda stash: stash.cover_sha256(Scene(id="4"))) == ""
        gone = Scene(id="5", cover_url="/scene/5/screenshot")
        assert using(server, lambda stash: stash.cover_sha256(gone)) == ""


ALPHA = Source(kind=SourceKind.SCRAPER, key="alpha", name="AlphaSource")
BOX = Source(kind=SourceKind.STASH_BOX, key="https://box-1.test/graphql", name="BoxSource")


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        (ALPHA, {"scraper_id": "alpha"}),
        (BOX, {"stash_box_endpoint": "https://box-1.test/graphql"}),
    ],
)
def test_a_source_is_addressed_by_its_kind(source: Source, sent: dict[str, str]) -> None:
    """Scrapers by id, stash-boxes by endpoint, in every supported release."""
    with scripted() as server:
        server.on("ScrapeSingleScene", data({"scrapeSingleScene": [{"title": "A"}]}))
        (proposal,) = using(server, lambda stash: stash.scrape_single_scene(source, "3"))
        assert proposal.title == "A"
        variables = server.last("ScrapeSingleScene").json["variables"]
    assert variables == {"source": sent, "input": {"scene_id": "3"}}


def test_a_failing_source_is_not_scraped_again() -> None:
    """The error is ScrapeFailed with Stash's message; a 5xx leads to no second scrape either."""
    with scripted() as server:
        server.on("ScrapeSingleScene", errors("scraper alpha: EOF"), Answer(status=500))
        with pytest.raises(ScrapeFailed) as caught:
            using(server, lambda stash: stash.scrape_single_scene(ALPHA, "3"))
        assert caught.value.details == {"source": "AlphaSource", "detail": "scraper alpha: EOF"}
        with pytest.raises(BadAnswer):
            using(server, lambda stash: stash.scrape_single_scene(ALPHA, "3"))
        assert server.count("ScrapeSingleScene") == 2


def test_update_sends_what_is_given_and_returns_the_scene() -> None:
    """Omitted fields are not sent, so Stash leaves them alone; null is sent."""
    with scripted() as server:
        server.on("SceneUpdate", data({"sceneUpdate": SCENE}))
        values = {"id": "3", "code": None, "tag_ids": ["4"]}
        assert using(server, lambda stash: stash.update_scene(values)).id == "3"
        assert server.last("SceneUpdate").json["variables"] == {"input": values}


def test_a_saved_filter_is_found_by_name() -> None:
    """An unknown name lists the known ones."""
    with scripted() as server:
        saved = {
            "name": "Todo",
            "find_filter": {"q": "a"},
            "object_filter": {"organized": {"value": "false"}},
        }
        server.on("FindSavedFilters", data({"findSavedFilters": [saved]}))
        found = using(server, lambda stash: stash.saved_filter("Todo"))
        assert (found.scene_filter, found.text) == ({"organized": False}, "a")
        with pytest.raises(UsageError) as caught:
            using(server, lambda stash: stash.saved_filter("Other"))
        assert "Todo" in caught.value.hint


def test_the_configuration_is_read_without_secrets() -> None:
    """The query has no keys and passwords."""
    general = {"username": "viewer", "stashes": [{"path": "/media"}], "stashBoxes": BOXES[:1]}
    with scripted() as server:
        answer = {"general": general, "interface": {"language": "de-DE"}}
        server.on("Configuration", data({"configuration": answer}))
        found = using(server, lambda stash: stash.configuration())
        query = server.last("Configuration").json["query"]
    assert (found.language, found.has_login) == ("de-DE", True)
    assert found.library_paths == ("/media",)
    assert found.stash_boxes == ("https://box-1.test/graphql",)
    assert "password" not in query.lower()
    assert "api" not in query.lower()


@pytest.mark.parametrize(
    ("version", "movies"),
    [("v0.25.1", True), ("v0.26.2", True), ("v0.27.0", False), ("v0.30.1", False), ("", False)],
)
def test_groups_are_movies_before_0_27(version: str, movies: bool) -> None:
    """Every document uses the names of the release, and the answer has groups in any case."""
    with scripted() as server:
        server.on("ServerInfo", introduction(version=version))
        server.on("FindScene", data({"findScene": SCENE}))
        server.on("ScrapeSingleScene", data({"scrapeSingleScene": []}))
        server.on("EntityNames", data({"s0": None}))

        async def work(stash: StashClient) -> Scene | None:
            await stash.scrape_single_scene(ALPHA, "3")
            await stash.entity_names(EntityKind.GROUP, ["5"])
            return await stash.find_scene("3")

        scene = using(server, work)
        assert scene is not None
        assert scene.groups[0].name == "Season"
        for key in ("FindScene", "ScrapeSingleScene", "EntityNames"):
            assert ("ovie" in server.last(key).json["query"]) is movies
        for key in ("FindScene", "ScrapeSingleScene"):
            assert ("groups: movies {" in server.last(key).json["query"]) is movies


@pytest.mark.parametrize("release", [(0, 25), (0, 30)])
def test_every_document_is_well_formed(release: tuple[int, int]) -> None:
    """Each parses as GraphQL and holds a single operation with a name."""
    every = [
        documents.SERVER_INFO, documents.CONFIGURATION, documents.SOURCES, documents.SCENE_IDS,
        documents.SCENE_COUNT, documents.SAVED_FILTERS, documents.find_scene(release),
        documents.DUPLICATES, documents.find_scenes(release, 40),
        documents.entity_names("findTag", 3), documents.scrape_single_scene(release),
        documents.update_scene(release),
    ]  # fmt: skip
    for document in every:
        operations = [
            node
            for node in graphql.parse(document).definitions
            if isinstance(node, graphql.OperationDefinitionNode)
        ]
        assert len(operations) == 1
        assert operations[0].name is not None


def test_the_server_can_be_read_again() -> None:
    """``server`` is as it was on opening, ``server_info`` as it is now."""
    with scripted() as server:
        server.on("ServerInfo", introduction(), introduction(version="v0.31.0"))

        async def work(stash: StashClient) -> tuple[str, str]:
            return (await stash.server_info()).version, stash.server.version

        assert using(server, work) == ("v0.31.0", "v0.30.1")

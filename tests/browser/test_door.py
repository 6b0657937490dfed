"""The door between a page and Stash, as a program on the same machine meets it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from stashbot.browser.door import Door
from stashbot.browser.door.door import COOKIE, MARK, WRITE_S
from stashbot.browser.wire_guard import OperationPermit, PermittedWrite, WireGuard
from stashbot.stash.transport import GraphQLTransport
from tests.stash.scripted_server import (
    LOGGED_IN,
    UNAUTHORIZED,
    Answer,
    Server,
    data,
    html,
    scripted,
)

LOOK = {"operationName": "Look", "query": "query Look { version { version } }"}
SAVE = {
    "operationName": "SceneUpdate",
    "query": "mutation SceneUpdate($input: I!) { sceneUpdate(input: $input) { id } }",
    "variables": {"input": {"id": "1", "title": "Harbour Steps"}},
}
PERMIT = OperationPermit(frozenset({"SceneUpdate"}))


@asynccontextmanager
async def open_door(
    server: Server, *, write_s: float = WRITE_S, **login: str
) -> AsyncIterator[tuple[Door, httpx.AsyncClient]]:
    """Open a door to the server, and a client that stands for the door's browser."""
    async with GraphQLTransport(server.settings(**login)) as transport:
        door = await Door.open(transport, WireGuard(), write_s=write_s)
        cookies = {COOKIE: door.cookie["value"]}
        async with httpx.AsyncClient(cookies=cookies, timeout=10) as page:
            try:
                yield door, page
            finally:
                await door.close()


def test_only_the_doors_own_browser_is_let_in() -> None:
    """Without the cookie, or under another name, nothing is served and nothing reaches Stash."""

    async def run(server: Server) -> None:
        async with open_door(server) as (door, page):
            async with httpx.AsyncClient() as stranger:
                refused = await stranger.post(f"{door.url}/graphql", json=LOOK)
            assert refused.status_code == 403
            named = await page.post(
                f"{door.url}/graphql", json=LOOK, headers={"Host": "stash.example.test"}
            )
            assert named.status_code == 403
        assert server.count("Look") == 0

    with scripted() as server:
        asyncio.run(run(server))


def test_as_a_proxy_it_refuses_everything() -> None:
    """A browser whose proxy is the door reaches no other server, neither plainly nor by tunnel."""

    async def run(server: Server) -> None:
        async with (
            open_door(server) as (door, _),
            httpx.AsyncClient(proxy=door.origin) as browser,
        ):
            plain = await browser.get(f"{server.url}/anything")
            assert plain.status_code == 403
            with pytest.raises(httpx.ProxyError):
                await browser.get("https://127.0.0.1:1/anything")
        assert server.count("GET /anything") == 0

    with scripted() as server:
        asyncio.run(run(server))


def test_the_browser_needs_no_secret() -> None:
    """The door adds login and key to what it passes on, renews a session, and returns no cookie."""

    async def run(server: Server) -> None:
        async with open_door(server, username="viewer", password="pass-word-1") as (door, page):
            server.on("POST /login", Answer(headers={"Set-Cookie": "session=s2; Path=/"}))
            server.on("Look", UNAUTHORIZED, data({"version": {"version": "v1"}}))
            answer = await page.post(f"{door.url}/graphql", json=LOOK)
            assert answer.json() == {"data": {"version": {"version": "v1"}}}
            assert "set-cookie" not in answer.headers
        assert server.last("Look").headers["cookie"] == "session=s2"

    with scripted() as server:
        server.on("POST /login", LOGGED_IN)
        asyncio.run(run(server))


def test_addresses_in_answers_lead_through_the_door() -> None:
    """Stash names its files by the name that it has for itself; the page finds them all the same.

    A scene's own addresses stay.
    """
    scene = {
        "id": "1",
        "urls": ["http://stash.example.test/scene/1/stream"],
        "paths": {
            "screenshot": "https://stash.example.test/stash/scene/1/screenshot?t=1",
            "caption": None,
        },
        "studio": {"image_path": "http://127.0.0.1:9999/studio/2/image?default=true"},
    }

    async def run(server: Server) -> None:
        async with open_door(server) as (door, page):
            server.on("Look", data({"findScene": scene}))
            answer = await page.post(f"{door.url}/graphql", json=LOOK)
            assert answer.json()["data"]["findScene"] == {
                "id": "1",
                "urls": ["http://stash.example.test/scene/1/stream"],
                "paths": {
                    "screenshot": f"{door.url}/scene/1/screenshot?t=1",
                    "caption": None,
                },
                "studio": {"image_path": f"{door.url}/studio/2/image?default=true"},
            }

    with scripted() as server:
        asyncio.run(run(server))


def test_redirects_stay_behind_the_door() -> None:
    """Stash's redirect to its login, with its whole address, becomes one of the door's."""

    async def run(server: Server) -> None:
        async with open_door(server) as (door, page):
            where = f"{server.url}/login?returnURL=%2Fscenes"
            server.on("GET /scenes", Answer(status=302, headers={"Location": where}))
            answer = await page.get(f"{door.url}/scenes")
            assert answer.headers["location"] == "/login?returnURL=%2Fscenes"

    with scripted() as server:
        asyncio.run(run(server))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/graphql", SAVE),
        ("POST", "//graphql", SAVE),
        ("POST", "/graphql/", SAVE),
        ("POST", "/GraphQL", SAVE),
        ("POST", "/%67raphql", SAVE),
        ("PUT", "/graphql", SAVE),
        ("POST", "/scene/1/anything", {}),
        ("DELETE", "/scene/1", None),
        ("GET", "/graphql?query=mutation%20%7B%20logout%20%7D", None),
        ("GET", "/logout", None),
    ],
)
def test_a_write_without_a_permit_stops(method: str, path: str, body: Any) -> None:
    """It is answered with an error and noted; nothing reaches Stash."""

    async def run(server: Server) -> None:
        server.on("*", data({}))
        async with open_door(server) as (door, page):
            content = None if body is None else json.dumps(body).encode()
            answer = await page.request(method, f"{door.url}{path}", content=content)
            assert answer.status_code == 403
            assert "stashbot stopped" in answer.json()["errors"][0]["message"]
            assert len(door.guard.blocked_writes) == 1
        assert [request.key for request in server.seen] == ["ServerInfo"]

    with scripted() as server:
        asyncio.run(run(server))


def test_a_permitted_write_is_sent_once_and_answered_to_page_and_step() -> None:
    """The page may send it again: the second is stopped."""

    async def run(server: Server) -> None:
        server.on("SceneUpdate", data({"sceneUpdate": {"id": "1"}}))
        async with open_door(server) as (door, page):
            with door.guard.allow(PERMIT) as write:
                first = await page.post(f"{door.url}/graphql", json=SAVE)
                second = await page.post(f"{door.url}/graphql", json=SAVE)
            assert first.json() == {"data": {"sceneUpdate": {"id": "1"}}}
            assert second.status_code == 403
            answer = await write.answer()
            assert (answer.state, answer.payload) == ("done", first.json())
        assert server.count("SceneUpdate") == 1
        assert server.last("SceneUpdate").json["variables"] == SAVE["variables"]

    with scripted() as server:
        asyncio.run(run(server))


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(reset=True), "failed"),
        (data({"sceneUpdate": {"id": "1"}}, cut=10), "failed"),
        (html(502), "garbled"),
        (Answer(body=b""), "garbled"),
    ],
    ids=["reset", "cut off", "a proxy's page", "empty"],
)
def test_a_write_whose_answer_is_lost_is_not_repeated(answer: Answer, state: str) -> None:
    """Neither by the door nor below it: only a look at Stash can tell whether it took effect."""

    async def run(server: Server) -> None:
        server.on("SceneUpdate", answer)
        async with open_door(server) as (door, page):
            with door.guard.allow(PERMIT) as write:
                await page.post(f"{door.url}/graphql", json=SAVE)
            assert (await write.answer()).state == state
        assert server.count("SceneUpdate") == 1

    with scripted() as server:
        asyncio.run(run(server))


def test_a_write_that_stash_never_answers_counts_as_lost() -> None:
    """The step is told so and looks at Stash; it does not wait for ever, nor does the door."""

    async def run(server: Server) -> None:
        server.on("SceneUpdate", data({"sceneUpdate": {"id": "1"}}, delay_s=30))
        async with open_door(server, write_s=0.05) as (door, page):
            with door.guard.allow(PERMIT) as write:
                answer = await page.post(f"{door.url}/graphql", json=SAVE)
            lost = await write.answer()
            assert (lost.state, lost.detail) == ("failed", "Stash gave none within 0.05 s")
            assert (answer.status_code, answer.headers[MARK]) == (502, "unreachable")

    with scripted() as server:
        asyncio.run(run(server))


def test_a_write_ends_though_its_page_went_away() -> None:
    """The page's connection is closed in the middle; the step is told Stash's answer."""

    async def run(server: Server) -> PermittedWrite:
        server.on("SceneUpdate", data({"sceneUpdate": {"id": "1"}}, delay_s=0.3))
        async with open_door(server) as (door, page):
            with door.guard.allow(PERMIT) as write:
                with pytest.raises(httpx.ReadTimeout):
                    await page.post(f"{door.url}/graphql", json=SAVE, timeout=0.1)
                assert write.was_sent
                assert (await write.answer()).state == "done"
        assert server.count("SceneUpdate") == 1
        return write

    with scripted() as server:
        asyncio.run(run(server))


def test_a_query_that_broke_off_is_asked_again() -> None:
    """Reading twice changes nothing."""

    async def run(server: Server) -> None:
        server.on("Look", Answer(reset=True), data({"version": {"version": "v1"}}))
        async with open_door(server) as (door, page):
            answer = await page.post(f"{door.url}/graphql", json=LOOK)
            assert answer.json() == {"data": {"version": {"version": "v1"}}}

    with scripted() as server:
        asyncio.run(run(server))


def test_a_stash_that_is_gone_is_not_taken_for_its_answer() -> None:
    """The door's own answer is marked, so that nobody takes it for one of a proxy."""

    async def run(server: Server) -> None:
        server.on("GET /scenes", Answer(reset=True))
        async with open_door(server) as (door, page):
            answer = await page.get(f"{door.url}/scenes")
            assert (answer.status_code, answer.headers[MARK]) == (502, "unreachable")

    with scripted() as server:
        asyncio.run(run(server))


def test_files_that_never_change_are_asked_for_once() -> None:
    """Only those that Stash marks as immutable are kept."""

    async def run(server: Server) -> None:
        kept = Answer(body=b"code", headers={"Cache-Control": "public, immutable"})
        server.on("GET /assets/kept.js", kept)
        server.on("GET /assets/other.js", Answer(body=b"code"))
        async with open_door(server) as (door, page):
            for _ in range(2):
                for name in ("kept", "other"):
                    assert (await page.get(f"{door.url}/assets/{name}.js")).content == b"code"
        assert [server.count(f"GET /assets/{name}.js") for name in ("kept", "other")] == [1, 2]

    with scripted() as server:
        asyncio.run(run(server))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/scene/1/screenshot?t=1", 200),
        ("/scene/1/stream.mp4", 404),
        ("/scene/1/preview", 404),
        ("/scene/0a1b_thumbs.vtt", 404),
        ("/studio/1/image", 200),
    ],
)
def test_without_media_scenes_are_not_shown(path: str, status: int) -> None:
    """Pictures become a pixel and videos are not found; neither is asked of Stash."""

    async def run(server: Server) -> None:
        server.on("GET /studio/1/image", Answer(body=b"picture", content_type="image/png"))
        async with open_door(server) as (door, page):
            door.guard.media = False
            answer = await page.get(f"{door.url}{path}")
            assert answer.status_code == status
        assert len(server.seen) == (2 if "studio" in path else 1)

    with scripted() as server:
        asyncio.run(run(server))


def test_a_stash_below_a_path_stays_below_it() -> None:
    """Paths keep the prefix on both sides, and nothing beside it is served."""

    async def run(server: Server) -> None:
        server.on("POST /stash/graphql", data({"version": {"version": "v0.30.1"}, "x": 1}))
        server.on("GET /stash/scenes", Answer(body=b"the app"))
        transport = GraphQLTransport(server.settings(url=f"{server.url}/stash"))
        transport._client = transport._new_client()
        door = await Door.open(transport, WireGuard())
        async with httpx.AsyncClient(cookies={COOKIE: door.cookie["value"]}) as page:
            assert door.url.endswith("/stash")
            assert (await page.get(f"{door.url}/scenes")).content == b"the app"
            assert (await page.get(f"{door.origin}/scenes")).status_code == 404
        await door.close()
        await transport.__aexit__(None, None, None)

    with scripted() as server:
        asyncio.run(run(server))

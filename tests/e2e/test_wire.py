"""The wire guard against anything that a script in a page may send."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Page

from stashbot.browser.launch import BrowserHost
from stashbot.browser.session import Session
from stashbot.models import Scene
from stashbot.stash.client import StashClient
from stashbot.testing.ways_to_write import WAYS
from tests.e2e.conftest import OpenSession, Run, StashUnderTest
from tests.e2e.support import snapshot
from tests.e2e.support.other_server import other_server
from tests.e2e.support.sending import SCRAPE_METHODS, SEND
from tests.slow_params import slow_params

Send = Callable[..., list[str]]
Unchanged = Callable[[], None]

WRITE = 'mutation Write { sceneUpdate(input: { id: "%s", code: "WRITTEN" }) { id } }'
LOOK = "query Look { version { version } }"


@pytest.fixture
def scene(scenes: snapshot.Snapshot) -> Scene:
    """Return some scene."""
    return next(iter(scenes.values()))


@pytest.fixture(scope="module")
def page_of_all(open_module_session: OpenSession, run: Run[Any]) -> Session:
    """Return a session on a page of the server, for all tests here."""
    session = open_module_session()
    run(session.load("/scenes"))
    return session


@pytest.fixture
def loaded(page_of_all: Session) -> Session:
    """Return the session on a page of the server, whose guard has blocked nothing yet."""
    page_of_all.guard.blocked_writes.clear()
    return page_of_all


@pytest.fixture
def send(loaded: Session, run: Run[Any]) -> Send:
    """Post texts from the page, by default to ``/graphql`` and as JSON."""

    def do(*bodies: str, path: str = "/graphql", kind: str = "application/json") -> list[str]:
        sent: list[str] = run(
            loaded.page.evaluate(SEND, [path, list(bodies), {"Content-Type": kind}])
        )
        return sent

    return do


def body_of(query: str, **more: Any) -> str:
    """Return the body of a usual request."""
    return json.dumps({"query": query, **more})


def why_stopped(session: Session) -> list[str]:
    """Return operation and reason of each write that was stopped."""
    return [f"{write.operation}: {write.why}" for write in session.guard.blocked_writes]


@pytest.fixture
def expect_unchanged(client: StashClient, scenes: snapshot.Snapshot, run: Run[Any]) -> Unchanged:
    """Assert that all scenes are as before the test."""

    def expect() -> None:
        assert snapshot.differences(scenes, run(snapshot.take(client))) == {}

    return expect


def test_queries_pass(loaded: Session, send: Send) -> None:
    """Queries are let out, alone or beside other queries, and answered as ever."""
    answers = send(
        body_of(LOOK),
        body_of(LOOK + "query Other { stats { scene_count } }", operationName="Look"),
        body_of("{ version { version } }", operationName=None, variables={}),
    )
    assert [set(json.loads(answer)["data"]) for answer in answers] == [{"version"}] * 3
    assert loaded.guard.blocked_writes == []


def test_a_mutation_is_stopped_however_it_is_written(
    loaded: Session,
    send: Send,
    scene: Scene,
    expect_unchanged: Unchanged,
) -> None:
    """Named, nameless, behind a query's ``operationName``, and beside a query under a key that
    Stash reads in its place.
    """
    write = WRITE % scene.id
    bodies = (
        body_of(write, operationName="Write"),
        body_of(write.replace(" Write", "")),
        body_of(f"{LOOK} {write}", operationName="Look"),
        body_of(f"{LOOK} {write}", operationName="Write"),
        body_of(LOOK, QUERY=write),
    )
    answers = send(*bodies)
    assert ["stashbot stopped" in answer for answer in answers] == [True] * len(bodies)
    outside = "no step that writes is under way"
    assert why_stopped(loaded) == [
        f"Write: {outside}",
        f"anonymous: {outside}",
        f"Look: {outside}",
        f"Write: {outside}",
        "?: the request cannot be read as GraphQL",
    ]
    expect_unchanged()


def test_what_cannot_be_read_is_stopped(
    loaded: Session,
    send: Send,
    scene: Scene,
    expect_unchanged: Unchanged,
) -> None:
    """Arrays of operations, other encodings, no JSON, no GraphQL and nothing at all stay here."""
    write = WRITE % scene.id
    bodies = (f"[{body_of(write)}]", "{", "", '"text"', body_of("mutation {"), body_of(""), "{}")
    for body in bodies:
        send(body)
    send(f"query={write}", kind="application/x-www-form-urlencoded")
    send(write, kind="application/graphql")
    assert why_stopped(loaded) == ["?: the request cannot be read as GraphQL"] * (len(bodies) + 2)
    expect_unchanged()


@pytest.mark.parametrize("way", slow_params(SCRAPE_METHODS, first=2))
def test_a_mutation_is_stopped_whichever_way_it_is_posted(
    loaded: Session,
    scene: Scene,
    expect_unchanged: Unchanged,
    run: Run[Any],
    way: str,
) -> None:
    """Forms, bytes, XMLHttpRequest and frames come to the same guard, and nothing is written."""
    body = body_of(WRITE % scene.id)
    run(loaded.page.evaluate(f"body => ({SCRAPE_METHODS[way]})(body)", body))
    assert len(loaded.guard.blocked_writes) == 1
    expect_unchanged()


@pytest.mark.parametrize("path", ["/graphql?x=1", "/graphql/", "/graphql//?x=1", "/./graphql"])
def test_all_spellings_of_the_address_are_guarded(
    loaded: Session,
    send: Send,
    scene: Scene,
    expect_unchanged: Unchanged,
    path: str,
) -> None:
    """Stash takes its API's address with a query string and with slashes at its end."""
    send(body_of(WRITE % scene.id), path=path)
    assert len(loaded.guard.blocked_writes) == 1
    expect_unchanged()


def test_a_get_writes_nothing(
    loaded: Session, scene: Scene, expect_unchanged: Unchanged, run: Run[Any]
) -> None:
    """A mutation in the address of a GET is stopped; a query there passes."""
    get = (
        "query => fetch('/graphql?query=' + encodeURIComponent(query)).then(a => a.text(), String)"
    )
    assert json.loads(run(loaded.page.evaluate(get, LOOK)))["data"]["version"]
    assert "stashbot stopped" in run(loaded.page.evaluate(get, f"{LOOK} {WRITE % scene.id}"))
    assert why_stopped(loaded) == ["?: a GET that is not a query"]
    expect_unchanged()


def test_a_mutation_over_the_socket_is_stopped(
    loaded: Session, scene: Scene, expect_unchanged: Unchanged, run: Run[Any]
) -> None:
    """Subscriptions and pings pass over the WebSocket; mutations do not, in text or in bytes."""
    write = {"id": "1", "type": "subscribe", "payload": {"query": WRITE % scene.id}}
    frames = [
        write,
        {**write, "type": "start"},
        {"id": "2", "type": "subscribe", "payload": {"query": LOOK, "Query": WRITE % scene.id}},
        {"id": "3", "type": "ping", "payload": {}, "Type": "subscribe"},
    ]
    # The answer to the ping comes after whatever the frames before it have done.
    talk = """frames => new Promise((resolve, reject) => {
      const socket = new WebSocket(location.origin.replace("http", "ws") + "/graphql",
                                   "graphql-transport-ws");
      const got = [];
      socket.onopen = () => socket.send(JSON.stringify({ type: "connection_init" }));
      socket.onerror = reject;
      socket.onclose = () => resolve([...got, "closed"]);
      socket.onmessage = (event) => {
        got.push(JSON.parse(event.data).type);
        if (got.at(-1) === "connection_ack") {
          frames.forEach((frame) => socket.send(JSON.stringify(frame)));
          socket.send(new TextEncoder().encode(JSON.stringify(frames[0])));
          socket.send(JSON.stringify({ type: "ping" }));
        }
        if (got.at(-1) === "pong") resolve(got);
      };
    })"""
    assert run(loaded.page.evaluate(talk, frames)) == ["connection_ack", "pong"]
    assert why_stopped(loaded) == ["websocket: a mutation over the socket"] * 5
    expect_unchanged()


def test_nothing_leaves_for_another_server(loaded: Session, run: Run[Any]) -> None:
    """Images, scripts, frames, forms, fetches, beacons and sockets to elsewhere never arrive."""
    try_all = """async (host) => {
      const there = `http://${host}`;
      const settled = [];
      const add = (tag, attribute, more = {}) => settled.push(new Promise((resolve) => {
        const element = Object.assign(document.createElement(tag), more);
        element.onload = element.onerror = resolve;
        element[attribute] = `${there}/${tag}`;
        document.body.append(element);
      }));
      add("img", "src");
      add("script", "src");
      add("iframe", "src");
      add("link", "href", { rel: "stylesheet" });
      const form = document.createElement("form");
      Object.assign(form, { action: `${there}/form`, method: "post", target: "hole" });
      const hole = Object.assign(document.createElement("iframe"), { name: "hole" });
      document.body.append(form, hole);
      form.submit();
      navigator.sendBeacon(`${there}/beacon`, "x");
      const socket = new WebSocket(`ws://${host}/graphql`);
      settled.push(fetch(`${there}/fetch`, { mode: "no-cors" }).catch(() => {}));
      settled.push(fetch(`${there}/keep`, { method: "POST", mode: "no-cors", keepalive: true })
        .catch(() => {}));
      await Promise.all(settled);
      // By now all that was begun before has had its turn.
      await fetch("/graphql", { method: "POST", body: "" }).catch(() => {});
      return socket.readyState;
    }"""
    with other_server() as server:
        urllib.request.urlopen(f"http://{server.address}/control").close()
        run(loaded.page.evaluate(try_all, server.address))
        assert server.hits == ["GET /control HTTP/1.1"]


#: Ways that routes of the browser do not see, or that it takes when a page is gone.
HIDDEN_WAYS = ("shared worker", "worker of a worker", "fetchLater")


def test_what_routes_do_not_see_comes_through_the_door_all_the_same(
    loaded: Session, host: BrowserHost, target: StashUnderTest, run: Run[Any]
) -> None:
    """Each of these ways writes from a page without a door, and none from a page behind it."""
    sandbox = target.need_sandbox("be written to in the control run")
    write = 'mutation Evil { tagCreate(input: { name: "%s" }) { id } }'

    async def attempt(page: Page, prefix: str) -> None:
        for way in HIDDEN_WAYS:
            document = write % f"{prefix} {way}"
            body = json.dumps({"operationName": "Evil", "query": document})
            await page.evaluate(WAYS[way], {"body": body, "document": document, "stash": ""})

    async def control() -> None:
        context = await (await host.ensure()).new_context()
        page = await context.new_page()
        await page.goto(f"{target.url}/scenes")
        await attempt(page, "control")
        await context.close()

    run(attempt(loaded.page, "guarded"))
    assert len(loaded.guard.blocked_writes) == len(HIDDEN_WAYS)
    assert sandbox.mutations == []
    run(control())
    assert [mutation.operation for mutation in sandbox.mutations] == ["Evil"] * len(HIDDEN_WAYS)
    sandbox.reset()

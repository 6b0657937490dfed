"""Stepping into a run: an act at a chosen moment, somebody else's edits, a look at its pages."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request as PageRequest
from playwright.async_api import Route

from stashbot.browser.launch import BrowserHost
from stashbot.browser.session import Session
from stashbot.flows.runs import context
from stashbot.flows.runs.context import Doing
from stashbot.flows.runs.driver import Progress
from stashbot.sandbox import Sandbox
from stashbot.stash.client import StashClient

Act = Callable[[Session], None]
_SCAN_S = 30.0
_EDIT = "mutation EditElsewhere($i: SceneUpdateInput!) { sceneUpdate(input: $i) { id } }"
_SCAN = "mutation ScanElsewhere($i: ScanMetadataInput!) { metadataScan(input: $i) }"
_QUEUE = "query Queue { jobQueue { id } }"


def at(phase: str, act: Callable[[], object], *, scene: str = "", times: int = 1) -> Progress:
    """Calls ``act`` when the phase begins (of one scene, or of any), so many times."""
    left = times

    def on_phase(doing: Doing) -> None:
        nonlocal left
        if doing.phase == phase and left and scene in {"", doing.scene}:
            left -= 1
            act()

    return Progress(on_phase=on_phase)


@dataclass(frozen=True)
class Elsewhere:
    """Somebody else at the same Stash: done when a call returns."""

    sandbox: Sandbox | None
    client: StashClient

    def edit(self, scene_id: str, **values: Any) -> None:
        """Changes a scene, by the names of Stash's ``SceneUpdateInput``."""
        self._send(_EDIT, {"i": {"id": scene_id, **values}})

    def scan(self) -> None:
        """Lets a scan of the library begin and end, which all open pages are told."""
        if self.sandbox is not None:
            assert self.sandbox.complete_scan(), "no page listens"
            return
        self._send(_SCAN, {"i": {}})
        deadline = time.monotonic() + _SCAN_S
        while self._send(_QUEUE)["jobQueue"] and time.monotonic() < deadline:
            pass

    def _send(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        transport = self.client.transport
        answer = httpx.post(
            f"{transport.url}/graphql",
            json={"query": query, "variables": variables or {}},
            headers=transport.auth_headers(),
            cookies={one["name"]: one["value"] for one in transport.cookies()},
            timeout=_SCAN_S,
        ).json()
        assert not answer.get("errors"), answer
        data: dict[str, Any] = answer["data"]
        return data


@dataclass
class Watch:
    """What runs open within ``watching``: browsers, sessions, and the cookies that these got."""

    hosts: list[BrowserHost] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    cookies: set[str] = field(default_factory=set)
    _acts: dict[str, Act] = field(default_factory=dict)
    _refused: dict[tuple[str, str], str] = field(default_factory=dict)
    _tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    def when_sent(self, operation: str, act: Act) -> None:
        """Calls ``act`` with the session whose page is the first to send ``operation``."""
        self._acts[operation] = act

    def refuse(self, operation: str, scene_id: str, message: str) -> None:
        """Answers the pages' ``operation`` for that scene as Stash answers what it refuses."""
        self._refused[operation, scene_id] = message

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Carries something out beside the run."""
        self._tasks.append(asyncio.get_running_loop().create_task(coroutine))

    def crash(self, session: Session) -> None:
        """Ends the process of the session's page."""

        async def do() -> None:
            line = await session.context.new_cdp_session(session.page)
            with contextlib.suppress(PlaywrightError):  # it answers no more
                await line.send("Page.crash")

        self.start(do())

    def _see(self, session: Session, request: PageRequest) -> None:
        operation = _body(request).get("operationName", "")
        if act := self._acts.pop(operation, None):
            act(session)

    async def _answer(self, route: Route) -> None:
        body = _body(route.request)
        scene_id = (body.get("variables") or {}).get("input", {}).get("id", "")
        message = self._refused.get((body.get("operationName", ""), scene_id))
        if message is None:
            await route.fallback()
            return
        await route.fulfill(json={"errors": [{"message": message}], "data": None})

    async def _add(self, session: Session) -> None:
        self.sessions.append(session)
        session.page.on("request", lambda request: self._see(session, request))
        await session.page.route("**/graphql", self._answer)


@contextlib.contextmanager
def watching() -> Iterator[Watch]:
    """Sees what runs open within the block."""
    watch = Watch()

    class WatchedHost(BrowserHost):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            watch.hosts.append(self)

    class WatchedSession(Session):
        @classmethod
        async def open(cls, *args: Any, **options: Any) -> WatchedSession:
            session = await super().open(*args, **options)
            watch.cookies |= {one["value"] for one in options["cookies"]}
            await watch._add(session)
            return session

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context, "BrowserHost", WatchedHost)
        patch.setattr(context, "Session", WatchedSession)
        yield watch


def _body(request: PageRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.post_data or "")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}

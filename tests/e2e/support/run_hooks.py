"""Acts at chosen moments of a run, and a record of the pages that it opens."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Self

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request as PageRequest
from playwright.async_api import Route

from stashbot.browser.launch import BrowserHost
from stashbot.browser.session import Session
from stashbot.flows.runs.context import Doing
from stashbot.models import SceneResult
from stashbot.store.records import Run

SessionAct = Callable[[Session], None]
PhaseAct = Callable[[Doing], None]


@dataclass
class RunHooks:
    """What a test does during a run, and what it wants to see of it.

    ``browsers`` and ``sessions`` are those that the run opened, ``cookies`` the values that the
    sessions got. With ``own_browser`` the run starts a browser of its own, which a test may kill.
    """

    own_browser: bool = False
    browsers: list[BrowserHost] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    cookies: set[str] = field(default_factory=set)
    _start_acts: list[Callable[[Run], None]] = field(default_factory=list)
    _phase_acts: list[PhaseAct] = field(default_factory=list)
    _result_acts: list[Callable[[SceneResult], None]] = field(default_factory=list)
    _session_acts: dict[str, SessionAct] = field(default_factory=dict)
    _refusals: dict[tuple[str, str], str] = field(default_factory=dict)
    _tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    def at_start(self, act: Callable[[Run], None]) -> Self:
        """Call ``act`` with the run before its first scene."""
        self._start_acts.append(act)
        return self

    def on_phase(self, act: PhaseAct) -> Self:
        """Call ``act`` whenever a phase of a scene begins."""
        self._phase_acts.append(act)
        return self

    def at_phase(self, phase: str, act: Callable[[], object], *, scene: str = "") -> Self:
        """Call ``act`` when the phase begins for the first time, of one scene or of any."""
        called = False

        def once(doing: Doing) -> None:
            nonlocal called
            if not called and doing.phase == phase and scene in {"", doing.scene}:
                called = True
                act()

        return self.on_phase(once)

    def on_result(self, act: Callable[[SceneResult], None]) -> Self:
        """Call ``act`` with the result of each scene."""
        self._result_acts.append(act)
        return self

    def when_sent(self, operation: str, act: SessionAct) -> Self:
        """Call ``act`` with the session whose page is the first to send ``operation``."""
        self._session_acts[operation] = act
        return self

    def refuse(self, operation: str, scene_id: str, message: str) -> Self:
        """Answer the pages' ``operation`` on the scene with an error, as Stash would."""
        self._refusals[operation, scene_id] = message
        return self

    def crash(self, session: Session) -> None:
        """End the process of the session's page."""

        async def do() -> None:
            cdp = await session.context.new_cdp_session(session.page)
            with contextlib.suppress(PlaywrightError):  # a dead page does not answer
                await cdp.send("Page.crash")

        self._start(do())

    def forget_login(self) -> None:
        """Remove the cookies of the first session's pages."""
        self._start(self.sessions[0].context.clear_cookies())

    def started(self, run: Run, _left: int) -> None:
        """Take note that the run begins with its scenes."""
        for act in self._start_acts:
            act(run)

    def entered(self, doing: Doing) -> None:
        """Take note that a phase begins."""
        for act in self._phase_acts:
            act(doing)

    def finished(self, result: SceneResult) -> None:
        """Take note that a scene has its result."""
        for act in self._result_acts:
            act(result)

    async def watch(self, session: Session, cookies: set[str]) -> None:
        """Take in a session that the run has opened with these values of cookies."""
        self.sessions.append(session)
        self.cookies |= cookies
        if self._session_acts:
            session.page.on("request", lambda request: self._on_request(session, request))
        if self._refusals:
            await session.page.route("**/graphql", self._on_route)

    def _start(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(coroutine))

    def _on_request(self, session: Session, request: PageRequest) -> None:
        if act := self._session_acts.pop(_body(request).get("operationName", ""), None):
            act(session)

    async def _on_route(self, route: Route) -> None:
        body = _body(route.request)
        scene_id = (body.get("variables") or {}).get("input", {}).get("id", "")
        message = self._refusals.get((body.get("operationName", ""), scene_id))
        if message is None:
            await route.fallback()
            return
        await route.fulfill(json={"errors": [{"message": message}], "data": None})


def _body(request: PageRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.post_data or "")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}

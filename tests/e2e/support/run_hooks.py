"""Acts at chosen moments of a run, and a record of the pages that it opens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from playwright.async_api import Error as PlaywrightError

from stashbot.browser.graphql_request import GraphQLRequest
from stashbot.browser.launch import BrowserHost
from stashbot.browser.session import Session
from stashbot.browser.wire_guard import Verdict, WritePolicy
from stashbot.flows.runs.driver import RunObserver
from stashbot.services import Services
from stashbot.stash.transport import GraphQLTransport
from stashbot.store import EventKind, NewEvent, Run

SessionAct = Callable[[Session], None]
EventAct = Callable[[NewEvent], None]


@dataclass
class RunHooks:
    """Acts of a test during a run, and the sessions that the run opens.

    ``sessions`` are those that the run opened, ``browser_cookies`` the names of the cookies that
    their browser held, and ``session_secrets`` the login sessions that the run had, as far as an
    event saw them. With ``own_browser`` the run starts a browser of its own, which a test may
    kill.
    """

    own_browser: bool = False
    browser: BrowserHost | None = None
    sessions: list[Session] = field(default_factory=list)
    browser_cookies: set[str] = field(default_factory=set)
    session_secrets: set[str] = field(default_factory=set)
    _start_acts: list[Callable[[Run], None]] = field(default_factory=list)
    _event_acts: list[EventAct] = field(default_factory=list)
    _session_acts: dict[str, SessionAct] = field(default_factory=dict)
    _refusals: dict[tuple[str, str], str] = field(default_factory=dict)
    _tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    def at_start(self, act: Callable[[Run], None]) -> Self:
        """Call ``act`` with the run before its first scene."""
        self._start_acts.append(act)
        return self

    def on_event(self, kind: EventKind, act: EventAct) -> Self:
        """Call ``act`` with each event of that kind, as it happens."""

        def if_of_kind(event: NewEvent) -> None:
            if event.kind == kind:
                act(event)

        self._event_acts.append(if_of_kind)
        return self

    def on_phase(self, act: EventAct) -> Self:
        """Call ``act`` whenever a phase of a scene begins."""
        return self.on_event(EventKind.PHASE, act)

    def at_phase(self, phase: str, act: Callable[[], object], *, scene: str = "") -> Self:
        """Call ``act`` when the phase begins for the first time, of that scene or of any."""
        called = False

        def once(event: NewEvent) -> None:
            nonlocal called
            if not called and event.phase == phase and scene in {"", event.scene}:
                called = True
                act()

        return self.on_phase(once)

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

    def crash_last(self) -> None:
        """End the process of the page that was opened last."""
        self.crash(self.sessions[-1])

    def kill_browser(self) -> None:
        """Kill the run's own browser."""
        assert self.own_browser
        assert self.browser is not None
        assert self.browser.pid is not None
        os.kill(self.browser.pid, signal.SIGKILL)

    def observer(self) -> RunObserver:
        """Return the observer of a run that calls what is to be done at its start."""

        def on_start(run: Run, _left: int) -> None:
            for act in self._start_acts:
                act(run)

        return RunObserver(on_start=on_start)

    def watch(self, services: Services) -> None:
        """See what a run with these services does, and which pages it opens."""
        self.browser = services.browser
        services.events.listeners += self._event_acts
        services.events.listeners.append(
            lambda _event: self.session_secrets.update(services.stash.transport.secrets)
        )
        open_session = services.pages.open_session

        async def open_watched(write_policy: WritePolicy) -> Session:
            session = await open_session(write_policy)
            self.sessions.append(session)
            cookies = await session.context.cookies()
            self.browser_cookies |= {str(cookie.get("name")) for cookie in cookies}
            if self._session_acts:
                self._act_before_judging(session)
            if self._refusals:
                session.door._upstream = _RefusingUpstream(services.stash.transport, self._refusals)
            return session

        services.pages.open_session = open_watched

    def _start(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(coroutine))

    def _act_before_judging(self, session: Session) -> None:
        """Call the acts of a session when the page has sent, and before the door looks at it."""
        guard = session.guard
        judge = guard.judge

        async def act_and_judge(request: GraphQLRequest) -> Verdict:
            if act := self._session_acts.pop(request.operation, None):
                act(session)
            return await judge(request)

        guard.judge = act_and_judge  # type: ignore[method-assign]


class _RefusingUpstream:
    """Answers some operations on some scenes with an error, and passes all others on to Stash."""

    def __init__(self, transport: GraphQLTransport, refusals: dict[tuple[str, str], str]) -> None:
        self._transport = transport
        self._refusals = refusals

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    async def forward(self, method: str, target: str, **options: Any) -> httpx.Response:
        body = json.loads(options.get("content") or b"{}")
        scene_id = (body.get("variables") or {}).get("input", {}).get("id", "")
        message = self._refusals.get((body.get("operationName", ""), scene_id))
        if message is None:
            return await self._transport.forward(method, target, **options)
        return httpx.Response(200, json={"errors": [{"message": message}], "data": None})

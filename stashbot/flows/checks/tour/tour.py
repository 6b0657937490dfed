"""A tour of the states of Stash's UI, on the routes that ``selectors/states.toml`` describes.

Every write is blocked, so nothing that is clicked on the way can change Stash. A state that cannot
be reached is reported with its reason, and the tour goes on with the others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace

from loguru import logger

from stashbot.browser import actions
from stashbot.browser.element_search import ReplacementSearch
from stashbot.browser.session import Session
from stashbot.errors import (
    PageError,
    RegistryError,
    SessionExpired,
    StateUnreachable,
)
from stashbot.flows.checks.tour.expectations import PageSubject, expected_keys
from stashbot.flows.checks.tour.key_check import (
    StateCheck,
    check_keys,
    read_outline,
    screenshot_with_boxes,
    with_fingerprints,
    with_healings,
)
from stashbot.flows.checks.tour.stub_answers import (
    AFTER_LOAD,
    NEEDS_RELOAD,
    StubbedAnswers,
    stubbed_proposal,
)
from stashbot.flows.checks.tour.subjects import TourSubjects
from stashbot.models import Scene
from stashbot.pages.scrape_dialog import ROW_NAMES
from stashbot.selectors import Target, css_syntax
from stashbot.selectors.ui_states import RouteStep, State, visit_order

#: The first view of a page loads its code.
READY_MS = 10_000
#: A state that takes longer is given up.
STATE_S = 45.0


@dataclass(frozen=True, kw_only=True)
class Captures:
    """Things to keep of each state besides the findings of its keys."""

    screenshots: bool = False
    fingerprints: bool = True
    outlines: bool = False


@dataclass
class Tour:
    """Takes a page through states. The session's writes must be blocked.

    ``search`` looks for what keys that find nothing have become. ``on_state`` is called with the
    name of each state on the way.
    """

    session: Session
    subjects: TourSubjects
    captures: Captures = Captures()
    search: ReplacementSearch | None = None
    on_state: Callable[[str], None] = lambda _name: None
    _state: str | None = None
    _in_app: bool = False
    _stubs: StubbedAnswers | None = None
    _unreached: dict[str, StateCheck] = field(default_factory=dict)

    async def visit(self, wanted: Sequence[str]) -> AsyncIterator[StateCheck]:
        """Visit the states in order; states on the way are passed, not checked.

        Raises:
            UnreachableError: Stash or the browser is gone.
            SessionExpired: Stash asks for a login.
        """
        for name in visit_order(self.session.selectors.states, lambda name: name in wanted):
            started = time.monotonic()
            check = await self._check(name)
            elapsed = round((time.monotonic() - started) * 1000)
            logger.debug("{}: {} in {} ms", name, "seen" if check.reached else check.why, elapsed)
            yield check.model_copy(update={"elapsed_ms": elapsed})
        await self._end_stubs()

    async def _check(self, name: str) -> StateCheck:
        missing = False
        try:
            async with asyncio.timeout(STATE_S):
                await self._reach(name)
                return await self._check_here(name)
        except TimeoutError:
            why = f"it took longer than {STATE_S:.0f} s"
        except SessionExpired:
            raise
        except StateUnreachable as error:
            why, missing = error.message, error.missing_prerequisite
        except (PageError, RegistryError) as error:
            why = error.message
        await self._end_stubs()
        self._state = None
        check = StateCheck(state=name, reached=False, missing_prerequisite=missing, why=why)
        self._unreached[name] = check
        return check

    # Reaching a state

    async def _reach(self, name: str) -> None:
        route = self._route_to(name)
        self._check_prerequisites(route)
        await self._go_back_to(route)
        start = route.index(self._state) + 1 if self._state is not None else 0
        for state in route[start:]:
            self.on_state(state)
            await self._enter(state)
            self._state = state

    def _route_to(self, name: str) -> list[str]:
        """Return the states from a root to ``name``."""
        states = self.session.selectors.states
        route = [name]
        while (before := states[route[0]].after) is not None:
            if before not in states:
                raise StateUnreachable(
                    f"this release of Stash has no state {before}", missing_prerequisite=True
                )
            if before in self._unreached:
                check = self._unreached[before]
                raise StateUnreachable(
                    f"no {before}: {check.why}", missing_prerequisite=check.missing_prerequisite
                )
            route.insert(0, before)
        return route

    def _check_prerequisites(self, route: Sequence[str]) -> None:
        for state in map(self._describe, route):
            needs = {*state.needs, *css_syntax.placeholders(state.path or "")}
            for step in (*state.do, *state.leave):
                needs |= _placeholders_of(step)
            for need in sorted(needs & self.subjects.missing.keys()):
                raise StateUnreachable(self.subjects.missing[need], missing_prerequisite=True)

    async def _go_back_to(self, route: Sequence[str]) -> None:
        """Leave states until the page is in a state of the route, or in none.

        From a root state without stubs that spoiled it, the app may move on to another root;
        otherwise the page has to be loaded anew.
        """
        self._in_app = False
        while self._state is not None and self._state not in route:
            state = self._describe(self._state)
            had_stubs = self._stubs is not None
            await self._end_stubs()
            is_spoiled = had_stubs and state.stub in NEEDS_RELOAD
            if not state.leave or is_spoiled:
                self._in_app = state.path is not None and state.stub is None
                self._state = None
                return
            try:
                await self._carry_out(state.leave)
            except PageError as error:
                logger.debug("{} cannot be left: {}", self._state, error.message)
                self._state = None
                return
            self._state = state.after

    async def _enter(self, name: str) -> None:
        """Go from the state before ``name``, or from none, to ``name``."""
        state = self._describe(name)
        stub = state.stub
        if stub is not None:
            await self._end_stubs()
        if stub is not None and stub not in AFTER_LOAD:
            self._stubs = await StubbedAnswers.begin(self.session, stub)
        if state.path is not None:
            await self._open(state)
        if stub is not None and stub in AFTER_LOAD:
            await self._wait_ready("shell.ready")
            self._stubs = await StubbedAnswers.begin(self.session, stub)
        await self._carry_out(state.do)
        if state.ready is not None:
            try:
                await self._wait_ready(state.ready)
            except PageError:
                if not await self._most_keys_hold(name, without=state.ready):
                    raise

    async def _open(self, state: State) -> None:
        """Open a root state's address, inside the app where that is safe.

        It is not where the state has steps, which could meet elements of the page before, nor
        where its ready key is there already, which would be taken for the state's own.
        """
        assert state.path is not None  # noqa: S101 # of a root state
        path = css_syntax.fill(state.path, self.subjects.values(), escape=False)
        is_plain = state.stub is None and not state.do
        if self._in_app and is_plain and state.ready is not None:
            ready = self._ready_target(state.ready)
            (is_ready,) = await self.session.run(actions.is_present(ready))
            if not is_ready:
                await self.session.run(actions.navigate(path))
                return
        await self.session.load(path, signed_in=state.stub != "signed-out")

    async def _most_keys_hold(self, name: str, *, without: str) -> bool:
        """Say whether most other keys of a state hold: then its ready key broke."""
        expected = expected_keys(self.session.selectors, name, self.subject_in(name))
        findings, _ = await check_keys(
            self.session, [each for each in expected if each.key != without]
        )
        return bool(findings) and 2 * sum(finding.ok for finding in findings) >= len(findings)

    async def _wait_ready(self, key: str) -> None:
        entry = self.session.selectors.entry(key)
        readiness: actions.Readiness = (
            "viewport" if entry.visible and entry.count == "unique" else "attached"
        )
        await self.session.run(actions.wait(self._ready_target(key), readiness, READY_MS))

    def _ready_target(self, key: str) -> Target:
        """Return the target of a ready key, with values by which it must find something."""
        selectors = self.session.selectors
        expected = expected_keys(selectors, selectors.entry(key).state, self.subject)
        values = (each.values for each in expected if each.key == key and each.expected != 0)
        return self.session.target(key, **next(values, {}))

    async def _carry_out(self, steps: Sequence[RouteStep]) -> None:
        """Carry out steps, those between key presses in a single round trip."""
        program: list[actions.Op] = []
        for step in steps:
            if step.press is not None:
                await self.session.run(*program)
                program = []
                await self.session.page.keyboard.press(step.press)
            else:
                program.append(self._action(step))
        if program:
            await self.session.run(*program)

    def _action(self, step: RouteStep) -> actions.Op:
        if step.go is not None:
            return actions.navigate(step.go)
        known = self.subjects.values()
        params = {
            name: css_syntax.fill(text, known, escape=False) for name, text in step.params.items()
        }
        assert step.key is not None  # noqa: S101 # every other act has a key
        target = self.session.target(step.key, **params)
        if step.set is not None:
            value = css_syntax.fill(step.value or "", known, escape=False)
            return actions.set_value(target, value, READY_MS)
        if step.wait is not None:
            return actions.wait(target, "attached", READY_MS)
        if step.gone is not None:
            return actions.wait_until_gone(target, READY_MS)
        return actions.click(target, READY_MS, nth=step.nth)

    async def _end_stubs(self) -> None:
        stubs, self._stubs = self._stubs, None
        if stubs is not None:
            await stubs.end()

    # Checking a state

    @property
    def subject(self) -> PageSubject:
        """The subject of the page, in a state without stubs."""
        return PageSubject(
            scene=self.subjects.scene or Scene(id="0"),
            sources=self.subjects.sources,
        )

    def subject_in(self, name: str) -> PageSubject:
        """Return the subject of the page in a state, a stubbed proposal included."""
        source = self.subjects.fragment_source
        stubs = [self._describe(state).stub for state in self._route_to(name)]
        if source is None or "proposal" not in stubs:
            return self.subject
        return replace(self.subject, proposal=stubbed_proposal(source), rows=tuple(ROW_NAMES))

    async def _check_here(self, name: str) -> StateCheck:
        expected = expected_keys(self.session.selectors, name, self.subject_in(name))
        findings, settled = await check_keys(self.session, expected)
        check = StateCheck(state=name, reached=True, settled=settled, why="")
        if self.search is not None:
            findings = await with_healings(self.session, findings, self.search)
        if self.captures.fingerprints:
            findings = await with_fingerprints(self.session, findings)
        if self.captures.outlines:
            aria, tree = await read_outline(self.session, findings)
            check = check.model_copy(update={"aria": aria, "outline": tree})
        if self.captures.screenshots:
            findings, jpeg, (width, height) = await screenshot_with_boxes(self.session, findings)
            check = check.model_copy(update={"screenshot": jpeg, "width": width, "height": height})
        scene = self.subjects.scene.id if self.subjects.scene else ""
        return check.model_copy(update={"findings": findings, "scene": scene})

    def _describe(self, name: str) -> State:
        return self.session.selectors.states[name]


def _placeholders_of(step: RouteStep) -> frozenset[str]:
    return frozenset().union(*map(css_syntax.placeholders, step.params.values()))

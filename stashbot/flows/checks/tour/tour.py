"""A tour of the states of Stash's UI, by the ways that ``selectors/states.toml`` describes.

The guard of the page stays shut, so nothing that is clicked on the way can write. A state that
cannot be reached is named with its reason, and the tour goes on with the others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace

from loguru import logger

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.errors import PageError, RegistryError, SessionExpired, StashbotError
from stashbot.flows.checks.tour.expectations import Subject, probes
from stashbot.flows.checks.tour.heal_offers import Healer
from stashbot.flows.checks.tour.key_check import StateCheck, look, mark, outline, with_fingerprints
from stashbot.flows.checks.tour.stub_answers import LATE, WEARING, Staging, staged_proposal
from stashbot.flows.checks.tour.subjects import Facts
from stashbot.models import Scene
from stashbot.pages.scrape_dialog import ROW_NAMES
from stashbot.selectors import Target, css_syntax
from stashbot.selectors.ui_states import Operation, State, ordered

#: The first view of a page loads its code.
READY_MS = 10_000
#: A state that takes longer is given up.
STATE_S = 45.0


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What is taken down of each state besides what its keys find."""

    screenshots: bool = False
    fingerprints: bool = True
    outlines: bool = False


class Unreached(StashbotError):
    """The page could not be brought to a state. ``lacking``: the server has not what it needs."""


@dataclass
class Tour:
    """Walks one page through states. The session must be one that only reads."""

    session: Session
    facts: Facts
    looks: Looks = Looks()
    healer: Healer | None = None
    on_state: Callable[[str], None] = lambda _name: None
    _at: str | None = None
    _in_app: bool = False
    _staging: Staging | None = None
    _lost: dict[str, StateCheck] = field(default_factory=dict)

    async def visit(self, wanted: Sequence[str]) -> AsyncIterator[StateCheck]:
        """The states one after another, each once; those on the way are passed, not checked.

        Raises:
            UnreachableError: Stash or the browser is gone.
            SessionExpired: Stash asks for a login.
        """
        states = self.session.selectors.states
        for name in ordered(states, lambda one: one in wanted):
            started = time.monotonic()
            check = await self._check(name)
            elapsed = round((time.monotonic() - started) * 1000)
            logger.debug("{}: {} in {} ms", name, "seen" if check.reached else check.why, elapsed)
            yield check.model_copy(update={"elapsed_ms": elapsed})
        await self._unstage()

    async def _check(self, name: str) -> StateCheck:
        lacking = False
        try:
            async with asyncio.timeout(STATE_S):
                await self._bring(name)
                return await self._look(name)
        except TimeoutError:
            why = f"it took longer than {STATE_S:.0f} s"
        except SessionExpired:
            raise
        except Unreached as error:
            why, lacking = error.message, bool(error.fields.get("lacking"))
        except (PageError, RegistryError) as error:
            why = error.message
        await self._unstage()
        self._at = None
        self._lost[name] = StateCheck(state=name, reached=False, lacking=lacking, why=why)
        return self._lost[name]

    # Getting there

    async def _bring(self, name: str) -> None:
        way = self._way_to(name)
        self._check_needs(way)
        await self._back_to(way)
        start = way.index(self._at) + 1 if self._at is not None else 0
        for step in way[start:]:
            self.on_state(step)
            await self._step(step)
            self._at = step

    def _way_to(self, name: str) -> list[str]:
        states = self.session.selectors.states
        way = [name]
        while (before := states[way[0]].after) is not None:
            if before not in states:
                raise Unreached(f"this release of Stash has no state {before}", lacking=True)
            if before in self._lost:
                lost = self._lost[before]
                raise Unreached(f"no {before}: {lost.why}", lacking=lost.lacking)
            way.insert(0, before)
        return way

    def _check_needs(self, way: Sequence[str]) -> None:
        for state in (self._state(name) for name in way):
            needs = {*state.needs, *css_syntax.placeholders(state.path or "")}
            for operation in (*state.do, *state.leave):
                needs |= _named_in(operation)
            for need in sorted(needs & self.facts.missing.keys()):
                raise Unreached(self.facts.missing[need], lacking=True)

    async def _back_to(self, way: Sequence[str]) -> None:
        """Leaves states until the page is in one of the way, or nowhere.

        From a root state that no stage has worn, the app may be taken to another one; otherwise the
        page has to be loaded anew.
        """
        self._in_app = False
        while self._at is not None and self._at not in way:
            state = self._state(self._at)
            staged = self._staging is not None
            await self._unstage()
            worn = staged and state.stage in WEARING
            if not state.leave or worn:
                self._in_app = state.path is not None and state.stage is None
                self._at = None
                return
            try:
                await self._carry_out(state.leave)
            except PageError as error:
                logger.debug("{} cannot be left: {}", self._at, error.message)
                self._at = None
                return
            self._at = state.after

    async def _step(self, name: str) -> None:
        state = self._state(name)
        stage = state.stage
        if stage is not None:
            await self._unstage()
        if stage is not None and stage not in LATE:
            self._staging = await Staging.set_up(self.session, stage)
        if state.path is not None:
            await self._open(state)
        if stage is not None and stage in LATE:
            await self._ready("shell.ready")
            self._staging = await Staging.set_up(self.session, stage)
        await self._carry_out(state.do)
        if state.ready is not None:
            try:
                await self._ready(state.ready)
            except PageError:
                if not await self._looks_reached(name, state.ready):
                    raise

    async def _open(self, state: State) -> None:
        """Opens a root state's address, inside the app where nothing of the page before counts.

        What is done there must not meet the page before, and its readiness not be taken for it.
        """
        assert state.path is not None  # noqa: S101 # of a root state
        path = css_syntax.fill(state.path, self.facts.values(), escape=False)
        plain = state.stage is None and not state.do
        if self._in_app and plain and state.ready is not None:
            ready = self._target_of(state.ready)
            (there,) = await self.session.run(actions.ask("present", ready))
            if not there:
                await self.session.run(actions.go(path))
                return
        await self.session.load(path, signed_in=state.stage != "signed-out")

    async def _looks_reached(self, name: str, ready: str) -> bool:
        """Whether most of a state's other keys hold: then it is the key that broke."""
        asked = probes(self.session.selectors, name, self.subject_in(name))
        findings, _ = await look(self.session, [one for one in asked if one.key != ready])
        return bool(findings) and 2 * sum(one.ok for one in findings) >= len(findings)

    async def _ready(self, key: str) -> None:
        entry = self.session.selectors.entry(key)
        need = "viewport" if entry.visible and entry.count == "unique" else "attached"
        await self.session.run(actions.wait(self._target_of(key), need, READY_MS))

    def _target_of(self, key: str) -> Target:
        return self.session.target(key, **self._values_of(key))

    def _values_of(self, key: str) -> dict[str, str]:
        """Values for a key that shows readiness: those of the first question about it."""
        asked = probes(
            self.session.selectors, self.session.selectors.entry(key).state, self.subject
        )
        return next((one.values for one in asked if one.key == key and one.expected != 0), {})

    async def _carry_out(self, operations: Sequence[Operation]) -> None:
        ops: list[actions.Op] = []
        for operation in operations:
            if operation.press is not None:
                await self.session.run(*ops)
                ops = []
                await self.session.page.keyboard.press(operation.press)
            else:
                ops.append(self._op(operation))
        if ops:
            await self.session.run(*ops)

    def _op(self, operation: Operation) -> actions.Op:
        if operation.go is not None:
            return actions.go(operation.go)
        known = self.facts.values()
        params = {
            name: css_syntax.fill(text, known, escape=False)
            for name, text in operation.params.items()
        }
        assert operation.key is not None  # noqa: S101 # one of five, as the model holds
        target = self.session.target(operation.key, **params)
        if operation.set is not None:
            typed = css_syntax.fill(operation.value or "", known, escape=False)
            return actions.set_value(target, typed, READY_MS)
        if operation.wait is not None:
            return actions.wait(target, "attached", READY_MS)
        if operation.gone is not None:
            return actions.gone(target, READY_MS)
        if operation.nth is not None:
            return actions.click_nth(target, operation.nth, READY_MS)
        return actions.click(target, READY_MS)

    async def _unstage(self) -> None:
        staging, self._staging = self._staging, None
        if staging is not None:
            await staging.end()

    # Looking

    @property
    def subject(self) -> Subject:
        """What the page is about just now."""
        return Subject(
            scene=self.facts.scene or Scene(id="0"),
            sources=self.facts.sources,
        )

    def subject_in(self, name: str) -> Subject:
        """What the page is about in that state, with what is staged there."""
        source = self.facts.fragment_source
        lineage = self._way_to(name)
        if source is None or not any(self._state(one).stage == "proposal" for one in lineage):
            return self.subject
        return replace(self.subject, proposal=staged_proposal(source), rows=tuple(ROW_NAMES))

    async def _look(self, name: str) -> StateCheck:
        asked = probes(self.session.selectors, name, self.subject_in(name))
        findings, settled = await look(self.session, asked)
        check = StateCheck(state=name, reached=True, settled=settled, why="")
        if self.healer is not None:
            findings = await self.healer.propose(self.session, name, findings)
        if self.looks.fingerprints:
            findings = await with_fingerprints(self.session, findings)
        if self.looks.outlines:
            aria, tree = await outline(self.session, findings)
            check = check.model_copy(update={"aria": aria, "outline": tree})
        if self.looks.screenshots:
            findings, picture, (width, height) = await mark(self.session, findings)
            seen = {"screenshot": picture, "width": width, "height": height}
            check = check.model_copy(update=seen)
        scene = self.facts.scene.id if self.facts.scene else ""
        return check.model_copy(update={"findings": findings, "scene": scene})

    def _state(self, name: str) -> State:
        return self.session.selectors.states[name]


def _named_in(operation: Operation) -> frozenset[str]:
    return frozenset().union(*map(css_syntax.placeholders, operation.params.values()))

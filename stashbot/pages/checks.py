"""Whether every selector key finds what it must in the states of a scene's page.

The page is walked through its states and asked, key by key, what each strategy finds. Nothing is
typed, applied or saved; the guard stays shut.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.errors import AnswerTimeout, PageError
from stashbot.models import Model, Proposal, Scene, Source
from stashbot.pages.probes import Probe, Subject, probes
from stashbot.pages.scene import ScenePage
from stashbot.pages.scrape_dialog import ROW_NAMES, ScrapeDialog
from stashbot.pages.scrapers import SETTLE_MS, ScraperMenus
from stashbot.selectors import Target
from stashbot.selectors.model import Access
from stashbot.stash.proposals import parse_scrape_answer

#: The states in the order in which they are visited.
QUICK_STATES = ("shell", "scene", "edit-form", "fragment-menu")
STATES = (*QUICK_STATES, "query-menu", "scrape-dialog")


class Finding(Model):
    """What one key found. ``strategy`` counts from 1 and is the one that served."""

    key: str
    values: dict[str, str] = Field(default_factory=dict)
    access: Access
    expected: str
    count: int = 0
    visible: int = 0
    strategy: int | None = None
    element: str | None = None
    ok: bool
    why: str = ""


class StateCheck(Model):
    """What a state showed on a scene; ``why`` says what kept the page from getting there."""

    state: str
    scene: str
    reached: bool
    why: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The keys that do not find what they must."""
        return tuple(finding for finding in self.findings if not finding.ok)

    @property
    def ok(self) -> bool:
        """Whether it was reached and every key found what it must."""
        return self.reached and not self.broken


@dataclass
class SceneCheck:
    """Walks the page of ``scene`` through states. ``sources`` are all that Stash offers."""

    session: Session
    scene: Scene
    sources: tuple[Source, ...]
    scrape_ms: int

    async def visit(
        self, states: Sequence[str], ask: Sequence[Source] = ()
    ) -> tuple[StateCheck, ...]:
        """Checks the states; ``ask`` are the sources that may bring the scrape dialog.

        Raises:
            UnreachableError: Stash or the browser is gone.
            PageLost: the page is gone.
            SessionExpired: Stash asks for a login.
        """
        blocked = await self._open()
        checks = []
        for state in (state for state in STATES if state in states):
            if blocked and state not in {"shell", "scene"}:
                checks.append(self._unreached(state, blocked))
            elif state in _TOGGLES:
                checks.append(await self._menu(state))
            elif state == "scrape-dialog":
                checks.append(await self._dialog(ask))
            else:
                checks.append(await self._state(state, self._subject()))
        return tuple(checks)

    def _subject(self) -> Subject:
        return Subject(scene=self.scene, sources=self.sources)

    async def _open(self) -> str:
        """Opens the edit form; says what kept it shut, if anything did."""
        try:
            await ScenePage(self.session).open(self.scene, fresh=True)
        except PageError as error:
            if error.fields.get("key") is None:
                raise
            return error.message
        return ""

    async def _menu(self, state: str) -> StateCheck:
        toggle = actions.click(self.session.target(_TOGGLES[state]))
        items = self.session.target("scrapers.sources")
        try:
            await self.session.run(toggle, actions.wait(items, "attached"))
        except PageError as error:
            return self._unreached(state, error.message)
        check = await self._state(state, self._subject())
        await self.session.run(toggle, actions.gone(items))
        return check

    async def _dialog(self, ask: Sequence[Source]) -> StateCheck:
        """Scrapes with one source after the other until one opens the results dialog."""
        tried: list[str] = []
        menus, dialog = ScraperMenus(self.session), ScrapeDialog(self.session)
        deadline = asyncio.get_running_loop().time() + self.scrape_ms / 1000
        for source in ask:
            left = round((deadline - asyncio.get_running_loop().time()) * 1000)
            if left <= 0:
                break
            tried.append(source.name)
            try:
                exchange = await menus.scrape(source, self.scene.id, left)
            except AnswerTimeout:
                break  # a late answer must not meet the next source
            except PageError as error:
                return self._unreached("scrape-dialog", error.message)
            if await menus.settled():
                proposal = _proposal_of(source, exchange.payload)
                check = await self._state("scrape-dialog", await self._rows(proposal))
                await dialog.cancel()
                return check
        asked = ", ".join(tried) or "none"
        why = f"no source had anything new for scene {self.scene.id} in time (asked: {asked})"
        return self._unreached("scrape-dialog", why)

    async def _rows(self, proposal: Proposal | None) -> Subject:
        """The dialog's subject: a row is there only where scraped and existing differ."""
        if "scrape_dialog.row" not in self.session.selectors:
            return self._subject()
        targets = [
            self.session.target("scrape_dialog.row", field=name) for name in ROW_NAMES.values()
        ]
        there = await self.session.run(*(actions.ask("present", target) for target in targets))
        rows = tuple(name for name, shown in zip(ROW_NAMES, there, strict=True) if shown)
        return Subject(scene=self.scene, sources=self.sources, proposal=proposal, rows=rows)

    async def _state(self, state: str, subject: Subject) -> StateCheck:
        asked = probes(self.session.selectors, state, subject)
        targets = [self.session.target(one.key, **one.values) for one in asked]
        inspections = [{"do": "inspect", "target": target.wire()} for target in targets]
        deadline = asyncio.get_running_loop().time() + actions.WAIT_MS / 1000
        while True:
            findings = tuple(map(_finding, asked, targets, await self.session.run(*inspections)))
            check = StateCheck(state=state, scene=self.scene.id, reached=True, findings=findings)
            if check.ok or asyncio.get_running_loop().time() > deadline:
                return check
            # Some of a form comes late, such as the buttons of selects that load their options.
            await self.session.run(actions.quiet(SETTLE_MS, actions.WAIT_MS))

    def _unreached(self, state: str, why: str) -> StateCheck:
        return StateCheck(state=state, scene=self.scene.id, reached=False, why=why)


_TOGGLES = {"fragment-menu": "scrapers.fragment_toggle", "query-menu": "scrapers.query_toggle"}


def _proposal_of(source: Source, payload: dict[str, Any] | None) -> Proposal | None:
    proposals = parse_scrape_answer(source, payload or {})
    return proposals[0] if proposals else None


def _finding(probe: Probe, target: Target, answers: Sequence[dict[str, Any]]) -> Finding:
    """The verdict on one key, by what the strategy that serves it finds.

    A strategy serves if it finds anything that counts, and no more than one of what is unique.
    """
    unique = target.count == "unique"
    counting = "visible" if target.visible else "count"
    numbers = [int(answer[counting]) for answer in answers]
    serving = next((i for i, n in enumerate(numbers) if n and not (unique and n > 1)), None)
    shown = serving if serving is not None else max(range(len(numbers)), key=lambda i: numbers[i])
    number, expected = numbers[shown], probe.expected
    if serving is None and number:
        ok, why = False, f"{number} match, and it must be one"
    elif not number and expected != 0:
        hidden = sum(int(answer["count"]) for answer in answers)
        ok, why = False, "hidden" if hidden else "absent"
    elif expected is not None and number != expected:
        ok, why = False, f"{number} found, {expected} expected"
    else:
        fallback = f"strategy {shown + 1} of {len(numbers)}; those before it find nothing"
        ok, why = True, fallback if serving else ""
    return Finding(
        key=probe.key,
        values=probe.values,
        access=target.access,
        expected="1 or more" if expected is None else str(expected),
        count=int(answers[shown]["count"]),
        visible=int(answers[shown]["visible"]),
        strategy=None if serving is None else serving + 1,
        element=answers[shown]["first"],
        ok=ok,
        why=why,
    )

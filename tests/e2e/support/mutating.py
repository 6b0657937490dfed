"""One change of the page under a selector key, and what becomes of the key.

The element is marked before the change, so that what is found, healed or clicked afterwards can be
told from it. The mark is an attribute that neither fingerprints nor made selectors go by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from stashbot.browser import actions
from stashbot.browser.self_healing import Mending
from stashbot.browser.session import Session
from stashbot.errors import PageError
from stashbot.flows.checks.selector_check import write_down
from stashbot.flows.checks.tour.expectations import probes
from stashbot.flows.checks.tour.heal_offers import Healer
from stashbot.flows.checks.tour.key_check import Finding, look
from stashbot.flows.checks.tour.tour import Looks, Tour
from stashbot.sandbox.faults import Faults, PageFault
from stashbot.selectors import Target, css_syntax
from stashbot.selectors.fingerprint_store import FingerprintBook
from stashbot.selectors.healing import Healing
from tests.e2e.support.touring import Server, tour

MARK = "data-state-mark"
CLICK_MS = 700
QUIET_MS = 250

#: What a target finds in the page by the rules of the registry: by the first strategy that serves.
FIND = """(target) => {
  const shown = (one) => {
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    return box.width && box.height && style.visibility === "visible" && style.display !== "none";
  };
  for (const { css, text, nth } of target.strategies) {
    let found = [...document.querySelectorAll(css)];
    if (text !== null) found = found.filter((one) => one.textContent.trim() === text);
    if (nth !== null) found = found.slice(nth, nth + 1);
    if (target.visible) found = found.filter(shown);
    if (found.length && !(target.unique && found.length > 1)) return found;
  }
  return [];
}"""
_RIGHT = f'(one) => one.closest("[{MARK}]") && !one.closest(".sandbox-copy")'
_PUT_MARK = f"""(target) => {{
  const found = ({FIND})(target);
  for (const one of found) one.setAttribute("{MARK}", "");
  return found.length;
}}"""
_JUDGE = f"""(target) => {{
  const found = ({FIND})(target);
  const right = found.filter((one) => one.hasAttribute("{MARK}") && ({_RIGHT})(one)).length;
  return [right, found.length - right];
}}"""
#: Changes the page as the sandbox does, at once.
_CHANGE = """async (fault) => {
  const main = document.querySelector("script[type=module]").src;
  const { applyFaults } = await import(main.replace("main.js", "breakage.js"));
  applyFaults([fault]);
}"""
#: From here on a click is written down and goes nowhere; what is disabled can be clicked too.
_CATCH = f"""() => {{
  for (const one of document.querySelectorAll(":disabled")) one.disabled = false;
  window.caught = [];
  const take = (event) => {{
    if (event.type === "click") window.caught.push(Boolean(({_RIGHT})(event.target)));
    event.stopImmediatePropagation();
    event.preventDefault();
  }};
  for (const type of ["click", "submit"]) addEventListener(type, take, true);
}}"""

Verdict = Literal["first", "fallback", "red", "taken in"]
Click = Literal["right", "wrong", "none"]


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A fault of the page under ``key`` in ``state``; ``{source}`` among values is filled."""

    state: str
    key: str
    fault: PageFault
    values: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        values = ",".join(self.values.values())
        key = f"{self.key}({values})" if values else self.key
        return f"{key} {self.fault.kind} {self.fault.selector}"


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What became of a key whose element was changed.

    ``verdict``: it is found by the first strategy, or by a ``fallback``; the key is ``red``; or the
    check was ``taken in`` by another element. ``toured`` is the verdict of a tour that loads the
    changed page. ``healed`` says whether healing would use the right or a wrong element, ``named``
    whether the candidate that it shows is the right one. ``clicked`` is what a click met, with
    healing allowed.
    """

    mutation: Mutation
    access: str
    verdict: Verdict
    toured: str = ""
    healed: Click = "none"
    named: Click = "none"
    why: str = ""
    clicked: Click = "none"
    clicked_why: str = ""

    @property
    def detected(self) -> bool:
        """Whether the key found its element still, or nothing."""
        return self.verdict != "taken in"

    def as_json(self) -> dict[str, Any]:
        """Plain data for a file."""
        told = asdict(self)
        mutation = told.pop("mutation")
        fault = self.mutation.fault.model_dump(exclude_none=True)
        return {**mutation, **told, "fault": fault, "detected": self.detected}


@dataclass(frozen=True, kw_only=True)
class Laboratory:
    """A page that only reads, on a sandbox, and fingerprints of its better days."""

    server: Server
    session: Session
    faults: Faults
    book: FingerprintBook

    @property
    def _release(self) -> tuple[int, int]:
        return self.server.selectors.release

    async def learn(self, states: Sequence[str]) -> None:
        """Takes down what the keys of the states look like."""
        checks = await tour(self.server, self.session, states, looks=Looks(fingerprints=True))
        broken = [f"{check.state}: {check.why or check.broken}" for check in checks if not check.ok]
        assert not broken, broken
        write_down(self.book, checks, release=self._release, profile="session")

    async def fate(self, mutation: Mutation, *, toured: bool = False) -> Fate:
        """What becomes of the mutation's key; the page is loaded anew before."""
        self.faults.clear()
        (check,) = await tour(self.server, self.session, [mutation.state])
        assert check.reached, f"{mutation.state} is reached before the change: {check.why}"
        target = self._target(mutation)
        marked = await self._page(_PUT_MARK, target.wire())
        assert marked, f"{mutation} holds before the change"
        await self._page(_CHANGE, mutation.fault.model_dump())
        await self.session.run(actions.quiet(QUIET_MS, 3000))
        finding = await self._look(mutation)
        right, wrong = await self._page(_JUDGE, target.wire())
        healed, named = await self._healed(target, finding.healing)
        clicked, why = await self._click(target)
        verdict: Verdict = "red"
        if finding.ok:
            serving: Verdict = "first" if finding.strategy == 1 else "fallback"
            verdict = serving if right and not wrong else "taken in"
        return Fate(
            mutation=mutation,
            access=finding.access,
            verdict=verdict,
            toured=await self._toured(mutation) if toured else "",
            healed=healed,
            named=named,
            why=finding.healing.why if finding.healing else finding.why,
            clicked=clicked,
            clicked_why=why,
        )

    def _values(self, mutation: Mutation) -> dict[str, str]:
        known = self.server.facts.values()
        return {
            name: css_syntax.fill(value, known, escape=False)
            for name, value in mutation.values.items()
        }

    def _target(self, mutation: Mutation) -> Target:
        return self.server.selectors.target(mutation.key, **self._values(mutation))

    async def _look(self, mutation: Mutation) -> Finding:
        """The key's finding by the very means of a check, with what healing makes of it."""
        subject = Tour(self.session, self.server.facts).subject_in(mutation.state)
        asked = probes(self.server.selectors, mutation.state, subject)
        findings, _ = await look(self.session, asked)
        findings = await self._healer.propose(self.session, mutation.state, findings)
        return self._of(mutation, findings)

    def _of(self, mutation: Mutation, findings: Sequence[Finding]) -> Finding:
        values = self._values(mutation)
        wanted = [one for one in findings if one.key == mutation.key and one.values == values]
        assert wanted, f"{mutation.state} asks for no {mutation.key} with {values}"
        return wanted[0]

    @property
    def _healer(self) -> Healer:
        return Healer(book=self.book, release=self._release, profile="session")

    async def _healed(self, target: Target, healing: Healing | None) -> tuple[Click, Click]:
        if healing is None or healing.candidate is None or not healing.candidate.css:
            return "none", "none"
        candidate = {
            **target.wire(),
            "strategies": [{"css": healing.candidate.css, "text": healing.text, "nth": None}],
        }
        named = _judged(*await self._page(_JUDGE, candidate))
        if not healing.usable:
            return "none", named
        return _judged(*await self._page(_JUDGE, healing.target(target).wire())), named

    async def _click(self, target: Target) -> tuple[Click, str]:
        """What a click meets, by the very operation that runs click with, healing allowed."""
        await self._page(_CATCH, None)
        self.session.mender = Mending(book=self.book, profile="session", use=True)
        click = actions.click if target.count == "unique" else _first
        try:
            await self.session.run(click(target, CLICK_MS))
        except PageError as error:
            why = error.message
        else:
            why = ""
        finally:
            self.session.mender = None
        caught: list[bool] = await self._page("() => window.caught", None)
        if not caught:
            return "none", why
        return ("right" if all(caught) else "wrong"), why

    async def _toured(self, mutation: Mutation) -> str:
        self.faults.add_page(**mutation.fault.model_dump())
        try:
            (check,) = await tour(self.server, self.session, [mutation.state])
        finally:
            self.faults.clear()
        if not check.reached:
            return "unreached"
        finding = self._of(mutation, check.findings)
        return "red" if not finding.ok else "first" if finding.strategy == 1 else "fallback"

    async def _page(self, script: str, argument: Any) -> Any:
        return await self.session.page.evaluate(script, argument)


def _first(target: Target, timeout: int) -> actions.Op:
    return actions.click_nth(target, 0, timeout)


def _judged(right: int, wrong: int) -> Click:
    return "wrong" if wrong else "right" if right else "none"

"""A change of the page under a selector key, and its effect on the key.

The element is marked before the change, so that a test knows afterwards whether the same element is
found, healed or clicked. Neither fingerprints nor generated selectors use the mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from stashbot.browser import actions
from stashbot.browser.element_search import ReplacementSearch
from stashbot.browser.self_healing import SelfHealer
from stashbot.browser.session import Session
from stashbot.errors import PageError
from stashbot.flows.checks.selector_check import record_fingerprints
from stashbot.flows.checks.tour.expectations import expected_keys
from stashbot.flows.checks.tour.key_check import Finding, check_keys, with_healings
from stashbot.flows.checks.tour.tour import Captures, Tour
from stashbot.sandbox.faults import Faults, PageFault
from stashbot.selectors import Target, css_syntax
from stashbot.selectors.fingerprint_store import FingerprintStore
from stashbot.selectors.healing import Healing
from stashbot.testing.tour_helpers import Server, tour

MARK = "data-state-mark"
CLICK_MS = 700
QUIET_MS = 250

#: Finds the elements of a target as the registry does: by the first strategy that finds any.
FIND = """(target) => {
  const shown = (element) => {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    return box.width && box.height && style.visibility === "visible" && style.display !== "none";
  };
  for (const { css, text, nth } of target.strategies) {
    let found = [...document.querySelectorAll(css)];
    if (text !== null) found = found.filter((element) => element.textContent.trim() === text);
    if (nth !== null) found = found.slice(nth, nth + 1);
    if (target.visible) found = found.filter(shown);
    if (found.length && !(target.unique && found.length > 1)) return found;
  }
  return [];
}"""
_RIGHT = f'(element) => element.closest("[{MARK}]") && !element.closest(".sandbox-copy")'
_PUT_MARK = f"""(target) => {{
  const found = ({FIND})(target);
  for (const element of found) element.setAttribute("{MARK}", "");
  return found.length;
}}"""
_JUDGE = f"""(target) => {{
  const found = ({FIND})(target);
  const right = found.filter((element) => ({_RIGHT})(element)).length;
  return [right, found.length - right];
}}"""
#: Changes the page as the sandbox does, at once.
_CHANGE = """async (fault) => {
  const main = document.querySelector("script[type=module]").src;
  const { applyFaults } = await import(main.replace("main.js", "breakage.js"));
  applyFaults([fault]);
}"""
#: From here on clicks are recorded and have no effect; disabled elements can be clicked too.
_CATCH = f"""() => {{
  for (const element of document.querySelectorAll(":disabled")) element.disabled = false;
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
class MutationResult:
    """The effect of a mutation on its key.

    ``verdict``: it is found by the first strategy, or by a ``fallback``; the key is ``red``; or the
    check was ``taken in`` by another element. ``toured`` is the verdict of a tour that loads the
    changed page. ``healed`` says whether healing would use the right or a wrong element, ``named``
    whether its candidate is the right element. ``clicked`` is the element that a click
    reached, with healing allowed.
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
        """Whether the key still finds its element, or none."""
        return self.verdict != "taken in"

    def as_json(self) -> dict[str, Any]:
        """Return plain data for a file."""
        data = asdict(self)
        mutation = data.pop("mutation")
        fault = self.mutation.fault.model_dump(exclude_none=True)
        return {**mutation, **data, "fault": fault, "detected": self.detected}


@dataclass(frozen=True, kw_only=True)
class PageMutator:
    """A read-only page of a sandbox, with the fingerprints of its unchanged elements."""

    server: Server
    session: Session
    faults: Faults
    book: FingerprintStore

    @property
    def _release(self) -> tuple[int, int]:
        return self.server.selectors.release

    async def learn(self, states: Sequence[str]) -> None:
        """Record the fingerprints of the keys of these states."""
        checks = await tour(self.server, self.session, states, captures=Captures(fingerprints=True))
        broken = [f"{check.state}: {check.why or check.broken}" for check in checks if not check.ok]
        assert not broken, broken
        record_fingerprints(self.book, checks, release=self._release, profile="session")

    async def apply(self, mutation: Mutation, *, toured: bool = False) -> MutationResult:
        """Load the page, apply the mutation, and return its effect on the key."""
        self.faults.clear()
        (check,) = await tour(self.server, self.session, [mutation.state])
        assert check.reached, f"{mutation.state} is reached before the change: {check.why}"
        target = self._target(mutation)
        marked = await self._page(_PUT_MARK, target.to_page())
        assert marked, f"{mutation} holds before the change"
        await self._page(_CHANGE, mutation.fault.model_dump())
        await self.session.run(actions.wait_until_idle(QUIET_MS, 3000))
        finding = await self._look(mutation)
        right, wrong = await self._page(_JUDGE, target.to_page())
        healed, named = await self._healed(target, finding.healing)
        clicked, why = await self._click(target)
        verdict: Verdict = "red"
        if finding.ok:
            serving: Verdict = "first" if finding.strategy == 1 else "fallback"
            verdict = serving if right and not wrong else "taken in"
        return MutationResult(
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
        known = self.server.subjects.values()
        return {
            name: css_syntax.fill(value, known, escape=False)
            for name, value in mutation.values.items()
        }

    def _target(self, mutation: Mutation) -> Target:
        return self.server.selectors.target(mutation.key, **self._values(mutation))

    async def _look(self, mutation: Mutation) -> Finding:
        """Return the key's finding by the means of a check, healing included."""
        subject = Tour(self.session, self.server.subjects).subject_in(mutation.state)
        expected = expected_keys(self.server.selectors, mutation.state, subject)
        findings, _ = await check_keys(self.session, expected)
        findings = await with_healings(self.session, findings, self._search)
        return self._of(mutation, findings)

    def _of(self, mutation: Mutation, findings: Sequence[Finding]) -> Finding:
        values = self._values(mutation)
        wanted = [each for each in findings if each.key == mutation.key and each.values == values]
        assert wanted, f"{mutation.state} asks for no {mutation.key} with {values}"
        return wanted[0]

    @property
    def _search(self) -> ReplacementSearch:
        return ReplacementSearch(self.book, "session")

    async def _healed(self, target: Target, healing: Healing | None) -> tuple[Click, Click]:
        if healing is None or healing.candidate is None or not healing.candidate.css:
            return "none", "none"
        candidate = {
            **target.to_page(),
            "strategies": [{"css": healing.candidate.css, "text": healing.text, "nth": None}],
        }
        named = _judged(*await self._page(_JUDGE, candidate))
        if not healing.usable:
            return "none", named
        return _judged(*await self._page(_JUDGE, healing.target(target).to_page())), named

    async def _click(self, target: Target) -> tuple[Click, str]:
        """Click as runs do, healing allowed, and return which element the click reached."""
        await self._page(_CATCH, None)
        self.session.healer = SelfHealer(search=self._search, use=True)
        nth = None if target.count == "unique" else 0
        try:
            await self.session.run(actions.click(target, CLICK_MS, nth=nth))
        except PageError as error:
            why = error.message
        else:
            why = ""
        finally:
            self.session.healer = None
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


def _judged(right: int, wrong: int) -> Click:
    return "wrong" if wrong else "right" if right else "none"

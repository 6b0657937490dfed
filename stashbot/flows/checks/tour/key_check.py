"""Checking that the selector keys of a state find what they must.

Each key is looked up with each of its strategies; nothing is clicked. How many elements a key must
find comes from ``expectations``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from stashbot.browser import actions
from stashbot.browser.actions import Box, StrategyCount
from stashbot.browser.element_search import ReplacementSearch, fingerprints_in
from stashbot.browser.session import Session
from stashbot.flows.checks.tour.expectations import KeyExpectation
from stashbot.models import Model
from stashbot.selectors import Target
from stashbot.selectors.element_fingerprint import Fingerprint
from stashbot.selectors.healing import Healing
from stashbot.selectors.schema import Access

#: A state has come to rest when its document has not changed for this long.
IDLE_MS = 600
#: The longest that a check waits for that.
SETTLE_MS = 6000
#: Elements of a key that a screenshot marks.
MARKED = 20
#: Elements of a key that an outline holds.
OUTLINED = 8


class StrategyResult(Model):
    """A strategy of a key with its placeholders filled, and how many elements it found."""

    css: str
    text: str | None = None
    nth: int | None = None
    count: int
    visible: int


class Finding(Model):
    """The elements that a key found in a state.

    ``expected`` is a number or ``1 or more``. ``strategy`` is the strategy that served, counted
    from 1, of ``strategies``; ``results`` has an entry for each. ``held_ms`` is how long after the
    state was reached the key began to hold. ``boxes`` are left, top, width and height of its
    elements in the state's screenshot, in CSS pixels.
    """

    key: str
    values: dict[str, str] = Field(default_factory=dict)
    access: Access
    expected: str
    count: int = 0
    visible: int = 0
    strategy: int | None = None
    strategies: int = 1
    results: tuple[StrategyResult, ...] = ()
    element: str | None = None
    ok: bool
    why: str = ""
    held_ms: int | None = None
    boxes: tuple[Box, ...] = ()
    fingerprints: tuple[Fingerprint, ...] = ()
    healing: Healing | None = None

    @property
    def finds_nothing(self) -> bool:
        """Whether nothing is found where something must be."""
        return not self.ok and self.strategy is None and not self.visible

    @property
    def name(self) -> str:
        """The key with the values of its placeholders, such as ``scene.tab(panel=files)``."""
        values = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.key}({values})" if values else self.key


class StateCheck(Model):
    """The findings in a state; ``why`` says what kept the page from reaching it.

    ``missing_prerequisite`` marks a state that needs what the server does not have, such as a
    scraper. ``screenshot`` is a JPEG of ``width`` by ``height`` CSS pixels, ``aria`` the page's
    roles and names, ``outline`` a tree of elements as ``actions.read_outline`` describes it. These
    three are not in the JSON form.
    """

    state: str
    scene: str = ""
    reached: bool
    missing_prerequisite: bool = False
    why: str = ""
    settled: bool = True
    elapsed_ms: int = 0
    findings: tuple[Finding, ...] = ()
    screenshot: bytes | None = Field(default=None, exclude=True, repr=False)
    aria: str | None = Field(default=None, exclude=True, repr=False)
    outline: dict[str, Any] | None = Field(default=None, exclude=True, repr=False)
    width: int = 0
    height: int = 0

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The keys that do not find what they must."""
        return tuple(finding for finding in self.findings if not finding.ok)

    @property
    def ok(self) -> bool:
        """Whether the state was reached and every key found what it must."""
        return self.reached and not self.broken


async def check_keys(
    session: Session, expectations: Sequence[KeyExpectation]
) -> tuple[tuple[Finding, ...], bool]:
    """Look up the keys until each finds what it must, or the page has come to rest.

    Returns the findings, and whether the page came to rest in time.
    """
    targets = [session.target(each.key, **each.values) for each in expectations]
    expected = [(target, each.expected) for target, each in zip(targets, expectations, strict=True)]
    (counts,) = await session.run(actions.count_keys(expected, IDLE_MS, SETTLE_MS))
    findings = tuple(
        judge_key(expectation, target, counted.strategies, counted.held_ms)
        for expectation, target, counted in zip(expectations, targets, counts.keys, strict=True)
    )
    return findings, counts.settled


async def screenshot_with_boxes(
    session: Session, findings: Sequence[Finding]
) -> tuple[tuple[Finding, ...], bytes, tuple[int, int]]:
    """Take a screenshot that shows all findings.

    The page is made as tall as its longest column for the picture, and then as it was. Returns the
    findings with their boxes, the JPEG, and its width and height.
    """
    size = session.page.viewport_size or {"width": 1280, "height": 800}
    (needed,) = await session.run(actions.read_page_height())
    tall = {"width": size["width"], "height": min(needed + 40, 4000)}
    try:
        await session.page.set_viewport_size(tall)  # type: ignore[arg-type]
        _, places = await session.run(
            actions.wait_until_idle(100, 1000),
            actions.read_boxes(_targets(session, findings), MARKED),
        )
        picture = await session.page.screenshot(type="jpeg", quality=60)
    finally:
        await session.page.set_viewport_size(size)
    placed = tuple(
        finding.model_copy(update={"boxes": boxes})
        for finding, boxes in zip(findings, places, strict=True)
    )
    return placed, picture, (tall["width"], tall["height"])


async def with_fingerprints(session: Session, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings, those that hold with the fingerprints of their elements."""
    fingerprints = await fingerprints_in(session, *_targets(session, findings))
    return tuple(
        finding.model_copy(update={"fingerprints": each}) if finding.ok else finding
        for finding, each in zip(findings, fingerprints, strict=True)
    )


async def with_healings(
    session: Session, findings: Sequence[Finding], search: ReplacementSearch
) -> tuple[Finding, ...]:
    """Return the findings, those without an element with a search for its replacement."""
    claimed = [
        session.target(finding.key, **finding.values)
        for finding in findings
        if finding.ok and finding.values and finding.visible
    ]
    healed = []
    for finding in findings:
        if finding.finds_nothing:
            healing = await search.search(session, finding.key, finding.values, claimed=claimed)
            healed.append(finding.model_copy(update={"healing": healing}))
        else:
            healed.append(finding)
    return tuple(healed)


async def read_outline(session: Session, findings: Sequence[Finding]) -> tuple[str, dict[str, Any]]:
    """Read the page's ARIA snapshot, and a tree of the keys' elements."""
    _, tree = await session.run(
        actions.wait_until_idle(IDLE_MS, SETTLE_MS),
        actions.read_outline(_targets(session, findings), OUTLINED),
    )
    return await session.page.locator("body").aria_snapshot(), tree


def judge_key(
    expectation: KeyExpectation,
    target: Target,
    counts: Sequence[StrategyCount],
    held_ms: int | None = None,
) -> Finding:
    """Decide whether a key holds, by what its strategies find.

    The strategy that serves is the first that finds anything that counts, and not several elements
    where the key is unique.
    """
    is_unique = target.count == "unique"
    numbers = [each.visible if target.visible else each.count for each in counts]
    serving = next((i for i, n in enumerate(numbers) if n and not (is_unique and n > 1)), None)
    shown = serving if serving is not None else max(range(len(numbers)), key=lambda i: numbers[i])
    number, expected = numbers[shown], expectation.expected
    if serving is None and number:
        ok, why = False, f"{number} match, and the key is unique"
    elif not number and expected != 0:
        ok, why = False, "hidden" if any(each.count for each in counts) else "absent"
    elif expected is not None and number != expected:
        ok, why = False, f"{number} found, {expected} expected"
    else:
        fallback = f"strategy {shown + 1} of {len(numbers)}; those before it find nothing"
        ok, why = True, fallback if serving else ""
    return Finding(
        key=expectation.key,
        values=expectation.values,
        access=target.access,
        expected="1 or more" if expected is None else str(expected),
        count=counts[shown].count,
        visible=counts[shown].visible,
        strategy=None if serving is None else serving + 1,
        strategies=len(counts),
        results=tuple(
            StrategyResult(**strategy.model_dump(), count=each.count, visible=each.visible)
            for strategy, each in zip(target.strategies, counts, strict=True)
        ),
        element=counts[shown].first,
        ok=ok,
        why=why,
        held_ms=held_ms if ok else None,
    )


def _targets(session: Session, findings: Sequence[Finding]) -> list[Target]:
    return [session.target(finding.key, **finding.values) for finding in findings]

"""Whether every selector key finds what it must in a state of the page.

The page is asked, key by key, what each strategy finds; nothing is clicked here. What counts is
decided by ``probes``, which knows how many elements there must be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from stashbot.browser import actions
from stashbot.browser.element_search import fingerprints_in
from stashbot.browser.session import Session
from stashbot.flows.checks.tour.expectations import Probe
from stashbot.models import Model
from stashbot.selectors import Target
from stashbot.selectors.element_fingerprint import Fingerprint
from stashbot.selectors.healing import Healing
from stashbot.selectors.schema import Access

#: A state is looked at until it has been still for so long, and at most for ``LOOK_MS``.
STILL_MS = 600
LOOK_MS = 6000
#: Elements of one key that are marked in a screenshot.
MARKED = 20
#: Elements of one key that an outline holds.
OUTLINED = 8

Box = tuple[int, int, int, int]


class Way(Model):
    """One strategy of a key as it was asked, and how many elements it found."""

    css: str
    text: str | None = None
    nth: int | None = None
    count: int
    visible: int


class Finding(Model):
    """What one key found.

    ``strategy`` counts from 1 and is the one that served, of ``strategies``. ``held_ms`` is how
    long after the state was reached it held. ``boxes`` are left, top, width and height of the
    elements in the state's screenshot, in CSS pixels. ``ways`` are the strategies in order.
    """

    key: str
    values: dict[str, str] = Field(default_factory=dict)
    access: Access
    expected: str
    count: int = 0
    visible: int = 0
    strategy: int | None = None
    strategies: int = 1
    ways: tuple[Way, ...] = ()
    element: str | None = None
    ok: bool
    why: str = ""
    held_ms: int | None = None
    boxes: tuple[Box, ...] = ()
    fingerprints: tuple[Fingerprint, ...] = ()
    healing: Healing | None = None

    @property
    def broken_off(self) -> bool:
        """Whether nothing is found where something must be."""
        return not self.ok and self.strategy is None and not self.visible

    @property
    def name(self) -> str:
        """The key with the values that it was asked with."""
        told = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.key}({told})" if told else self.key


class StateCheck(Model):
    """What a state showed; ``why`` says what kept the page from getting there.

    ``lacking`` marks a state that needs what the server does not have, such as a scraper.
    ``screenshot`` is a JPEG of ``width`` by ``height`` CSS pixels, ``aria`` the page's roles and
    names, ``outline`` a tree of elements; they are no part of the JSON form.
    """

    state: str
    scene: str = ""
    reached: bool
    lacking: bool = False
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
        """Whether it was reached and every key found what it must."""
        return self.reached and not self.broken


async def look(session: Session, asked: Sequence[Probe]) -> tuple[tuple[Finding, ...], bool]:
    """What the keys find, once each finds what it must or the page has come to rest.

    Also whether it did come to rest.
    """
    targets = [session.target(one.key, **one.values) for one in asked]
    wires = [
        {"target": target.wire(), "expected": one.expected}
        for one, target in zip(asked, targets, strict=True)
    ]
    (seen,) = await session.run(
        {"do": "check", "targets": wires, "ms": STILL_MS, "timeout": LOOK_MS}
    )
    findings = tuple(
        finding(probe, target, found["answers"], found["held"])
        for probe, target, found in zip(asked, targets, seen["found"], strict=True)
    )
    return findings, bool(seen["settled"])


async def mark(
    session: Session, findings: Sequence[Finding]
) -> tuple[tuple[Finding, ...], bytes, tuple[int, int]]:
    """The findings with their boxes, a screenshot that shows them all, and its size.

    The page is made as tall as its longest column for the picture, and then as it was.
    """
    size = session.page.viewport_size or {"width": 1280, "height": 800}
    (wanted,) = await session.run({"do": "height"})
    tall = {"width": size["width"], "height": min(int(wanted) + 40, 4000)}
    try:
        await session.page.set_viewport_size(tall)  # type: ignore[arg-type]
        wires = [session.target(one.key, **one.values).wire() for one in findings]
        _, places = await session.run(
            actions.quiet(100, 1000), {"do": "boxes", "targets": wires, "limit": MARKED}
        )
        picture = await session.page.screenshot(type="jpeg", quality=60)
    finally:
        await session.page.set_viewport_size(size)
    placed = tuple(
        one.model_copy(update={"boxes": tuple(tuple(box) for box in boxes)})
        for one, boxes in zip(findings, places, strict=True)
    )
    return placed, picture, (tall["width"], tall["height"])


async def with_fingerprints(session: Session, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings with the fingerprints of what the keys that hold find."""
    targets = [session.target(one.key, **one.values) for one in findings]
    taken = await fingerprints_in(session, *targets)
    return tuple(
        one.model_copy(update={"fingerprints": prints}) if one.ok else one
        for one, prints in zip(findings, taken, strict=True)
    )


async def outline(session: Session, findings: Sequence[Finding]) -> tuple[str, dict[str, Any]]:
    """The page's ARIA snapshot, and a tree of what the keys find with what stands around it."""
    wires = [session.target(one.key, **one.values).wire() for one in findings]
    _, tree = await session.run(
        actions.quiet(STILL_MS, LOOK_MS), {"do": "outline", "targets": wires, "limit": OUTLINED}
    )
    return await session.page.locator("body").aria_snapshot(), tree


def finding(
    probe: Probe, target: Target, answers: Sequence[dict[str, Any]], held_ms: int | None = None
) -> Finding:
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
        strategies=len(answers),
        ways=tuple(
            Way(**way.model_dump(), count=int(answer["count"]), visible=int(answer["visible"]))
            for way, answer in zip(target.strategies, answers, strict=True)
        ),
        element=answers[shown]["first"],
        ok=ok,
        why=why,
        held_ms=held_ms if ok else None,
    )

"""Small reports."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.flows.checks.tour.key_check import Finding, StateCheck, StrategyResult
from stashbot.selectors.element_fingerprint import Fingerprint
from stashbot.selectors.healing import ElementCandidate, Healing


def finding(key: str = "list.card", **fields: Any) -> Finding:
    """Return a key that holds."""
    given: dict[str, Any] = {
        "access": "read",
        "expected": "1",
        "count": 1,
        "visible": 1,
        "strategy": 1,
        "strategies": 2,
        "results": (
            StrategyResult(css=".a", count=1, visible=1),
            StrategyResult(css=".b", count=1, visible=1),
        ),
        "element": "div.a",
        "ok": True,
        "held_ms": 12,
    }
    return Finding(key=key, **(given | fields))


def broken(key: str = "list.card", **fields: Any) -> Finding:
    """Return a key that finds nothing."""
    gone = {"ok": False, "why": "absent", "count": 0, "visible": 0, "strategy": None}
    return finding(key, **(gone | {"held_ms": None, "element": None} | fields))


def healed(key: str = "list.card", **fields: Any) -> Finding:
    """Return a key that finds nothing, but whose element may be replaced."""
    candidate = ElementCandidate(fingerprint=Fingerprint(tag="div"), css="div.renamed", score=0.91)
    healing = Healing(key=key, access="read", candidate=candidate, usable=True, why="alike")
    return broken(key, **({"healing": healing} | fields))


def state(name: str, *findings: Finding, **fields: Any) -> StateCheck:
    """Return a state that was reached."""
    given: dict[str, Any] = {"reached": True, "findings": findings}
    return StateCheck(state=name, **(given | fields))


def unreached(name: str, why: str = "no scraper", **fields: Any) -> StateCheck:
    """Return a state that was not reached."""
    return StateCheck(state=name, reached=False, why=why, **fields)


def report(*states: StateCheck, **fields: Any) -> SelectorReport:
    """Return a report of these states."""
    given: dict[str, Any] = {
        "version": "v0.30.1",
        "release": "0.30",
        "exact": True,
        "url": "http://127.0.0.1:9999",
        "profile": "session",
        "viewport": (1280, 800),
        "started": "2026-03-04T06:07:08+01:00",
        "elapsed_ms": 65_400,
    }
    return SelectorReport(states=states, **(given | fields))


def jpeg(width: int, height: int) -> bytes:
    """Return a picture of this size."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "#202b33").save(file, "JPEG")
    return file.getvalue()


WIDTH, HEIGHT = 1000, 600
BOX, OTHER = (100, 60, 200, 90), (400, 300, 300, 120)
LIST = state(
    "list",
    finding("list.logo", boxes=(BOX,)),
    finding("list.card", boxes=(OTHER, (720, 300, 200, 120)), access="write"),
    healed("list.menu", boxes=((10, 500, 50, 40),)),
    broken("list.gone"),
    screenshot=jpeg(WIDTH, HEIGHT),
    width=WIDTH,
    height=HEIGHT,
)
MENU = state("menu", finding("menu.item", values={"name": "alpha"}))
WHOLE = report(
    LIST, MENU, unreached("dialog", "no scraper is installed", missing_prerequisite=True)
)

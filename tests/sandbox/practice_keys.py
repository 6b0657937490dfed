"""What the selectors of a state find in a practice page, and the way to the state."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Locator, Page

from stashbot.sandbox.sources import SOURCES
from stashbot.selectors import Registry, SelectorSet
from stashbot.selectors.schema import FilledStrategy

REGISTRY = Registry.load()
#: What the ways' placeholders stand for in the practice library.
VALUES = {"{query_option}": next(f"scraper:{one.id}" for one in SOURCES if "NAME" in one.scrapes)}
NEWEST: SelectorSet = REGISTRY.for_release(REGISTRY.releases.newest)


def strategies(key: str) -> tuple[FilledStrategy, ...]:
    """The strategies of ``key`` for the newest release."""
    return NEWEST.target(key).strategies


def element(tab: Page, key: str, nth: int = 0) -> Locator:
    """The ``nth`` element that the first strategy of ``key`` finds."""
    first = strategies(key)[0]
    return tab.locator(first.css).nth(nth if first.nth is None else first.nth)


def bring(tab: Page, url: str, state: str) -> None:
    """Go to ``state`` by the way that ``states.toml`` describes."""
    way = REGISTRY.states[state]
    if way.after is not None:
        bring(tab, url, way.after)
    else:
        tab.goto(f"{url}{way.path}")
    for step in way.do:
        if step.click is not None:
            element(tab, step.click, step.nth or 0).click()
        elif step.set is not None:
            element(tab, step.set).select_option(VALUES.get(step.value or "", step.value))
    assert way.ready is not None
    element(tab, way.ready).wait_for(state="attached")


def wrong(tab: Page, state: str) -> Iterator[str]:
    """The strategies of the state's keys that do not find what the key says."""
    for key in NEWEST.in_state(state):
        entry = NEWEST.entry(key)
        for number, strategy in enumerate(strategies(key), 1):
            found = tab.locator(strategy.css)
            if strategy.nth is not None:
                found = found.nth(strategy.nth)
            shown = [one for one in found.all() if not entry.visible or one.is_visible()]
            if (len(shown) != 1) if entry.count == "unique" else not shown:
                yield f"{key}, strategy {number}: {len(shown)}"

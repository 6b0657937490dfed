"""The forms of new tags and groups, a scene's queue, and pages that are not implemented."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from stashbot.sandbox import Sandbox

TOAST = ".toast-container:not(.hidden) .toast"


@pytest.mark.parametrize("kind", ["tag", "group"])
def test_create(tab: Page, sandbox: Sandbox, kind: str) -> None:
    """The form refuses an empty name, creates the entity, and opens its page."""
    tab.goto(f"{sandbox.url}/{kind}s/new")
    tab.click(".details-edit .save")
    expect(tab.locator("[data-field=name] .invalid-feedback")).to_have_text(
        "name is a required field"
    )
    tab.fill(f"#{kind}-edit #name", "Fresh Name")
    tab.click(".details-edit .save")
    expect(tab.locator(TOAST)).to_contain_text(f"Created {kind}")
    kept = getattr(sandbox.library, f"{kind}s")
    (made,) = (entity for entity in kept.values() if entity.name == "Fresh Name")
    expect(tab).to_have_url(f"{sandbox.url}/{kind}s/{made.id}/scenes?sortby=date")


def test_an_address_fills_in_the_name(tab: Page, sandbox: Sandbox) -> None:
    """The form starts with the name from the address, as in Stash."""
    tab.goto(f"{sandbox.url}/tags/new?q=Harbour")
    expect(tab.locator("#tag-edit #name")).to_have_value("Harbour")


@pytest.mark.parametrize("path", ["/performers", "/settings?tab=tasks", "/tags/1"])
def test_a_page_that_is_not_implemented_says_so(tab: Page, sandbox: Sandbox, path: str) -> None:
    """Stash's other pages exist only as a notice."""
    tab.goto(f"{sandbox.url}{path}")
    expect(tab.locator(".main")).to_contain_text("not part of the practice Stash")


def test_queue_moves_on(tab: Page, sandbox: Sandbox) -> None:
    """The queue lists the scenes that the address names, and its links move within it."""
    tab.goto(f"{sandbox.url}/scenes/1?qsort=path&qsortd=asc&qfp=1")
    tab.click("[data-rb-event-key=scene-queue-panel]")
    expect(tab.locator("#queue-content li a")).to_have_count(len(sandbox.library.scenes))
    following = tab.locator("#queue-content li:not(.current) a").first
    address = following.get_attribute("href")
    following.click()
    expect(tab).to_have_url(f"{sandbox.url}{address}?qsort=path&qsortd=asc&qfp=1")
    expect(tab.locator("#queue-content li.current a")).to_have_attribute("href", address or "")

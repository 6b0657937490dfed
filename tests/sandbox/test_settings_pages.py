"""The practice settings show what Stash's show; tasks start or ask as they do there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from stashbot.sandbox import Sandbox
from tests.sandbox.practice_keys import bring, element, wrong


@pytest.mark.slow
@pytest.mark.parametrize(
    "state",
    [
        "settings-tasks",
        "clean-confirm",
        "settings-providers",
        "settings-interface",
        "settings-about",
    ],
)
def test_every_key_finds_its_element(tab: Page, sandbox: Sandbox, state: str) -> None:
    """Every strategy of a state's keys finds on the practice page what it finds on Stash's."""
    sandbox.library.ui["advancedMode"] = True
    bring(tab, sandbox.url, state)
    element(tab, "settings.version" if state == "settings-about" else "settings.menu").wait_for()
    assert not list(wrong(tab, state))


def test_advanced_tasks_are_hidden_at_first(tab: Page, sandbox: Sandbox) -> None:
    """Identify and Auto Tag are there in advanced mode only, which is saved when it is chosen."""
    bring(tab, sandbox.url, "settings-tasks")
    expect(element(tab, "settings.identify")).to_have_count(0)
    with tab.expect_response(lambda one: "ConfigureUI" in (one.request.post_data or "")):
        element(tab, "settings.advanced").evaluate("one => one.click()")
    expect(element(tab, "settings.identify")).to_have_count(1)
    assert sandbox.library.ui["advancedMode"] is True


def test_clean_asks_and_scan_does_not(tab: Page, sandbox: Sandbox) -> None:
    """Clean sends nothing before its question is answered; Scan starts at once."""
    bring(tab, sandbox.url, "clean-confirm")
    element(tab, "settings.clean_cancel").click()
    assert not sandbox.mutations
    element(tab, "settings.clean").click()
    element(tab, "settings.clean_confirm").click()
    expect(tab.locator(".toast-container:not(.hidden) .toast")).to_contain_text("Clean")
    element(tab, "settings.scan").click()
    expect(tab.locator(".toast-container:not(.hidden) .toast")).to_contain_text("Scan")
    assert [one.operation for one in sandbox.mutations] == ["MetadataClean", "MetadataScan"]


def test_language_is_saved(tab: Page, sandbox: Sandbox) -> None:
    """The language of the page is that of the settings, from the next load on."""
    bring(tab, sandbox.url, "settings-interface")
    with tab.expect_response(
        lambda answer: "ConfigureInterface" in (answer.request.post_data or "")
    ):
        element(tab, "settings.language").select_option("de-DE")
    tab.goto(f"{sandbox.url}/settings?tab=tasks")
    expect(element(tab, "settings.scan")).to_have_text("Scannen")

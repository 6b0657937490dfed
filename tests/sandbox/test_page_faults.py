"""Faults in pages: the change stays, and the app keeps working."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from stashbot.errors import ConfigError
from stashbot.sandbox import Sandbox
from stashbot.sandbox.faults import Faults
from tests.slow_params import slow_params

EDIT_TAB = '[data-rb-event-key="scene-edit-panel"]'
BUTTONS = ".edit-buttons"
BUTTON = ".edit-button.btn-primary"
SAVE = f"{BUTTONS} {BUTTON}"
TOAST = ".toast-container:not(.hidden) .toast"


def form_of(tab: Page, sandbox: Sandbox) -> None:
    tab.goto(f"{sandbox.url}/scenes/1")
    tab.click(EDIT_TAB)
    tab.wait_for_selector("#scene-edit-details .edit-button")


def saves(tab: Page, sandbox: Sandbox, press: str = SAVE) -> None:
    """Type a title, save it by a click, and check that it arrives."""
    expect(tab.locator(press)).to_have_attribute("disabled", "")
    tab.fill("#title", "Still working")
    expect(tab.locator(press)).not_to_have_attribute("disabled", "")
    tab.locator(press).click()
    expect(tab.locator(TOAST)).to_be_visible()
    assert sandbox.library.scenes["1"].title == "Still working"


def children(tab: Page, selector: str) -> list[str]:
    script = "all => all[0] ? [...all[0].children].map(child => child.className) : []"
    return list(tab.eval_on_selector_all(selector, script))


@pytest.mark.parametrize(
    ("fault", "gone", "there"),
    slow_params(
        [
            (("wrap", SAVE), f"{BUTTONS} > .edit-button.btn-primary", f".sandbox-wrap > {BUTTON}"),
            (("reorder", BUTTONS), f"{BUTTONS} > .btn-primary:first-child", SAVE),
            (("text", SAVE, "Publish"), f"{SAVE}:text-is('Save')", f"{SAVE}:text-is('Publish')"),
            (("id", "#scene-edit-details", "other"), "#scene-edit-details", f"#other {SAVE}"),
            (("id", "#scene-edit-details"), "#scene-edit-details", SAVE),
            (("attribute", "[data-field]"), "[data-field]", SAVE),
            (("tag", SAVE), "button.edit-button.btn-primary", f"div[role=button]{BUTTON}"),
            (("rename", ".btn-primary", "btn-main"), ".btn-primary", f"{BUTTONS} .btn-main"),
        ],
        first=3,
    ),
)
def test_a_change_holds_and_the_form_works(
    tab: Page, sandbox: Sandbox, fault: tuple[str, ...], gone: str, there: str
) -> None:
    """A changed button is found only in its changed form, before and after a save."""
    details = {"attribute": "data-field"} if fault[0] == "attribute" else {}
    sandbox.faults.add_page(*fault, **details)  # type: ignore[arg-type]
    tab.goto(f"{sandbox.url}/scenes/1")
    tab.click(EDIT_TAB)
    tab.wait_for_selector(there)
    expect(tab.locator(gone)).to_have_count(0)
    saves(tab, sandbox, press=there)
    tab.wait_for_selector(there)
    expect(tab.locator(gone)).to_have_count(0)
    expect(tab.locator(there)).to_have_attribute("disabled", "")


def test_a_moved_tab_opens_its_panel(tab: Page, sandbox: Sandbox) -> None:
    """A moved tab works, and stays in a single place after rerendering."""
    sandbox.faults.add_page(
        "move", ".nav-item:has(> [data-rb-event-key=scene-edit-panel])", to=".scene-toolbar"
    )
    form_of(tab, sandbox)
    expect(tab.locator(f".nav-tabs {EDIT_TAB}")).to_have_count(0)
    expect(tab.locator(f".scene-toolbar {EDIT_TAB}.active")).to_have_count(1)
    saves(tab, sandbox)
    tab.evaluate(
        "history.pushState({}, '', '/scenes'); dispatchEvent(new PopStateEvent('popstate'))"
    )
    tab.wait_for_selector(".scene-card")
    expect(tab.locator(EDIT_TAB)).to_have_count(0)


def test_renamed_attributes_and_removed_elements(tab: Page, sandbox: Sandbox) -> None:
    """A renamed attribute keeps its value; a removed element never comes back."""
    sandbox.faults.add_page(
        "attribute", "[data-rb-event-key]", "data-key", attribute="data-rb-event-key"
    )
    sandbox.faults.add_page("remove", ".organized-button")
    tab.goto(f"{sandbox.url}/scenes/1")
    tab.click("[data-key=scene-edit-panel]")
    saves(tab, sandbox)
    expect(tab.locator("[data-rb-event-key]")).to_have_count(0)
    expect(tab.locator(".organized-button")).to_have_count(0)


def test_a_late_element_is_nowhere_before(tab: Page, sandbox: Sandbox) -> None:
    """A late button never appears early, appears after the delay, and is late again."""
    sandbox.faults.add_page("slow", SAVE, ms=700)
    tab.goto(f"{sandbox.url}/scenes/1")
    tab.evaluate(
        """save => new MutationObserver(() => {
          const now = performance.now();
          if (document.querySelector("#scene-edit-details")) window.form ??= now;
          if (document.querySelector(save)) window.button ??= now;
        }).observe(document.body, {childList: true, subtree: true})""",
        SAVE,
    )
    tab.click(EDIT_TAB)
    tab.wait_for_selector(SAVE)
    assert 650 < tab.evaluate("window.button - window.form") < 3000
    saves(tab, sandbox)
    tab.evaluate("window.form = window.button = undefined")
    tab.wait_for_selector(SAVE)


def test_reversed_buttons_stay_reversed_when_a_button_is_added(tab: Page, sandbox: Sandbox) -> None:
    """A button that the app adds later takes its place in the reversed order."""
    sandbox.faults.add_page("reorder", ".filtered-list-toolbar .scene-list-operations > .btn-group")
    tab.goto(f"{sandbox.url}/scenes?sortby=path&sortdir=asc")
    tab.wait_for_selector(".scene-card")
    group = ".filtered-list-toolbar .scene-list-operations > .btn-group"
    before = children(tab, group)
    tab.locator(".card-check").first.click()
    tab.wait_for_selector(f"{group} .btn-danger")
    names = [
        next((part for part in ("dropdown", "btn-danger", "play") if part in child), "")
        for child in children(tab, group)
    ]
    assert names[0] == "dropdown"
    assert names[-1] == "play"
    assert names.index("btn-danger") == 1
    tab.locator(".card-check").first.click()
    expect(tab.locator(f"{group} .btn-danger")).to_have_count(0)
    assert children(tab, group) == before


def test_an_invalid_selector_does_not_affect_other_faults(tab: Page, sandbox: Sandbox) -> None:
    """The console names an invalid selector; other faults still apply."""
    messages: list[str] = []
    tab.on("console", lambda message: messages.append(message.text))
    sandbox.faults.add_page("wrap", ".edit-button:nonsense(")
    sandbox.faults.add_page("rename", ".edit-button", "edit-knob")
    tab.goto(f"{sandbox.url}/scenes/1")
    tab.click(EDIT_TAB)
    tab.wait_for_selector(".edit-knob")
    assert [text for text in messages if "cannot wrap .edit-button:nonsense(" in text]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"kind": "wrap"}, "needs a selector"),
        ({"kind": "toast", "selector": ".btn"}, "takes no selector"),
        ({"kind": "move", "selector": ".btn"}, "needs 'to'"),
        ({"kind": "slow", "selector": ".btn"}, "needs 'ms'"),
        ({"kind": "rename", "selector": ".btn"}, "needs 'value'"),
        ({"kind": "attribute", "selector": ".btn"}, "needs 'attribute'"),
        (
            {"kind": "attribute", "selector": ".btn", "attribute": "class"},
            "does not change 'class'",
        ),
        ({"kind": "remove", "selector": ".btn", "ms": 5}, "no use for 'ms'"),
    ],
)
def test_invalid_page_faults_are_refused(
    sandbox: Sandbox, fault: dict[str, Any], message: str
) -> None:
    """A fault with missing or surplus details is refused, by method and control API."""
    with pytest.raises(ConfigError, match=re.escape(message)):
        Faults().add_page(**fault)
    address = f"{sandbox.url}/__sandbox/faults"
    answer = httpx.post(address, json={"page": [{"kind": "remove", "selector": "i"}, fault]})
    assert answer.status_code == 400
    assert message in answer.json()["error"]
    assert httpx.get(address).json()["page"] == []

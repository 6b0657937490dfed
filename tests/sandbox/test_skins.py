"""The skins of the practice pages: releases, languages, looks and plugins."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from stashbot.errors import ConfigError
from stashbot.sandbox import Sandbox, SandboxOptions, app
from tests.slow_params import slow_params

EDIT_TAB = '[data-rb-event-key="scene-edit-panel"]'
SAVE = ".edit-buttons .edit-button.btn-primary"
TOAST = ".toast-container:not(.hidden) .toast"
JSON, GRAPHQL = "application/json", "application/graphql-response+json"
CONFIGURATION = "{ configuration { interface { css cssEnabled sfwContentMode } } }"


def form_of(tab: Page, sandbox: Sandbox) -> None:
    tab.goto(f"{sandbox.url}/scenes/1")
    tab.click(EDIT_TAB)
    tab.wait_for_selector("#scene-edit-details .edit-button")


def proposed(tab: Page, source: str) -> None:
    tab.locator(".scraper-group .dropdown-toggle").first.click()
    tab.locator(".scraper-group .dropdown-item").filter(has_text=re.compile(f"^{source}$")).click()
    tab.wait_for_selector(".scrape-dialog")


def saves(tab: Page, sandbox: Sandbox, press: str = SAVE) -> None:
    """Type a title, save it by a click, and check that it arrives."""
    expect(tab.locator(press)).to_have_attribute("disabled", "")
    tab.fill("#title", "Still working")
    expect(tab.locator(press)).not_to_have_attribute("disabled", "")
    tab.locator(press).click()
    expect(tab.locator(TOAST)).to_be_visible()
    assert sandbox.library.scenes["1"].title == "Still working"


@pytest.mark.parametrize(
    ("release", "version", "media_type"),
    [("0.28", "v0.28.1", JSON), ("0.29", "v0.29.3", GRAPHQL), ("0.30", "v0.30.1", GRAPHQL)],
)
def test_a_release_answers_as_itself(release: str, version: str, media_type: str) -> None:
    """Version and content type are the release's; clients that accept JSON get JSON."""
    body = {"query": "{ version { version } }"}
    with Sandbox(SandboxOptions.model_validate({"release": release})) as old:
        answer = httpx.post(f"{old.url}/graphql", json=body)
        plain = httpx.post(f"{old.url}/graphql", json=body, headers={"Accept": JSON})
    assert answer.json()["data"]["version"]["version"] == version
    assert answer.headers["content-type"] == media_type
    assert plain.headers["content-type"] == JSON


@pytest.mark.parametrize("release", slow_params(["0.28", "0.29", "0.30"]))
def test_a_release_has_its_own_pages(tab: Page, release: str) -> None:
    """Form, dialog and menus have the elements of the release's pages, and work."""
    newest, oldest = release == "0.30", release == "0.28"
    options = {"release": release, "release_notes": False}
    with Sandbox(SandboxOptions.model_validate(options)) as old:
        tab.goto(f"{old.url}/scenes?sortby=path&sortdir=asc")
        tab.wait_for_selector(".scene-card")
        tab.locator(".card-check").first.click()
        tab.click("#more-menu")
        expect(tab.locator("#root .dropdown-menu.show")).to_have_count(1 if oldest else 0)
        expect(tab.locator(".dropdown-menu.show .dropdown-item")).to_have_count(8 if oldest else 9)
        tab.keyboard.press("Escape")

        form_of(tab, old)
        tab.click("#operation-menu")
        expect(tab.locator(".dropdown-menu.show .dropdown-item")).to_have_count(6 if newest else 5)
        tab.keyboard.press("Escape")
        proposed(tab, "GammaSource")
        expect(tab.locator("[data-field=title]")).to_have_count(2 if newest else 0)
        expect(tab.locator(".scrape-dialog .fa-link")).to_have_count(12 if newest else 0)
        headers = tab.locator(".scrape-dialog .collapse-header")
        assert bool(headers.count()) is not oldest
        tab.click(".scrape-dialog .modal-footer .btn-primary")
        tab.click(SAVE)
        expect(tab.locator(TOAST)).to_contain_text("Updated scene")
        assert old.library.scenes["1"].code == "G-1"


@pytest.mark.parametrize(
    ("language", "save"), [("de-DE", "Speichern"), ("ja-JP", "保存"), ("fa-IR", "ذخیره")]
)
def test_pages_speak_the_language(tab: Page, sandbox: Sandbox, language: str, save: str) -> None:
    """The save button is translated, and the page follows the writing direction."""
    skin = {"language": language, "direction": "rtl" if language == "fa-IR" else "ltr"}
    httpx.post(f"{sandbox.url}/__sandbox/skin", json=skin).raise_for_status()
    form_of(tab, sandbox)
    expect(tab.locator(SAVE)).to_have_text(save)
    assert tab.evaluate("getComputedStyle(document.body).direction") == skin["direction"]


def test_languages_know_no_words_that_english_lacks() -> None:
    """Translations have only words that English has, since pages use no others."""
    folder = Path(app.STATIC) / "js" / "words"
    words = {
        file.stem: set(re.findall(r"[{,]\s*(\w+): \"", file.read_text("utf-8")))
        for file in folder.glob("*.js")
    }
    assert {"en", "de", "ja", "fa"} <= set(words)
    for language, known in words.items():
        assert len(known) > 60, language
        assert known <= words["en"], (language, known - words["en"])


def test_custom_css_is_served_while_the_settings_have_it(
    tab: Page, sandbox: Sandbox, ask: Any
) -> None:
    """The look is in the settings, at /css and in the page; without a look /css is empty."""
    assert httpx.get(f"{sandbox.url}/css").text == ""
    address = f"{sandbox.url}/__sandbox/skin"
    assert httpx.post(address, json={"look": "community"}).json()["look"] == "community"
    interface = ask(CONFIGURATION)["data"]["configuration"]["interface"]
    assert interface["cssEnabled"]
    assert interface["css"] == httpx.get(f"{sandbox.url}/css").text
    form_of(tab, sandbox)
    assert tab.eval_on_selector(".form-label", "e => getComputedStyle(e).fontSize") == "0px"
    saves(tab, sandbox)
    httpx.post(address, json={"look": "stash"})
    assert httpx.get(f"{sandbox.url}/css").text == ""


def test_sfw_mode_and_plugin_show_in_the_page(tab: Page, sandbox: Sandbox) -> None:
    """SFW mode marks the page; plugin buttons appear beside Stash's own, which still work."""
    httpx.post(f"{sandbox.url}/__sandbox/skin", json={"sfw": True, "plugin": True})
    form_of(tab, sandbox)
    expect(tab.locator(".main.sfw-content-mode")).to_have_count(1)
    expect(tab.locator(".practice-plugin")).to_have_count(3)
    expect(tab.locator(SAVE)).to_have_count(2)
    saves(tab, sandbox, press=f"{SAVE}:not(.practice-plugin)")
    expect(tab.locator(".practice-plugin")).to_have_count(3)


def test_patched_answers_disable_sfw_mode_and_plugins(tab: Page, sandbox: Sandbox) -> None:
    """The page reads SFW mode and plugins from answers, so a patched answer disables them."""
    httpx.post(f"{sandbox.url}/__sandbox/skin", json={"sfw": True, "plugin": True})

    def patched(route: Any) -> None:
        answer = route.fetch().json()
        if "plugins" in answer["data"]:
            answer["data"]["plugins"] = []
        if "configuration" in answer["data"]:
            answer["data"]["configuration"]["interface"]["sfwContentMode"] = False
        route.fulfill(json=answer)

    tab.route("**/graphql", patched)
    form_of(tab, sandbox)
    expect(tab.locator(".sfw-content-mode")).to_have_count(0)
    expect(tab.locator(".practice-plugin")).to_have_count(0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"release": "0.27"}, "no release '0.27'"),
        ({"look": "neon"}, "no look 'neon'"),
        ({"direction": "up"}, "no direction 'up'"),
        ({"release": "0.29", "sfw": True}, "0.29 has no SFW"),
    ],
)
def test_invalid_options_are_refused(options: dict[str, Any], message: str) -> None:
    """An unknown skin is refused with its name."""
    with pytest.raises(ConfigError, match=re.escape(message)):
        SandboxOptions.model_validate(options)

"""The practice pages behave like Stash's, including its pitfalls."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Page, Route, expect

from stashbot.sandbox import Sandbox, SandboxOptions

EDIT_TAB = '[data-rb-event-key="scene-edit-panel"]'
SAVE = ".edit-buttons .edit-button.btn-primary"
TOAST = ".toast-container:not(.hidden) .toast"
LEAVE = """url => {
  history.pushState({}, "", url);
  dispatchEvent(new PopStateEvent("popstate", {state: {}}));
}"""


def open_form(tab: Page, sandbox: Sandbox, scene: int) -> None:
    tab.goto(f"{sandbox.url}/scenes/{scene}")
    tab.click(EDIT_TAB)
    tab.wait_for_selector("#scene-edit-details .edit-button")


def scrape(tab: Page, source: str) -> None:
    tab.locator(".scraper-group .dropdown-toggle").first.click()
    items = tab.locator(".scraper-group .dropdown-menu.show .dropdown-item")
    items.filter(has_text=re.compile(f"^{source}$")).click()


def move(tab: Page, scene: int) -> None:
    tab.evaluate(LEAVE, f"/scenes/{scene}")


def sent(sandbox: Sandbox, operation: str) -> list[dict[str, Any]]:
    return [record.variables for record in sandbox.mutations if record.operation == operation]


def test_scrape_create_apply_save_organize(tab: Page, sandbox: Sandbox) -> None:
    """Scraped and created metadata is saved with the form, then the scene is organized."""
    open_form(tab, sandbox, 1)
    expect(tab.locator(SAVE)).to_be_disabled()
    scrape(tab, "AlphaSource")
    tags = tab.locator(".scrape-dialog [data-field=tags]")
    tags.locator(".tag-item button").first.click()
    expect(tags.locator(".tag-item")).to_have_count(0)
    tab.click(".scrape-dialog .modal-footer .btn-primary")
    expect(tab.locator(".scrape-dialog")).to_have_count(0)
    tab.click(SAVE)
    expect(tab.locator(TOAST)).to_contain_text("Updated scene")
    expect(tab.locator(SAVE)).to_be_disabled()
    tab.click(".organized-button.not-organized")
    tab.wait_for_selector(".organized-button.organized")

    scene, facts = sandbox.library.scenes["1"], sandbox.library.truth["1"].facts
    assert (scene.title, scene.date, scene.organized) == (facts.title, facts.date, True)
    assert [sandbox.library.tags[id_].name for id_ in scene.tag_ids] == list(facts.tags)
    whole, organized = (variables["input"] for variables in sent(sandbox, "SceneUpdate"))
    assert set(whole) == {
        *("id", "title", "code", "urls", "date", "director", "details", "gallery_ids"),
        *("studio_id", "performer_ids", "groups", "tag_ids", "stash_ids"),
    }
    assert organized == {"id": "1", "organized": True}


def test_apply_replaces_lists_and_drops_what_was_not_created(tab: Page, sandbox: Sandbox) -> None:
    """Scraped lists replace the old, unknown entities are dropped, URLs are merged."""
    sandbox.library.update_scene("1", {"tag_ids": ["5"], "urls": ["https://mine.test/1"]})
    open_form(tab, sandbox, 1)
    scrape(tab, "AlphaSource")
    tab.click(".scrape-dialog .modal-footer .btn-primary")
    tab.click(SAVE)
    expect(tab.locator(TOAST)).to_contain_text("Updated scene")
    scene = sandbox.library.scenes["1"]
    assert scene.tag_ids == ["1", "3"]
    assert scene.urls == ["https://mine.test/1", sandbox.library.truth["1"].facts.urls[0]]


def test_dialog_shows_differences_only(tab: Page, sandbox: Sandbox) -> None:
    """Only differing fields have rows; choosing the existing value keeps the field."""
    title = sandbox.library.truth["1"].facts.title
    sandbox.library.update_scene("1", {"title": title, "code": "MINE"})
    open_form(tab, sandbox, 1)
    scrape(tab, "AlphaSource")
    tab.wait_for_selector(".scrape-dialog")
    expect(tab.locator(".scrape-dialog [data-field=title]")).to_have_count(0)
    code = tab.locator(".scrape-dialog [data-field=code]")
    code.locator(".input-group-prepend button").first.click()
    expect(code.locator(".input-group-prepend svg").first).to_have_attribute("data-icon", "check")
    tab.keyboard.press("Escape")
    tab.click(".scrape-dialog .modal-footer .btn-primary")
    expect(tab.locator("#code")).to_have_value("MINE")


def test_many_new_objects_are_collapsed(tab: Page, sandbox: Sandbox) -> None:
    """Ten or more unknown entities are collapsed behind a button."""
    open_form(tab, sandbox, 1)
    scrape(tab, "GammaSource")
    tags = tab.locator(".scrape-dialog [data-field=tags]")
    expect(tags.locator(".collapse-button")).to_have_text("Missing (12)")
    expect(tags.locator(".tag-item").first).to_be_hidden()
    tags.locator(".collapse-button").click()
    expect(tags.locator(".tag-item").first).to_be_visible()


def test_cached_scenes_are_not_loaded_again(tab: Page, sandbox: Sandbox) -> None:
    """In-app navigation shows cached data, and a save reverts an edit by another client."""
    open_form(tab, sandbox, 1)
    move(tab, 3)
    expect(tab.locator(".scene-header")).to_contain_text("Clip.14")
    sandbox.library.update_scene("1", {"code": "FOREIGN"})
    move(tab, 1)
    expect(tab.locator(".scene-header")).to_contain_text("Clip.12")
    expect(tab.locator("#code")).to_have_value("")
    tab.fill("#title", "Mine")
    tab.click(SAVE)
    expect(tab.locator(TOAST)).to_contain_text("Updated scene")
    assert sandbox.library.scenes["1"].code == ""


def test_late_answer_opens_on_the_scene_shown_now(tab: Page, sandbox: Sandbox) -> None:
    """A scrape survives navigation: its dialog opens on the other scene."""
    sandbox.faults.add("latency", "ScrapeSingleScene", seconds=0.6)
    open_form(tab, sandbox, 1)
    scrape(tab, "AlphaSource")
    tab.wait_for_selector(".tab-pane.active .LoadingIndicator")
    expect(tab.locator("#scene-edit-details")).to_have_count(0)
    move(tab, 4)
    expect(tab.locator(".scene-header")).to_contain_text("Clip.15")
    title = tab.locator(".scrape-dialog [data-field=title] input").last
    expect(title).to_have_value(sandbox.library.truth["1"].facts.title)


def test_finished_scan_rejects_a_scrape(tab: Page, sandbox: Sandbox) -> None:
    """The end of any scan rejects a running scrape with a toast, without a dialog."""
    sandbox.faults.add("latency", "ScrapeSingleScene", seconds=0.8)
    open_form(tab, sandbox, 1)
    assert sandbox.wait_for_pages()
    scrape(tab, "AlphaSource")
    tab.wait_for_selector(".tab-pane.active .LoadingIndicator")
    sandbox.complete_scan()
    expect(tab.locator(f"{TOAST}.danger")).to_contain_text("An error occurred!")
    expect(tab.locator(".scrape-dialog")).to_have_count(0)
    expect(tab.locator("#scene-edit-details")).to_have_count(1)


def test_finished_scan_resets_a_changed_scene_only(tab: Page, sandbox: Sandbox) -> None:
    """Typed text survives a scan, unless the scene changed on the server."""
    open_form(tab, sandbox, 1)
    assert sandbox.wait_for_pages()
    tab.fill("#title", "typed")
    with tab.expect_response(operation("FindScene")):
        sandbox.complete_scan()
    expect(tab.locator("#title")).to_have_value("typed")
    sandbox.library.update_scene("1", {"code": "FOREIGN"})
    sandbox.complete_scan()
    expect(tab.locator("#code")).to_have_value("FOREIGN")
    expect(tab.locator("#title")).to_have_value("")


def test_scrapes_without_dialog(tab: Page, sandbox: Sandbox) -> None:
    """No result shows a success toast, a failure a danger toast, an empty object no toast."""
    open_form(tab, sandbox, 1)
    scrape(tab, "EmptySource")
    expect(tab.locator(f"{TOAST}.success")).to_contain_text("No scenes found")
    tab.locator(".toast .close").click()
    expect(tab.locator(".toast-container.hidden .toast.show")).to_have_count(1)
    move(tab, 2)
    expect(tab.locator(".scene-header")).to_contain_text("Rope Walk")
    with tab.expect_response(operation("ScrapeSingleScene")):
        scrape(tab, "EmptySource")
    tab.wait_for_selector("#scene-edit-details")
    expect(tab.locator(TOAST)).to_have_count(0)
    scrape(tab, "BrokenSource")
    expect(tab.locator(f"{TOAST}.danger")).to_contain_text("scraper broken")


def test_dismissed_question_leaves_address_and_form_apart(tab: Page, sandbox: Sandbox) -> None:
    """Staying on a dirty form after ``pushState`` leaves the other address in place."""
    open_form(tab, sandbox, 1)
    tab.fill("#title", "dirty")
    tab.once("dialog", lambda dialog: dialog.dismiss())
    move(tab, 4)
    assert tab.url.endswith("/scenes/4")
    expect(tab.locator(".scene-header")).to_contain_text("Clip.12")
    expect(tab.locator("#title")).to_have_value("dirty")


def test_typed_text_moves_to_a_scene_that_looks_alike(tab: Page, sandbox: Sandbox) -> None:
    """Two scenes without metadata look equal to the form, which keeps typed text on leaving."""
    open_form(tab, sandbox, 1)
    tab.fill("#title", "dirty")
    tab.once("dialog", lambda dialog: dialog.accept())
    move(tab, 4)
    expect(tab.locator(".scene-header")).to_contain_text("Clip.15")
    expect(tab.locator("#title")).to_have_value("dirty")


def test_selects_wait_for_their_options(tab: Page, sandbox: Sandbox) -> None:
    """Enter before the options arrive does nothing; afterwards it creates."""
    open_form(tab, sandbox, 1)
    field = tab.locator("[data-field=tag_ids] .react-select__input")
    sandbox.faults.add("latency", "FindTagsForSelect", seconds=0.4)
    field.fill("Brand new")
    field.press("Enter")
    expect(field).to_have_value("Brand new")
    expect(tab.locator(".react-select__option")).to_have_text(['Create "Brand new"'])
    field.press("Enter")
    expect(tab.locator(TOAST)).to_contain_text("Created tag: Brand new")
    value = tab.locator("[data-field=tag_ids] .react-select__multi-value__label")
    expect(value).to_have_text(["Brand new"])
    assert sent(sandbox, "TagCreate") == [{"input": {"name": "Brand new"}}]


def test_refused_and_lost_saves(tab: Page, sandbox: Sandbox) -> None:
    """A refused save keeps the form dirty; a lost answer does too, though the save happened."""
    open_form(tab, sandbox, 1)
    tab.fill("#date", "2024-1")
    expect(tab.locator("[data-field=date] .invalid-feedback")).to_be_visible()
    expect(tab.locator(SAVE)).to_be_disabled()
    tab.fill("#date", "2024-02-31")
    tab.click(SAVE)
    expect(tab.locator(f"{TOAST}.danger")).to_contain_text("converting date")
    expect(tab.locator("#date")).to_have_value("2024-02-31")
    sandbox.faults.add("lost_answer", "SceneUpdate")
    tab.fill("#date", "2024-02-29")
    tab.click(SAVE)
    expect(tab.locator(f"{TOAST}.danger")).to_contain_text("Failed to fetch")
    expect(tab.locator(SAVE)).to_be_enabled()
    assert sandbox.library.scenes["1"].date == "2024-02-29"
    assert [record.applied for record in sandbox.mutations] == [False, True]


def test_two_clicks_at_once_save_twice(tab: Page, sandbox: Sandbox) -> None:
    """Two synchronous clicks send two updates; a person's double click sends a single update."""
    open_form(tab, sandbox, 1)
    tab.fill("#title", "once")
    answered: list[str] = []
    tab.on("requestfinished", lambda request: answered.append(request.post_data or ""))
    tab.evaluate(
        f"document.querySelector('{SAVE}').click();document.querySelector('{SAVE}').click()"
    )
    expect(tab.locator(TOAST).first).to_contain_text("Updated scene")
    while sum("SceneUpdate" in body for body in answered) < 2:
        tab.wait_for_event("requestfinished")
    open_form(tab, sandbox, 1)
    tab.fill("#title", "two")
    tab.dblclick(SAVE)
    expect(tab.locator(SAVE)).to_be_disabled()
    assert len(sent(sandbox, "SceneUpdate")) == 3


def test_query_and_url_scrapes(tab: Page, sandbox: Sandbox) -> None:
    """A search scrapes twice, first the words, then the choice; a URL is scraped directly."""
    open_form(tab, sandbox, 1)
    tab.locator(".scraper-group .dropdown-toggle").nth(1).click()
    tab.locator(".dropdown-menu.show .dropdown-item").first.click()
    words = tab.locator(".SceneScrapeModal input")
    expect(words).to_have_value("Northlight.2024-01-13.Clip.12.360p.mp4")
    words.fill("Quay")
    words.press("Enter")
    tab.locator(".SceneScrapeModal-list > li").first.click()
    tab.wait_for_selector(".scrape-dialog")
    tab.click(".scrape-dialog .modal-footer .btn-secondary")
    url = tab.locator("[data-field=urls] input")
    expect(tab.locator(".scrape-url-button")).to_be_disabled()
    url.first.fill(sandbox.library.truth["1"].facts.urls[0])
    tab.locator(".scrape-url-button").first.click()
    tab.wait_for_selector(".scrape-dialog [data-field=title]")


def test_list_searches_selects_and_opens(tab: Page, sandbox: Sandbox) -> None:
    """The list rewrites its address, searches after a pause, and opens scenes in the page."""
    tab.goto(f"{sandbox.url}/scenes")
    expect(tab.locator(".scene-card")).to_have_count(26)
    assert tab.url.endswith("/scenes?sortby=date")
    tab.goto(f"{sandbox.url}/scenes?perPage=20")
    tab.wait_for_url("**/scenes?sortby=date&sortdir=asc&perPage=20")
    expect(tab.locator(".scene-card")).to_have_count(20)
    tab.goto(f'{sandbox.url}/scenes?sortby=path&c=("type":"organized","value":"true")')
    expect(tab.locator(".scene-card")).to_have_count(2)
    tab.locator(".card-check").first.click()
    expect(tab.locator(".filtered-list-toolbar.has-selection .selected-count")).to_be_visible()
    tab.goto(f"{sandbox.url}/scenes?sortby=path")
    tab.locator(".filtered-list-toolbar .search-term-input input").fill("bee keeper")
    expect(tab.locator(".scene-card")).to_have_count(1)
    tab.locator(".scene-card-link").click()
    expect(tab.locator(".scene-header")).to_contain_text("Bee Keeper")


def test_the_page_follows_the_configuration_it_receives(tab: Page) -> None:
    """Language and release notes come from the answer, even if it is patched."""

    def patch(route: Route) -> None:
        if '"Configuration"' not in (route.request.post_data or ""):
            route.continue_()
            return
        answer = route.fetch()
        body = answer.json()
        body["data"]["configuration"]["ui"]["lastNoteSeen"] = 99999999
        body["data"]["configuration"]["interface"]["language"] = "en-GB"
        route.fulfill(response=answer, body=json.dumps(body))

    with Sandbox(SandboxOptions(language="de-DE")) as german:
        tab.goto(f"{german.url}/scenes/1")
        tab.wait_for_selector(".modal.show:has(svg[data-icon=gears])")
        tab.click(".modal.show .modal-footer .btn-primary")
        tab.click(EDIT_TAB)
        expect(tab.locator(SAVE)).to_have_text("Speichern")
        german.reset()
        tab.route("**/graphql", patch)
        tab.goto(f"{german.url}/scenes/1")
        tab.click(EDIT_TAB)
        expect(tab.locator(SAVE)).to_have_text("Save")
        expect(tab.locator(".modal.show")).to_have_count(0)


def test_lost_session_leads_to_the_login(tab: Page) -> None:
    """A page without a session opens the login and leaves a dirty form without a question."""
    questions: list[str] = []
    tab.on("dialog", lambda dialog: questions.append(dialog.message))
    options = SandboxOptions(username="me", password="secret", release_notes=False)
    with Sandbox(options) as guarded:
        tab.goto(f"{guarded.url}/scenes/1")
        tab.fill("#username", "me")
        tab.fill("#password", "wrong")
        tab.click("#login-button")
        expect(tab.locator(".login-error")).to_have_text("Invalid username or password")
        tab.fill("#password", "secret")
        tab.press("#password", "Enter")
        with tab.expect_response(operation("FindTagsForSelect")):
            tab.click(EDIT_TAB)
        tab.fill("#title", "typed")
        guarded.expire_sessions()
        tab.click(SAVE)
        tab.wait_for_url("**/login?returnURL=%2Fscenes%2F1")
        assert guarded.library.scenes["1"].title == ""
    assert not questions


def test_videos_have_the_length_and_size_of_their_files(tab: Page, sandbox: Sandbox) -> None:
    """The page's video element reports the duration and size of the file."""
    open_form(tab, sandbox, 1)
    reported = tab.evaluate("""async () => {
      const video = document.querySelector("video.vjs-tech");
      video.preload = "metadata";
      video.load();
      await new Promise((done) => video.addEventListener("loadedmetadata", done));
      return [video.duration, video.videoWidth, video.videoHeight];
    }""")
    file = sandbox.library.scenes["1"].files[0]
    assert reported == [file.duration, file.width, file.height]


def test_page_faults(tab: Page, sandbox: Sandbox) -> None:
    """Faults duplicate buttons, rename classes, cover elements and show dialogs."""
    sandbox.faults.add_page("duplicate", SAVE, "Plugin")
    sandbox.faults.add_page("rename", "organized-button", "renamed-button")
    open_form(tab, sandbox, 1)
    expect(tab.locator(SAVE)).to_have_count(2)
    expect(tab.locator(".organized-button")).to_have_count(0)
    assert sandbox.wait_for_pages()
    sandbox.faults.add_page("cover", "#operation-menu")
    sandbox.faults.add_page("modal", value="Surprise")
    expect(tab.locator(".sandbox-cover")).to_have_count(1)
    expect(tab.locator(".modal.show")).to_contain_text("Surprise")


def test_view_that_cannot_be_fetched_breaks_the_page(tab: Page, sandbox: Sandbox) -> None:
    """A missing module shows the error boundary, even after later navigation."""
    tab.route("**/scene-page.js", lambda route: route.abort())
    tab.goto(f"{sandbox.url}/scenes?sortby=path")
    tab.locator(".scene-card-link").first.click()
    expect(tab.locator(".main")).to_contain_text("Something went wrong.")
    tab.evaluate(LEAVE, "/scenes?sortby=path")
    expect(tab.locator(".main")).to_contain_text("Something went wrong.")


def operation(name: str) -> Any:
    """Return a predicate for the response to the operation."""
    return lambda response: f'"operationName":"{name}"' in (response.request.post_data or "")

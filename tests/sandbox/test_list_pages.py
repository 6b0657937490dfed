"""The practice list of scenes has the real one's displays, menus and dialogs, and they work."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from stashbot.flows.checks.selector_check import SelectorReport, check_selectors
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.sandbox.options import Release
from stashbot.selectors import Registry
from stashbot.settings import Settings

LIST = "/scenes?sortby=date&sortdir=desc"
CHECK = ".scene-card .card-check"
DIALOG = ".modal[role=dialog]"
ACCEPT = f"{DIALOG} .modal-footer .btn-primary:not(.help-button)"
STATES = sorted(
    {
        entry.state
        for registry in [Registry.load()]
        for key in registry.keys
        if key.split(".")[0] in {"scene_list", "bulk_edit", "filter_dialog", "dialogs"}
        for entry in [registry.for_release(registry.releases.newest).entry(key)]
    }
)


def checked(sandbox: Sandbox, folder: Path) -> SelectorReport:
    """What the tour finds, on a thread of its own: this one's loop is the test's browser's."""
    settings = Settings.model_validate(
        {"stash": {"url": sandbox.url}, "state": {"dir": str(folder)}}
    )

    def check() -> SelectorReport:
        return asyncio.run(check_selectors(settings, states=STATES))

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(check).result()


def select(tab: Page, sandbox: Sandbox, number: int, url: str = LIST) -> list[str]:
    """Opens the list and selects its first scenes; returns their ids in the list's order."""
    tab.goto(sandbox.url + url)
    links = tab.locator(".scene-card a.scene-card-link")
    links.first.wait_for()
    for index in range(number):
        tab.locator(CHECK).nth(index).click()
    expect(tab.locator(f"{CHECK}:checked")).to_have_count(number)
    hrefs = [links.nth(index).get_attribute("href") or "" for index in range(number)]
    return [href.removeprefix("/scenes/").partition("?")[0] for href in hrefs]


def operate(tab: Page, name: str) -> None:
    tab.click("#more-menu")
    tab.locator(".dropdown-menu.show .dropdown-item").filter(has_text=name).click()
    tab.wait_for_selector(DIALOG)


def sent(sandbox: Sandbox, operation: str) -> list[dict[str, Any]]:
    return [one.variables for one in sandbox.mutations if one.operation == operation]


@pytest.mark.slow
@pytest.mark.parametrize("release", ["0.28", "0.29", "0.30"])
def test_every_state_of_the_list_is_reached_and_every_key_holds(
    tmp_path: Path, release: Release
) -> None:
    """The ways and keys that were measured on real servers of a release lead and find here too."""
    with Sandbox(SandboxOptions(release=release, release_notes=False)) as sandbox:
        report = checked(sandbox, tmp_path)
        assert sandbox.mutations == []
    assert {one.state: one.why for one in report.unreached} == {}
    assert [one.name for one in report.broken] == []
    assert report.unchanged


def test_bulk_edit_changes_what_was_touched_and_nothing_else(tab: Page, sandbox: Sandbox) -> None:
    """Added tags join those that each scene has; untouched fields stay; the selection ends."""
    ids = select(tab, sandbox, 2)
    before = {one: sandbox.library.scenes[one] for one in ids}
    tags = {one: list(scene.tag_ids) for one, scene in before.items()}
    people = {one: list(scene.performer_ids) for one, scene in before.items()}
    tab.click(".scene-list-operations .btn:has(svg[data-icon=pencil])")
    tab.locator(".multi-set .tag-select .react-select__input").fill("a")
    tab.locator(".react-select__option").first.click()
    tab.locator(f"{DIALOG} .rating-stars button").nth(3).click()
    tab.click(ACCEPT)
    expect(tab.locator(DIALOG)).to_have_count(0)
    expect(tab.locator(f"{CHECK}:checked")).to_have_count(0)

    (added,) = sent(sandbox, "BulkSceneUpdate")[0]["input"]["tag_ids"]["ids"]
    for one in ids:
        scene = sandbox.library.scenes[one]
        assert scene.tag_ids == [*(tag for tag in tags[one] if tag != added), added]
        assert scene.rating100 == 80
        assert scene.performer_ids == people[one]


@pytest.mark.parametrize("leave", ["Escape", "cancel"])
def test_the_filter_dialog_closes_without_a_change(tab: Page, sandbox: Sandbox, leave: str) -> None:
    """Esc and Cancel leave the list as it was, whatever was chosen in the dialog."""
    select(tab, sandbox, 0)
    address = tab.url
    tab.click(".filter-button")
    tab.click("[data-type=organized] > .filter-item-header")
    tab.check("#organized-true")
    if leave == "Escape":
        tab.keyboard.press("Escape")
    else:
        tab.click(".edit-filter-dialog .modal-footer > div:last-child .btn-secondary")
    expect(tab.locator(".edit-filter-dialog")).to_have_count(0)
    assert tab.url == address


def test_an_applied_criterion_filters_until_it_is_removed(tab: Page, sandbox: Sandbox) -> None:
    """'organized' leaves the organized scenes in the list; its tag's button brings all back."""
    one = next(iter(sandbox.library.scenes.values()))
    one.organized = True
    organized = sum(scene.organized for scene in sandbox.library.scenes.values())
    select(tab, sandbox, 0)
    cards = tab.locator(".scene-card")
    everything = cards.count()
    tab.click(".filter-button")
    tab.click("[data-type=organized] > .filter-item-header")
    tab.check("#organized-true")
    tab.click(".edit-filter-dialog .modal-footer .btn-primary")
    expect(cards).to_have_count(organized)
    expect(tab.locator(".filter-button .badge")).to_have_text("1")
    tab.click(".filter-tags .tag-item .btn")
    expect(cards).to_have_count(everything)


def test_a_merge_leaves_the_destination_with_the_files_of_both(tab: Page, sandbox: Sandbox) -> None:
    """The first of the selected scenes stays; the other one goes, its file does not."""
    stays, goes = select(tab, sandbox, 2)
    files = [file.path for one in (stays, goes) for file in sandbox.library.scenes[one].files]
    operate(tab, "Merge")
    tab.click(ACCEPT)
    tab.wait_for_selector(".scrape-dialog [data-field=performers]")
    tab.click(ACCEPT)
    expect(tab.locator(DIALOG)).to_have_count(0)
    assert goes not in sandbox.library.scenes
    assert [file.path for file in sandbox.library.scenes[stays].files] == files


@pytest.mark.parametrize(
    ("name", "operation"), [("Generate", "MetadataGenerate"), ("Identify", "MetadataIdentify")]
)
def test_a_job_is_started_for_the_selected_scenes_only(
    tab: Page, sandbox: Sandbox, name: str, operation: str
) -> None:
    """Cancelling starts nothing; accepting sends the ids of the selected scenes."""
    ids = select(tab, sandbox, 2)
    operate(tab, name)
    tab.click(f"{DIALOG} .modal-footer .btn-secondary.ml-2")
    expect(tab.locator(DIALOG)).to_have_count(0)
    assert sent(sandbox, operation) == []
    operate(tab, name)
    tab.click(ACCEPT)
    expect(tab.locator(DIALOG)).to_have_count(0)
    assert [one["input"]["sceneIDs"] for one in sent(sandbox, operation)] == [ids]

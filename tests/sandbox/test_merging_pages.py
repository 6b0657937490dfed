"""The practice duplicate checker and the dialogs of a merge do what Stash's do."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from stashbot.sandbox import Sandbox

CHECK = ".scene-card .card-check"
CHECKER = "#scene-duplicate-checker"
DIALOG = ".modal[role=dialog]"
ACCEPT = f"{DIALOG} .modal-footer .btn-primary:not(.help-button)"
CANCEL = f"{DIALOG} .modal-footer .btn-secondary"


def twins(tab: Page, sandbox: Sandbox) -> list[str]:
    """Open the duplicate checker and return the ids of its rows, from the top."""
    tab.goto(f"{sandbox.url}/sceneDuplicateChecker")
    links = tab.locator(f"{CHECKER} tbody p > a")
    links.first.wait_for()
    return [str(link.get_attribute("href")).rsplit("/", 1)[1] for link in links.all()]


def merge(tab: Page, sandbox: Sandbox, *, stays: str, goes: str) -> None:
    """Complete both steps of the merge dialog, and check the scenes and files."""
    files = [file.path for id_ in (stays, goes) for file in sandbox.library.scenes[id_].files]
    tab.click(ACCEPT)
    tab.wait_for_selector(".scrape-dialog [data-field=performers]")
    tab.click(ACCEPT)
    expect(tab.locator(DIALOG)).to_have_count(0)
    assert goes not in sandbox.library.scenes
    assert [file.path for file in sandbox.library.scenes[stays].files] == files


def test_a_merge_leaves_the_destination_with_the_files_of_both(tab: Page, sandbox: Sandbox) -> None:
    """The first selected scene stays and gets the file of the other scene, which is removed."""
    tab.goto(f"{sandbox.url}/scenes?sortby=date&sortdir=desc")
    links = tab.locator(".scene-card a.scene-card-link")
    links.first.wait_for()
    for index in range(2):
        tab.locator(CHECK).nth(index).click()
    hrefs = [links.nth(index).get_attribute("href") or "" for index in range(2)]
    stays, goes = (href.removeprefix("/scenes/").partition("?")[0] for href in hrefs)
    tab.click("#more-menu")
    tab.locator(".dropdown-menu.show .dropdown-item").filter(has_text="Merge").click()
    merge(tab, sandbox, stays=stays, goes=goes)


def test_a_row_of_the_checker_is_merged_into(tab: Page, sandbox: Sandbox) -> None:
    """A row's button offers its scene as the destination; cancelled, nothing is sent."""
    stays, goes = twins(tab, sandbox)
    button = tab.locator(f"{CHECKER} tbody .edit-button.btn-primary").first
    button.click()
    tab.click(CANCEL)
    expect(tab.locator(DIALOG)).to_have_count(0)
    assert sandbox.mutations == []
    button.click()
    merge(tab, sandbox, stays=stays, goes=goes)


def test_duplicates_are_scenes_that_look_alike(tab: Page, sandbox: Sandbox) -> None:
    """Only scenes with equal phash and duration form a set; a dialog deletes the first scene."""
    ids = twins(tab, sandbox)
    prints = {sandbox.library.scenes[id_].files[0].phash for id_ in ids}
    assert len(ids) == 2
    assert len(prints) == 1
    tab.locator(f"{CHECKER} tbody .edit-button.btn-danger").first.click()
    tab.click(f"{DIALOG} .modal-footer .btn-danger")
    expect(tab.locator(f"{CHECKER} tbody tr")).to_have_count(0)
    assert ids[0] not in sandbox.library.scenes

"""The practice tagger and duplicate checker show what Stash's show, and do what they do."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from stashbot.sandbox import Sandbox
from tests.sandbox.practice_keys import bring, element, wrong

#: A scene of which AlphaSource names a studio, a performer and a tag that do not exist yet.
NEWS = "18"
ROW = ".search-item"
TOAST = ".toast-container:not(.hidden) .toast"


def open_tagger(tab: Page, sandbox: Sandbox, scene: str, source: str) -> Any:
    """The row of ``scene`` in the tagger, with ``source`` chosen."""
    tab.goto(f"{sandbox.url}/scenes?disp=3&sortby=path&sortdir=asc")
    tab.locator("#scraper").select_option(f"scraper:{source}")
    return tab.locator(f'{ROW}:has(> .row a.scene-link[href^="/scenes/{scene}?"])')


def sent(sandbox: Sandbox, operation: str) -> list[dict[str, Any]]:
    return [record.variables for record in sandbox.mutations if record.operation == operation]


@pytest.mark.slow
@pytest.mark.parametrize(
    "state",
    [
        "tagger",
        "tagger-config",
        "tagger-query",
        "duplicates",
        "duplicates-menu",
        "duplicate-rows",
        "duplicate-selection",
        "duplicate-delete",
        "duplicate-merge",
    ],
)
def test_every_key_finds_its_element(tab: Page, sandbox: Sandbox, state: str) -> None:
    """Every strategy of a state's keys finds on the practice page what it finds on Stash's."""
    bring(tab, sandbox.url, state)
    assert not list(wrong(tab, state))


def test_keys_of_a_result(tab: Page, sandbox: Sandbox) -> None:
    """The keys of a result and of the dialogs that create what it names hold, too."""
    row = open_tagger(tab, sandbox, NEWS, "alpha")
    row.locator(".text-right > button").click()
    row.locator(".search-result.active").wait_for()
    assert not [*wrong(tab, "tagger-source"), *wrong(tab, "tagger-result")]
    element(tab, "tagger.studio_create").click()
    assert not list(wrong(tab, "tagger-create-studio"))
    element(tab, "tagger.studio_cancel").click()
    element(tab, "tagger.performer_create").click()
    assert not list(wrong(tab, "tagger-create-performer"))


def test_result_is_saved_without_what_was_left_out(tab: Page, sandbox: Sandbox) -> None:
    """Save writes the fields that were taken, unites lists, and the result vanishes silently."""
    sandbox.library.update_scene("1", {"tag_ids": ["5"], "urls": ["https://mine.test/1"]})
    row = open_tagger(tab, sandbox, "1", "alpha")
    row.locator(".text-right > button").click()
    title = row.locator(".optional-field", has=tab.locator("a.scene-link"))
    title.locator(".include-exclude-button").click()
    expect(title).to_have_class("optional-field excluded")
    element(tab, "tagger.save").click()
    expect(row.locator(".search-result")).to_have_count(0)
    expect(tab.locator(TOAST)).to_have_count(0)

    scene, facts = sandbox.library.scenes["1"], sandbox.library.truth["1"].facts
    assert (scene.title, scene.date, scene.organized) == ("", facts.date, False)
    assert "5" in scene.tag_ids
    assert scene.urls == ["https://mine.test/1", facts.urls[0]]
    (variables,) = sent(sandbox, "SceneUpdate")
    assert "title" not in variables["input"]


def test_performer_is_created_from_its_dialog(tab: Page, sandbox: Sandbox) -> None:
    """Create asks first; what is created is chosen in the row."""
    row = open_tagger(tab, sandbox, NEWS, "alpha")
    row.locator(".text-right > button").click()
    element(tab, "tagger.performer_create").click()
    assert not sent(sandbox, "PerformerCreate")
    element(tab, "tagger.performer_save").click()
    expect(tab.locator(TOAST)).to_contain_text("Created performer: ")
    assert len(sent(sandbox, "PerformerCreate")) == 1
    expect(row.locator(".performer-select-active")).to_have_count(1)


def test_failed_look_up_is_told_in_its_row(tab: Page, sandbox: Sandbox) -> None:
    """Nothing found and an error both stand in the row; another source clears them."""
    row = open_tagger(tab, sandbox, "1", "broken")
    row.locator(".text-right > button").click()
    expect(row.locator(".text-danger")).to_contain_text("scraper broken")
    tab.locator("#scraper").select_option("scraper:empty")
    expect(row.locator(".text-danger")).to_have_count(0)
    row.locator(".text-right > button").click()
    expect(row.locator(".text-danger")).to_have_text("No results found")


def test_duplicates_are_scenes_of_one_look(tab: Page, sandbox: Sandbox) -> None:
    """Only scenes of equal phash and length make a set; the first one's dialog deletes it."""
    bring(tab, sandbox.url, "duplicate-rows")
    links = tab.locator("#scene-duplicate-checker tbody p > a")
    ids = [str(one.get_attribute("href")).rsplit("/", 1)[1] for one in links.all()]
    prints = {sandbox.library.scenes[one].files[0].phash for one in ids}
    assert len(ids) == 2
    assert len(prints) == 1
    element(tab, "duplicates.row_delete").click()
    element(tab, "duplicates.delete_confirm").click()
    expect(tab.locator("#scene-duplicate-checker tbody tr")).to_have_count(0)
    assert ids[0] not in sandbox.library.scenes

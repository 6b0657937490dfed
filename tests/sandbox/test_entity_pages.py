"""The practice pages of performers, studios, tags and groups, and the rest of a scene's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from stashbot.sandbox import Sandbox
from stashbot.selectors import Registry, SelectorSet, css_syntax
from stashbot.selectors.ui_states import Operation

REGISTRY = Registry.load()
NEWEST: SelectorSet = REGISTRY.for_release(REGISTRY.releases.newest)
KINDS = ("performer", "studio", "tag", "group")
SOURCES = dict.fromkeys(("source", "query_source"), "AlphaSource")
IDS = dict.fromkeys(("scene", *KINDS), "1") | SOURCES
SCENE_STATES = (
    *("scene-missing", "scene-file-info", "scene-history", "operations-menu", "scene-queue"),
    *("edit-form-dirty", "edit-form-invalid", "cover-popover", "select-menu", "query-dialog"),
    "toast-details",
)
#: What fills the placeholders of keys that have some, for a scene with this id.
VALUES: Mapping[str, Mapping[str, str]] = {
    "scene.missing": {"id": "2000000000"},
    "shell.select_create": {"name": "A studio that nobody creates"},
}
TOAST = ".toast-container:not(.hidden) .toast"


def found(tab: Page, key: str, values: Mapping[str, str] = {}) -> Locator:
    """What the first strategy of ``key`` finds."""
    first = NEWEST.target(key, **values).strategies[0]
    elements = tab.locator(first.css)
    if first.text is not None:
        elements = elements.filter(has=tab.get_by_text(first.text, exact=True)).or_(
            elements.and_(tab.get_by_text(first.text, exact=True))
        )
    return elements if first.nth is None else elements.nth(first.nth)


def carry_out(tab: Page, step: Operation) -> None:
    values = {name: css_syntax.fill(text, IDS, escape=False) for name, text in step.params.items()}
    if step.click is not None:
        found(tab, step.click, values).nth(step.nth or 0).click()
    elif step.set is not None:
        found(tab, step.set, values).first.fill(step.value or "")
    elif step.wait is not None:
        found(tab, step.wait, values).first.wait_for(state="attached")
    elif step.gone is not None:
        expect(found(tab, step.gone, values)).to_have_count(0)


def bring(tab: Page, sandbox: Sandbox, state: str) -> None:
    """Brings the page to ``state`` by the way that the registry describes."""
    way = REGISTRY.states[state]
    if way.after is not None:
        bring(tab, sandbox, way.after)
    else:
        tab.goto(sandbox.url + css_syntax.fill(way.path or "/", IDS, escape=False))
    for step in way.do:
        carry_out(tab, step)
    if way.ready is not None:
        found(tab, way.ready, VALUES.get(way.ready, {})).first.wait_for(state="attached")


def check(tab: Page, state: str) -> None:
    """Every key of ``state`` finds one element, or at least one, by its first strategy."""
    for key in NEWEST.in_state(state):
        entry = NEWEST.entry(key)
        elements = found(tab, key, VALUES.get(key, {}))
        if entry.visible:
            elements = elements.filter(visible=True)
        if entry.count == "unique":
            expect(elements, key).to_have_count(1)
        else:
            expect(elements.first, key).to_be_attached()


def sent(sandbox: Sandbox, operation: str) -> list[dict[str, Any]]:
    return [record.variables for record in sandbox.mutations if record.operation == operation]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_keys_of_entity_pages_hold(tab: Page, sandbox: Sandbox, kind: str) -> None:
    """List, new, page and form of each kind show what the registry expects of Stash's."""
    for state in (f"{kind}-list", f"{kind}-new", kind, f"{kind}-edit"):
        bring(tab, sandbox, state)
        check(tab, state)
    for step in REGISTRY.states[f"{kind}-edit"].leave:
        carry_out(tab, step)
    check(tab, kind)
    assert sandbox.mutations == []


@pytest.mark.slow
@pytest.mark.parametrize("state", SCENE_STATES)
def test_keys_of_a_scenes_states_hold(tab: Page, sandbox: Sandbox, state: str) -> None:
    """Each state of a scene's page is reached by its way and shows what the registry expects."""
    if REGISTRY.states[state].stage == "error":
        failing = {"data": None, "errors": [{"message": "it failed\nfor a reason"}]}
        tab.route(
            "**/graphql",
            lambda route: (
                route.fulfill(json=failing)
                if "ScrapeSingleScene" in (route.request.post_data or "")
                else route.fallback()
            ),
        )
    bring(tab, sandbox, state)
    check(tab, state)
    assert sandbox.mutations == []


@pytest.mark.parametrize("kind", KINDS)
def test_create_change_and_delete(tab: Page, sandbox: Sandbox, kind: str) -> None:
    """The forms create, refuse an empty name, change and delete, as Stash's operations do."""
    kept = getattr(sandbox.library, f"{kind}s")
    bring(tab, sandbox, f"{kind}-new")
    found(tab, f"{kind}.create").click()
    expect(tab.locator("[data-field=name] .invalid-feedback")).to_have_text(
        "name is a required field"
    )
    found(tab, f"{kind}.new_name").fill("Fresh One")
    found(tab, f"{kind}.create").click()
    expect(tab.locator(TOAST)).to_contain_text(f"Created {kind}")
    (made,) = (one for one in kept.values() if one.name == "Fresh One")
    expect(tab).to_have_url(f"{sandbox.url}/{kind}s/{made.id}/scenes?sortby=date")

    found(tab, f"{kind}.edit").click()
    expect(found(tab, f"{kind}.save")).to_be_disabled()
    found(tab, f"{kind}.form_name").fill("Changed One")
    found(tab, f"{kind}.save").click()
    expect(found(tab, f"{kind}.name")).to_have_text("Changed One")
    assert kept[made.id].name == "Changed One"
    (update,) = sent(sandbox, f"{kind.capitalize()}Update")
    assert (update["input"]["id"], update["input"]["name"]) == (made.id, "Changed One")

    found(tab, f"{kind}.delete").click()
    tab.click(".modal.show .modal-footer .btn-danger")
    expect(tab).not_to_have_url(f"{sandbox.url}/{kind}s/{made.id}/scenes?sortby=date")
    assert made.id not in kept


def test_queue_moves_on(tab: Page, sandbox: Sandbox) -> None:
    """The queue lists the scenes that the address names, and its links move within it."""
    bring(tab, sandbox, "scene-queue")
    links = found(tab, "scene.queue_links")
    expect(links).to_have_count(len(sandbox.library.scenes))
    following = tab.locator("#queue-content li:not(.current) a").first
    address = following.get_attribute("href")
    following.click()
    expect(tab).to_have_url(f"{sandbox.url}{address}?qsort=path&qsortd=asc&qfp=1")
    expect(tab.locator("#queue-content li.current a")).to_have_attribute("href", address or "")

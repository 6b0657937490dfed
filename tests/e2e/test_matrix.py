"""Selector keys hold in other languages, directions and sizes, under themes and beside plugins.

The long form is ``bench/selectors.py matrix``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stashbot.browser.launch import BrowserHost
from stashbot.flows.checks.selector_check import DisplayConditions
from stashbot.flows.checks.tour.key_check import StateCheck
from stashbot.sandbox.skins import SkinChange, change_skin
from stashbot.stash.client import StashClient
from stashbot.testing.tour_helpers import PageSkin, Server, View, server_of, session_at, tour
from tests.e2e.conftest import Run, StashUnderTest
from tests.slow_params import slow_params

STATES = ("scene", "edit-form", "scene-list")
GERMAN = DisplayConditions(language="de-DE")
JAPANESE = DisplayConditions(language="ja-JP")
TURNED = DisplayConditions(language="fa-IR", direction="rtl")
VIEWS = {
    "german": View(conditions=GERMAN, width=1920, height=1080),
    "japanese-phone": View(conditions=JAPANESE, width=390, height=844),
    "right-to-left-phone": View(conditions=TURNED, width=390, height=844),
    "japanese": View(conditions=JAPANESE),
    "right-to-left": View(conditions=TURNED),
}


@pytest.fixture(scope="module")
def server(target: StashUnderTest, client: StashClient, run: Run[Any]) -> Server:
    """Return the server under test, with a scene to look at."""
    known: Server = run(server_of(client, target.url))
    return known


@pytest.fixture
def skin(target: StashUnderTest, client: StashClient) -> Iterator[PageSkin]:
    """Yield a theme, a plugin's buttons and SFW mode: of a sandbox's own, else worn by the page."""
    sfw = client.server.release >= (0, 30)
    if target.sandbox is None:
        yield PageSkin.of("community", plugin=True, sfw=sfw)
        return
    library = target.sandbox.library
    change_skin(library, SkinChange(look="community", plugin=True, sfw=sfw, language="ja-JP"))
    yield PageSkin()
    change_skin(library, SkinChange(look="stash", plugin=False, sfw=False, language="en-GB"))


def seen(run: Run[Any], server: Server, host: BrowserHost, view: View) -> list[StateCheck]:
    """Return the states' checks in that view."""

    async def visited() -> list[StateCheck]:
        async with session_at(server, host, view) as session:
            return await tour(server, session, STATES)

    checks: list[StateCheck] = run(visited())
    return checks


def assert_held(checks: list[StateCheck]) -> None:
    """Assert that every state was reached, and that all its keys find their elements."""
    assert not [check.why for check in checks if not check.reached]
    assert {check.state for check in checks} == set(STATES)
    lost = [
        f"{check.state}: {finding.name} {finding.why}"
        for check in checks
        for finding in check.broken
    ]
    assert not lost
    assert all(check.findings for check in checks)


@pytest.mark.parametrize("view", slow_params(VIEWS.values(), ids=[*VIEWS]))
def test_keys_hold_in_any_language_direction_and_size(
    run: Run[Any], server: Server, host: BrowserHost, view: View
) -> None:
    """No key depends on words, on the direction of writing, or on the size of the window."""
    assert_held(seen(run, server, host, view))


@pytest.mark.parametrize("profile", slow_params(["session", "user"]))
def test_keys_hold_under_a_theme_and_beside_a_plugin(
    run: Run[Any], server: Server, host: BrowserHost, skin: PageSkin, profile: str
) -> None:
    """The owner's CSS, a plugin's buttons and SFW mode take nothing from a key, nor add to it."""
    assert_held(seen(run, server, host, View(profile=profile, skin=skin)))


def test_a_key_that_a_plugin_doubles_is_noticed(
    run: Run[Any], server: Server, host: BrowserHost
) -> None:
    """With two headers the matrix shows a key that does not hold."""
    script = """new MutationObserver(() => {
      const header = document.querySelector('.scene-header:not(.twin)');
      if (!header || document.querySelector('.twin')) return;
      const twin = header.cloneNode(true);
      twin.classList.add('twin');
      header.after(twin);
    }).observe(document.body, { childList: true, subtree: true });"""
    view = View(profile="user", skin=PageSkin(script=script))
    (scene,) = [check for check in seen(run, server, host, view) if check.state == "scene"]
    assert [finding.key for finding in scene.broken] == ["scene.header"]

"""Selector keys hold in other languages, directions and sizes, under themes and beside plugins.

The long form is ``bench/selectors.py matrix``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stashbot.browser.launch import BrowserHost
from stashbot.flows.checks.selector_check import Conditions
from stashbot.flows.checks.tour.key_check import StateCheck
from stashbot.sandbox.skins import SkinChange, change_skin
from stashbot.stash.client import StashClient
from tests.e2e.conftest import Run, Target
from tests.e2e.support.touring import Dress, Server, View, server_of, session_at, tour
from tests.short import short

STATES = ("scene", "edit-form", "scene-list")
GERMAN = Conditions(language="de-DE")
JAPANESE = Conditions(language="ja-JP")
TURNED = Conditions(language="fa-IR", direction="rtl")
VIEWS = {
    "german": View(conditions=GERMAN, width=1920, height=1080),
    "japanese-phone": View(conditions=JAPANESE, width=390, height=844),
    "right-to-left-phone": View(conditions=TURNED, width=390, height=844),
    "japanese": View(conditions=JAPANESE),
    "right-to-left": View(conditions=TURNED),
}


@pytest.fixture(scope="module")
def server(target: Target, client: StashClient, run: Run[Any]) -> Server:
    """The server under test, with a scene to look at."""
    known: Server = run(server_of(client, target.url))
    return known


@pytest.fixture
def dressed(target: Target, client: StashClient) -> Iterator[Dress]:
    """A theme, a plugin's buttons and SFW mode: of a sandbox's own, else worn by the page."""
    sfw = client.server.release >= (0, 30)
    if target.sandbox is None:
        yield Dress.of("community", plugin=True, sfw=sfw)
        return
    library = target.sandbox.library
    change_skin(library, SkinChange(look="community", plugin=True, sfw=sfw, language="ja-JP"))
    yield Dress()
    change_skin(library, SkinChange(look="stash", plugin=False, sfw=False, language="en-GB"))


def seen(run: Run[Any], server: Server, host: BrowserHost, view: View) -> list[StateCheck]:
    """What the states show in that view."""

    async def visited() -> list[StateCheck]:
        async with session_at(server, host, view) as session:
            return await tour(server, session, STATES)

    checks: list[StateCheck] = run(visited())
    return checks


def assert_held(checks: list[StateCheck]) -> None:
    """Every state was reached, and all its keys find what they must."""
    assert not [check.why for check in checks if not check.reached]
    assert {check.state for check in checks} == set(STATES)
    lost = [f"{check.state}: {one.name} {one.why}" for check in checks for one in check.broken]
    assert not lost
    assert all(check.findings for check in checks)


@pytest.mark.parametrize("view", short(VIEWS.values(), first=3, ids=[*VIEWS]))
def test_keys_hold_in_any_language_direction_and_size(
    run: Run[Any], server: Server, host: BrowserHost, view: View
) -> None:
    """No key depends on words, on which side is the first, or on the room that there is."""
    assert_held(seen(run, server, host, view))


@pytest.mark.parametrize("profile", short(["session", "user"]))
def test_keys_hold_under_a_theme_and_beside_a_plugin(
    run: Run[Any], server: Server, host: BrowserHost, dressed: Dress, profile: str
) -> None:
    """The owner's CSS, a plugin's buttons and SFW mode take nothing from a key, nor add to it."""
    assert_held(seen(run, server, host, View(profile=profile, dress=dressed)))


def test_a_key_that_a_plugin_doubles_is_noticed(
    run: Run[Any], server: Server, host: BrowserHost
) -> None:
    """Two headers are not one: the matrix would show a key that does not hold."""
    script = """new MutationObserver(() => {
      const header = document.querySelector('.scene-header:not(.twin)');
      if (!header || document.querySelector('.twin')) return;
      const twin = header.cloneNode(true);
      twin.classList.add('twin');
      header.after(twin);
    }).observe(document.body, { childList: true, subtree: true });"""
    view = View(profile="user", dress=Dress(script=script))
    (scene,) = [check for check in seen(run, server, host, view) if check.state == "scene"]
    assert [one.key for one in scene.broken] == ["scene.header"]

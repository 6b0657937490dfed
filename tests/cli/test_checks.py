"""``doctor``, ``selectors`` and ``probe``, which look and change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Call
from stashbot.engine.locks import FolderLock
from stashbot.flows.probe import differences
from stashbot.pages.checks import STATES
from stashbot.pages.player import Metadata
from stashbot.sandbox import Sandbox
from stashbot.selectors import Registry

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _untouched(sandbox: Sandbox) -> Iterator[None]:
    """No command of this module writes anything."""
    yield
    assert sandbox.mutations == []
    sandbox.faults.clear()


def _findings(document: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for state in document["states"]:
        for one in state["findings"]:
            found.setdefault(one["key"], []).append(one)
    return found


@pytest.mark.e2e
def test_every_key_of_the_visited_states_holds(call: Call, sandbox: Sandbox) -> None:
    """All keys of the six states are looked up and hold; nothing is written or even tried."""
    called = call("selectors", "check", "--url", sandbox.url, "--json")
    assert called.code == 0, called
    document = called.document
    assert [state["state"] for state in document["states"]] == list(STATES)
    assert document["ok"]
    assert document["unchanged"]
    assert document["stopped"] == []
    registry = Registry.load().for_release((0, 30))
    asked = {key for state in STATES for key in registry.in_state(state)}
    assert asked - _findings(document).keys() <= {"scrape_dialog.new", "scrape_dialog.new_collapse"}
    for finding in (one for found in _findings(document).values() for one in found):
        assert finding["ok"], finding


@pytest.mark.e2e
def test_a_moved_and_a_doubled_element_are_found(call: Call, sandbox: Sandbox) -> None:
    """A key whose element lost its class is absent, one that a plugin doubled is ambiguous.

    A state that cannot be reached for it is said to be so, and the exit code is 1.
    """
    sandbox.faults.add_page("rename", ".organized-button", "other-button")
    sandbox.faults.add_page(
        "duplicate", "#scene-edit-details .edit-buttons > .edit-button.btn-primary"
    )
    called = call(
        "selectors", "check", "--url", sandbox.url, "--scene", "2", "--states", "scene,edit-form"
    )
    assert called.code == 1, called
    assert "scene.organized" in called.out
    assert "absent" in called.out
    assert "2 match, and it must be one" in called.out
    assert "The scene is as it was before" in called.out


def test_what_a_check_cannot_look_at(call: Call, sandbox: Sandbox) -> None:
    """An unknown scene or state is named before a browser starts."""
    check = ("selectors", "check", "--url", sandbox.url)
    called = call(*check, "--scene", "999", BROWSER__PATH="/nonexistent")
    assert (called.code, "no scene 999" in called.err) == (2, True)
    called = call(*check, "--states", "moon", BROWSER__PATH="/nonexistent")
    assert (called.code, "'moon'" in called.err) == (2, True)


def test_the_registry_is_listed(call: Call) -> None:
    """Every key of a release is listed, with all that its file says; no server is asked."""
    keys = [one["key"] for one in call("selectors", "list", "--json").document]
    assert keys == list(Registry.load().for_release((0, 30)).keys)
    old = call(
        "selectors", "list", "--release", "0.29", "--states", "scrape-dialog", "--json"
    ).document
    assert "scrape_dialog.apply" in [one["key"] for one in old]
    assert "scrape_dialog.row" not in [one["key"] for one in old]
    shown = call("selectors", "list", "--states", "fragment-menu").out
    assert "scrapers.sources" in shown
    assert "all sources of the open menu" in shown
    assert call("selectors", "list", "--release", "0.1").code == 3
    assert call("selectors", "list", "--states", "moon").code == 2


@pytest.mark.e2e
def test_doctor_finds_all_well(call: Call, sandbox: Sandbox, tmp_path: Path) -> None:
    """With everything there each line is ok, the exit code is 0, and no state is made."""
    called = call("doctor", "--url", sandbox.url, "--json")
    assert called.code == 0, called
    document = called.document
    assert document["ok"]
    assert [line["name"] for line in document["lines"]] == [
        "settings",
        "browser",
        "stash",
        "login",
        "sources",
        "selectors",
        "state",
    ]
    assert {line["verdict"] for line in document["lines"]} == {"ok"}
    assert "none yet" in document["lines"][-1]["detail"]
    assert not (tmp_path / ".stashbot").exists()


def test_doctor_tells_what_is_missing(call: Call, sandbox: Sandbox, tmp_path: Path) -> None:
    """Each missing thing is a line with what to do; the gravest decides on the exit code."""
    called = call("doctor", "--url", NOWHERE, BROWSER__PATH="/nonexistent")
    assert called.code == 3
    for words in ("!!  browser", "!!  stash", "--  selectors  not checked", "Start Stash"):
        assert words in called.out
    called = call("doctor", "--url", sandbox.url, BROWSER__PATH="/nonexistent")
    assert (called.code, "ok  sources" in called.out) == (3, True)
    (tmp_path / "stashbot.sqlite").write_text("shopping list", encoding="utf-8")
    lines = call("doctor", "--url", NOWHERE, "--state", tmp_path, "--json").document["lines"]
    assert (lines[-1]["name"], lines[-1]["verdict"]) == ("state", "unusable")


def test_doctor_says_who_works_on_the_state(call: Call, sandbox: Sandbox, tmp_path: Path) -> None:
    """A state that a run holds is no problem: doctor says so and does not wait."""
    assert call("run", "--url", sandbox.url, "--where", 'title == "none"').code == 0
    lock = FolderLock(tmp_path / ".stashbot")
    lock.acquire()
    try:
        called = call("doctor", "--url", sandbox.url, "--json", BROWSER__PATH="/nonexistent")
    finally:
        lock.release()
    state = called.document["lines"][-1]
    assert (state["verdict"], "working on it" in state["detail"]) == ("ok", True)


@pytest.mark.e2e
def test_probe_compares_the_page_with_stash(call: Call, sandbox: Sandbox) -> None:
    """The page's player and Stash agree on an honest file."""
    called = call("probe", "1", "--url", sandbox.url, "--json")
    assert called.code == 0, called
    document = called.document
    assert document["ok"]
    assert document["page"] == document["stash"]


def test_probe_of_a_scene_that_is_not_there(call: Call, sandbox: Sandbox) -> None:
    """An unknown scene is a usage error, found before a browser starts."""
    called = call("probe", "999", "--url", sandbox.url, BROWSER__PATH="/nonexistent")
    assert (called.code, "no scene 999" in called.err) == (2, True)


@pytest.mark.parametrize(
    ("page", "stash", "count"),
    [
        ((10.0, 320, 180), (10.0, 320, 180), 0),
        ((10.0, 320, 180), (11.0, 320, 180), 0),
        ((10.0, 320, 180), (11.01, 320, 180), 1),
        ((10.0, 320, 180), (8.99, 320, 180), 1),
        ((10.0, 320, 180), (10.0, 320, 181), 1),
        ((10.0, 321, 180), (12.0, 320, 180), 2),
        ((None, 320, 180), (10.0, 320, 180), 1),
        ((None, 320, 180), (None, 320, 180), 0),
    ],
)
def test_what_counts_as_a_difference(
    page: tuple[float | None, int, int], stash: tuple[float | None, int, int], count: int
) -> None:
    """A second of duration is none, more is one; a pixel is one; an unknown duration is one."""
    one, other = (
        Metadata(duration=duration, width=width, height=height)
        for duration, width, height in (page, stash)
    )
    assert len(differences(one, other)) == count

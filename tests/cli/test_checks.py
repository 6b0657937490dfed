"""``stashbot doctor``, ``selectors`` and ``probe``, which change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stashbot.engine.locks import FolderLock
from stashbot.flows.checks.video_probe import differences
from stashbot.pages.video_player import VideoMetadata
from stashbot.sandbox import Sandbox
from stashbot.selectors import Registry
from stashbot.selectors.ui_states import visit_order
from tests.cli.conftest import Call

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _untouched(sandbox: Sandbox) -> Iterator[None]:
    """Check that no command of this module writes anything."""
    yield
    assert sandbox.mutations == []
    sandbox.faults.clear()


def _findings(document: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for state in document["states"]:
        for finding in state["findings"]:
            found.setdefault(finding["key"], []).append(finding)
    return found


#: A state that this Stash lacks, a page and a dialog; tests/contract has all states.
SOME = "login,scene,scrape-dialog"


@pytest.mark.browser
@pytest.mark.timeout(400)
@pytest.mark.parametrize("states", [SOME, pytest.param("", marks=pytest.mark.slow)])
def test_every_key_of_every_state_holds(
    call: Call, sandbox: Sandbox, tmp_path: Path, states: str
) -> None:
    """The states are visited in order, all of their keys hold, and no write is attempted.

    The HTML and JUnit reports are written, and a state that Stash lacks is reported as such.
    """
    chosen = ("--states", states) if states else ()
    files = ("--html", tmp_path / "seen.html", "--junit", tmp_path / "seen.xml")
    called = call("selectors", "check", "--url", sandbox.url, "--json", *files, *chosen)
    assert called.code == 0, called
    document = called.document
    registry = Registry.load()
    selectors = registry.for_release((0, 30))
    reachable = {name for name, state in registry.states.items() if state.reachable}
    wanted = set(states.split(",")) if states else reachable
    visited = [state["state"] for state in document["states"]]
    assert wanted <= set(visited)
    assert visited == [state for state in visit_order(registry.states) if state in visited]
    lacking = {
        state["state"]: state["why"]
        for state in document["states"]
        if state["missing_prerequisite"]
    }
    assert lacking == {"login": "Stash asks for no login"}
    assert (document["ok"], document["unchanged"], document["blocked_writes"]) == (True, True, [])
    reached = {state["state"] for state in document["states"] if state["reached"]}
    expected = {key for state in reached for key in selectors.in_state(state)}
    findings = _findings(document)
    assert expected - findings.keys() <= {"scrape_dialog.new_collapse"}
    assert all(finding["ok"] for found in findings.values() for finding in found)
    assert "data:image/jpeg" in (tmp_path / "seen.html").read_text()
    assert "<testsuite" in (tmp_path / "seen.xml").read_text()


@pytest.mark.browser
def test_a_lost_and_a_doubled_element_are_reported(call: Call, sandbox: Sandbox) -> None:
    """A key whose element lost its class is absent, a key with two elements is ambiguous.

    The other keys of the states hold, and the exit code is 1.
    """
    sandbox.faults.add_page("rename", ".organized-button", "other-button")
    sandbox.faults.add_page("duplicate", ".scene-header")
    called = call(
        *("selectors", "check", "--url", sandbox.url, "--scene", "2"),
        *("--states", "scene,edit-form", "--json"),
    )
    assert called.code == 1, called
    broken = {
        key: {finding["why"] for finding in found if not finding["ok"]}
        for key, found in _findings(called.document).items()
        if not all(finding["ok"] for finding in found)
    }
    assert broken.pop("scene.header") == {"2 match, and the key is unique"}
    assert broken
    assert all(key.startswith("scene.organized") for key in broken)
    assert set().union(*broken.values()) == {"absent"}
    assert called.document["unchanged"]


@pytest.mark.browser
def test_a_check_shows_stash_with_the_given_options(call: Call, sandbox: Sandbox) -> None:
    """Language, direction, size and profile apply to the check only, and keys hold in them."""
    called = call(
        *("selectors", "check", "--url", sandbox.url, "--states", "scene", "--json"),
        *("--language", "ja-JP", "--direction", "rtl", "--viewport", "390x844"),
        *("--profile", "user"),
    )
    assert called.code == 0, called
    document = called.document
    assert (document["language"], document["direction"]) == ("ja-JP", "rtl")
    assert (document["viewport"], document["profile"]) == ([390, 844], "user")
    assert sandbox.library.interface["language"] == "en-GB"


@pytest.mark.browser
def test_a_wrong_selector_file_is_named_and_the_rest_checked(
    call: Call, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Invalid TOML, an unknown state and a selector for everything are each reported by key.

    The check goes on with the built-in keys; a run refuses them.
    """
    folder = tmp_path / "stashbot-selectors"
    folder.mkdir()
    (folder / "scene.toml").write_text("[header\n")
    key = 'count = "unique"\naccess = "read"\nwhy = "x"\n'
    (folder / "edit_form.toml").write_text(
        f'[form]\nstate = "moon"\n{key}strategies = [{{css = "#x"}}]\n'
    )
    (folder / "shell.toml").write_text(
        f'[toast_close]\nstate = "toast"\n{key}strategies = [{{css = "*"}}]\n'
    )
    called = call("selectors", "check", "--url", sandbox.url, "--states", "scene", "--json")
    assert called.code == 1, called
    problems = " ".join(called.document["problems"])
    for text in ("scene.toml", "edit_form.form", "'moon'", "shell.toast_close"):
        assert text in problems
    assert all(finding["ok"] for found in _findings(called.document).values() for finding in found)
    refused = call("run", "--url", sandbox.url, "--ids", "1", BROWSER__PATH="/nonexistent")
    assert (refused.code, "edit_form" in refused.err) == (2, True)


def test_malformed_options_are_refused(call: Call) -> None:
    """A malformed size, interval or webhook is refused before anything is opened."""
    check = ("selectors", "check", "--url", NOWHERE)
    for words, message in (
        (("--viewport", "wide"), "'wide'"),
        (("--watch", "soon"), "'soon'"),
        (("--webhook", "http://127.0.0.1:1/"), "--watch"),
        (("--watch", "5m", "--webhook", "ftp://127.0.0.1/"), "ftp"),
    ):
        called = call(*check, *words)
        assert (called.code, message in called.err) == (2, True), called


def test_an_unknown_scene_or_state_is_refused(call: Call, sandbox: Sandbox) -> None:
    """Each is named, before a browser starts."""
    check = ("selectors", "check", "--url", sandbox.url)
    called = call(*check, "--scene", "999", BROWSER__PATH="/nonexistent")
    assert (called.code, "no scene 999" in called.err) == (2, True)
    called = call(*check, "--states", "moon", BROWSER__PATH="/nonexistent")
    assert (called.code, "'moon'" in called.err) == (2, True)


def test_the_registry_is_listed(call: Call) -> None:
    """Every key of a release is listed with its strategies, without a Stash."""
    keys = [entry["key"] for entry in call("selectors", "list", "--json").document]
    assert keys == list(Registry.load().for_release((0, 30)).keys)
    old = call(
        "selectors", "list", "--release", "0.29", "--states", "scrape-dialog", "--json"
    ).document
    assert "scrape_dialog.apply" in [entry["key"] for entry in old]
    assert "scrape_dialog.keep" not in [entry["key"] for entry in old]
    shown = call("selectors", "list", "--states", "fragment-menu").out
    assert "scrapers.sources" in shown
    assert "all sources of the open menu" in shown
    assert call("selectors", "list", "--release", "0.1").code == 3
    assert call("selectors", "list", "--states", "moon").code == 2


@pytest.mark.browser
def test_doctor_reports_that_all_is_well(call: Call, sandbox: Sandbox, tmp_path: Path) -> None:
    """Each line is ok, the exit code is 0, and no state is made."""
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


def test_doctor_reports_what_is_missing(call: Call, sandbox: Sandbox, tmp_path: Path) -> None:
    """Each problem is a line with what to do; the gravest decides on the exit code."""
    called = call("doctor", "--url", NOWHERE, BROWSER__PATH="/nonexistent")
    assert called.code == 3
    for words in ("!!  browser", "!!  stash", "--  selectors  not checked", "Start Stash"):
        assert words in called.out
    called = call("doctor", "--url", sandbox.url, BROWSER__PATH="/nonexistent")
    assert (called.code, "ok  sources" in called.out) == (3, True)
    (tmp_path / "stashbot.sqlite").write_text("shopping list", encoding="utf-8")
    lines = call("doctor", "--url", NOWHERE, "--state", tmp_path, "--json").document["lines"]
    assert (lines[-1]["name"], lines[-1]["verdict"]) == ("state", "unusable")


def test_doctor_reports_a_state_in_use(call: Call, sandbox: Sandbox, tmp_path: Path) -> None:
    """A state that a process works on is ok, and doctor does not wait for it."""
    assert call("run", "--url", sandbox.url, "--where", 'title == "none"').code == 0
    lock = FolderLock(tmp_path / ".stashbot")
    lock.acquire()
    try:
        called = call("doctor", "--url", sandbox.url, "--json", BROWSER__PATH="/nonexistent")
    finally:
        lock.release()
    state = called.document["lines"][-1]
    assert (state["verdict"], "working on it" in state["detail"]) == ("ok", True)


@pytest.mark.browser
def test_probe_compares_the_player_with_stash(call: Call, sandbox: Sandbox) -> None:
    """They agree on a file whose metadata is right."""
    called = call("probe", "1", "--url", sandbox.url, "--json")
    assert called.code == 0, called
    document = called.document
    assert document["ok"]
    assert document["page"] == document["stash"]


def test_probe_refuses_an_unknown_scene(call: Call, sandbox: Sandbox) -> None:
    """The exit code is 2, before a browser starts."""
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
def test_differences_of_video_metadata(
    page: tuple[float | None, int, int], stash: tuple[float | None, int, int], count: int
) -> None:
    """More than a second, a pixel, or a duration that only Stash knows is a difference."""
    shown, stored = (
        VideoMetadata(duration=duration, width=width, height=height)
        for duration, width, height in (page, stash)
    )
    assert len(differences(shown, stored)) == count

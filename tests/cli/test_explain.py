"""``stashbot explain`` on the practice Stash: before any run, and after one."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.sandbox import Sandbox
from tests.cli.conftest import Call

pytestmark = pytest.mark.e2e

KNOWN = "8"
"""A scene whose file name says its title, date and studio, and which AlphaSource knows rightly."""
NAMELESS = "24"
"""A scene whose file a camera named."""
UNKNOWN = "26"
"""A scene that AlphaSource knows, while its file name says nothing of use."""
HELD = "9"
"""An organized scene with data of its own."""


@pytest.fixture(autouse=True)
def _fresh(sandbox: Sandbox) -> None:
    sandbox.reset()


def _piece(document: Any, name: str) -> dict[str, Any]:
    (found,) = (one for one in document["reading"]["pieces"] if one["name"] == name)
    return dict(found)


def test_before_any_run(call: Call, sandbox: Sandbox) -> None:
    """Without a state it says what was read from where and whom a run asks, and makes no state.

    Metadata goes before the file name; a camera's file name has no pattern tried on it.
    """
    found = call("explain", KNOWN, "--url", sandbox.url, "--json").document
    title = _piece(found, "title")
    assert (title["value"], title["origin"]) == ("Morning Walk", "file name")
    *missed, fitted = found["reading"]["patterns"]
    assert [one["fits"] for one in missed] == [False] * len(missed)
    assert fitted["fits"]
    assert fitted["name"] == title["pattern"]
    assert fitted["read"] == {
        "title": "Morning Walk",
        "date": "2023-05-04",
        "studio": "Harbor Films",
    }
    assert found["keys"]["studio"] == "harbor films|*"
    assert found["order"][0]["source"] == "AlphaSource"
    assert (found["said"], found["asked"], found["results"]) == ([], None, [])
    assert not call("audit").out, "a state was made"

    held = call("explain", HELD, "--url", sandbox.url, "--json").document
    assert held["organized"]
    assert _piece(held, "title")["origin"] == "metadata"
    assert _piece(held, "title")["pattern"] is None
    nameless = call("explain", NAMELESS, "--url", sandbox.url, "--json").document["reading"]
    assert nameless["says_nothing"]
    assert nameless["patterns"] == []


def test_after_a_run(call: Call, sandbox: Sandbox) -> None:
    """What each source said last is told with its evidence and why; so is what was changed.

    The source that found nothing is told too; a skipped proposal is known as such, and one that
    was judged against other data is judged anew by today's.
    """
    asked = ("--url", sandbox.url, "--json")
    names = ("--sources", "EmptySource,AlphaSource")
    assert call("run", *asked, "--ids", f"{KNOWN},{UNKNOWN}", *names).code == 0

    found = call("explain", KNOWN, *asked).document
    said = {one["source"]: one for one in found["said"]}
    assert said["EmptySource"]["result"] == "nothing"
    assert said["AlphaSource"]["result"] == "accepted"
    assert said["AlphaSource"]["recommendation"] == "strong"
    assert [one["signal"] for one in said["AlphaSource"]["evidence"]][:2] == ["title", "date"]
    assert found["state"]["last_outcome"] == "applied"
    assert {"title", "organized"} <= {one["field"] for one in found["changes"]}
    assert found["order"][0]["source"] != "EmptySource"

    (word,) = (
        one
        for one in call("explain", UNKNOWN, *asked).document["said"]
        if one["source"] == "AlphaSource"
    )
    assert (word["result"], word["status"], word["changed"]) == ("low", "open", False)
    assert "nothing to compare for title" in word["why"]
    proposed = sandbox.library.truth[UNKNOWN].facts
    sandbox.library.update_scene(UNKNOWN, {"title": proposed.title, "date": proposed.date})
    assert call("triage", "skip", word["triage"]).code == 0
    called = call("explain", UNKNOWN, "--url", sandbox.url)
    assert "skipped; the scene has changed since" in called.out
    assert "judged today it would score 0.60, medium" in called.out


def test_asking_a_source_now(call: Call, sandbox: Sandbox) -> None:
    """A named source is asked and its answer judged and planned; nothing is written anywhere."""
    asked = ("--url", sandbox.url, "--json")
    found = call("explain", KNOWN, *asked, "--source", "AlphaSource").document["asked"]
    assert found["judgement"]["accepted"]
    assert {one["field"] for one in found["plan"]["changes"]} >= {"title", "date", "studio"}
    broken = call("explain", KNOWN, *asked, "--source", "BrokenSource").document["asked"]
    assert broken["proposal"] is None
    assert "could not unmarshal" in broken["why"]
    assert sandbox.mutations == []
    told = call("explain", KNOWN, "--url", sandbox.url, "--source", "AlphaSource").out
    assert "score 0.8 reaches the threshold 0.6" in told


@pytest.mark.parametrize(
    ("arguments", "error"),
    [(("999",), "UnknownScene"), ((KNOWN, "--source", "Nobody"), "UnknownSource")],
)
def test_what_is_not_there(
    call: Call, sandbox: Sandbox, arguments: tuple[str, ...], error: str
) -> None:
    """A scene or source that Stash does not have is one clear error."""
    called = call("explain", *arguments, "--url", sandbox.url, "--json")
    assert called.code == 2
    assert called.document["error"]["type"] == error

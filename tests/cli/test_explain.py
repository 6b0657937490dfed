"""``stashbot explain`` on the practice Stash: before and after a run."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.sandbox import Sandbox
from tests.cli.conftest import Call

KNOWN = "8"
"""A scene whose file name says its title, date and studio, and which AlphaSource knows rightly."""
NAMELESS = "24"
"""A scene whose file a camera named."""
UNKNOWN = "26"
"""A scene that AlphaSource knows, while its file name says nothing of use."""
ORGANIZED = "9"
"""An organized scene with data of its own."""


@pytest.fixture(autouse=True)
def _fresh(sandbox: Sandbox) -> None:
    sandbox.reset()


def _piece(document: Any, name: str) -> dict[str, Any]:
    (found,) = (piece for piece in document["reading"]["pieces"] if piece["name"] == name)
    return dict(found)


def test_before_any_run(call: Call, sandbox: Sandbox) -> None:
    """Without a state it says what was read from where and whom a run asks, and makes no state.

    Metadata goes before the file name; a camera's file name has no pattern tried on it.
    """
    found = call("explain", KNOWN, "--url", sandbox.url, "--json").document
    title = _piece(found, "title")
    assert (title["value"], title["origin"]) == ("Morning Walk", "file name")
    *missed, fitted = found["reading"]["patterns"]
    assert [pattern["fits"] for pattern in missed] == [False] * len(missed)
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

    organized = call("explain", ORGANIZED, "--url", sandbox.url, "--json").document
    assert organized["organized"]
    assert _piece(organized, "title")["origin"] == "metadata"
    assert _piece(organized, "title")["pattern"] is None
    nameless = call("explain", NAMELESS, "--url", sandbox.url, "--json").document["reading"]
    assert nameless["is_uninformative"]
    assert nameless["patterns"] == []


@pytest.mark.browser
def test_after_a_run(call: Call, sandbox: Sandbox) -> None:
    """The last answer of each source is shown with its evidence and reason, and the changes.

    So is the source that found nothing; a skipped proposal is shown as such, and is scored again
    if the scene has changed since.
    """
    words = ("--url", sandbox.url, "--json")
    names = ("--sources", "EmptySource,AlphaSource")
    assert call("run", *words, "--ids", f"{KNOWN},{UNKNOWN}", *names).code == 0

    found = call("explain", KNOWN, *words).document
    said = {answer["source"]: answer for answer in found["said"]}
    assert said["EmptySource"]["result"] == "nothing"
    assert said["AlphaSource"]["result"] == "accepted"
    assert said["AlphaSource"]["recommendation"] == "strong"
    assert [item["signal"] for item in said["AlphaSource"]["evidence"]][:2] == ["title", "date"]
    assert found["state"]["last_outcome"] == "applied"
    assert {"title", "organized"} <= {entry["field"] for entry in found["changes"]}
    assert found["order"][0]["source"] != "EmptySource"

    (word,) = (
        answer
        for answer in call("explain", UNKNOWN, *words).document["said"]
        if answer["source"] == "AlphaSource"
    )
    assert (word["result"], word["status"], word["changed"]) == ("low", "open", False)
    proposed = sandbox.library.truth[UNKNOWN].facts
    assert repr(proposed.title) in word["why"]
    sandbox.library.update_scene(UNKNOWN, {"title": proposed.title, "date": proposed.date})
    assert call("triage", "skip", word["triage"]).code == 0
    called = call("explain", UNKNOWN, "--url", sandbox.url)
    assert "skipped; the scene has changed since" in called.out
    assert "today it would score 0.60, medium" in called.out


def test_asking_a_source_now(call: Call, sandbox: Sandbox) -> None:
    """``--source`` scrapes, scores and plans its answer now; nothing is written."""
    words = ("--url", sandbox.url, "--json")
    found = call("explain", KNOWN, *words, "--source", "AlphaSource").document["asked"]
    assert found["judgement"]["accepted"]
    assert {change["field"] for change in found["plan"]["changes"]} >= {"title", "date", "studio"}
    broken = call("explain", KNOWN, *words, "--source", "BrokenSource").document["asked"]
    assert broken["proposal"] is None
    assert "could not unmarshal" in broken["why"]
    assert sandbox.mutations == []
    output = call("explain", KNOWN, "--url", sandbox.url, "--source", "AlphaSource").out
    assert "score 1.00, needs 0.60" in output


@pytest.mark.parametrize(
    ("arguments", "error"),
    [(("999",), "UnknownScene"), ((KNOWN, "--source", "Nobody"), "UnknownSource")],
)
def test_what_is_not_there(
    call: Call, sandbox: Sandbox, arguments: tuple[str, ...], error: str
) -> None:
    """A scene or source that Stash does not have is an error, and the exit code is 2."""
    called = call("explain", *arguments, "--url", sandbox.url, "--json")
    assert called.code == 2
    assert called.document["error"]["type"] == error

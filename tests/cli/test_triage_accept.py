"""``stashbot triage accept``, ``show`` and ``skip`` on the practice Stash."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import typer

from stashbot.cli import triage
from stashbot.sandbox import Sandbox
from tests.cli.conftest import Call, Called

pytestmark = pytest.mark.e2e

UNKNOWN = "26"
"""A scene that AlphaSource knows, while its file name says nothing: its proposal scores low."""
NAMES = ("--sources", "AlphaSource")


@pytest.fixture(autouse=True)
def _fresh(sandbox: Sandbox) -> None:
    sandbox.reset()


class Desk:
    """Commands about the practice Stash, and how its scenes are."""

    def __init__(self, call: Call, sandbox: Sandbox) -> None:
        self._call = call
        self.sandbox = sandbox

    def run(self) -> Any:
        """The result of a run over the scene."""
        called = self.call("run", "--ids", UNKNOWN, *NAMES, "--json")
        assert called.code == 0, called
        return called.document["scenes"][0]

    def waiting(self) -> str:
        """The number of the one entry that a run left."""
        assert self.run()["outcome"] == "triaged"
        (entry,) = self.call("triage", "list", "--json").document
        assert entry["scene"] == UNKNOWN
        return str(entry["id"])

    def accept(self, *words: object) -> Called:
        """Accepts as a program does."""
        return self.call("triage", "accept", *words, "--json")

    def entry(self, number: str) -> Any:
        """An entry as it is shown."""
        return self.call("triage", "show", number, "--json").document

    def call(self, *words: object) -> Called:
        """A command about the practice Stash."""
        return self._call(*words, "--url", self.sandbox.url)

    def tell(self, **values: Any) -> None:
        """Lets AlphaSource say this of the scene from now on."""
        known = self.sandbox.library.truth[UNKNOWN]
        view = known.sources["alpha"]
        said = replace(view, answer={**(view.answer or {}), **values})
        sources = {**known.sources, "alpha": said}
        self.sandbox.library.truth[UNKNOWN] = replace(known, sources=sources)

    @property
    def scene(self) -> Any:
        """The scene as Stash holds it."""
        return self.sandbox.library.scenes[UNKNOWN]

    @property
    def truth(self) -> Any:
        """What the scene really is."""
        return self.sandbox.library.truth[UNKNOWN].facts


@pytest.fixture
def desk(call: Call, sandbox: Sandbox) -> Desk:
    return Desk(call, sandbox)


def test_an_entry_is_applied_as_its_dry_run_says_and_closed(desk: Desk) -> None:
    """The wet run changes what the dry one told, the audit names its run, and so does the entry.

    A second time it is refused as closed already.
    """
    number = desk.waiting()
    dry = desk.accept(number, "--dry-run").document["scenes"][0]
    assert dry["outcome"] == "planned"
    assert desk.sandbox.mutations == []
    assert desk.entry(number)["status"] == "open"

    called = desk.accept(number)
    assert called.code == 0, called
    (wet,) = called.document["scenes"]
    assert (wet["outcome"], wet["changes"]) == ("applied", dry["changes"])
    assert {"title", "organized"} <= wet["changes"].keys()
    assert desk.scene.title == desk.truth.title
    run = called.document["run"]
    entry = desk.entry(number)
    assert (entry["status"], entry["closed_by"], entry["taken"]) == ("accepted", run, [])
    audited = desk.call("audit", "--run", run, "--json").document
    assert {one["field"] for one in audited} == wet["changes"].keys()
    assert f"Applied by run {run}" in desk.call("triage", "show", number).out

    again = desk.accept(number)
    assert again.code == 2
    assert "is accepted already" in again.document["error"]["message"]


def test_some_fields_are_taken_and_remembered(desk: Desk) -> None:
    """Only the named field is written, in place of what the scene holds; it is not organized."""
    desk.sandbox.library.update_scene(UNKNOWN, {"date": "2001-01-01"})
    number = desk.waiting()
    (result,) = desk.accept(number, "--field", "date").document["scenes"]
    assert result["changes"] == {"date": ["2001-01-01", desk.truth.date]}
    assert (desk.scene.date, desk.scene.organized) == (desk.truth.date, False)
    assert not desk.scene.title
    assert desk.entry(number)["taken"] == ["date"]


def test_a_changed_scene_takes_a_second_yes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What changed is shown then, now and proposed; nothing is written without the second yes.

    In a terminal it is asked for; ``--all`` never asks and leaves such a scene alone.
    """
    number = desk.waiting()
    desk.sandbox.library.update_scene(UNKNOWN, {"title": "Mine by now"})
    refused = desk.accept(number)
    assert refused.code == 1
    (result,) = refused.document["scenes"]
    assert result["outcome"] == "skipped"
    assert "the scene changed since it was judged (title)" in result["reason"]
    (changed,) = refused.document["changed"]
    (side,) = (one for one in changed["fields"] if one["changed"])
    assert (side["field"], side["then"], side["now"]) == ("title", None, "Mine by now")
    assert side["proposal"] == desk.truth.title

    assert desk.accept("--all", "--min-score", "0", "--yes").document["totals"]["skipped"] == 1
    shown = desk.call("triage", "show", number, "--now").out
    assert "The scene changed since it was judged" in shown
    assert "Mine by now" in shown

    asked: list[str] = []

    def no(question: str) -> bool:
        asked.append(question)
        return False

    with monkeypatch.context() as terminal:
        terminal.setattr(triage, "may_ask", lambda _: True)
        terminal.setattr(typer, "confirm", no)
        assert desk.call("triage", "accept", number).code == 1
    assert len(asked) == 1
    assert desk.sandbox.mutations == []
    assert desk.entry(number)["status"] == "open"

    accepted = desk.accept(number, "--even-if-changed", "--field", "title")
    assert accepted.document["totals"]["applied"] == 1, accepted
    assert desk.scene.title == desk.truth.title


@pytest.mark.slow
def test_an_accepted_scene_need_not_be_organized(desk: Desk) -> None:
    """With ``--no-organize`` all of the proposal is applied and the scene stays as it was."""
    (result,) = desk.accept(desk.waiting(), "--no-organize").document["scenes"]
    assert (result["outcome"], "organized" in result["changes"]) == ("applied", False)
    assert (desk.scene.title, desk.scene.organized) == (desk.truth.title, False)


@pytest.mark.slow
def test_what_was_turned_down_is_known_in_the_next_run(desk: Desk) -> None:
    """Only case, punctuation and order are other: the run skips it, dry or not. What says more
    is asked, and shows what was turned down before.
    """
    number = desk.waiting()
    assert desk.call("triage", "skip", number).code == 0
    facts = desk.truth
    desk.tell(title=f"{facts.title.upper()}!", tags=[{"name": one} for one in facts.tags[::-1]])
    again = desk.run()
    assert again["outcome"] == "skipped"
    assert again["reason"] == "what AlphaSource proposes was turned down in triage before"
    dry = desk.call("run", "--ids", UNKNOWN, *NAMES, "--dry-run", "--json").document["scenes"][0]
    assert (dry["outcome"], dry["reason"]) == (again["outcome"], again["reason"])
    assert desk.call("triage", "list", "--json").document == []

    desk.tell(title="Something Else")
    other = desk.waiting()
    assert [one["id"] for one in desk.entry(other)["rejected"]] == [int(number)]
    assert "Turned down before for this scene" in desk.call("triage", "show", other).out


@pytest.mark.slow
def test_all_from_a_score_on(desk: Desk) -> None:
    """``--all`` takes a yes, and those of the score only; ``list --min-score`` shows the same."""
    desk.waiting()
    score = desk.call("triage", "list", "--json").document[0]["score"]
    above, at = f"{score + 0.01:.4f}", f"{score:.4f}"
    assert desk.call("triage", "list", "--min-score", above, "--json").document == []
    assert len(desk.call("triage", "list", "--min-score", at, "--json").document) == 1
    refused = desk.accept("--all", "--min-score", at)
    assert (refused.code, "--yes" in refused.document["error"]["hint"]) == (2, True)
    assert desk.accept("--all", "--min-score", above, "--yes").document["totals"]["scenes"] == 0
    assert desk.accept("--all", "--min-score", at, "--yes").document["totals"]["applied"] == 1


def test_what_cannot_be_accepted_is_named(desk: Desk) -> None:
    """Unknown, gone, not held, unclear: each exits with 2, says why, and applies nothing."""
    number = desk.waiting()
    for words, told in (
        ((), "Say which entries"),
        ((number, "--all", "--min-score", "0.1"), "Say which entries"),
        (("--all",), "--all goes with --min-score"),
        ((number, "--min-score", "0.1"), "--min-score goes with --all"),
        ((number, "99"), "There is no triage entry 99"),
        ((number, "--field", "organized"), f"entry {number} has no organized"),
        ((number, "--field", "stash_ids"), f"entry {number} has no stash_ids"),
        ((number, "--field", "colour"), "colour"),
    ):
        refused = desk.accept(*words)
        assert (refused.code, told in refused.out) == (2, True), (words, refused)
    del desk.sandbox.library.scenes[UNKNOWN]
    gone = desk.accept(number)
    assert gone.code == 2
    assert f"Scene {UNKNOWN} of triage entry {number} is no longer" in gone.out
    assert f"triage skip {number}" in gone.document["error"]["hint"]
    assert desk.sandbox.mutations == []
    assert desk.call("triage", "list", "--json").document[0]["status"] == "open"

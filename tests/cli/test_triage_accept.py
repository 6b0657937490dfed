"""``stashbot triage accept``, ``show`` and ``skip`` on the practice Stash."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from stashbot.cli import triage
from stashbot.decide.matching.scene_facts import read_scene_facts
from stashbot.decide.matching.scoring import score_proposal
from stashbot.sandbox import Sandbox
from stashbot.settings import load_settings
from stashbot.stash.client import open_stash
from stashbot.store import Store
from stashbot.store.triage import scene_digest, scene_values
from tests.cli.conftest import Call, Called

UNKNOWN = "26"
"""A scene that AlphaSource knows, while its file name says nothing: its proposal scores low."""
NAMES = ("--sources", "AlphaSource")


class Desk:
    """Commands on the practice Stash, and its scene with a proposal in triage."""

    def __init__(self, call: Call, sandbox: Sandbox, folder: Path) -> None:
        self._call = call
        self._folder = folder
        self.sandbox = sandbox

    def waiting(self) -> str:
        """Put AlphaSource's proposal into triage, as a run does; return the entry's number."""
        return asyncio.run(self._wait())

    async def _wait(self) -> str:
        settings = load_settings(None, {"stash": {"url": self.sandbox.url}})
        database = f"sqlite:///{self._folder / '.stashbot' / 'stashbot.sqlite'}"
        async with (
            open_stash(settings.stash) as client,
            Store(database, server=self.sandbox.url) as store,
        ):
            (source,) = await client.resolve_sources(["AlphaSource"])
            (proposal,) = await client.scrape_single_scene(source, UNKNOWN)
            scene = await client.get_scene(UNKNOWN)
            facts = read_scene_facts(scene, settings.filenames)
            entry = await store.triage.open(
                "20240102-030405-1a2b",
                UNKNOWN,
                proposal=proposal,
                judgement=score_proposal(proposal, facts, settings.weights),
                scene_digest=scene_digest(scene),
                scene_values=scene_values(scene),
            )
        assert entry is not None
        return str(entry.id)

    def run(self) -> Any:
        """Run over the scene, and return its result."""
        called = self.call("run", "--ids", UNKNOWN, *NAMES, "--json")
        assert called.code == 0, called
        return called.document["scenes"][0]

    def accept(self, *words: object) -> Called:
        """Accept as a program does."""
        return self.call("triage", "accept", *words, "--json")

    def entry(self, number: str) -> Any:
        """Return an entry as ``triage show`` has it."""
        return self.call("triage", "show", number, "--json").document

    def call(self, *words: object) -> Called:
        """Call a command on the practice Stash."""
        return self._call(*words, "--url", self.sandbox.url)

    def propose(self, **values: Any) -> None:
        """Let AlphaSource answer with these values from now on."""
        known = self.sandbox.library.truth[UNKNOWN]
        view = known.sources["alpha"]
        answer = replace(view, answer={**(view.answer or {}), **values})
        sources = {**known.sources, "alpha": answer}
        self.sandbox.library.truth[UNKNOWN] = replace(known, sources=sources)

    @property
    def scene(self) -> Any:
        """The scene as Stash holds it."""
        return self.sandbox.library.scenes[UNKNOWN]

    @property
    def truth(self) -> Any:
        """The true facts of the scene."""
        return self.sandbox.library.truth[UNKNOWN].facts


@pytest.fixture
def desk(call: Call, sandbox: Sandbox, tmp_path: Path) -> Desk:
    sandbox.reset()
    return Desk(call, sandbox, tmp_path)


@pytest.mark.browser
def test_an_entry_is_applied_as_its_dry_run_says_and_closed(desk: Desk) -> None:
    """The run makes the changes that the dry run planned, and the entry names it.

    Accepted a second time, the entry is refused as closed.
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
    assert desk.entry(number)["status"] == "accepted"
    run = called.document["run"]
    assert f"Applied by run {run}" in desk.call("triage", "show", number).out

    again = desk.accept(number)
    assert again.code == 2
    assert "is accepted already" in again.document["error"]["message"]


@pytest.mark.browser
def test_a_changed_scene_needs_a_second_yes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change is shown: then, now and proposed; nothing is written without the second yes.

    A terminal asks; ``--all`` never asks and leaves such a scene alone. A field that is named is
    taken then, in place of what the scene holds, and kept with the entry.
    """
    number = desk.waiting()
    desk.sandbox.library.update_scene(UNKNOWN, {"title": "Mine by now"})
    refused = desk.accept(number)
    assert refused.code == 1
    (result,) = refused.document["scenes"]
    assert result["outcome"] == "skipped"
    assert "the scene changed since it was judged (title)" in result["reason"]
    (changed,) = refused.document["changed"]
    (field,) = (field for field in changed["fields"] if field["changed"])
    assert (field["field"], field["then"], field["now"]) == ("title", None, "Mine by now")
    assert field["proposal"] == desk.truth.title

    assert desk.accept("--all", "--min-score", "0", "--yes").document["totals"]["skipped"] == 1
    shown = desk.call("triage", "show", number, "--now").out
    assert "The scene has changed since the proposal was scored" in shown
    assert "Mine by now" in shown

    questions: list[str] = []

    def answer_no(question: str) -> bool:
        questions.append(question)
        return False

    with monkeypatch.context() as terminal:
        terminal.setattr(triage, "is_interactive", lambda _: True)
        terminal.setattr(typer, "confirm", answer_no)
        assert desk.call("triage", "accept", number).code == 1
    assert questions == ["\nApply anyway?"]
    assert desk.sandbox.mutations == []
    assert desk.entry(number)["status"] == "open"

    accepted = desk.accept(number, "--even-if-changed", "--field", "title")
    assert accepted.document["totals"]["applied"] == 1, accepted
    assert (desk.scene.title, desk.scene.organized) == (desk.truth.title, False)
    assert not desk.scene.date
    assert desk.entry(number)["accepted_fields"] == ["title"]


@pytest.mark.browser
@pytest.mark.slow
def test_an_accepted_scene_need_not_be_organized(desk: Desk) -> None:
    """With ``--no-organize`` all of the proposal is applied, and the scene is not organized."""
    (result,) = desk.accept(desk.waiting(), "--no-organize").document["scenes"]
    assert (result["outcome"], "organized" in result["changes"]) == ("applied", False)
    assert (desk.scene.title, desk.scene.organized) == (desk.truth.title, False)


@pytest.mark.browser
@pytest.mark.slow
def test_a_rejected_proposal_is_not_offered_again(desk: Desk) -> None:
    """If only case, punctuation and order differ, the next run skips it, dry or not.

    A proposal with other content is offered, with the rejected proposal beside it.
    """
    number = desk.waiting()
    assert desk.call("triage", "skip", number).code == 0
    facts = desk.truth
    tags = [{"name": name} for name in facts.tags[::-1]]
    desk.propose(title=f"{facts.title.upper()}!", tags=tags)
    again = desk.run()
    assert (again["outcome"], "AlphaSource" in again["reason"]) == ("skipped", True)
    dry = desk.call("run", "--ids", UNKNOWN, *NAMES, "--dry-run", "--json").document["scenes"][0]
    assert (dry["outcome"], dry["reason"]) == (again["outcome"], again["reason"])
    assert desk.call("triage", "list", "--json").document == []

    desk.propose(title="Something Else")
    assert desk.run()["outcome"] == "triaged"
    (other,) = desk.call("triage", "list", "--json").document
    assert [entry["id"] for entry in desk.entry(other["id"])["rejected"]] == [int(number)]
    assert "Rejected before for this scene" in desk.call("triage", "show", other["id"]).out


@pytest.mark.browser
@pytest.mark.slow
def test_all_from_a_score_on(desk: Desk) -> None:
    """``--all`` takes a yes, and only entries of the score; ``list --min-score`` shows the same."""
    desk.waiting()
    score = desk.call("triage", "list", "--json").document[0]["score"]
    above, at = f"{score + 0.01:.4f}", f"{score:.4f}"
    assert desk.call("triage", "list", "--min-score", above, "--json").document == []
    assert len(desk.call("triage", "list", "--min-score", at, "--json").document) == 1
    assert desk.accept("--all", "--min-score", above, "--yes").document["totals"]["scenes"] == 0
    assert desk.accept("--all", "--min-score", at, "--yes").document["totals"]["applied"] == 1


def test_an_entry_that_cannot_be_accepted_is_named(desk: Desk) -> None:
    """The exit code is 2, the error says why, and nothing is applied."""
    number = desk.waiting()
    for words, message in (
        ((), "Name the entries"),
        ((number, "--all", "--min-score", "0.1"), "Name the entries"),
        (("--all",), "--all needs --min-score"),
        ((number, "--min-score", "0.1"), "--min-score needs --all"),
        (("--all", "--min-score", "0"), "--all would apply 1 proposal"),
        ((number, "99"), "There is no triage entry 99"),
        ((number, "--field", "organized"), f"entry {number} has no organized"),
        ((number, "--field", "stash_ids"), f"entry {number} has no stash_ids"),
        ((number, "--field", "colour"), "colour"),
    ):
        refused = desk.accept(*words)
        assert (refused.code, message in refused.out) == (2, True), (words, refused)
    del desk.sandbox.library.scenes[UNKNOWN]
    gone = desk.accept(number)
    assert gone.code == 2
    assert f"Scene {UNKNOWN} of triage entry {number} is no longer" in gone.out
    assert f"triage skip {number}" in gone.document["error"]["hint"]
    assert desk.sandbox.mutations == []
    assert desk.call("triage", "list", "--json").document[0]["status"] == "open"

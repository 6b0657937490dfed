"""The commands that only read the state, on a state with a little of everything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from stashbot.engine.locks import FolderLock
from stashbot.models import Evidence, Judgement, Outcome, Proposal, SceneResult
from stashbot.store import RunStatus, Store
from tests.cli.conftest import Call

HOSTILE = "Clip \x1b[31mred\x1b[0m\nof two [bold]lines[/bold]"


def _on(folder: Path, work: Callable[[Store], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with Store(f"sqlite:///{folder / 'stashbot.sqlite'}", server="http://s:9") as store:
            return await work(store)

    return asyncio.run(main())


async def _fill(store: Store) -> None:
    await store.runs.add(["1", "2", "3"], kind="enrich", run_id="first")
    for scene, outcome in (("1", Outcome.APPLIED), ("2", Outcome.TRIAGED), ("3", Outcome.FAILED)):
        await store.results.save("first", SceneResult(id=scene, outcome=outcome))
    await store.runs.set_status("first", RunStatus.DONE)
    await store.runs.add(["4"], kind="enrich", run_id="second", dry_run=True)
    await store.audit.add(
        "first",
        "1",
        step="save",
        kind="update",
        source="Alpha",
        changes=[
            ("title", None, HOSTILE),
            (
                "tags",
                [{"id": "1", "name": "Old"}],
                [{"id": "1", "name": "Old"}, {"id": "2", "name": "New"}],
            ),
        ],
    )
    (title, *_) = await store.audit.entries(field="title")
    await store.audit.add(
        "second", "1", step="undo", kind="undo", changes=[("title", HOSTILE, None)], undoes=title.id
    )
    for scene, score in (("2", 0.2), ("3", 0.4)):
        await store.triage.open(
            "first",
            scene,
            proposal=Proposal(source="Alpha", title=HOSTILE, performers=()),
            judgement=Judgement(
                score=score,
                evidence=(
                    Evidence(
                        signal="title",
                        scene="Clip",
                        proposal=HOSTILE,
                        weight=0.4,
                        note="title differs (scene: 'y', source: 'x')",
                    ),
                    Evidence(signal="date", weight=0.2, note="unknown"),
                ),
            ),
            scene_digest="f",
        )
    for scene in ("3", "4"):
        await store.failures.add(
            "first",
            scene,
            phase="scrape",
            reason="ScrapeFailed",
            detail="EOF",
            artifacts_dir="kept/3",
        )
    await store.sources.count("first", "1", "Alpha", keys=["Studio|noseries"], ok=True)
    await store.sources.count("first", "2", "Alpha", keys=["Studio|noseries"], ok=False)
    for scene, elapsed in (("1", 1000), ("2", 9000)):
        await store.timings.add("first", scene, "scrape", elapsed, label="Alpha")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return the folder of a filled state; a run holds it all the while."""
    folder = tmp_path / ".stashbot"
    _on(folder, _fill)
    FolderLock(folder).acquire()
    return folder


VIEWS = (
    ("triage", "list"),
    ("triage", "show", "1"),
    ("failures",),
    ("audit",),
    ("metrics",),
    ("metrics", "sources"),
    ("metrics", "phases"),
    ("metrics", "runs"),
)


@pytest.mark.parametrize("view", VIEWS)
def test_views_without_a_state_say_so(call: Call, tmp_path: Path, view: tuple[str, ...]) -> None:
    """Where there is no state yet a view says so, makes none, and exits with 2."""
    called = call(*view)
    assert called.code == 2
    assert "There is no state at" in called.err
    assert "stashbot run" in called.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize("view", VIEWS)
def test_views_work_while_a_run_does(call: Call, view: tuple[str, ...]) -> None:
    """A view answers at once although a run holds the lock, with ``--json`` by a document.

    Text of sources never reaches the terminal as control sequences, new lines or markup.
    """
    called = call(*view)
    assert called.code == 0, called
    assert "\x1b" not in called.out
    assert "of two [bold]lines" in called.out or "red" not in called.out
    assert call(*view, "--json").document


@pytest.mark.usefixtures("state")
def test_triage_is_listed_shown_and_turned_down(call: Call) -> None:
    """The best score comes first; a skipped entry leaves the list; an unknown changes nothing."""
    listed = call("triage", "list", "--json").document
    assert [entry["scene"] for entry in listed] == ["3", "2"]
    assert "title differs; date unknown" in call("triage", "list").out
    shown = call("triage", "show", str(listed[0]["id"])).out
    assert "0.00 of 0.40" in shown

    both = [str(entry["id"]) for entry in listed]
    assert call("triage", "skip", both[0], "99").code == 2
    assert len(call("triage", "list", "--json").document) == 2
    assert call("triage", "skip", *both).code == 0
    assert "No proposals are waiting" in call("triage", "list").out
    assert len(call("triage", "list", "--status", "skipped", "--json").document) == 2
    assert call("triage", "list", "--status", "lost").code == 2


@pytest.mark.usefixtures("state")
def test_changes_are_filtered_and_undone_ones_marked(call: Call) -> None:
    """The audit shows the newest first, filters by each option, and says what was undone."""
    every = call("audit", "--json").document
    assert [(entry["field"], entry["undone"]) for entry in every] == [
        ("title", False),
        ("tags", False),
        ("title", True),
    ]
    for arguments, count in (
        (("--last", "1"), 1),
        (("--run", "first"), 2),
        (("--run", "last"), 1),
        (("--scene", "2"), 0),
        (("--source", "Alpha", "--field", "tags"), 1),
    ):
        assert len(call("audit", *arguments, "--json").document) == count, arguments
    shown = call("audit").out
    assert "+New" in shown
    assert "Old" not in shown
    assert "undone" in shown
    assert call("audit", "--run", "none").code == 2
    assert call("audit", "--field", "colour").code == 2


@pytest.mark.usefixtures("state")
def test_failures_are_counted_and_lead_to_their_evidence(call: Call) -> None:
    """Counts cover all failures though fewer are listed, and each names its folder."""
    document = call("failures", "--last", "1", "--json").document
    assert document["counts"] == [{"phase": "scrape", "reason": "ScrapeFailed", "count": 2}]
    assert len(document["failures"]) == 1
    shown = call("failures", "--last", "1").out
    assert "kept/3" in shown
    assert "The last 1 of 2" in shown
    assert "No failures" in call("failures", "--run", "second").out


@pytest.mark.usefixtures("state")
def test_figures(call: Call) -> None:
    """Metrics hold the share of trusted answers, the times against budgets, and runs by outcome."""
    document = call("metrics", "--json").document
    (source,) = document["sources"]
    assert (source["source"], source["ok"], source["fail"]) == ("Alpha", 1, 1)
    scrape, apply = document["phases"]
    assert (scrape["count"], scrape["over"], scrape["max_ms"]) == (2, 1, 9000.0)
    assert apply["count"] == 0
    newest, oldest = document["runs"]
    assert (newest["id"], newest["dry_run"], newest["scenes"]) == ("second", True, 1)
    assert oldest["totals"] == {"applied": 1, "triaged": 1, "failed": 1}
    assert "50%" in call("metrics", "sources").out
    assert call("metrics", "phases", "--run", "last", "--json").document["phases"][0]["count"] == 0
    assert call("metrics", "weather").code == 2

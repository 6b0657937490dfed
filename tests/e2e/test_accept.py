"""Accepting what waits in triage: as planned, in part, and around edits of others."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stashbot.flows.triage.mark import prepare_mark
from stashbot.models import FieldName, Outcome
from stashbot.sandbox import Sandbox
from stashbot.stash.client import StashClient
from stashbot.store import TriageEntry, TriageStatus, scene_digest
from tests.e2e.conftest import ReadScenes, Restored, Run
from tests.e2e.support.other_user import OtherUser
from tests.e2e.support.outcomes import assert_applied, differing
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import Case, SourceCases
from tests.e2e.support.triage import accept


@pytest.fixture(scope="module")
def case(source_cases: SourceCases) -> Case:
    """Return a proposal that a run does not trust."""
    return source_cases.first(
        "low",
        lambda case: case.has(FieldName.TITLE, FieldName.DATE),
        what="a low proposal with title and date",
    )


@pytest.fixture(scope="module")
def triaged(case: Case, restored: Restored, new_runs: Callable[[], SceneRuns]) -> Path:
    """Return the state folder after a run that left the proposal in triage."""
    runs = new_runs()
    with restored():
        runs(request_for(case))
    return runs.folder


@pytest.fixture
def entry(case: Case, triaged: Path, run_scenes: SceneRuns) -> TriageEntry:
    """Return the proposal's entry, in a state folder of the test's own."""
    shutil.copytree(triaged, run_scenes.folder)
    (entry,) = run_scenes.query_store(lambda store: store.triage.entries(scene=case.scene.id))
    assert entry.scene_values is not None
    return entry


def test_a_low_proposal_is_applied_once_accepted(
    case: Case, entry: TriageEntry, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """The scene gets what the stored proposal brings, nothing else; the entry is closed with the
    run, which gives the same when it is resumed.
    """
    finished = accept(run_scenes, entry)
    (result,) = finished.report.scenes
    assert_applied(result, case, read_scenes())
    closed = run_scenes.query_store(lambda store: store.triage.get(entry.id))
    assert (closed.status, closed.closed_by) == (TriageStatus.ACCEPTED, finished.report.run)
    again = run_scenes.resume(finished.report.run)
    assert again.report.scenes == finished.report.scenes


def test_an_edit_during_the_run_is_not_replaced(
    case: Case,
    entry: TriageEntry,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    read_scenes: ReadScenes,
) -> None:
    """Of two accepted fields that the scene has, somebody edits the title while the form
    is filled: that edit stays, the other is taken.
    """
    hooks = RunHooks().at_phase(
        "save", lambda: other_user.edit(case.scene.id, title="Mine, from elsewhere")
    )
    only = (FieldName.TITLE, FieldName.DATE)
    (result,) = accept(run_scenes, entry, hooks=hooks, only=only).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert set(result.changes) == {"date"}
    scene = read_scenes()[case.scene.id]
    assert scene.title == "Mine, from elsewhere"
    assert not scene.organized
    assert differing(result, scene) == []


@pytest.mark.slow
def test_a_scene_that_changed_since_is_left_alone(
    case: Case,
    entry: TriageEntry,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    read_scenes: ReadScenes,
) -> None:
    """Without the second yes nothing is written and the entry stays open; with it, it is applied
    around what the scene holds.
    """
    other_user.edit(case.scene.id, title="Mine by now")
    before = read_scenes()
    (result,) = accept(run_scenes, entry).report.scenes
    assert result.outcome is Outcome.SKIPPED
    assert "changed since it was judged (title)" in result.reason
    assert read_scenes() == before
    still = run_scenes.query_store(lambda store: store.triage.get(entry.id))
    assert still.status is TriageStatus.OPEN
    (result,) = accept(run_scenes, entry, even_if_changed=True).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert read_scenes()[case.scene.id].title == "Mine by now"
    assert "date" in result.changes


def test_a_scene_that_waits_is_marked_in_stash(
    case: Case,
    run_scenes: SceneRuns,
    sandbox: Sandbox,
    client: StashClient,
    run: Run[Any],
) -> None:
    """It gets the tag with its entry, which expects it; after a rejection it loses the tag."""
    settings: dict[str, Any] = {"triage": {"tag": "Waiting"}}

    def tags() -> set[str]:
        scene = sandbox.library.scenes[case.scene.id]
        return {sandbox.library.tags[key].name for key in scene.tag_ids}

    before = tags()
    (result,) = run_scenes(request_for(case), **settings).report.scenes
    assert result.outcome is Outcome.TRIAGED
    assert tags() == before | {"Waiting"}
    (entry,) = run_scenes.query_store(lambda store: store.triage.entries())
    assert entry.scene_digest == scene_digest(run(client.get_scene(case.scene.id)))

    run_scenes.query_store(lambda store: store.triage.close(entry.id, TriageStatus.SKIPPED))
    (marked,) = run_scenes.prepared(prepare_mark, **settings).report.scenes
    assert marked.outcome is Outcome.APPLIED
    assert tags() == before

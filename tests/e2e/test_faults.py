"""Faults on the wire and in the page: each scene ends right, and is saved once."""

from __future__ import annotations

from pathlib import Path

import pytest

from stashbot.models import Outcome, SceneResult
from stashbot.sandbox import Sandbox
from stashbot.sandbox.faults import PageKind, WireKind
from stashbot.store import NewEvent
from tests.e2e.conftest import ReadScenes
from tests.e2e.support import snapshot
from tests.e2e.support.outcomes import assert_applied, writes
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import Case, SourceCases
from tests.slow_params import slow_params

#: A kind for each path: the request is not carried out, its answer is lost, or Stash refuses.
KINDS: tuple[WireKind, ...] = ("http_500", "lost_answer", "graphql_error")
ALL_KINDS: tuple[WireKind, ...] = ("http_500", "lost_answer", "html", "truncated", "graphql_error")
OVERLAYS: tuple[PageKind, ...] = ("toast", "popup", "modal")
SAVE = "#scene-edit-details .edit-buttons > .edit-button.btn-primary"
ONE_PAGE = {"workers": 1}
ONE_ATTEMPT = {"workers": 1, "attempts": 1}


def faults_for(
    sandbox: Sandbox,
    cases: list[Case],
    kinds: tuple[WireKind, ...],
    *,
    phase: str,
    operation: str,
    source: str = "",
) -> RunHooks:
    """Break the operation once for each scene in the phase, each in its own way."""
    left = {case.scene.id: kind for case, kind in zip(cases, kinds, strict=True)}

    def on_phase(event: NewEvent) -> None:
        if event.phase == phase and event.detail == source and event.scene in left:
            sandbox.faults.add(left.pop(event.scene), operation)

    return RunHooks().on_phase(on_phase)


@pytest.mark.parametrize("kinds", slow_params([(KINDS,), (ALL_KINDS,)], ids=["three", "all"]))
def test_a_save_whose_answer_is_broken_is_made_once(
    kinds: tuple[WireKind, ...],
    sandbox: Sandbox,
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    scenes: snapshot.Snapshot,
    *,
    read_scenes: ReadScenes,
) -> None:
    """A save that Stash carried out is found, a lost save is repeated, a refusal is the end."""
    cases = source_cases.some("trusted", len(kinds))
    hooks = faults_for(sandbox, cases, kinds, phase="save", operation="SceneUpdate")
    results = run_scenes(request_for(*cases), hooks=hooks, run=ONE_PAGE).report.scenes
    after = read_scenes()
    *saved, refused = results
    for case, result in zip(cases, saved, strict=False):
        assert_applied(result, case, after)
        assert writes(sandbox, result.id) == ["save", "organize"]
    assert refused.outcome is Outcome.FAILED
    assert "broken on purpose" in refused.reason
    assert writes(sandbox, refused.id, applied=False) == ["save"]
    assert snapshot.differences({refused.id: scenes[refused.id]}, after) == {}


@pytest.mark.slow
def test_an_organize_whose_answer_is_broken_is_made_once(
    sandbox: Sandbox, source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """The same for the second write to a scene; the first is not repeated with it."""
    cases = source_cases.some("trusted", len(ALL_KINDS))
    hooks = faults_for(sandbox, cases, ALL_KINDS, phase="organize", operation="SceneUpdate")
    finished = run_scenes(request_for(*cases), hooks=hooks, run=ONE_PAGE)
    after = read_scenes()
    for case, result in zip(cases, finished.report.scenes, strict=True):
        assert_applied(result, case, after)
        assert writes(sandbox, result.id) == ["save", "organize"]


@pytest.mark.slow
def test_a_scrape_whose_answer_is_broken_is_repeated(
    sandbox: Sandbox, source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """Only an error that Stash answers fails the source for that scene."""
    cases = source_cases.some("trusted", len(ALL_KINDS))
    slow = source_cases.slow_source().name
    hooks = faults_for(
        sandbox, cases, ALL_KINDS, phase="scrape", operation="ScrapeSingleScene", source=slow
    )
    finished = run_scenes(
        request_for(*cases, sources=(slow, cases[0].source.name)), hooks=hooks, run=ONE_PAGE
    )
    after = read_scenes()
    for case, kind, result in zip(cases, ALL_KINDS, finished.report.scenes, strict=True):
        failed = [attempt.source for attempt in result.attempts if attempt.result == "failed"]
        assert failed == ([slow] if kind == "graphql_error" else [])
        assert_applied(result, case, after)
        assert writes(sandbox, result.id) == ["save", "organize"]


@pytest.mark.slow
def test_what_lies_over_the_page_is_put_away(
    sandbox: Sandbox, source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """A notification, a plugin's box and a dialog that no button cancels, each on its scene."""
    cases = source_cases.some("trusted", len(OVERLAYS) + 1)
    left = {case.scene.id: kind for case, kind in zip(cases[1:], OVERLAYS, strict=True)}

    def on_phase(event: NewEvent) -> None:
        if kind := left.pop(event.scene or "", None):
            sandbox.faults.add_page(kind, value="Look here")
            sandbox.faults.clear()

    finished = run_scenes(request_for(*cases), hooks=RunHooks().on_phase(on_phase), run=ONE_PAGE)
    assert left == {}
    after = read_scenes()
    for case, result in zip(cases, finished.report.scenes, strict=True):
        assert_applied(result, case, after)


def failed_without_a_write(
    sandbox: Sandbox, run_scenes: SceneRuns, case: Case
) -> tuple[SceneResult, str]:
    """Return the result of a scene that cannot be saved, and the name of the error."""
    (result,) = run_scenes(request_for(case), run=ONE_ATTEMPT).report.scenes
    assert result.outcome is Outcome.FAILED
    assert writes(sandbox, case.scene.id, applied=False) == []
    (failure,) = run_scenes.query_store(lambda store: store.failures.list())
    return result, failure.reason


def test_a_second_button_like_save_stops_the_scene(
    sandbox: Sandbox, source_cases: SourceCases, run_scenes: SceneRuns
) -> None:
    """A plugin's button beside Save looks the same to the selector: nothing is clicked."""
    sandbox.faults.add_page("duplicate", SAVE, value="Publish")
    result, reason = failed_without_a_write(sandbox, run_scenes, source_cases.first("trusted"))
    assert reason == "AmbiguousElement"
    assert "edit_form.save" in result.reason


@pytest.mark.slow
def test_a_renamed_save_button_is_missed_with_reasons(
    sandbox: Sandbox, source_cases: SourceCases, run_scenes: SceneRuns
) -> None:
    """As after an upgrade of Stash: the failure names key, selector and reason, and is kept."""
    sandbox.faults.add_page("rename", ".edit-button", value="edit-knob")
    result, reason = failed_without_a_write(sandbox, run_scenes, source_cases.first("trusted"))
    assert reason == "ElementAbsent"
    assert f"{SAVE}: absent" in result.reason
    assert result.artifacts_dir is not None
    kept = {file.name: file for file in Path(result.artifacts_dir).iterdir()}
    assert {"aria.yml", "error.txt", "page.html", "screenshot.png"} <= set(kept)
    assert "edit_form.save" in kept["error.txt"].read_text()
    assert "edit-knob" in kept["page.html"].read_text()


@pytest.mark.slow
def test_a_covered_save_button_is_not_clicked(
    sandbox: Sandbox, source_cases: SourceCases, run_scenes: SceneRuns
) -> None:
    """The failure names the element that covers the button."""
    sandbox.faults.add_page("cover", SAVE)
    result, reason = failed_without_a_write(sandbox, run_scenes, source_cases.first("trusted"))
    assert reason == "ElementCovered"
    assert "covered by div.sandbox-cover" in result.reason

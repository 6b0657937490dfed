"""What breaks on the wire and in the page: each scene ends right, and is saved once."""

from __future__ import annotations

from pathlib import Path

import pytest

from stashbot.flows.runs.context import Doing
from stashbot.flows.runs.driver import Progress, Request
from stashbot.models import Outcome, SceneResult
from stashbot.sandbox import Sandbox
from stashbot.sandbox.faults import PageKind, WireKind
from tests.e2e.conftest import Read, Runs, Target
from tests.e2e.support import snapshot
from tests.e2e.support.lab import Case, Lab
from tests.e2e.support.outcomes import assert_applied, writes

SPOILT: tuple[WireKind, ...] = ("http_500", "lost_answer", "html", "truncated", "graphql_error")
OVERLAYS: tuple[PageKind, ...] = ("toast", "popup", "modal")
SAVE = "#scene-edit-details .edit-buttons > .edit-button.btn-primary"
ONE_PAGE = {"workers": 1}
ONCE = {"workers": 1, "attempts": 1}


@pytest.fixture
def sandbox(target: Target) -> Sandbox:
    """The sandbox, to break."""
    return target.need_sandbox("be broken on purpose")


@pytest.fixture
def cases(lab: Lab) -> list[Case]:
    """A scene to each way of spoiling an answer, all known to the same source."""
    return lab.some("trusted", len(SPOILT))


def spoiling(
    sandbox: Sandbox, cases: list[Case], phase: str, operation: str, *, source: str = ""
) -> Progress:
    """Spoils the operation once for each scene, each in its own way."""
    kinds = {case.scene.id: kind for case, kind in zip(cases, SPOILT, strict=True)}

    def on_phase(doing: Doing) -> None:
        if doing.phase == phase and doing.detail == source and doing.scene in kinds:
            sandbox.faults.add(kinds.pop(doing.scene), operation)

    return Progress(on_phase=on_phase)


def request_for(cases: list[Case], *sources: str) -> Request:
    """All the scenes, with the sources before their own."""
    ids = tuple(case.scene.id for case in cases)
    return Request(ids=ids, sources=(*sources, cases[0].source.name))


def test_a_save_whose_answer_is_spoilt_is_made_once(
    sandbox: Sandbox, cases: list[Case], carry: Runs, scenes: snapshot.Snapshot, read: Read
) -> None:
    """What was carried out is found again, what was not is repeated, a refusal is the end."""
    finished = carry(
        request_for(cases),
        progress=spoiling(sandbox, cases, "save", "SceneUpdate"),
        run=ONE_PAGE,
    )
    after = read()
    *saved, refused = finished.report.scenes
    for case, result in zip(cases, saved, strict=False):
        assert_applied(result, case, after)
        assert writes(sandbox, result.id) == ["save", "organize"]
    assert refused.outcome is Outcome.FAILED
    assert "broken on purpose" in refused.reason
    assert writes(sandbox, refused.id, applied=False) == ["save"]
    assert snapshot.differences({refused.id: scenes[refused.id]}, after) == {}


@pytest.mark.slow
def test_an_organize_whose_answer_is_spoilt_is_made_once(
    sandbox: Sandbox, cases: list[Case], carry: Runs, read: Read
) -> None:
    """The same for the second write to a scene; the first is not repeated with it."""
    finished = carry(
        request_for(cases),
        progress=spoiling(sandbox, cases, "organize", "SceneUpdate"),
        run=ONE_PAGE,
    )
    after = read()
    for case, result in zip(cases, finished.report.scenes, strict=True):
        assert_applied(result, case, after)
        assert writes(sandbox, result.id) == ["save", "organize"]


@pytest.mark.slow
def test_a_scrape_whose_answer_is_spoilt_has_failed(
    sandbox: Sandbox, cases: list[Case], carry: Runs, read: Read
) -> None:
    """The source counts as failed for that scene, and the next one is asked."""
    finished = carry(
        request_for(cases, "SlowSource"),
        progress=spoiling(sandbox, cases, "scrape", "ScrapeSingleScene", source="SlowSource"),
        run=ONE_PAGE,
    )
    after = read()
    for case, result in zip(cases, finished.report.scenes, strict=True):
        assert [one.result for one in result.attempts] == ["failed", "accepted"]
        assert_applied(result, case, after)
        assert writes(sandbox, result.id) == ["save", "organize"]


@pytest.mark.slow
def test_what_lies_over_the_page_is_put_away(
    sandbox: Sandbox, cases: list[Case], carry: Runs, read: Read
) -> None:
    """A notification, a plugin's box and a dialog that no button cancels, each on its scene."""
    kinds = dict(
        zip([case.scene.id for case in cases[1:]], ("toast", "popup", "modal"), strict=False)
    )

    def on_phase(doing: Doing) -> None:
        if kind := kinds.pop(doing.scene, None):
            sandbox.faults.add_page(kind, value="Look here")  # type: ignore[arg-type]
            sandbox.faults.clear()

    finished = carry(request_for(cases[:4]), progress=Progress(on_phase=on_phase), run=ONE_PAGE)
    assert kinds == {}
    after = read()
    for case, result in zip(cases, finished.report.scenes, strict=False):
        assert_applied(result, case, after)


def fails(sandbox: Sandbox, carry: Runs, case: Case) -> tuple[SceneResult, str]:
    """The result of a scene that cannot be saved, and the name of the error."""
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    result = carry(request, run=ONCE).report.scenes[0]
    assert result.outcome is Outcome.FAILED
    assert writes(sandbox, case.scene.id, applied=False) == []
    (failure,) = carry.from_store(lambda store: store.failures())
    return result, failure.reason


def test_a_second_button_like_save_stops_the_scene(sandbox: Sandbox, lab: Lab, carry: Runs) -> None:
    """A plugin's button beside Save looks the same to the selector: nothing is clicked."""
    sandbox.faults.add_page("duplicate", SAVE, value="Publish")
    result, reason = fails(sandbox, carry, lab.one("trusted"))
    assert reason == "AmbiguousElement"
    assert "edit_form.save" in result.reason


@pytest.mark.slow
def test_a_renamed_save_button_is_missed_with_reasons(
    sandbox: Sandbox, lab: Lab, carry: Runs
) -> None:
    """As after an upgrade of Stash: the failure names key, selector and reason, and is kept."""
    sandbox.faults.add_page("rename", ".edit-button", value="edit-knob")
    result, reason = fails(sandbox, carry, lab.one("trusted"))
    assert reason == "ElementNotReady"
    assert f"{SAVE}: absent" in result.reason
    assert result.evidence_dir is not None
    kept = {file.name: file for file in Path(result.evidence_dir).iterdir()}
    assert {"aria.yml", "error.txt", "page.html", "screenshot.png", "trace.zip"} <= set(kept)
    assert "edit_form.save" in kept["error.txt"].read_text()
    assert "edit-knob" in kept["page.html"].read_text()


def test_a_covered_save_button_is_not_clicked(sandbox: Sandbox, lab: Lab, carry: Runs) -> None:
    """What lies over it is named."""
    sandbox.faults.add_page("cover", SAVE)
    result, reason = fails(sandbox, carry, lab.one("trusted"))
    assert reason == "ElementNotReady"
    assert "covered by div.sandbox-cover" in result.reason

"""What sources may say: far too much, nothing under many names, and errors of all kinds."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from stashbot.flows.runs.driver import Request
from stashbot.models import FieldName, Outcome
from tests.e2e.conftest import Read, Runs, Target
from tests.e2e.support.lab import Case, Lab
from tests.e2e.support.outcomes import assert_applied, writes
from tests.e2e.support.stage import Elsewhere

#: Titles that no file name holds earn little; here every proposal with a known date is trusted.
TRUSTING = {"threshold": 0.01}
TOO_MUCH = 1_000_000
HUGE = 'Many details, line after line, with "quotes", <b>signs</b> and \N{WATER WAVE}.\n' * 28_000


@pytest.mark.slow
def test_two_megabytes_of_details_land_whole(
    lab: Lab, carry: Runs, read: Read, target: Target
) -> None:
    """From a source that says too much."""
    if target.sandbox is not None:
        answering(target, "8", details=HUGE)
        result = carry(Request(ids=("8",), sources=("AlphaSource",))).report.scenes[0]
        assert result.outcome is Outcome.APPLIED, result.reason
        assert read()["8"].details == HUGE.strip()
        return
    cases = [case for source in lab.fast for case in lab.of(source) if says_too_much(case)]
    if not cases:
        pytest.skip("this Stash has no source that says too much")
    request = Request(ids=(cases[0].scene.id,), sources=(cases[0].source.name,))
    assert_applied(carry(request, weights=TRUSTING).report.scenes[0], cases[0], read())


def says_too_much(case: Case) -> bool:
    return case.proposal is not None and len(case.proposal.details or "") > TOO_MUCH


def answering(target: Target, scene_id: str, **answer: Any) -> None:
    """Changes what AlphaSource says about a scene, until the sandbox is reset."""
    sandbox = target.need_sandbox("have its sources' answers changed")
    truth = sandbox.library.truth[scene_id]
    view = truth.sources["alpha"]
    assert view.kind == "right"
    assert view.answer is not None
    changed = dataclasses.replace(view, answer={**view.answer, **answer})
    sources = {**truth.sources, "alpha": changed}
    sandbox.library.truth[scene_id] = dataclasses.replace(truth, sources=sources)


def test_a_date_that_is_none_is_left_out(
    lab: Lab, carry: Runs, elsewhere: Elsewhere, read: Read
) -> None:
    """The thirty-first of February is told and not sent; the rest of the proposal is applied.

    The scene holds the proposal's title already, so that it is trusted whatever its file is called.
    """
    cases = [case for source in lab.fast for case in lab.of(source) if names_no_day(case)]
    if not cases:
        pytest.skip("this Stash has no source that says impossible dates")
    (case, *_) = cases
    assert case.proposal is not None
    elsewhere.edit(case.scene.id, title=case.proposal.title)
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    result = carry(request, weights=TRUSTING).report.scenes[0]
    assert result.outcome is Outcome.APPLIED, result.reason
    assert {name for name in result.changes if name != "organized"} == set(case.changes) - {"title"}
    assert [left.name for left in result.left_out if left.field == "date"] == [case.proposal.date]
    assert read()[case.scene.id].date is None


def names_no_day(case: Case) -> bool:
    return case.leaves_out(FieldName.DATE) and bool(case.proposal and case.proposal.title)


def test_nulls_and_blanks_are_no_values(carry: Runs, read: Read, target: Target) -> None:
    """A source that has a name for nothing: only what it does say is applied."""
    blank = [{"name": ""}, {"name": "   "}]
    answering(
        target,
        "8",
        code=None,
        details=" \n ",
        director="",
        urls=["", " "],
        studio={"name": " "},
        performers=blank,
        tags=[*blank, {"name": "Walking"}],
        groups=None,
    )
    result = carry(Request(ids=("8",), sources=("AlphaSource",))).report.scenes[0]
    assert result.outcome is Outcome.APPLIED, result.reason
    assert set(result.changes) == {"title", "date", "tags", "organized"}
    scene = read()["8"]
    assert [tag.name for tag in scene.tags] == ["Walking"]
    assert (scene.studio, scene.performers, scene.urls) == (None, (), ())
    assert target.sandbox is not None
    assert writes(target.sandbox, "8") == ["save", "organize"]


def test_every_kind_of_failing_source_fails_its_own_scene_only(
    lab: Lab, carry: Runs, read: Read
) -> None:
    """Wrong types, broken JSON, a script that dies: the scene fails with the server's words.

    What was asked twice, by the file and by the title, has both answers told apart.
    """
    failing = lab.all("failing")
    if not failing:
        pytest.skip("this Stash has no source that fails")
    source = failing[0].source
    ids = tuple(case.scene.id for case in failing if case.source == source)[:3]
    before = read()
    finished = carry(Request(ids=ids, sources=(source.name,)))
    assert [one.outcome for one in finished.report.scenes] == [Outcome.FAILED] * len(ids)
    for one in finished.report.scenes:
        told = [attempt.detail for attempt in one.attempts if attempt.result == "failed"]
        assert one.reason.count(f"{source.name} failed: ") == len(told)
        assert one.reason.count(f"; {source.name} failed: ") == len(told) - 1
    assert read() == before

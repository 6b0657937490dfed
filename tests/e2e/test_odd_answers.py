"""Odd answers of sources: far too much, nothing under many names, odd values, all errors."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from stashbot.flows.runs.selection import RunRequest
from stashbot.models import FieldName, Outcome
from stashbot.sandbox import Sandbox
from tests.e2e.conftest import ReadScenes, StashUnderTest
from tests.e2e.support import snapshot
from tests.e2e.support.other_user import OtherUser
from tests.e2e.support.outcomes import assert_applied, writes
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import Case, SourceCases, has_odd_date, is_odd

#: Titles that no file name holds earn little; here every proposal with any evidence is trusted.
TRUSTING = {"threshold": 0.01}
TOO_MUCH = 1_000_000
HUGE = 'Many details, line after line, with "quotes", <b>signs</b> and \N{WATER WAVE}.\n' * 28_000
SOME = 3


def set_answer(sandbox: Sandbox, scene_id: str, **answer: Any) -> None:
    """Change what AlphaSource says about a scene, until the sandbox is reset."""
    truth = sandbox.library.truth[scene_id]
    view = truth.sources["alpha"]
    assert view.kind == "right"
    assert view.answer is not None
    changed = dataclasses.replace(view, answer={**view.answer, **answer})
    sources = {**truth.sources, "alpha": changed}
    sandbox.library.truth[scene_id] = dataclasses.replace(truth, sources=sources)


@pytest.mark.slow
def test_two_megabytes_of_details_land_whole(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    read_scenes: ReadScenes,
    target: StashUnderTest,
) -> None:
    """From a source that says too much."""
    if target.sandbox is not None:
        set_answer(target.sandbox, "8", details=HUGE)
        request = RunRequest(ids=("8",), sources=("AlphaSource",))
        (result,) = run_scenes(request).report.scenes
        assert result.outcome is Outcome.APPLIED, result.reason
        assert read_scenes()["8"].details == HUGE.strip()
        return
    cases = source_cases.all(
        "low", lambda case: len(case.changes.get(FieldName.DETAILS) or "") > TOO_MUCH
    )
    if not cases:
        pytest.skip("this Stash has no source that says too much")
    (result,) = run_scenes(request_for(cases[0]), weights=TRUSTING).report.scenes
    assert_applied(result, cases[0], read_scenes())


def test_a_date_that_does_not_exist_is_left_out(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    read_scenes: ReadScenes,
) -> None:
    """The thirty-first of February is reported and not sent; the rest of the proposal is applied.

    The scene holds the proposal's title already, so that it is trusted whatever its file is called.
    """
    case = source_cases.first(
        "trusted",
        lambda case: case.omits(FieldName.DATE) and case.has(FieldName.TITLE),
        what="a source that gives dates that do not exist",
    )
    other_user.edit(case.scene.id, title=case.changes[FieldName.TITLE])
    (result,) = run_scenes(request_for(case), weights=TRUSTING).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert set(result.changes) - {"organized"} == {field.value for field in case.changes} - {
        "title"
    }
    omitted = [each.name for each in result.omitted if each.field == "date"]
    assert omitted == [each.name for each in case.omitted if each.field == "date"]
    assert read_scenes()[case.scene.id].date is None


def test_nulls_and_blanks_are_no_values(
    run_scenes: SceneRuns, read_scenes: ReadScenes, sandbox: Sandbox
) -> None:
    """A source that has a name for nothing: only what it does say is applied."""
    blank = [{"name": ""}, {"name": "   "}]
    set_answer(
        sandbox,
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
    (result,) = run_scenes(RunRequest(ids=("8",), sources=("AlphaSource",))).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert set(result.changes) == {"title", "date", "tags", "organized"}
    scene = read_scenes()["8"]
    assert [tag.name for tag in scene.tags] == ["Walking"]
    assert (scene.studio, scene.performers, scene.urls) == (None, (), ())
    assert writes(sandbox, "8") == ["save", "organize"]


def test_a_dirty_answer_is_written_clean(
    run_scenes: SceneRuns, read_scenes: ReadScenes, sandbox: Sandbox
) -> None:
    """Through the results dialog, which shows the answer as the source gave it."""
    set_answer(
        sandbox,
        "8",
        title="Morning&nbsp;Walk -",
        code="N/A",
        details="Sun &amp;amp; sea.\x07\n\nThe end.",
        director="Ida\r\nDirector",
        date="2023-05-03T23:00:00Z",
        urls=["alpha.example.test/scene/HF-0107?utm_source=feed", "//alpha.example.test/s/2#play"],
        studio={"name": "HarborFilms.com"},
        performers=[{"name": "Cleo Example, Ada Sample aka A. S."}, {"name": "Unknown"}],
        tags=[{"name": "Walking |"}, {"name": "&"}],
    )
    (result,) = run_scenes(RunRequest(ids=("8",), sources=("AlphaSource",))).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    scene = read_scenes()["8"]
    assert (scene.title, scene.code, scene.director) == ("Morning Walk", None, "Ida Director")
    assert (scene.details, scene.date) == ("Sun & sea.\n\nThe end.", "2023-05-04")
    assert scene.urls == (
        "https://alpha.example.test/scene/HF-0107",
        "https://alpha.example.test/s/2",
    )
    assert scene.studio is not None
    assert scene.studio.name == "Harbor Films"
    assert {person.name for person in scene.performers} == {"Ada Sample", "Cleo Example"}
    assert [tag.name for tag in scene.tags] == ["Walking"]
    assert writes(sandbox, "8") == ["save", "organize"]
    assert "title" in {note.field for note in result.cleanings}


@pytest.mark.slow
def test_a_cleaned_name_is_created_by_the_button_of_the_name_as_given(
    run_scenes: SceneRuns, sandbox: Sandbox
) -> None:
    """The dialog sends the name that it shows; the door sends the cleaned name in its place."""
    page = {"urls": ["https://alpha.example.test/model/kara"]}
    set_answer(
        sandbox,
        "8",
        performers=[{"name": "Kara&nbsp;Test -", **page}, {"name": "Eve One, Flo Two", **page}],
    )
    (result,) = run_scenes(
        RunRequest(ids=("8",), sources=("AlphaSource",)), creation={"performer": {"create": True}}
    ).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert result.created == ("performer Kara Test",)
    names = {person.name for person in sandbox.library.performers.values()}
    assert "Kara Test" in names
    assert not {name for name in names if "Eve" in name or "&" in name}
    after: Any = result.changes["performers"][1]
    assert [person["name"] for person in after] == ["Kara Test"]


@pytest.mark.slow
def test_unwanted_performers_and_tags_are_left_out(run_scenes: SceneRuns, sandbox: Sandbox) -> None:
    """By gender, by the user's own names, and by the list of all that are taken."""
    set_answer(
        sandbox,
        "8",
        performers=[{"name": "Cleo Example", "gender": "FEMALE"}, {"name": "Ben Placeholder"}],
        tags=[{"name": "Morning"}, {"name": "Walking"}, {"name": "Snow"}],
    )
    sandbox.library.update(sandbox.library.performers, "2", gender="MALE")
    (result,) = run_scenes(
        RunRequest(ids=("8",), sources=("AlphaSource",), dry_run=True),
        people={"genders": ["female"]},
        tags={"map": {"morning": "Evening"}, "only": ["Evening", "walking"]},
    ).report.scenes
    after: Any = {field: change[1] for field, change in result.changes.items()}
    assert [person["name"] for person in after["performers"]] == ["Cleo Example"]
    assert [tag["name"] for tag in after["tags"]] == ["Evening", "Walking"]
    assert {(each.field.value, each.name, each.reason) for each in result.omitted} == {
        ("performers", "Ben Placeholder", "[people] genders leaves it out"),
        ("tags", "Snow", "[tags] only leaves it out"),
    }


@pytest.mark.slow
def test_an_answer_of_two_titles_waits_for_a_person(
    run_scenes: SceneRuns, read_scenes: ReadScenes, sandbox: Sandbox
) -> None:
    """Though studio, date and length agree; a studio alone is nothing found."""
    set_answer(sandbox, "8", title="Morning Walk;;Evening Walk")
    before = read_scenes()
    request = RunRequest(ids=("8",), sources=("AlphaSource",))
    (result,) = run_scenes(request, weights=TRUSTING).report.scenes
    assert result.outcome is Outcome.TRIAGED, result.reason
    assert "two titles: 'Morning Walk' and 'Evening Walk'" in result.reason
    empty: dict[str, Any] = dict.fromkeys(("title", "code", "details", "director", "date", "tags"))
    set_answer(sandbox, "8", **empty, urls=[], performers=None, groups=None)
    (result,) = run_scenes(request, weights=TRUSTING).report.scenes
    assert result.outcome is Outcome.SKIPPED, result.reason
    assert result.reason == "nothing found by AlphaSource"
    assert read_scenes() == before


def test_a_failing_source_fails_its_own_scene_only(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    scenes: snapshot.Snapshot,
    read_scenes: ReadScenes,
) -> None:
    """The scene fails with the server's words, and the next scene is applied.

    A source that is asked by the file and by the title, and fails alike, is named once.
    """
    failing = {case.source.key for case in source_cases.all("failing")}
    applied = source_cases.first("trusted", lambda case: case.source.key in failing)
    failed = next(case for case in source_cases.of(applied.source) if case.kind == "failing")
    source = applied.source.name
    results = run_scenes(
        request_for(failed, applied), search={"query": True}, run={"workers": 1}
    ).report.scenes
    failure, success = sorted(results, key=lambda result: result.outcome is Outcome.APPLIED)
    assert (failure.outcome, success.outcome) == (Outcome.FAILED, Outcome.APPLIED)
    details = [each.detail for each in failure.attempts if each.result == "failed"]
    assert failure.reason.count(f"{source} failed: ") == len(set(details))
    assert set(snapshot.differences(scenes, read_scenes())) == {applied.scene.id}


@pytest.mark.slow
def test_every_way_to_fail_is_reported(
    source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """Wrong types, broken JSON, a script that dies: no scene is changed."""
    failing = source_cases.all("failing")
    if not failing:
        pytest.skip("this Stash has no source that fails")
    same = [case for case in failing if case.source == failing[0].source][:SOME]
    before = read_scenes()
    finished = run_scenes(request_for(*same))
    assert [result.outcome for result in finished.report.scenes] == [Outcome.FAILED] * len(same)
    assert read_scenes() == before


@pytest.mark.slow
def test_odd_titles_and_dates_spoil_nothing(
    source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """Texts of all kinds arrive as they are; a date that does not exist is omitted and reported."""
    cases = odd_cases(source_cases)
    finished = run_scenes(request_for(*cases), weights=TRUSTING)
    after = read_scenes()
    for case, result in zip(cases, finished.report.scenes, strict=True):
        assert_applied(result, case, after)
        assert {(each.field, each.name) for each in result.omitted} == {
            (each.field, each.name) for each in case.omitted
        }


def odd_cases(source_cases: SourceCases) -> list[Case]:
    """Return proposals with odd titles or dates, of the source that has most of them."""
    best: list[Case] = []
    for source in source_cases.fast:
        answered = [case for case in source_cases.of(source) if case.kind == "trusted"]
        odd = [case for case in answered if is_odd(case)][:SOME]
        odd += [case for case in answered if has_odd_date(case) and case not in odd][:SOME]
        best = max(best, odd, key=len)
    if not best:
        pytest.skip("this Stash has no source with odd titles or dates")
    return best

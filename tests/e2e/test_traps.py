"""Traps of Stash's own pages: each of them loses or mixes data for who does not know it."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.browser.session import Session
from stashbot.flows.enrich.write_permits import SavePermit
from stashbot.models import Change, FieldName, Outcome, Plan
from stashbot.pages.edit_form import EditForm
from stashbot.pages.scene_page import ScenePage
from stashbot.stash.client import StashClient
from tests.e2e.conftest import ReadScenes, Run
from tests.e2e.support import snapshot
from tests.e2e.support.other_user import OtherUser
from tests.e2e.support.outcomes import assert_applied
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import Case, SourceCases

ONE_PAGE = {"workers": 1}
#: Far below what a slow source takes to answer, far above what a page needs to ask it.
IMPATIENT = {"scrape_ms": 1200}
SOON_MS = 5000


@pytest.mark.slow
def test_a_late_scrape_answer_meets_no_other_source(
    source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """A source that answers too late counts as failed; each scene gets its own data only."""
    cases = source_cases.pair("trusted")
    sources = (source_cases.slow_source().name, cases[0].source.name)
    finished = run_scenes(request_for(*cases, sources=sources), browser=IMPATIENT, run=ONE_PAGE)
    after = read_scenes()
    for case, result in zip(cases, finished.report.scenes, strict=True):
        assert [attempt.result for attempt in result.attempts] == ["failed", "accepted"]
        assert_applied(result, case, after)


def test_a_late_scrape_answer_meets_no_other_scene(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    scenes: snapshot.Snapshot,
    read_scenes: ReadScenes,
) -> None:
    """The scene whose last source was too late fails, and the next scene gets its own data only."""
    names = source_cases.source_names("nothing", "trusted")
    if not names:
        pytest.skip("this Stash has no source that knows only some scenes")
    nothing = source_cases.first("nothing", lambda case: case.source.name == names[0])
    trusted = source_cases.first("trusted", lambda case: case.source.name == names[0])
    finished = run_scenes(
        request_for(nothing, trusted, sources=(names[0], source_cases.slow_source().name)),
        browser=IMPATIENT,
        run=ONE_PAGE,
    )
    late, own = finished.report.scenes
    assert late.outcome is Outcome.FAILED
    after = read_scenes()
    assert_applied(own, trusted, after)
    assert set(snapshot.differences(scenes, after)) == {own.id}


def test_a_scan_that_ends_while_the_form_is_open_loses_nothing(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    read_scenes: ReadScenes,
) -> None:
    """A finished scan makes every page read all of its data anew, also under an open dialog."""
    case = source_cases.first("trusted")
    hooks = RunHooks().at_phase("save", other_user.scan)
    (result,) = run_scenes(request_for(case), hooks=hooks).report.scenes
    assert_applied(result, case, read_scenes())


@pytest.mark.slow
def test_a_scan_that_ends_during_a_scrape_loses_nothing(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    scenes: snapshot.Snapshot,
    read_scenes: ReadScenes,
) -> None:
    """The app rejects the answer that comes after a scan, and shows no dialog for it."""
    case = source_cases.first("trusted")
    sources = (source_cases.slow_source().name, case.source.name)
    hooks = RunHooks().when_sent("ScrapeSingleScene", lambda _: other_user.scan())
    (result,) = run_scenes(request_for(case, sources=sources), hooks=hooks).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert snapshot.differences(scenes, read_scenes()) == {result.id: set(result.changes)}


def test_a_scrape_that_ends_in_silence_finds_nothing(
    source_cases: SourceCases, run_scenes: SceneRuns
) -> None:
    """Stash shows nothing at all for an answer of nulls; it is not waited for."""
    case = source_cases.first("empty", what="a source that answers with nulls")
    (result,) = run_scenes(request_for(case)).report.scenes
    assert result.outcome is Outcome.SKIPPED
    assert result.attempts[0].result == "nothing"
    assert result.attempts[0].elapsed_ms < SOON_MS


@pytest.mark.slow
def test_a_failing_source_leaves_the_page_fit_for_the_next(
    source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """The error's notification lies over the page for seconds; the next source follows at once."""
    failing = {case.scene.id: case for case in source_cases.all("failing")}
    case = source_cases.first(
        "trusted", lambda case: case.scene.id in failing, what="a source that fails"
    )
    sources = (failing[case.scene.id].source.name, case.source.name)
    (result,) = run_scenes(request_for(case, sources=sources)).report.scenes
    assert [attempt.result for attempt in result.attempts] == ["failed", "accepted"]
    assert_applied(result, case, read_scenes())


def test_a_form_that_could_not_be_saved_does_not_leak_into_the_next_scene(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    scenes: snapshot.Snapshot,
    read_scenes: ReadScenes,
) -> None:
    """Stash refuses the first scene's save; its values stay in a form that no other scene gets."""
    refused, own = source_cases.pair("trusted")
    hooks = RunHooks().refuse("SceneUpdate", refused.scene.id, "refused on purpose")
    first, second = run_scenes(request_for(refused, own), hooks=hooks, run=ONE_PAGE).report.scenes
    assert first.outcome is Outcome.FAILED
    assert "refused on purpose" in first.reason
    after = read_scenes()
    assert_applied(second, own, after)
    assert set(snapshot.differences(scenes, after)) == {own.scene.id}


@pytest.mark.usefixtures("scenes")
def test_values_that_the_page_remembers_are_never_written_back(
    source_cases: SourceCases,
    session: Session,
    other_user: OtherUser,
    client: StashClient,
    run: Run[Any],
) -> None:
    """On its second visit a page shows the scene as it was on the first, and sends all of it."""
    first, second = (case.scene for case in source_cases.pair("trusted"))
    assert first.code is None

    async def visit_twice() -> str:
        page = ScenePage(session)
        await page.open(first)
        await page.open(second)
        other_user.edit(first.id, code="ELSEWHERE-1", director="Somebody Else")
        await page.open(first)
        shown: str = await EditForm(session).value(FieldName.CODE)
        change = Change(field=FieldName.DETAILS, before=first.details, after="seen twice")
        plan = Plan(scene_id=first.id, source="a test", changes=(change,))
        form = EditForm(session)
        with session.guard.allow(SavePermit(client, plan)):
            await form.save(first.id, *form.fill_ops(plan), timeout=SOON_MS)
        return shown

    assert run(visit_twice()) == "", "the page did read the scene again: there is no trap here"
    scene = run(client.get_scene(first.id))
    assert (scene.code, scene.director) == ("ELSEWHERE-1", "Somebody Else")
    assert scene.details == "seen twice"


def test_nothing_to_save_is_an_outcome(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    scenes: snapshot.Snapshot,
    read_scenes: ReadScenes,
) -> None:
    """Entities that Stash lacks open the dialog again for a scene that has the rest; Save is off.

    The scene is skipped, and only organized where the run organizes.
    """
    case = source_cases.first(
        "trusted", Case.lacks_entities, what="a trusted proposal with something that Stash lacks"
    )
    as_it_is = {**ONE_PAGE, "organize": False}
    first = run_scenes(request_for(case), run=as_it_is).report.scenes[0]
    assert first.outcome is Outcome.APPLIED
    again = run_scenes(request_for(case), run=as_it_is).report.scenes[0]
    assert (again.outcome, again.changes) == (Outcome.SKIPPED, {})
    assert "already" in again.reason
    organized = run_scenes(request_for(case), run=ONE_PAGE).report.scenes[0]
    assert organized.outcome is Outcome.APPLIED
    assert organized.changes == {"organized": (False, True)}
    assert "organized" in snapshot.differences(scenes, read_scenes())[case.scene.id]

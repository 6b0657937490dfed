"""The traps of Stash's own pages: each of them loses or mixes data for who does not know it."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.flows.enrich.write_permits import SavePermit
from stashbot.flows.runs.driver import Request
from stashbot.models import Change, FieldName, Outcome, Plan
from stashbot.pages.edit_form import EditForm
from stashbot.pages.scene_page import ScenePage
from tests.e2e.conftest import CarryOut, Read, Run
from tests.e2e.support import snapshot
from tests.e2e.support.lab import Lab
from tests.e2e.support.outcomes import assert_applied
from tests.e2e.support.stage import Elsewhere, at, watching

ONE_PAGE = {"workers": 1}
#: Far below what a slow source takes to answer, far above what a page needs to ask it.
IMPATIENT = {"scrape_ms": 1200}
SOON_MS = 5000


@pytest.mark.slow
def test_a_late_scrape_answer_meets_no_other_source(lab: Lab, carry: CarryOut, read: Read) -> None:
    """A source that answers too late counts as failed; each scene gets its own data only."""
    cases = lab.two("trusted")
    finished = carry(
        Request(
            ids=tuple(case.scene.id for case in cases),
            sources=(lab.slow_source().name, cases[0].source.name),
        ),
        browser=IMPATIENT,
        run=ONE_PAGE,
    )
    after = read()
    for case, result in zip(cases, finished.report.scenes, strict=True):
        assert [one.result for one in result.attempts] == ["failed", "accepted"]
        assert_applied(result, case, after)


def test_a_late_scrape_answer_meets_no_other_scene(
    lab: Lab, carry: CarryOut, scenes: snapshot.Snapshot, read: Read
) -> None:
    """The scene whose last source was too late fails, and the next one gets its own data only."""
    names = lab.source_names("nothing", "trusted")
    if not names:
        pytest.skip("this Stash has no source that knows only some scenes")
    nothing = lab.one("nothing", lambda case: case.source.name == names[0])
    trusted = lab.one("trusted", lambda case: case.source.name == names[0])
    finished = carry(
        Request(
            ids=(nothing.scene.id, trusted.scene.id), sources=(names[0], lab.slow_source().name)
        ),
        browser=IMPATIENT,
        run=ONE_PAGE,
    )
    late, own = finished.report.scenes
    assert late.outcome is Outcome.FAILED
    after = read()
    assert_applied(own, trusted, after)
    assert set(snapshot.differences(scenes, after)) == {own.id}


def test_a_scan_that_ends_while_the_form_is_open_loses_nothing(
    lab: Lab,
    carry: CarryOut,
    elsewhere: Elsewhere,
    read: Read,
) -> None:
    """A finished scan makes every page read all of its data anew, also under an open dialog."""
    case = lab.one("trusted")
    finished = carry(
        Request(ids=(case.scene.id,), sources=(case.source.name,)),
        progress=at("save", elsewhere.scan),
    )
    assert_applied(finished.report.scenes[0], case, read())


@pytest.mark.slow
def test_a_scan_that_ends_during_a_scrape_loses_nothing(
    lab: Lab,
    carry: CarryOut,
    elsewhere: Elsewhere,
    scenes: snapshot.Snapshot,
    read: Read,
) -> None:
    """The app rejects the answer that comes after a scan, and shows no dialog for it."""
    case = lab.one("trusted")
    slow = lab.slow_source().name
    with watching() as watch:
        watch.when_sent("ScrapeSingleScene", lambda _: elsewhere.scan())
        finished = carry(Request(ids=(case.scene.id,), sources=(slow, case.source.name)))
    result = finished.report.scenes[0]
    assert result.outcome is Outcome.APPLIED, result.reason
    after = read()
    assert snapshot.differences(scenes, after) == {result.id: set(result.changes)}


def test_a_scrape_that_ends_in_silence_is_no_find(lab: Lab, carry: CarryOut) -> None:
    """Stash shows nothing at all for an answer of nulls; it is not waited for."""
    case = lab.one("empty", what="a source that answers with nulls")
    result = carry(Request(ids=(case.scene.id,), sources=(case.source.name,))).report.scenes[0]
    assert result.outcome is Outcome.SKIPPED
    assert result.attempts[0].result == "nothing"
    assert result.attempts[0].elapsed_ms < SOON_MS


@pytest.mark.slow
def test_a_failing_source_leaves_the_page_fit_for_the_next(
    lab: Lab, carry: CarryOut, read: Read
) -> None:
    """The error's notification lies over the page for seconds; the next source is asked at once."""
    failing = {case.scene.id: case for case in lab.all("failing")}
    case = lab.one("trusted", lambda one: one.scene.id in failing, what="a source that fails")
    sources = (failing[case.scene.id].source.name, case.source.name)
    result = carry(Request(ids=(case.scene.id,), sources=sources)).report.scenes[0]
    assert [one.result for one in result.attempts] == ["failed", "accepted"]
    assert_applied(result, case, read())


def test_a_form_that_could_not_be_saved_does_not_leak_into_the_next_scene(
    lab: Lab, carry: CarryOut, scenes: snapshot.Snapshot, read: Read
) -> None:
    """Stash refuses the first scene's save; its values stay in a form that no other scene gets."""
    refused, own = lab.two("trusted")
    with watching() as watch:
        watch.refuse("SceneUpdate", refused.scene.id, "refused on purpose")
        finished = carry(
            Request(ids=(refused.scene.id, own.scene.id), sources=(own.source.name,)), run=ONE_PAGE
        )
    first, second = finished.report.scenes
    assert first.outcome is Outcome.FAILED
    assert "refused on purpose" in first.reason
    after = read()
    assert_applied(second, own, after)
    assert set(snapshot.differences(scenes, after)) == {own.scene.id}


def test_values_that_the_page_remembers_are_never_written_back(
    lab: Lab, session: Session, elsewhere: Elsewhere, scenes: snapshot.Snapshot, run: Run[Any]
) -> None:
    """On its second visit a page shows the scene as it was on the first, and sends all of it."""
    first, second = (case.scene for case in lab.two("trusted"))
    assert scenes[first.id].code is None
    client = elsewhere.client

    async def visit_twice() -> str:
        page = ScenePage(session)
        await page.open(first)
        await page.open(second)
        elsewhere.edit(first.id, code="ELSEWHERE-1", director="Somebody Else")
        await page.open(first)
        shown: str = await EditForm(session).value(FieldName.CODE)
        change = Change(field=FieldName.DETAILS, before=first.details, after="seen twice")
        plan = Plan(scene_id=first.id, source="a test", changes=(change,))
        form = EditForm(session)
        with session.guard.permitting(SavePermit(client, plan)):
            await form.save(first.id, *form.fill_ops(plan), timeout=actions.WAIT_MS)
        return shown

    assert run(visit_twice()) == "", "the page did read the scene again: there is no trap here"
    scene = run(client.find_scene(first.id))
    assert (scene.code, scene.director) == ("ELSEWHERE-1", "Somebody Else")
    assert scene.details == "seen twice"


def test_nothing_to_save_is_an_outcome(
    lab: Lab, carry: CarryOut, scenes: snapshot.Snapshot, read: Read
) -> None:
    """What Stash lacks opens the dialog again for a scene that holds all the rest; Save stays off.

    The scene is skipped, and only organized where that is asked for.
    """
    case = lab.one(
        "trusted",
        lambda one: bool(
            one.plan and any(left.reason == "not in Stash" for left in one.plan.left_out)
        ),
        what="a trusted proposal with something that Stash lacks",
    )
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    as_it_is = {**ONE_PAGE, "organize": False}
    assert carry(request, run=as_it_is).report.scenes[0].outcome is Outcome.APPLIED
    again = carry(request, run=as_it_is).report.scenes[0]
    assert (again.outcome, again.changes) == (Outcome.SKIPPED, {})
    assert "already" in again.reason
    organized = carry(request, run=ONE_PAGE).report.scenes[0]
    assert organized.outcome is Outcome.APPLIED
    assert organized.changes == {"organized": (False, True)}
    assert "organized" in snapshot.differences(scenes, read())[case.scene.id]

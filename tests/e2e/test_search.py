"""Scenes that no source knows by file: read from their addresses, searched for by their titles."""

from __future__ import annotations

import pytest

from stashbot.decide.sources.questions import search_text
from stashbot.flows.runs.driver import Request
from stashbot.models import FieldName, Outcome, Question, SceneResult, Source
from stashbot.settings import FilenameSettings
from tests.e2e.conftest import Read, Runs
from tests.e2e.support.lab import Case, Lab
from tests.e2e.support.outcomes import assert_applied, unheld
from tests.e2e.support.stage import Elsewhere, at, watching
from tests.e2e.test_accept import accept


def of_its_own_title(case: Case) -> bool:
    """Whether the scene is searched by words that its own title has, in a source that searches."""
    text = search_text(case.scene, FilenameSettings())
    return bool(text) and case.source.query and case.has(FieldName.TITLE, FieldName.DATE)


def of_its_own_page(case: Case) -> bool:
    """Whether the proposal's first address is one that its own source scrapes."""
    urls = case.proposal.urls if case.proposal else ()
    return case.has(FieldName.TITLE) and any(map(case.source.scrapes, urls[:1]))


def nothing(lab: Lab, case: Case) -> list[Source]:
    """The other sources that search and do not know the scene, the most ignorant first."""
    found = [
        source
        for source in lab.fast
        if source.query and source != case.source and lab.case(source, case.scene).kind == "nothing"
    ]
    return sorted(found, key=lambda source: sum(one.proposal is not None for one in lab.of(source)))


def tried(result: SceneResult) -> list[tuple[str, str, str]]:
    """What was asked: whom, how, and what it gave."""
    return [(one.source, one.asked.by, one.result) for one in result.attempts]


def test_a_scene_is_found_by_its_title(lab: Lab, carry: Runs, read: Read) -> None:
    """A source is searched, the candidate that fits is opened, and saved as any other; the dialog
    of a source that finds nothing is out of the way of the next. The dry run says the same.
    """
    case = lab.one(
        "trusted",
        lambda one: of_its_own_title(one) and bool(nothing(lab, one)),
        what="a trusted proposal of a source that searches, and a source that knows nothing",
    )
    other = nothing(lab, case)[0]
    names = (other.name, case.source.name)
    request = Request(ids=(case.scene.id,), sources=names, by=("query",))
    (planned,) = carry(request.model_copy(update={"dry_run": True})).report.scenes
    (result,) = carry(request).report.scenes
    first, last = tried(result)
    assert first in {(other.name, "query", "nothing"), (other.name, "query", "low")}
    assert last == (case.source.name, "query", "accepted")
    assert_applied(result, case, read())
    assert planned.changes == result.changes
    assert planned.attempts[1].asked == result.attempts[1].asked


def test_a_search_comes_after_the_file(lab: Lab, carry: Runs, read: Read) -> None:
    """Only a scene that no source knows by its file is searched for."""
    case = lab.one("trusted", of_its_own_title, what="a trusted proposal of a source that searches")
    names = (case.source.name,)
    request = Request(ids=(case.scene.id,), sources=names)
    (result,) = carry(request, search={"query": True}).report.scenes
    assert tried(result) == [(case.source.name, "fragment", "accepted")]
    assert_applied(result, case, read())


def test_a_search_that_finds_several_waits_for_a_person(lab: Lab, carry: Runs, read: Read) -> None:
    """Without the lead over the second nothing is applied; accepted, the proposal is applied."""
    case = lab.one("trusted", of_its_own_title, what="a trusted proposal of a source that searches")
    request = Request(ids=(case.scene.id,), sources=(case.source.name,), by=("query",))
    (result,) = carry(request, search={"lead": 1.0}).report.scenes
    if result.outcome is Outcome.APPLIED:
        pytest.skip("this Stash has no source that finds several")
    assert result.outcome is Outcome.TRIAGED
    assert "fits nearly as well" in result.evidence[-1].note
    (entry,) = carry.from_store(lambda store: store.triage(scene=case.scene.id))
    assert entry.proposal.asked == result.attempts[0].asked
    (accepted,) = accept(carry, entry).report.scenes
    assert_applied(accepted, case, read())


def test_a_scene_is_read_from_its_own_address(
    lab: Lab, carry: Runs, elsewhere: Elsewhere, read: Read
) -> None:
    """The button beside the address is pressed; the address speaks for what stands there."""
    case = lab.one("trusted", of_its_own_page, what="a trusted proposal with its source's own URL")
    assert case.proposal is not None
    url = case.proposal.urls[0]
    elsewhere.edit(case.scene.id, urls=["https://nobody.test/1", url])
    request = Request(ids=(case.scene.id,), sources=(case.source.name,), by=("url",))
    (planned,) = carry(request.model_copy(update={"dry_run": True})).report.scenes
    (result,) = carry(request).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert result.attempts[0].asked == Question(by="url", text=url)
    told = next(one for one in result.evidence if one.signal == "url")
    assert (told.scene, told.points) == (url, 0.6)
    assert planned.changes == result.changes
    assert unheld(result, read()[case.scene.id]) == []


def test_what_cannot_be_asked_is_said(lab: Lab, carry: Runs) -> None:
    """A scene without an address that a source scrapes is passed over without a page."""
    case = lab.one("trusted", of_its_own_page, what="a trusted proposal with its source's own URL")
    if case.scene.urls:
        pytest.skip("the scene has addresses")
    with watching() as watch:
        (result,) = carry(
            Request(ids=(case.scene.id,), sources=(case.source.name,), by=("url",))
        ).report.scenes
    assert (result.outcome, result.attempts) == (Outcome.SKIPPED, ())
    assert "nothing to ask" in result.reason
    assert watch.sessions == []


@pytest.mark.slow
def test_a_page_that_is_lost_after_the_search_is_replaced(
    lab: Lab, carry: Runs, read: Read
) -> None:
    """What was found is saved all the same, once."""
    case = lab.one("trusted", of_its_own_title, what="a trusted proposal of a source that searches")
    request = Request(ids=(case.scene.id,), sources=(case.source.name,), by=("query",))
    with watching() as watch:
        (result,) = carry(
            request, progress=at("save", lambda: watch.crash(watch.sessions[-1]))
        ).report.scenes
    assert len(watch.sessions) > 1
    assert_applied(result, case, read())


@pytest.mark.slow
def test_a_name_is_created_from_what_a_search_found(
    lab: Lab, carry: Runs, practice: object
) -> None:
    """The dialog that has the button comes back by the same search when its page is lost."""
    del practice

    def lacks(case: Case) -> bool:
        return (
            of_its_own_title(case) and case.leaves_out(FieldName.TAGS) and case.has(FieldName.TAGS)
        )

    case = lab.one("trusted", lacks, what="a proposal with a tag that Stash lacks")
    assert case.plan is not None
    wanted = [one.name for one in case.plan.left_out if one.field is FieldName.TAGS]
    request = Request(ids=(case.scene.id,), sources=(case.source.name,), by=("query",))
    with watching() as watch:
        (result,) = carry(
            request,
            progress=at("create", lambda: watch.crash(watch.sessions[-1])),
            creation={"tags": tuple(wanted)},
        ).report.scenes
    assert len(watch.sessions) > 1
    assert result.outcome is Outcome.APPLIED, result.reason
    assert result.created == tuple(f"tags {name}" for name in wanted)


def test_a_source_that_fails_is_passed_over(lab: Lab, carry: Runs, read: Read) -> None:
    """Its dialog goes, and the next source is asked."""
    failing = [one for one in lab.all("failing") if one.source.query]
    ids = {one.scene.id for one in failing}
    case = lab.one(
        "trusted",
        lambda one: of_its_own_title(one) and one.scene.id in ids,
        what="a scene for which a source fails that searches",
    )
    broken = next(one.source for one in failing if one.scene.id == case.scene.id)
    request = Request(ids=(case.scene.id,), sources=(broken.name, case.source.name), by=("query",))
    (result,) = carry(request).report.scenes
    if result.attempts[0].result != "failed":
        pytest.skip("the source fails by file only")
    assert_applied(result, case, read())

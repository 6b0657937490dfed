"""Scenes that no source knows by file: read from their addresses, searched for by their titles."""

from __future__ import annotations

import pytest

from stashbot.decide.matching.scene_facts import read_scene_facts
from stashbot.decide.sources.search_texts import search_text
from stashbot.models import FieldName, Outcome, SceneResult, ScrapeQuery, Source
from stashbot.settings import ContradictionSettings, FilenameSettings
from tests.e2e.conftest import ReadScenes
from tests.e2e.support.other_user import OtherUser
from tests.e2e.support.outcomes import assert_applied, differing
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import Case, SourceCases
from tests.e2e.support.triage import accept


def has_title_to_search(case: Case) -> bool:
    """Return whether the scene's name gives words to search for, in a source that searches."""
    text = search_text(read_scene_facts(case.scene, FilenameSettings()))
    return bool(text) and case.source.query and case.has(FieldName.TITLE, FieldName.DATE)


def has_own_address(case: Case) -> bool:
    """Return whether the planned first address is of a page that the source itself scrapes."""
    urls = case.changes.get(FieldName.URLS, ())
    return case.has(FieldName.TITLE) and any(map(case.source.reads_url, urls[:1]))


NO_CONTRADICTIONS = {
    name: False
    for name, field in ContradictionSettings.model_fields.items()
    if field.annotation is bool
}


def searched(source_cases: SourceCases) -> Case:
    return source_cases.first(
        "trusted", has_title_to_search, what="a trusted proposal of a source that searches"
    )


def ignorant(source_cases: SourceCases, case: Case) -> list[Source]:
    """Return other sources that search and do not know the scene."""
    return [
        source
        for source in source_cases.fast
        if source.query
        and source != case.source
        and source_cases.case(source, case.scene).kind == "nothing"
        and all(each.kind != "trusted" for each in source_cases.of(source))
    ]


def attempts(result: SceneResult) -> list[tuple[str, str, str]]:
    """Return the attempts: source, method and result of each."""
    return [(each.source, each.query.method, each.result) for each in result.attempts]


def test_a_scene_is_found_by_its_title(
    source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """A source is searched, the candidate that fits is opened, and saved as any other; the dialog
    of a source that finds nothing is out of the way of the next.
    """
    case = source_cases.first(
        "trusted",
        lambda case: has_title_to_search(case) and bool(ignorant(source_cases, case)),
        what="a trusted proposal of a source that searches, and a source that knows nothing",
    )
    other = ignorant(source_cases, case)[0]
    (result,) = run_scenes(
        request_for(case, sources=(other.name, case.source.name), by=("query",))
    ).report.scenes
    first, last = attempts(result)
    assert first in {(other.name, "query", "nothing"), (other.name, "query", "low")}
    assert last == (case.source.name, "query", "accepted")
    assert_applied(result, case, read_scenes())


def test_a_search_comes_after_the_file(source_cases: SourceCases, run_scenes: SceneRuns) -> None:
    """Only a scene that no source knows by its file is searched for."""
    case = searched(source_cases)
    (result,) = run_scenes(request_for(case, dry_run=True), search={"query": True}).report.scenes
    assert attempts(result) == [(case.source.name, "fragment", "accepted")]


def test_a_search_that_finds_several_waits_for_a_person(
    source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """Without the lead over the second nothing is applied; accepted, the proposal is applied."""
    case = searched(source_cases)
    (result,) = run_scenes(
        request_for(case, by=("query",)),
        search={"lead": 1.0},
        weights={"explained": 0.0, "code": 0.0},  # so that no lead reaches 1
        contradictions=NO_CONTRADICTIONS,  # else the other scenes are no rivals
    ).report.scenes
    assert result.outcome is Outcome.TRIAGED
    assert "fits nearly as well" in result.evidence[-1].note
    (entry,) = run_scenes.query_store(lambda store: store.triage.entries(scene=case.scene.id))
    assert entry.proposal.query == result.attempts[0].query
    (accepted,) = accept(run_scenes, entry).report.scenes
    assert_applied(accepted, case, read_scenes())


def test_a_scene_is_read_from_its_own_address(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    read_scenes: ReadScenes,
) -> None:
    """The button beside the address is pressed; the address is evidence for what stands there."""
    case = source_cases.first(
        "trusted", has_own_address, what="a trusted proposal with its source's own URL"
    )
    url = case.changes[FieldName.URLS][0]
    other_user.edit(case.scene.id, urls=["https://nobody.test/1", url])
    (result,) = run_scenes(request_for(case, by=("url",))).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert result.attempts[0].query == ScrapeQuery(method="url", text=url)
    evidence = next(each for each in result.evidence if each.signal == "url")
    assert (evidence.scene, evidence.points) == (url, 0.6)
    assert differing(result, read_scenes()[case.scene.id]) == []


def test_a_scene_without_an_address_opens_no_page(
    source_cases: SourceCases, run_scenes: SceneRuns
) -> None:
    """By address alone, the scene is skipped, and the reason says that no source can be asked."""
    case = source_cases.first(
        "trusted",
        lambda case: has_own_address(case) and not case.scene.urls,
        what="a scene without addresses",
    )
    hooks = RunHooks()
    (result,) = run_scenes(request_for(case, by=("url",)), hooks=hooks).report.scenes
    assert (result.outcome, result.attempts) == (Outcome.SKIPPED, ())
    assert "nothing to ask" in result.reason
    assert hooks.sessions == []


def test_a_source_that_fails_is_passed_over(
    source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """Its dialog is closed, and the next source is searched."""
    failing = [case for case in source_cases.all("failing") if case.source.query]
    ids = {case.scene.id for case in failing}
    case = source_cases.first(
        "trusted",
        lambda case: has_title_to_search(case) and case.scene.id in ids,
        what="a scene for which a source fails that searches",
    )
    broken = next(each.source for each in failing if each.scene.id == case.scene.id)
    (result,) = run_scenes(
        request_for(case, sources=(broken.name, case.source.name), by=("query",))
    ).report.scenes
    if result.attempts[0].result != "failed":
        pytest.skip("the source fails by file only")
    assert_applied(result, case, read_scenes())


@pytest.mark.slow
def test_a_page_that_is_lost_after_the_search_is_replaced(
    source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """The proposal that was found is saved all the same, once."""
    case, hooks = searched(source_cases), RunHooks()
    hooks.at_phase("save", lambda: hooks.crash(hooks.sessions[-1]))
    (result,) = run_scenes(request_for(case, by=("query",)), hooks=hooks).report.scenes
    assert len(hooks.sessions) > 1
    assert_applied(result, case, read_scenes())


@pytest.mark.slow
@pytest.mark.usefixtures("sandbox")
def test_a_name_is_created_from_what_a_search_found(
    source_cases: SourceCases, run_scenes: SceneRuns
) -> None:
    """The dialog that has the button comes back by the same search when its page is lost."""
    case = source_cases.first(
        "trusted",
        lambda case: (
            has_title_to_search(case) and case.omits(FieldName.TAGS) and case.has(FieldName.TAGS)
        ),
        what="a proposal with a tag that Stash lacks",
    )
    wanted = [each.name for each in case.omitted if each.field is FieldName.TAGS]
    hooks = RunHooks()
    hooks.at_phase("create", lambda: hooks.crash(hooks.sessions[-1]))
    (result,) = run_scenes(
        request_for(case, by=("query",)), hooks=hooks, creation={"tags": tuple(wanted)}
    ).report.scenes
    assert len(hooks.sessions) > 1
    assert result.outcome is Outcome.APPLIED, result.reason
    assert result.created == tuple(f"tag {name}" for name in wanted)

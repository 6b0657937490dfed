"""The order of sources, merging the answers of several, and budgets."""

from __future__ import annotations

import pytest

from stashbot.errors import OverBudget
from stashbot.flows.runs.selection import RunRequest
from stashbot.models import FieldName, Outcome, SceneResult
from tests.e2e.conftest import ReadScenes
from tests.e2e.support import snapshot
from tests.e2e.support.outcomes import differing
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import SourceCases


def sources_of(result: SceneResult) -> list[str]:
    """Return the sources in the order in which the scene was scraped."""
    return [attempt.source for attempt in result.attempts]


def test_the_source_that_did_better_is_asked_first(
    source_cases: SourceCases, run_scenes: SceneRuns
) -> None:
    """After a run in which the first source found nothing, the next run asks the other first.

    A run whose command names the sources keeps their order, whatever was learnt.
    """
    good, other = source_cases.pair("trusted")
    poor = next(
        source
        for source in source_cases.fast
        if source != good.source
        and not {"trusted", "unclear"}
        & {source_cases.case(source, case.scene).kind for case in (good, other)}
    )
    names = (poor.name, good.source.name)
    (learnt,) = run_scenes(RunRequest(ids=(other.scene.id,)), run={"sources": names}).report.scenes
    assert sources_of(learnt) == list(names)
    request = RunRequest(ids=(good.scene.id,), dry_run=True)
    (routed,) = run_scenes(request, run={"sources": names}).report.scenes
    assert sources_of(routed) == [good.source.name]
    (fixed,) = run_scenes(request.model_copy(update={"sources": names})).report.scenes
    assert sources_of(fixed) == list(names)


def test_two_sources_are_merged_field_by_field(
    source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """The title is that of the source that goes first there, lists have the members of both; the
    audit names the source of each field.
    """
    rich, poor = source_cases.agreed()
    order = {"title": (poor.source.name,)}
    (result,) = run_scenes(
        request_for(rich, sources=(rich.source.name, poor.source.name)),
        consensus={"sources_wanted": 2, "order": order},
    ).report.scenes
    assert result.outcome is Outcome.APPLIED
    assert result.source == f"{rich.source.name} + {poor.source.name}"
    scene = read_scenes()[rich.scene.id]
    assert differing(result, scene) == []
    assert scene.title == poor.changes.get(FieldName.TITLE, rich.scene.title)
    urls = {*rich.changes.get(FieldName.URLS, ()), *poor.changes.get(FieldName.URLS, ())}
    assert set(scene.urls) == urls
    rows = run_scenes.query_store(lambda store: store.audit.entries(scene=rich.scene.id))
    sources = {row.field: row.source for row in rows}
    if FieldName.TITLE in poor.changes:
        assert sources["title"] == poor.source.name
    assert rich.source.name in {sources[name.value] for name in rich.changes if name in sources}


def test_a_source_that_gives_no_tags(source_cases: SourceCases, run_scenes: SceneRuns) -> None:
    """A policy of a source holds for it alone: its tags stay out, everything else comes."""
    case = source_cases.first("trusted", lambda case: case.has(FieldName.TAGS, FieldName.TITLE))
    policies = {case.source.name: {"tags": "keep"}}
    (result,) = run_scenes(
        request_for(case, dry_run=True), consensus={"policies": policies}
    ).report.scenes
    assert set(result.changes) == {field.value for field in case.changes} - {"tags"} | {"organized"}


@pytest.mark.slow
def test_a_run_stops_on_a_budget(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    scenes: snapshot.Snapshot,
    read_scenes: ReadScenes,
) -> None:
    """Two scrapes in a row over a budget of a millisecond stop the run, what is left is as it was,
    and resumed without that limit the run ends.
    """
    cases = source_cases.some("trusted", 5)
    ids = [case.scene.id for case in cases]
    stopped = run_scenes(
        request_for(*cases), budgets={"scrape_ms": 1, "stop_after": 2}, run={"workers": 1}
    )
    assert isinstance(stopped.stopped_by, OverBudget)
    assert stopped.left >= len(ids) - 2
    assert {result.id for result in stopped.report.scenes} <= set(ids[:2])
    assert set(snapshot.differences(scenes, read_scenes())) <= set(ids[:2])
    ended = run_scenes.resume(stopped.report.run, budgets={"scrape_ms": 1})
    assert ended.stopped_by is None
    assert {result.id for result in ended.report.scenes} == set(ids)
    assert ended.report.budgets["scrape"].over >= len(ids)

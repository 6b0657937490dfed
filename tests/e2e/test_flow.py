"""Enriching scenes, end to end: outcomes, dry run and wet run, audit, field policies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest

from stashbot.flows.runs.selection import RunRequest
from stashbot.models import FieldName, Outcome, SceneResult
from stashbot.stash.client import StashClient
from stashbot.store import AuditEntry
from tests.e2e.conftest import ReadScenes, Restored, Run, StashUnderTest
from tests.e2e.support import snapshot
from tests.e2e.support.outcomes import assert_applied, differing
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import Case, SourceCases, outcome_of


@dataclass(frozen=True)
class DryAndWet:
    """A scene's dry run and the run after it, with the scenes after each."""

    case: Case
    before: snapshot.Snapshot
    planned: SceneResult
    after_dry_run: snapshot.Snapshot
    applied: SceneResult
    after: snapshot.Snapshot
    audit: tuple[AuditEntry, ...]


@pytest.fixture(scope="module")
def dry_and_wet(
    restored: Restored,
    new_runs: Callable[[], SceneRuns],
    source_cases: SourceCases,
    client: StashClient,
    run: Run[Any],
) -> DryAndWet:
    """Return a scene of which the source knows much, and names something that Stash lacks."""
    case = source_cases.first(
        "trusted", Case.lacks_entities, what="a trusted proposal with something that Stash lacks"
    )
    runs = new_runs()
    with restored() as before:
        (planned,) = runs(request_for(case, dry_run=True)).report.scenes
        after_dry_run = run(snapshot.take(client))
        (applied,) = runs(request_for(case)).report.scenes
        return DryAndWet(
            case=case,
            before=before,
            planned=planned,
            after_dry_run=after_dry_run,
            applied=applied,
            after=run(snapshot.take(client)),
            audit=runs.query_store(lambda store: store.audit.entries()),
        )


def test_a_dry_run_changes_nothing(dry_and_wet: DryAndWet) -> None:
    """The scene is reported as planned, and every scene is as before."""
    assert dry_and_wet.planned.outcome is Outcome.PLANNED
    assert snapshot.differences(dry_and_wet.before, dry_and_wet.after_dry_run) == {}


def test_the_run_makes_the_planned_changes(dry_and_wet: DryAndWet) -> None:
    """The run changes exactly what the dry run planned, which is what the source says."""
    assert dry_and_wet.applied.changes == dry_and_wet.planned.changes
    assert_applied(dry_and_wet.applied, dry_and_wet.case, dry_and_wet.after)


def test_entities_that_stash_lacks_are_omitted_and_listed(dry_and_wet: DryAndWet) -> None:
    """No entity is created without evidence; the report names those that are missing, and why."""
    result, case = dry_and_wet.applied, dry_and_wet.case
    assert result.created == ()
    assert {(omission.field, omission.name) for omission in result.omitted} == {
        (omission.field, omission.name) for omission in case.omitted
    }
    assert all(omission.reason for omission in result.omitted)
    scene = dry_and_wet.after[case.scene.id]
    present = {entity.name for entity in (*scene.performers, *scene.tags)}
    assert not present & {omission.name for omission in result.omitted}


def test_the_audit_has_every_change(dry_and_wet: DryAndWet) -> None:
    """Audit rows are the report's changes, field by field, organized included."""
    rows = {entry.field: (entry.before, entry.after) for entry in dry_and_wet.audit}
    assert rows == dict(dry_and_wet.applied.changes)
    assert len(rows) == len(dry_and_wet.audit)


def scenes_of_all_outcomes(source_cases: SourceCases) -> tuple[list[str], dict[str, Outcome]]:
    """Return two sources, and a scene for each combination of their answers with its outcome.

    Of all pairs of sources it is the pair with the most different outcomes.
    """
    best: tuple[list[str], dict[str, Outcome]] = ([], {})
    for pair in permutations(source_cases.most_trusted()[:3], 2):
        scenes: dict[tuple[str, ...], str] = {}
        outcomes: dict[str, Outcome] = {}
        for cases in zip(*(source_cases.of(source) for source in pair), strict=True):
            kinds = tuple(case.kind for case in cases)
            if "unclear" not in kinds and kinds not in scenes:
                scenes[kinds] = cases[0].scene.id
                outcomes[cases[0].scene.id] = outcome_of(cases)
        if len(set(outcomes.values())) > len(set(best[1].values())):
            best = ([source.name for source in pair], outcomes)
    return best


def test_every_scene_ends_as_its_sources_say(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    scenes: snapshot.Snapshot,
    read_scenes: ReadScenes,
) -> None:
    """Applied, triaged, skipped and failed follow from the sources' answers.

    Stash holds every reported change and no other.
    """
    sources, outcomes = scenes_of_all_outcomes(source_cases)
    finished = run_scenes(RunRequest(ids=tuple(outcomes), sources=tuple(sources)))
    assert {result.id: result.outcome for result in finished.report.scenes} == outcomes
    after = read_scenes()
    reported = {result.id: set(result.changes) for result in finished.report.scenes}
    assert snapshot.differences(scenes, after) == {
        scene_id: names for scene_id, names in reported.items() if names
    }
    for result in finished.report.scenes:
        assert bool(result.changes) is (result.outcome is Outcome.APPLIED)
        assert differing(result, after[result.id]) == []


def test_each_field_follows_its_policy(
    source_cases: SourceCases, run_scenes: SceneRuns, client: StashClient, run: Run[Any]
) -> None:
    """Tags are united, a code of the owner's stays, addresses are replaced, and performers are not
    touched where they are to be kept.
    """
    fields = (FieldName.TAGS, FieldName.PERFORMERS, FieldName.URLS, FieldName.CODE)
    case = source_cases.first(
        "trusted",
        lambda case: case.has(*fields),
        what="a trusted proposal with tags and performers",
    )
    proposed = {tag["id"] for tag in case.changes[FieldName.TAGS]}
    mine = next(str(number) for number in range(1, 9) if str(number) not in proposed)
    values = {"tag_ids": [mine], "code": "MINE-1", "urls": ["https://example.test/mine"]}
    run(client.update_scene({"id": case.scene.id, **values}))
    (result,) = run_scenes(
        request_for(case), fields={"urls": "overwrite", "performers": "keep"}
    ).report.scenes
    assert result.outcome is Outcome.APPLIED
    scene = run(client.find_scene(case.scene.id))
    assert {tag.id for tag in scene.tags} == {mine, *proposed}
    assert scene.code == "MINE-1"
    assert scene.urls == case.proposal.urls
    assert scene.performers == case.scene.performers


@pytest.mark.slow
def test_a_second_run_has_nothing_to_do(source_cases: SourceCases, run_scenes: SceneRuns) -> None:
    """Applied scenes are organized and not taken again; by their id, nothing is changed."""
    request = request_for(source_cases.first("trusted"))
    assert run_scenes(request).report.scenes[0].outcome is Outcome.APPLIED
    again = run_scenes(request).report.scenes[0]
    assert again.outcome is Outcome.SKIPPED
    assert again.changes == {}


def test_a_source_that_keeps_failing_is_asked_no_more(
    target: StashUnderTest, run_scenes: SceneRuns
) -> None:
    """After the limit its scenes are skipped without a question, and are not taken for scraped."""
    library = target.need_sandbox("have a source that always fails").library
    ids = tuple(key for key, scene in library.scenes.items() if not scene.organized)[:4]
    request = RunRequest(ids=ids, sources=("BrokenSource",), by=("fragment",))
    outcome = run_scenes(request, run={"workers": 1}, sources={"stop_after": 2})
    *failed, third, fourth = outcome.report.scenes
    assert [scene.outcome for scene in failed] == [Outcome.FAILED, Outcome.FAILED]
    for skipped in (third, fourth):
        assert skipped.outcome is Outcome.SKIPPED
        assert skipped.reason == (
            "BrokenSource was not asked: it failed for 2 scenes in a row; the scene stays due"
        )
    assert [(o.source, o.scenes) for o in outcome.report.outages] == [("BrokenSource", 2)]
    states = run_scenes.query_store(lambda store: store.scenes.get_many(ids))
    assert [states[scene_id].scraped_at for scene_id in ids] == [None] * len(ids)

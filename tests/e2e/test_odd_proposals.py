"""What sources say that is strange, and what the policies make of it, through whole runs."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.flows.runs.driver import Request
from stashbot.models import EntityKind, FieldName, Outcome
from stashbot.stash.client import StashClient
from tests.e2e.conftest import ReadScenes, Run
from tests.e2e.support import snapshot
from tests.e2e.support.outcomes import assert_applied, unheld
from tests.e2e.support.runs import SceneRuns
from tests.e2e.support.source_cases import Case, SourceCases, has_odd_date, is_odd

#: Everything is trusted that has anything for it.
CREDULOUS = {"threshold": 0.01}
MOST_OF_A_KIND = 3


@pytest.mark.slow
def test_odd_titles_and_impossible_dates_spoil_nothing(
    source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """Texts of all kinds arrive as they are; a date that is none is left out and told."""
    cases = strange_cases(source_cases)
    request = Request(ids=tuple(case.scene.id for case in cases), sources=(cases[0].source.name,))
    results = {one.id: one for one in run_scenes(request, weights=CREDULOUS).report.scenes}
    after = read_scenes()
    for case in cases:
        assert_applied(results[case.scene.id], case, after)
        assert case.plan is not None
        told, planned = results[case.scene.id].omitted, case.plan.omitted
        assert {(one.field, one.name) for one in told} == {(one.field, one.name) for one in planned}
        dates = [one for one in planned if one.field is FieldName.DATE]
        assert [one for one in told if one.field is FieldName.DATE] == dates


def strange_cases(source_cases: SourceCases) -> list[Case]:
    """Proposals with odd titles or dates that are none, of the source that has most of them."""
    kinds = (is_odd, has_odd_date)
    best: dict[str, Case] = {}
    for source in source_cases.fast:
        scored = [one for one in source_cases.of(source) if one.score > CREDULOUS["threshold"]]
        strange = [[case for case in scored if case.changes and of_kind(case)] for of_kind in kinds]
        taken = {one.scene.id: one for found in strange for one in found[:MOST_OF_A_KIND]}
        best = max(best, taken, key=len)
    if not best:
        pytest.skip("this Stash has no source with odd titles or impossible dates")
    return list(best.values())


def test_overwriting_replaces_what_the_scene_has_and_empties_nothing(
    source_cases: SourceCases, run_scenes: SceneRuns, client: StashClient, run: Run[Any]
) -> None:
    """Title and lists of the scene become the source's; what the source does not say stays."""
    case = source_cases.one(
        "trusted",
        lambda one: one.has(FieldName.TITLE, FieldName.PERFORMERS, FieldName.TAGS),
        what="a trusted proposal with performers and tags",
    )
    assert case.proposal is not None
    wanted = {
        name: {one["id"] for one in case.changes[name]}
        for name in (FieldName.PERFORMERS, FieldName.TAGS)
    }
    mine = {name: run(other_than(client, name, wanted[name])) for name in wanted}
    run(
        client.update_scene(
            {
                "id": case.scene.id,
                "title": "Mine",
                "performer_ids": [mine[FieldName.PERFORMERS]],
                "tag_ids": [mine[FieldName.TAGS]],
                "rating100": 40,
            }
        )
    )
    result = run_scenes(
        Request(ids=(case.scene.id,), sources=(case.source.name,)),
        fields={"title": "overwrite", "performers": "overwrite", "tags": "overwrite"},
        weights=CREDULOUS,
    ).report.scenes[0]
    assert result.outcome is Outcome.APPLIED, result.reason
    scene = run(client.find_scene(case.scene.id))
    assert scene.title == case.changes[FieldName.TITLE]
    assert {one.id for one in scene.performers} == wanted[FieldName.PERFORMERS]
    assert {one.id for one in scene.tags} == wanted[FieldName.TAGS]
    assert scene.rating100 == 40
    assert unheld(result, scene) == []


def test_kept_fields_are_not_touched_whatever_the_source_says(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    read_scenes: ReadScenes,
    scenes: snapshot.Snapshot,
) -> None:
    """With every field kept there is nothing to save; the scene is organized and no more."""
    case = source_cases.one("trusted")
    kept = {name.value: "keep" for name in FieldName if name is not FieldName.ORGANIZED}
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    result = run_scenes(request, fields=kept).report.scenes[0]
    assert result.changes == {"organized": (False, True)}
    assert snapshot.differences(scenes, read_scenes()) == {case.scene.id: {"organized"}}


async def other_than(client: StashClient, name: FieldName, ids: set[str]) -> str:
    """The id of some entity that is not among ``ids``."""
    ids_to_try = [str(number) for number in range(1, 20)]
    known = await client.entity_names(EntityKind.of_field(name), ids_to_try)
    return next(one for one in known if one not in ids)

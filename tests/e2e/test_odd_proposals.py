"""What sources say that is strange, and what the policies make of it, through whole runs."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.flows.runs.driver import Request
from stashbot.models import FieldName, Outcome
from stashbot.stash.client import StashClient
from tests.e2e.conftest import Read, Run, Runs
from tests.e2e.support import snapshot
from tests.e2e.support.lab import Case, Lab, has_odd_date, is_odd
from tests.e2e.support.outcomes import assert_applied, unheld

#: Everything is trusted that has anything for it.
CREDULOUS = {"threshold": 0.01}
MOST_OF_A_KIND = 3


@pytest.mark.slow
def test_odd_titles_and_impossible_dates_spoil_nothing(lab: Lab, carry: Runs, read: Read) -> None:
    """Texts of all kinds arrive as they are; a date that is none is left out and told."""
    cases = strange_cases(lab)
    request = Request(ids=tuple(case.scene.id for case in cases), sources=(cases[0].source.name,))
    results = {one.id: one for one in carry(request, weights=CREDULOUS).report.scenes}
    after = read()
    for case in cases:
        assert_applied(results[case.scene.id], case, after)
        assert case.plan is not None
        told, planned = results[case.scene.id].left_out, case.plan.left_out
        assert {(one.field, one.name) for one in told} == {(one.field, one.name) for one in planned}
        dates = [one for one in planned if one.field is FieldName.DATE]
        assert [one for one in told if one.field is FieldName.DATE] == dates


def strange_cases(lab: Lab) -> list[Case]:
    """Proposals with odd titles or dates that are none, of the source that has most of them."""
    kinds = (is_odd, has_odd_date)
    best: dict[str, Case] = {}
    for source in lab.fast:
        scored = [one for one in lab.of(source) if one.score > CREDULOUS["threshold"]]
        strange = [[case for case in scored if case.changes and of_kind(case)] for of_kind in kinds]
        taken = {one.scene.id: one for found in strange for one in found[:MOST_OF_A_KIND]}
        best = max(best, taken, key=len)
    if not best:
        pytest.skip("this Stash has no source with odd titles or impossible dates")
    return list(best.values())


def test_overwriting_replaces_what_the_scene_has_and_empties_nothing(
    lab: Lab, carry: Runs, client: StashClient, run: Run[Any]
) -> None:
    """Title and lists of the scene become the source's; what the source does not say stays."""
    case = lab.one(
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
    result = carry(
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
    lab: Lab, carry: Runs, read: Read, scenes: snapshot.Snapshot
) -> None:
    """With every field kept there is nothing to save; the scene is organized and no more."""
    case = lab.one("trusted")
    kept = {name.value: "keep" for name in FieldName if name is not FieldName.ORGANIZED}
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    result = carry(request, fields=kept).report.scenes[0]
    assert result.changes == {"organized": (False, True)}
    assert snapshot.differences(scenes, read()) == {case.scene.id: {"organized"}}


async def other_than(client: StashClient, name: FieldName, ids: set[str]) -> str:
    """The id of some entity that is not among ``ids``."""
    known = await client.entity_names(name, [str(number) for number in range(1, 20)])
    return next(one for one in known if one not in ids)

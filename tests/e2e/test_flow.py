"""The enrich flow, end to end: outcomes, changes, policies, dry runs."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.flows.runs.driver import Request
from stashbot.models import FieldName, Outcome
from stashbot.stash.client import StashClient
from stashbot.store import Store
from tests.e2e.conftest import CarryOut, Run
from tests.e2e.support import snapshot
from tests.e2e.support.lab import Case, Kind, Lab
from tests.e2e.support.outcomes import unheld


def expected(cases: list[Case]) -> Outcome:
    """The outcome that follows from what the sources say, in their order."""
    kinds: list[Kind] = [case.kind for case in cases]
    if "trusted" in kinds:
        return Outcome.APPLIED
    if "low" in kinds:
        return Outcome.TRIAGED
    return Outcome.FAILED if "failing" in kinds else Outcome.SKIPPED


def test_every_scene_ends_as_its_sources_say(
    lab: Lab, carry: CarryOut, client: StashClient, scenes: snapshot.Snapshot, run: Run[Any]
) -> None:
    """Applied, triaged, skipped and failed follow from the sources' answers.

    Stash holds every reported change and no other; organized are exactly the applied scenes.
    """
    names = lab.source_names("trusted")[:2]
    ids = sorted({case.scene.id for case in lab.cases}, key=int)[:16]
    finished = carry(Request(ids=tuple(ids), sources=tuple(names)))
    by_scene = {
        scene_id: [
            next(c for c in lab.cases if c.scene.id == scene_id and c.source.name == name)
            for name in names
        ]
        for scene_id in ids
    }
    got = {result.id: result.outcome for result in finished.report.scenes}
    assert got == {scene_id: expected(cases) for scene_id, cases in by_scene.items()}

    after = run(snapshot.take(client))
    for result in finished.report.scenes:
        assert unheld(result, after[result.id]) == []
    changed = snapshot.differences(scenes, after)
    reported = {r.id: set(r.changes) for r in finished.report.scenes if r.outcome == "applied"}
    assert changed == {scene_id: names for scene_id, names in reported.items() if names}


def test_a_dry_run_plans_and_leaves_stash_untouched(
    lab: Lab, carry: CarryOut, client: StashClient, scenes: snapshot.Snapshot, run: Run[Any]
) -> None:
    """A dry run reports the changes that the wet run then makes, and changes nothing itself."""
    case = lab.one("trusted")
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    planned = carry(request.model_copy(update={"dry_run": True})).report.scenes[0]
    assert planned.outcome is Outcome.PLANNED
    assert snapshot.differences(scenes, run(snapshot.take(client))) == {}

    applied = carry(request).report.scenes[0]
    assert applied.outcome is Outcome.APPLIED
    assert applied.changes == planned.changes


def test_the_audit_tells_every_change(
    lab: Lab, carry: CarryOut, settings: Any, run: Run[Any], tmp_path: Any
) -> None:
    """Audit rows are the report's changes, field by field, organized included."""
    case = lab.one("trusted")
    finished = carry(Request(ids=(case.scene.id,), sources=(case.source.name,)))

    async def rows() -> dict[str, tuple[Any, Any]]:
        url = f"sqlite:///{tmp_path / 'state' / 'stashbot.sqlite'}"
        async with Store(url, server=settings.stash.url) as store:
            return {one.field: (one.before, one.after) for one in await store.audit()}

    assert run(rows()) == dict(finished.report.scenes[0].changes)


@pytest.mark.slow
def test_a_second_run_has_nothing_to_do(lab: Lab, carry: CarryOut) -> None:
    """Applied scenes are organized and not taken again; asked for by id, nothing is changed."""
    case = lab.one("trusted")
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    assert carry(request).report.scenes[0].outcome is Outcome.APPLIED
    again = carry(request).report.scenes[0]
    assert again.outcome is Outcome.SKIPPED
    assert again.changes == {}


def test_lists_are_united_and_texts_filled(
    lab: Lab, carry: CarryOut, client: StashClient, run: Run[Any]
) -> None:
    """What the scene holds stays: its title, and the tags and performers that no source named."""

    def rich(case: Case) -> bool:
        plan = case.plan
        return plan is not None and bool(
            plan.change(FieldName.TAGS) and plan.change(FieldName.TITLE)
        )

    case = lab.one("trusted", rich, what="a trusted proposal with tags")
    assert case.plan is not None
    tags: Any = next(one.after for one in case.plan.changes if one.field is FieldName.TAGS)
    proposed = {one["id"] for one in tags}
    mine = next(i for i in ("1", "2", "3", "4", "5", "6", "7") if i not in proposed)
    run(client.update_scene({"id": case.scene.id, "tag_ids": [mine], "code": "MINE-1"}))
    result = carry(Request(ids=(case.scene.id,), sources=(case.source.name,))).report.scenes[0]
    assert result.outcome is Outcome.APPLIED
    scene = run(client.find_scene(case.scene.id))
    assert {tag.id for tag in scene.tags} == {mine, *proposed}
    assert scene.code == "MINE-1"


def test_overwrite_and_keep_do_as_they_say(
    lab: Lab, carry: CarryOut, client: StashClient, run: Run[Any]
) -> None:
    """With overwrite a field takes the source's value, with keep it is never touched."""
    case = lab.one(
        "trusted",
        lambda one: bool(one.plan and one.plan.change(FieldName.TAGS)),
        what="a trusted proposal with tags",
    )
    assert case.proposal is not None
    run(client.update_scene({"id": case.scene.id, "urls": ["https://example.test/mine"]}))
    result = carry(
        Request(ids=(case.scene.id,), sources=(case.source.name,)),
        fields={"urls": "overwrite", "tags": "keep"},
    ).report.scenes[0]
    assert result.outcome is Outcome.APPLIED
    scene = run(client.find_scene(case.scene.id))
    assert scene.urls == case.proposal.urls
    assert scene.tags == case.scene.tags


def test_what_stash_does_not_have_is_left_out_and_listed(
    lab: Lab, carry: CarryOut, client: StashClient, run: Run[Any]
) -> None:
    """Performers, tags and studios that Stash lacks are not created; the report names them."""
    case = lab.one(
        "trusted",
        lambda one: bool(
            one.plan and any(left.reason == "not in Stash" for left in one.plan.left_out)
        ),
        what="a trusted proposal with something that Stash lacks",
    )
    assert case.plan is not None
    result = carry(Request(ids=(case.scene.id,), sources=(case.source.name,))).report.scenes[0]
    assert result.outcome is Outcome.APPLIED
    assert {(left.field, left.name) for left in result.left_out} == {
        (left.field, left.name) for left in case.plan.left_out
    }
    scene = run(client.find_scene(case.scene.id))
    present = {one.name for one in (*scene.performers, *scene.tags)}
    assert not present & {left.name for left in result.left_out}
    assert result.created == ()

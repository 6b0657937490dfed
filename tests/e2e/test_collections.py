"""Smart collections: scenes get and lose their tag or group, and nothing else is written."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.errors import UsageError
from stashbot.flows.collections.sync import prepare_sync
from stashbot.flows.runs.selection import RunTask
from stashbot.models import Outcome, Scene, SceneResult
from stashbot.sandbox import Sandbox
from stashbot.services import Services
from tests.e2e.conftest import ReadScenes
from tests.e2e.support import snapshot
from tests.e2e.support.other_user import OtherUser
from tests.e2e.support.outcomes import differing, writes
from tests.e2e.support.runs import SceneRuns
from tests.e2e.support.source_cases import SourceCases


def sync(
    runs: SceneRuns, where: str, *, name: str, dry_run: bool = False, **more: Any
) -> tuple[SceneResult, ...]:
    """Bring the collection up to date, and return what became of its scenes."""

    async def prepare(services: Services) -> RunTask:
        return await prepare_sync(services, dry_run=dry_run)

    collections = {name: {"where": where, **more}}
    creation = {"group": {"create": True}}
    return runs.prepared(prepare, collections=collections, creation=creation).report.scenes


def with_and_without_tag(source_cases: SourceCases) -> tuple[str, Scene, Scene]:
    """Return a tag, a scene that has it, and a scene that does not."""
    for scene in source_cases.scenes:
        for tag in scene.tags:
            without = [other for other in source_cases.scenes if tag not in other.tags]
            if without:
                return tag.name, scene, without[0]
    pytest.skip("this Stash has no tag that some scenes have and some do not")


def test_scenes_get_and_lose_the_tag(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    read_scenes: ReadScenes,
) -> None:
    """The scene that fits gets the tag, those that do not fit lose it, be it their only tag; a
    second time there is nothing to do. The dry run says so before.
    """
    name, member, other = with_and_without_tag(source_cases)
    tag = next(tag for tag in member.tags if tag.name == name)
    other_user.edit(member.id, tag_ids=[tag.id])
    where = f"id == {other.id}"
    before = read_scenes()
    members = [key for key, scene in before.items() if name in {tag.name for tag in scene.tags}]
    planned = sync(run_scenes, where, dry_run=True, name=name)
    assert read_scenes() == before
    done = sync(run_scenes, where, name=name)
    assert [result.changes for result in planned] == [result.changes for result in done]
    assert {result.id for result in done} == {*members, other.id}
    assert all(result.outcome is Outcome.APPLIED for result in done)
    after = read_scenes()
    assert snapshot.differences(before, after) == {key: {"tags"} for key in (*members, other.id)}
    assert [tag.name for tag in after[other.id].tags].count(name) == 1
    assert after[member.id].tags == ()
    assert all(differing(result, after[result.id]) == [] for result in done)
    assert sync(run_scenes, where, name=name) == ()


def test_a_group_that_stash_lacks_is_created(
    source_cases: SourceCases, run_scenes: SceneRuns, sandbox: Sandbox, read_scenes: ReadScenes
) -> None:
    """Once, on the page for new groups; its scenes are in it."""
    ids = sorted((scene.id for scene in source_cases.scenes[:2]), key=int)
    where = " or ".join(f"id == {scene_id}" for scene_id in ids)
    done = sync(run_scenes, where, name="Long walks", kind="group")
    assert [result.outcome for result in done] == [Outcome.APPLIED, Outcome.APPLIED], done
    after = read_scenes()
    assert all("Long walks" in {group.name for group in after[key].groups} for key in ids)
    groups = [group.name for group in sandbox.library.groups.values()]
    assert groups.count("Long walks") == 1
    assert all(writes(sandbox, scene_id) == ["save"] for scene_id in ids)


def test_an_unknown_collection_is_named(run_scenes: SceneRuns) -> None:
    """The error says which collections there are."""
    with pytest.raises(UsageError, match="no collection 'Snwo'") as raised:
        run_scenes.with_services(
            lambda services: prepare_sync(services, names=("Snwo",)),
            collections={"Snow": {"where": "id == 1"}},
        )
    assert "Snow" in raised.value.hint

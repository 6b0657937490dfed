"""Smart collections: scenes get and lose their tag or group, and nothing else is written."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.errors import UsageError
from stashbot.flows.collections.sync import collecting
from stashbot.flows.runs.driver import Finished, Request
from stashbot.flows.runs.selection import Task
from stashbot.models import Outcome, Scene
from stashbot.sandbox import Sandbox
from stashbot.stash.client import StashClient
from stashbot.store import Store
from tests.e2e.conftest import Read, Run, Runs
from tests.e2e.support import snapshot
from tests.e2e.support.lab import Lab
from tests.e2e.support.outcomes import unheld, writes
from tests.e2e.support.stage import Elsewhere


def sync(carry: Runs, where: str, *names: str, dry_run: bool = False, **more: Any) -> Finished:
    """Brings the collection up to date."""
    collections = {more.pop("name"): {"where": where, **more}}
    settings = carry.chosen(collections=collections)

    async def prepare(client: StashClient, _store: Store) -> Task:
        return await collecting(settings, client, names=names, dry_run=dry_run)

    return carry(Request(dry_run=dry_run), prepare=prepare, collections=collections)


def with_tag(lab: Lab) -> tuple[str, Scene, Scene]:
    """A tag, a scene that has it, and one that does not."""
    for scene in lab.scenes:
        for tag in scene.tags:
            bare = [one for one in lab.scenes if tag not in one.tags]
            if bare:
                return tag.name, scene, bare[0]
    pytest.skip("this Stash has no tag that some scenes bear and some do not")


def test_scenes_get_and_lose_the_tag(lab: Lab, carry: Runs, read: Read) -> None:
    """The scene that fits gets it, those that bear it and do not fit lose it, with nothing else; a
    second time there is nothing to do. The dry run says so before.
    """
    tag, member, other = with_tag(lab)
    where = f"id == {other.id}"
    before = read()
    members = [key for key, one in before.items() if tag in {held.name for held in one.tags}]
    planned = sync(carry, where, dry_run=True, name=tag).report.scenes
    assert read() == before
    done = sync(carry, where, name=tag).report.scenes
    assert [one.changes for one in planned] == [one.changes for one in done]
    assert {one.id for one in done} == {*members, other.id}
    assert all(one.outcome is Outcome.APPLIED for one in done)
    after = read()
    assert snapshot.differences(before, after) == {one: {"tags"} for one in (*members, other.id)}
    assert [one.name for one in after[other.id].tags].count(tag) == 1
    assert tag not in {one.name for one in after[member.id].tags}
    assert all(unheld(one, after[one.id]) == [] for one in done)
    assert sync(carry, where, name=tag).report.scenes == ()


def test_one_that_only_adds_takes_nothing(lab: Lab, carry: Runs, read: Read) -> None:
    """``adds_only`` leaves the members that no longer fit."""
    tag, member, other = with_tag(lab)
    done = sync(carry, f"id == {other.id}", name=tag, adds_only=True).report.scenes
    assert [one.id for one in done] == [other.id]
    assert tag in {one.name for one in read()[member.id].tags}


def test_the_last_tag_can_go(lab: Lab, carry: Runs, elsewhere: Elsewhere, read: Read) -> None:
    """A scene whose only tag goes has none afterwards."""
    tag, _, scene = with_tag(lab)
    known = next(one for held in lab.scenes for one in held.tags if one.name == tag)
    elsewhere.edit(scene.id, tag_ids=[known.id])
    members = [one.id for one in lab.scenes if tag in {held.name for held in one.tags}]
    sync(carry, " or ".join(f"id == {one}" for one in members), name=tag)
    assert read()[scene.id].tags == ()


def test_a_group_that_stash_lacks_is_created(
    lab: Lab, carry: Runs, practice: Sandbox, read: Read
) -> None:
    """Once, on the page for new groups; its scenes are in it."""
    ids = sorted((scene.id for scene in lab.scenes[:2]), key=int)
    where = " or ".join(f"id == {one}" for one in ids)
    done = sync(carry, where, name="Long walks", kind="group").report.scenes
    assert [one.outcome for one in done] == [Outcome.APPLIED, Outcome.APPLIED], done
    after = read()
    assert all("Long walks" in {one.name for one in after[key].groups} for key in ids)
    assert [one.name for one in practice.library.groups.values()].count("Long walks") == 1
    assert all(writes(practice, one) == ["save"] for one in ids)


def test_an_unknown_collection_is_named(carry: Runs, client: StashClient, run: Run[Any]) -> None:
    """The error says which there are."""
    settings = carry.chosen(collections={"Snow": {"where": "id == 1"}})
    with pytest.raises(UsageError, match="no collection 'Snwo'") as raised:
        run(collecting(settings, client, names=("Snwo",)))
    assert "Snow" in raised.value.hint

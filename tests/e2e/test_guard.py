"""The wire guard around saves: a page writes what its step may write, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.browser.wire_guard import BlockedWrite, WritePolicy
from stashbot.errors import FormMismatch, StaleForm, UnplannedWrite
from stashbot.flows.enrich.write_permits import OrganizePermit, SavePermit
from stashbot.models import FieldName, Scene
from stashbot.pages.edit_form import EditForm
from stashbot.pages.scene_page import ScenePage
from stashbot.stash.client import StashClient
from tests.e2e.conftest import OpenSession, Run
from tests.e2e.support import snapshot
from tests.e2e.support.plans import SAVE_MS, plan_of, save

TITLE = "A planned title"


@pytest.fixture
def scene(scenes: snapshot.Snapshot) -> Scene:
    """Return a scene that is not organized."""
    return next(scene for scene in scenes.values() if not scene.organized)


@pytest.fixture
def opened(session: Session, scene: Scene, run: Run[Any]) -> Session:
    """Return the session with the scene's edit form open."""
    run(ScenePage(session).open(scene))
    return session


def changed(client: StashClient, scenes: snapshot.Snapshot, run: Run[Any]) -> dict[str, set[str]]:
    """Return the fields that differ from before the test, by scene."""
    return snapshot.differences(scenes, run(snapshot.take(client)))


def click_organized(session: Session, scene: Scene, run: Run[Any]) -> str:
    """Clicks the organized button and returns what its request was answered."""
    _, answer = run(
        session.run(
            actions.click(session.target("scene.organized")),
            actions.wait_for_answer("SceneUpdate", {"input.id": scene.id}, SAVE_MS),
        )
    )
    return str(answer.error_message)


def test_a_write_outside_of_any_step_is_stopped(
    opened: Session, scene: Scene, client: StashClient, scenes: snapshot.Snapshot, run: Run[Any]
) -> None:
    """A click on the organized button without a permit changes nothing, and the guard names it."""
    assert "stashbot stopped SceneUpdate" in click_organized(opened, scene, run)
    assert opened.guard.blocked_writes == [
        BlockedWrite("SceneUpdate", "no step that writes is under way")
    ]
    assert changed(client, scenes, run) == {}


def test_a_read_only_page_takes_no_permit(
    open_session: OpenSession,
    scene: Scene,
    client: StashClient,
    scenes: snapshot.Snapshot,
    run: Run[Any],
) -> None:
    """Neither the step that asks for a permit nor the page itself can write."""
    session = open_session(write_policy=WritePolicy.BLOCKED)
    run(ScenePage(session).open(scene))
    with (
        pytest.raises(UnplannedWrite, match="only reads"),
        session.guard.allow(OrganizePermit(scene.id)),
    ):
        pytest.fail("the block was entered")
    assert "stashbot stopped SceneUpdate" in click_organized(session, scene, run)
    assert [write.operation for write in session.guard.blocked_writes] == ["SceneUpdate"]
    assert changed(client, scenes, run) == {}


def test_a_permit_holds_for_its_scene_only(
    opened: Session, client: StashClient, scenes: snapshot.Snapshot, run: Run[Any]
) -> None:
    """During the step of a scene, the page cannot save or organize another scene."""
    mine, *_, other = (scene for scene in scenes.values() if not scene.organized)
    plan = plan_of(other, {FieldName.TITLE: TITLE})
    form = EditForm(opened)

    async def save_mine() -> None:
        with opened.guard.allow(SavePermit(client, plan)):
            await form.save(mine.id, *form.fill_ops(plan), timeout=SAVE_MS)

    with pytest.raises(UnplannedWrite) as raised:
        run(save_mine())
    assert raised.value.why == "another scene"
    with (
        pytest.raises(UnplannedWrite, match=f"scene {mine.id} in the step of scene {other.id}"),
        opened.guard.allow(OrganizePermit(other.id)),
    ):
        click_organized(opened, mine, run)
    assert changed(client, scenes, run) == {}


def test_organizing_is_let_out_in_one_direction(
    session: Session, client: StashClient, scenes: snapshot.Snapshot, scene: Scene, run: Run[Any]
) -> None:
    """The permit to organize lets the button's click out once it organizes, and no other way."""
    run(client.update_scene({"id": scene.id, "organized": True}))
    run(ScenePage(session).open(scene))
    with pytest.raises(UnplannedWrite), session.guard.allow(OrganizePermit(scene.id)):
        click_organized(session, scene, run)
    assert run(client.find_scene(scene.id)).organized

    run(client.update_scene({"id": scene.id, "organized": False}))
    run(ScenePage(session).open(scene, fresh=True))
    with session.guard.allow(OrganizePermit(scene.id)):
        assert run(ScenePage(session).organize(scene.id, SAVE_MS))
    assert changed(client, scenes, run) == {scene.id: {"organized"}}


def test_a_second_save_is_stopped(
    opened: Session, client: StashClient, scene: Scene, scenes: snapshot.Snapshot, run: Run[Any]
) -> None:
    """A permit is for a single save: the second is stopped, and Stash has the first."""
    plan = plan_of(scene, {FieldName.TITLE: TITLE})
    form = EditForm(opened)
    other = actions.set_value(opened.target("edit_form.text", field="director"), "Somebody")

    async def save_twice() -> None:
        with opened.guard.allow(SavePermit(client, plan)):
            await form.save(scene.id, *form.fill_ops(plan), timeout=SAVE_MS)
            await form.save(scene.id, other, timeout=SAVE_MS)

    run(save_twice())
    (second,) = opened.guard.blocked_writes
    assert (second.operation, second.why) == ("SceneUpdate", "The page tried to write twice.")
    assert changed(client, scenes, run) == {scene.id: {"title"}}
    assert run(client.find_scene(scene.id)).title == TITLE


def test_a_form_that_differs_from_the_plan_is_not_sent(
    opened: Session, client: StashClient, scene: Scene, scenes: snapshot.Snapshot, run: Run[Any]
) -> None:
    """A planned field with another value in the form stops the save; the error names both."""
    plan = plan_of(scene, {FieldName.TITLE: TITLE})
    typed = actions.set_value(opened.target("edit_form.text", field="title"), "Another title")

    async def save_another() -> None:
        with opened.guard.allow(SavePermit(client, plan)):
            await EditForm(opened).save(scene.id, typed, timeout=SAVE_MS)

    with pytest.raises(FormMismatch, match=f"'Another title'.*'{TITLE}'") as raised:
        run(save_another())
    assert raised.value.details == {"scene_id": scene.id, "field": "title"}
    assert [write.operation for write in opened.guard.blocked_writes] == ["SceneUpdate"]
    assert changed(client, scenes, run) == {}


def test_what_others_edited_meanwhile_survives_a_save(
    opened: Session, client: StashClient, scene: Scene, run: Run[Any]
) -> None:
    """Fields outside the plan leave the page's request, so edits that came after the page was
    opened stay, though the form still holds the old values and sends them all.
    """
    foreign = {"code": "THEIRS-1", "urls": ["https://theirs.example.test/1"], "tag_ids": ["1", "2"]}
    run(client.update_scene({"id": scene.id, **foreign, "rating100": 40}))
    write = run(save(opened, client, plan_of(scene, {FieldName.TITLE: TITLE})))
    assert write.variables == {"input": {"id": scene.id, "title": TITLE}}
    after = run(client.find_scene(scene.id))
    assert (after.title, after.code, after.rating100) == (TITLE, "THEIRS-1", 40)
    assert after.urls == ("https://theirs.example.test/1",)
    assert {tag.id for tag in after.tags} == {"1", "2"}


def test_a_planned_field_that_was_edited_meanwhile_is_not_overwritten(
    opened: Session, client: StashClient, scene: Scene, run: Run[Any]
) -> None:
    """The save is stopped as stale and the other's value stays, as do all other fields."""
    run(client.update_scene({"id": scene.id, "title": "Their title"}))
    plan = plan_of(scene, {FieldName.TITLE: TITLE, FieldName.CODE: "MINE-1"})
    with pytest.raises(StaleForm) as raised:
        run(save(opened, client, plan))
    assert raised.value.details == {"scene_id": scene.id, "changed": ["title"]}
    after = run(client.find_scene(scene.id))
    assert (after.title, after.code) == ("Their title", scene.code)

"""Getting to a scene's form, and being sure that it is that scene's."""

from __future__ import annotations

import time
from typing import Any

import pytest

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.errors import UnknownScene, WrongScene
from stashbot.flows.enrich.write_permits import OrganizePermit, SavePermit
from stashbot.models import FieldName, Scene
from stashbot.pages.edit_form import EditForm
from stashbot.pages.scene_page import LOAD_MS, ScenePage
from stashbot.pages.scrape_dialog import ScrapeDialog
from stashbot.pages.scrape_menu import ScrapeMenu
from stashbot.stash.client import StashClient
from tests.e2e.conftest import OpenSession, Run
from tests.e2e.support import snapshot
from tests.e2e.support.other_user import OtherUser
from tests.e2e.support.plans import SAVE_MS, plan_of, save
from tests.e2e.support.source_cases import SourceCases

NOBODY = "99999999"
SCRAPE_MS = 20_000


@pytest.fixture
def two(scenes: snapshot.Snapshot) -> tuple[Scene, Scene]:
    """Two scenes that are not organized."""
    first, second, *_ = (scene for scene in scenes.values() if not scene.organized)
    return first, second


@pytest.fixture
def changed_client(client: StashClient, scenes: snapshot.Snapshot) -> StashClient:
    """Return the client, whose scenes are put back after the test."""
    del scenes
    return client


def shown(session: Session, run: Run[Any]) -> str:
    """Return the title that the form holds."""
    return str(run(EditForm(session).value(FieldName.TITLE)))


def test_scenes_follow_each_other_without_a_reload(
    session: Session, two: tuple[Scene, Scene], other_user: OtherUser, run: Run[Any]
) -> None:
    """Inside the app the page goes from scene to scene; ``fresh`` loads it anew.

    Edits that others made since the app read the scene show only on the fresh page.
    """
    first, second = two
    for scene in two:
        other_user.edit(scene.id, title=f"Title {scene.id}")
    page = ScenePage(session)
    run(page.open(first))
    run(session.page.evaluate("window.sameDocument = true"))
    run(page.open(second))
    assert shown(session, run) == f"Title {second.id}"
    run(page.open(first))
    assert shown(session, run) == f"Title {first.id}"
    assert run(session.page.evaluate("window.sameDocument")) is True

    other_user.edit(first.id, title="Edited elsewhere")
    run(page.open(first))
    assert shown(session, run) == f"Title {first.id}"
    run(page.open(first, fresh=True))
    assert shown(session, run) == "Edited elsewhere"
    assert run(session.page.evaluate("window.sameDocument")) is None


def test_two_scenes_of_one_title_are_told_apart(
    session: Session,
    two: tuple[Scene, Scene],
    other_user: OtherUser,
    client: StashClient,
    run: Run[Any],
) -> None:
    """The form is known by the scene's id, so of two scenes with the same title the second
    is saved.
    """
    for scene in two:
        other_user.edit(scene.id, title="The same", code="")
    first, second = (run(client.find_scene(scene.id)) for scene in two)
    run(ScenePage(session).open(first))
    run(ScenePage(session).open(second))
    run(save(session, client, plan_of(second, {FieldName.CODE: "SECOND"})))
    assert run(client.find_scene(second.id)).code == "SECOND"
    assert run(client.find_scene(first.id)).code is None


@pytest.mark.parametrize("way", ["fresh", "in the app"])
def test_a_scene_that_stash_does_not_have_is_unknown(
    session: Session, two: tuple[Scene, Scene], run: Run[Any], way: str
) -> None:
    """Its id is named, whether the page is loaded for it or goes there inside the app.

    That does not take the time that a slow page is given, and the page serves the next scene.
    """
    if way == "in the app":
        run(ScenePage(session).open(two[0]))
    started = time.monotonic()
    with pytest.raises(UnknownScene, match=f"no scene {NOBODY}") as raised:
        run(ScenePage(session).open(two[0].model_copy(update={"id": NOBODY})))
    assert time.monotonic() - started < LOAD_MS / 2000
    assert raised.value.details == {"scene_id": NOBODY}
    run(ScenePage(session).open(two[1]))


@pytest.mark.slow
def test_a_form_that_stays_with_the_scene_before_is_noticed(
    session: Session, two: tuple[Scene, Scene], run: Run[Any]
) -> None:
    """The app is at the new address and never gets the new scene's data: that is no open form."""
    first, second = two

    async def withhold(route: Any) -> None:
        body = route.request.post_data_json
        if body.get("operationName") != "FindScene" or body["variables"].get("id") != second.id:
            await route.fallback()

    run(ScenePage(session).open(first))
    run(session.page.route("**/graphql", withhold))
    with pytest.raises(WrongScene) as raised:
        run(ScenePage(session).open(second))
    assert raised.value.details == {"expected": second.id, "shown": first.display_name}


def test_a_german_stash_is_worked_on_like_any_other(
    german: OtherUser,
    open_session: OpenSession,
    source_cases: SourceCases,
    changed_client: StashClient,
    run: Run[Any],
) -> None:
    """With the user profile on a German server: scrape, apply, save, organize, all the same."""
    assert german.interface()["lastNoteSeen"] == 0
    case = source_cases.first(
        "trusted", lambda case: case.has(FieldName.TITLE), what="a proposed title"
    )
    scene = case.scene
    session = open_session(browser={"profile": "user"})
    plan = plan_of(scene, {FieldName.TITLE: case.changes[FieldName.TITLE]})

    async def work() -> None:
        page, menus, dialog = ScenePage(session), ScrapeMenu(session), ScrapeDialog(session)
        await page.open(scene)
        assert case.source.name in await menus.names()
        await menus.scrape(case.source, scene.id, SCRAPE_MS)
        await dialog.wait()
        with session.guard.allow(SavePermit(changed_client, plan)):
            use = dialog.apply_ops({FieldName.TITLE})
            await EditForm(session).save(scene.id, *use, timeout=SAVE_MS)
        with session.guard.allow(OrganizePermit(scene.id)):
            await page.organize(scene.id, SAVE_MS)

    run(work())
    after = run(changed_client.find_scene(scene.id))
    assert (after.title, after.organized) == (case.changes[FieldName.TITLE], True)
    save_button = session.target("edit_form.save")
    assert run(session.run(actions.read_text(save_button))) == ("Speichern",)

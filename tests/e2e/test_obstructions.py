"""Dialogs and notifications over a page: closed where that changes nothing, else left."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.errors import DirtyPage, PageBroken
from stashbot.models import FieldName, Scene
from stashbot.pages.edit_form import EditForm
from stashbot.pages.obstructions import Obstructions
from stashbot.pages.scene_page import ScenePage
from stashbot.pages.scrape_dialog import ScrapeDialog
from stashbot.pages.scrape_menu import ScrapeMenu
from stashbot.stash.client import StashClient
from tests.e2e.conftest import OpenSession, ReadScenes, Run, StashUnderTest
from tests.e2e.support import snapshot
from tests.e2e.support.other_user import OtherUser
from tests.e2e.support.plans import plan_of, save
from tests.e2e.support.source_cases import SourceCases

SCRAPE_MS = 20_000
#: A notification of success goes by itself after three seconds.
SOON_MS = 1500
LOAD_MS = 30_000

#: A dialog as Stash builds them; `onclick` is the script of its cancel button.
DIALOG = """([title, onclick]) => document.body.insertAdjacentHTML("beforeend", `
  <div role="dialog" class="fade ModalComponent modal show" style="display:block">
    <div class="modal-dialog"><div class="modal-content"><div class="modal-body">${title}</div>
      <div class="ModalFooter modal-footer">
        <button class="btn btn-secondary" onclick="${onclick}">Cancel</button>
        <button class="btn btn-primary" onclick="window.accepted = true">OK</button>
  </div></div></div></div>`)"""
CLOSE = "this.closest('.modal').remove()"


@pytest.fixture
def scene(scenes: snapshot.Snapshot) -> Scene:
    """Return a scene that is not organized."""
    return next(scene for scene in scenes.values() if not scene.organized)


@pytest.fixture
def opened(session: Session, scene: Scene, run: Run[Any]) -> Session:
    """Return the session with the scene's edit form open."""
    run(ScenePage(session).open(scene))
    return session


def dialogs(session: Session, run: Run[Any]) -> int:
    """How many dialogs are open."""
    (count,) = run(session.run(actions.count(session.target("shell.dialog"))))
    return int(count)


def test_a_leftover_results_dialog_is_cancelled(
    session: Session, source_cases: SourceCases, run: Run[Any]
) -> None:
    """Scrape results that nobody waited for are closed, and the form is as before."""
    case = source_cases.first(
        "trusted", lambda case: case.has(FieldName.TITLE), what="a proposed title"
    )
    run(ScenePage(session).open(case.scene))
    run(ScrapeMenu(session).scrape(case.source, case.scene.id, SCRAPE_MS))
    run(ScrapeDialog(session).wait())
    run(Obstructions(session).clear())
    assert dialogs(session, run) == 0
    assert run(EditForm(session).value(FieldName.TITLE)) == (case.scene.title or "")
    run(session.run(Obstructions(session).assert_clean_op()))


def test_a_leftover_delete_dialog_is_cancelled_and_nothing_deleted(
    opened: Session, scene: Scene, scenes: snapshot.Snapshot, read_scenes: ReadScenes, run: Run[Any]
) -> None:
    """The question whether to delete is answered with no; no request for it is even tried."""
    run(opened.click_visible("edit_form.delete"))
    run(opened.wait_visible("shell.dialog"))
    run(Obstructions(opened).clear())
    assert dialogs(opened, run) == 0
    assert opened.guard.blocked_writes == []
    after = read_scenes()
    assert scene.id in after
    assert snapshot.differences(scenes, after) == {}


def test_stacked_dialogs_are_cancelled_one_by_one(opened: Session, run: Run[Any]) -> None:
    """Dialogs over dialogs all go, and none of them is accepted."""
    for title in ("lower", "middle", "upper"):
        run(opened.page.evaluate(DIALOG, [title, CLOSE]))
    with pytest.raises(DirtyPage):
        run(opened.run(Obstructions(opened).assert_clean_op()))
    run(Obstructions(opened).clear())
    assert dialogs(opened, run) == 0
    assert run(opened.page.evaluate("window.accepted")) is None


def test_a_notification_is_closed(
    opened: Session, scene: Scene, client: StashClient, run: Run[Any]
) -> None:
    """Stash's word that it saved would lie over the form for seconds; closed, it is gone."""
    run(save(opened, client, plan_of(scene, {FieldName.TITLE: "With a notification"})))
    run(opened.wait_visible("shell.toast_close"))
    run(Obstructions(opened).dismiss_toast())
    run(opened.run(actions.wait_until_gone(opened.target("shell.toast_close"), SOON_MS)))
    run(Obstructions(opened).clear())


def test_release_notes_are_never_accepted_on_the_way(
    german: OtherUser, open_session: OpenSession, scene: Scene, run: Run[Any]
) -> None:
    """The notes have no cancel button: clearing reports them by their words and leaves them."""
    session = open_session(browser={"profile": "user"})
    run(session.load(f"/scenes/{scene.id}"))
    run(session.wait_visible("shell.release_notes", LOAD_MS))
    with pytest.raises(DirtyPage, match="without a cancel button") as raised:
        run(Obstructions(session).clear())
    assert raised.value.found
    assert dialogs(session, run) == 1
    assert session.guard.blocked_writes == []
    assert german.interface()["lastNoteSeen"] == 0


def test_a_dialog_that_only_accepts_stays(
    target: StashUnderTest, opened: Session, run: Run[Any]
) -> None:
    """A dialog of somebody's plugin with nothing but OK is named and not pressed."""
    sandbox = target.need_sandbox("open such a dialog")
    sandbox.faults.add_page("modal", value="Everything will be overwritten")
    run(opened.wait_visible("shell.dialog"))
    with pytest.raises(DirtyPage, match="Everything will be overwritten"):
        run(Obstructions(opened).clear())
    assert dialogs(opened, run) == 1


@pytest.mark.parametrize("cancel", ["void 0", f"{CLOSE}; again()"])
def test_a_dialog_that_does_not_go_is_reported(opened: Session, run: Run[Any], cancel: str) -> None:
    """A dialog whose cancel button does nothing, or opens the next dialog, is a dirty page."""
    again = f'window.again = () => ({DIALOG})(["Again", "{cancel}"])'
    run(opened.page.evaluate(again))
    run(opened.page.evaluate("again()"))
    with pytest.raises(DirtyPage):
        run(Obstructions(opened).clear())
    assert run(opened.page.evaluate("window.accepted")) is None


def test_the_error_screen_is_reported_and_a_fresh_page_is_free_of_it(
    opened: Session, scene: Scene, run: Run[Any]
) -> None:
    """Where the app shows its error screen nothing is tried; loading the scene anew helps."""
    broken = "<details class=error-message><summary>Oh</summary></details>"
    run(opened.page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", broken))
    with pytest.raises(PageBroken, match="shows an error over the page: Oh"):
        run(Obstructions(opened).clear())
    with pytest.raises(PageBroken, match="Oh"):
        run(ScenePage(opened).open(scene))
    run(ScenePage(opened).open(scene, fresh=True))
    run(Obstructions(opened).clear())

"""How Stash shows itself to stashbot's pages, and that nobody else notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.browser.wire_guard import WritePolicy
from stashbot.pages.obstructions import Obstructions
from stashbot.pages.scene_page import ScenePage
from tests.e2e.conftest import OpenSession, Run
from tests.e2e.support.other_user import OtherUser

Ask = Callable[[Session, str], str]


@pytest.fixture
def scene_id(other_user: OtherUser) -> str:
    """Return some scene's id."""
    found = other_user.query("{ findScenes(filter: { per_page: 1 }) { scenes { id } } }")
    return str(found["findScenes"]["scenes"][0]["id"])


@pytest.fixture
def words(run: Run[Any]) -> Ask:
    """Return the text of the element that a key names."""
    return lambda session, key: str(run(session.run(actions.read_text(session.target(key))))[0])


def writes(session: Session) -> list[str]:
    """Operations of the page that change something in Stash, in the order of their answers."""
    reads = ("Find", "Configuration", "Plugins", "JobQueue", "SystemStatus", "List", "Version")
    names = [str(exchange["operation"]) for exchange in session.door.exchanges]
    return [name for name in names if not name.startswith((*reads, "Stats", "LatestVersion"))]


def test_the_session_profile_shows_english_pages_without_release_notes(
    german: OtherUser, session: Session, scene_id: str, words: Ask, run: Run[Any]
) -> None:
    """On a German server with unseen notes the page is English and free; the server stays as it is.

    The page writes nothing, and whoever else asks the server hears German and unseen notes.
    """
    before = german.everything()["configuration"]
    run(ScenePage(session).load(scene_id))
    run(session.batch_clicks(["scene.edit_tab"]))
    run(session.wait_visible("edit_form.save"))
    assert words(session, "edit_form.save") == "Save"
    (dialogs,) = run(session.run(actions.count(session.target("shell.dialog"))))
    assert dialogs == 0
    assert writes(session) == []
    assert session.guard.blocked_writes == []
    assert german.everything()["configuration"] == before
    assert german.interface()["lastNoteSeen"] == 0


def test_the_session_profile_stands_still(session: Session, scene_id: str, run: Run[Any]) -> None:
    """Nothing on the page moves by itself or glides, whatever its style sheets say.

    That holds also for style sheets that ignore the preference for reduced motion.
    """
    run(ScenePage(session).load(scene_id))
    assert run(session.page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches"))
    run(session.page.emulate_media(reduced_motion="no-preference"))
    lasting = run(
        session.page.evaluate(
            """() => {
              document.head.insertAdjacentHTML("beforeend", `<style>
                #glides, #glides::after { animation: 9s infinite glide; transition: all 9s 9s; }
              </style>`);
              document.body.insertAdjacentHTML("beforeend", "<div id=glides></div>");
              return [null, "::after"].flatMap((part) => {
                const style = getComputedStyle(document.getElementById("glides"), part);
                return [style.animationDuration, style.transitionDuration, style.transitionDelay];
              });
            }"""
        )
    )
    assert lasting == ["0s"] * 6


def test_the_user_profile_shows_stash_as_its_owner_sees_it(
    german: OtherUser, open_session: OpenSession, scene_id: str, words: Ask, run: Run[Any]
) -> None:
    """German, with the release notes; closing them works, and is the only write."""
    session = open_session(browser={"profile": "user"})
    run(session.load(f"/scenes/{scene_id}"))
    run(session.wait_visible("shell.release_notes", 30_000))
    assert german.interface()["lastNoteSeen"] == 0

    assert run(Obstructions(session).close_release_notes())
    run(session.batch_clicks(["scene.edit_tab"]))
    run(session.wait_visible("edit_form.save"))
    assert words(session, "edit_form.save") == "Speichern"
    assert writes(session) in (["ConfigureUI"], ["ConfigureUISetting"])
    assert german.interface()["lastNoteSeen"] > 20_000_000
    assert not run(Obstructions(session).close_release_notes())


def test_opening_a_scene_as_its_owner_closes_the_notes_on_the_way(
    german: OtherUser, open_session: OpenSession, scene_id: str, run: Run[Any]
) -> None:
    """A page of the user profile that was just loaded is free for the work on the scene."""
    session = open_session(browser={"profile": "user"})
    run(ScenePage(session).load(scene_id))
    run(Obstructions(session).clear())
    assert german.interface()["lastNoteSeen"] > 20_000_000


def test_a_page_that_only_reads_hides_the_notes_for_its_owner_too(
    german: OtherUser, open_session: OpenSession, scene_id: str, words: Ask, run: Run[Any]
) -> None:
    """It could not close them: so they are not shown, all else is, and the server does not know."""
    session = open_session(browser={"profile": "user"}, write_policy=WritePolicy.BLOCKED)
    run(ScenePage(session).load(scene_id))
    run(session.batch_clicks(["scene.edit_tab"]))
    run(session.wait_visible("edit_form.save"))
    assert words(session, "edit_form.save") == "Speichern"
    assert writes(session) == []
    assert german.interface()["lastNoteSeen"] == 0

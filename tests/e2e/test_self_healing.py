"""A run goes on past a lost read key, if it may, and stops before a lost write key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stashbot.browser import actions
from stashbot.browser.element_search import fingerprints_in
from stashbot.browser.self_healing import Mending
from stashbot.browser.session import Session
from stashbot.errors import ElementNotReady
from stashbot.flows.checks.heal import healed_counts
from stashbot.flows.runs.driver import Request
from stashbot.models import Outcome, Scene
from stashbot.pages.scene_page import ScenePage
from stashbot.sandbox import Sandbox
from stashbot.sandbox.faults import PageFault
from stashbot.selectors.fingerprint_store import FILE, FingerprintBook
from tests.e2e.conftest import OpenSession, Run, Runs, Target
from tests.e2e.support import snapshot
from tests.e2e.support.lab import Lab
from tests.e2e.support.outcomes import assert_applied, writes

KEYS = ("scrapers.fragment_toggle", "scrapers.query_toggle", "edit_form.save")
#: What a release might do to the elements of these keys.
LOST = {
    "scrapers.fragment_toggle": PageFault(
        kind="rename", selector=".scraper-group", value="sources-group"
    ),
    "edit_form.save": PageFault(kind="rename", selector=".edit-button", value="form-button"),
}
MENU_IS_OPEN = """
  document.querySelector('.sources-group .dropdown-toggle').getAttribute('aria-expanded') === 'true'
"""


@pytest.fixture
def sandbox(target: Target) -> Iterator[Sandbox]:
    """The sandbox, to change."""
    sandbox = target.need_sandbox("be changed on purpose")
    yield sandbox
    sandbox.faults.clear()


@pytest.fixture
def scene(lab: Lab) -> Scene:
    """A scene that a source knows."""
    return lab.some("trusted", 1)[0].scene


@pytest.fixture
def book(open_session: OpenSession, scene: Scene, run: Run[Any]) -> FingerprintBook:
    """What the keys look like on a good day."""
    session = open_session(read_only=True)
    run(ScenePage(session).open(scene, fresh=True))
    book = FingerprintBook()
    found = run(fingerprints_in(session, *(session.target(key) for key in KEYS)))
    for key, prints in zip(KEYS, found, strict=True):
        book.record(
            release=session.selectors.release,
            profile="session",
            state=session.selectors.entry(key).state,
            key=key,
            values={},
            fingerprints=prints,
        )
    return book


@pytest.fixture
def page(
    open_session: OpenSession, book: FingerprintBook, run: Run[Any], scene: Scene, sandbox: Sandbox
) -> Callable[..., tuple[Session, Mending]]:
    """Opens the scene on a page under a change, with what mends it."""

    def opened(lost: str, *, use: bool) -> tuple[Session, Mending]:
        mending = Mending(book=book, profile="session", use=use)
        session = open_session(mender=mending)
        if lost != "edit_form.save":
            spoil(sandbox, lost)
        run(ScenePage(session).open(scene))
        return session, mending

    return opened


def test_a_program_goes_on_with_the_healed_element(
    page: Callable[..., tuple[Session, Mending]], run: Run[Any]
) -> None:
    """The lost button is found again and clicked once; all results are there, later uses know."""
    session, mending = page("scrapers.fragment_toggle", use=True)
    form, button = session.target("edit_form.form"), session.target("scrapers.fragment_toggle")
    results = run(
        session.run(
            actions.wait(form, "attached"),
            actions.click(button, 1000),
            actions.ask("count", form),
        )
    )
    assert len(results) == 3
    assert run(session.page.evaluate(MENU_IS_OPEN))
    (healing,) = mending.healed.values()
    assert healing.key == "scrapers.fragment_toggle"
    assert healing.candidate is not None
    assert session.target("scrapers.fragment_toggle").strategies[0].css == healing.candidate.css


@pytest.mark.slow
def test_without_leave_the_candidate_is_named_and_not_used(
    page: Callable[..., tuple[Session, Mending]], run: Run[Any]
) -> None:
    """The program stops with the likeliest element in its error, and clicks nothing."""
    session, mending = page("scrapers.fragment_toggle", use=False)
    with pytest.raises(ElementNotReady) as caught:
        run(session.click_visible("scrapers.fragment_toggle", 1000))
    assert "scraper-menu" in caught.value.fields["candidate"]
    assert "likeliest" in caught.value.message
    assert mending.healed == {}
    assert not run(session.page.evaluate(MENU_IS_OPEN))


def test_a_lost_write_key_stops_before_the_click(
    page: Callable[..., tuple[Session, Mending]], run: Run[Any], sandbox: Sandbox, scene: Scene
) -> None:
    """Save is lost while healing is allowed: its likeliest element is named, and not clicked."""
    session, mending = page("edit_form.save", use=True)
    before = list(sandbox.mutations)
    run(ScenePage(session).open(scene))
    title = session.target("edit_form.text", field="title")
    run(session.run(actions.set_value(title, "typed by the test")))
    spoil(sandbox, "edit_form.save")
    run(session.run(actions.gone(session.target("edit_form.save"))))
    with pytest.raises(ElementNotReady) as caught:
        run(session.click_visible("edit_form.save", 1000))
    assert "button" in caught.value.fields["candidate"]
    assert "not used" in caught.value.fields["candidate"]
    assert mending.healed == {}
    assert session.guard.stopped == []
    assert sandbox.mutations == before


def test_a_run_heals_counts_and_applies(
    sandbox: Sandbox,
    lab: Lab,
    carry: Runs,
    book: FingerprintBook,
    read: Callable[[], snapshot.Snapshot],
) -> None:
    """With ``selectors.heal`` a run does its work past a lost read key, and metrics say so."""
    (case,) = lab.some("trusted", 1)
    _put(book, carry.folder)
    spoil(sandbox, "scrapers.fragment_toggle")
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    (result,) = carry(request, selectors={"heal": True}, run={"attempts": 1}).report.scenes
    assert_applied(result, case, read())
    assert carry.from_store(healed_counts).get("scrapers.fragment_toggle") == 1


def test_a_run_stops_before_a_lost_save(
    sandbox: Sandbox, lab: Lab, carry: Runs, book: FingerprintBook, scenes: snapshot.Snapshot
) -> None:
    """Without its Save button a scene fails with the reason; nothing of it was written."""
    (case,) = lab.some("trusted", 1)
    _put(book, carry.folder)
    spoil(sandbox, "edit_form.save")
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    (result,) = carry(request, selectors={"heal": True}, run={"attempts": 1}).report.scenes
    assert result.outcome is Outcome.FAILED
    assert "edit_form.save" in result.reason
    assert writes(sandbox, case.scene.id, applied=False) == []
    assert case.scene.id in scenes


def spoil(sandbox: Sandbox, key: str) -> None:
    """Takes the key's element out of the registry's sight."""
    sandbox.faults.add_page(**LOST[key].model_dump())


def _put(book: FingerprintBook, folder: Path) -> None:
    book.save(folder / "selectors" / FILE)

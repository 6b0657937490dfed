"""A run goes on past a lost read key, if it may, and stops before a lost write key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stashbot.browser import actions
from stashbot.browser.element_search import ReplacementSearch, fingerprints_in
from stashbot.browser.self_healing import SelfHealer
from stashbot.browser.session import Session
from stashbot.browser.wire_guard import WritePolicy
from stashbot.errors import ElementNotReady
from stashbot.flows.checks.heal import healed_counts
from stashbot.models import Outcome, Scene
from stashbot.pages.scene_page import ScenePage
from stashbot.sandbox import Sandbox
from stashbot.sandbox.faults import PageFault
from stashbot.selectors.fingerprint_store import FILE, FingerprintStore
from tests.e2e.conftest import OpenSession, ReadScenes, Run, StashUnderTest
from tests.e2e.support import snapshot
from tests.e2e.support.outcomes import assert_applied, writes
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import SourceCases

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


@pytest.fixture(scope="module")
def scene(source_cases: SourceCases, target: StashUnderTest) -> Scene:
    """Return a scene that a source knows."""
    target.need_sandbox("be changed on purpose")
    return source_cases.first("trusted").scene


@pytest.fixture(scope="module")
def book(open_module_session: OpenSession, scene: Scene, run: Run[Any]) -> FingerprintStore:
    """Fingerprints of the keys on the page of the scene, as it is before any change."""
    session = open_module_session(write_policy=WritePolicy.BLOCKED)
    run(ScenePage(session).open(scene, fresh=True))
    book = FingerprintStore()
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
    open_session: OpenSession, book: FingerprintStore, run: Run[Any], scene: Scene, sandbox: Sandbox
) -> Callable[..., tuple[Session, SelfHealer]]:
    """Open the scene on a page under a change, with the healer of its keys."""

    def opened(lost: str, *, use: bool) -> tuple[Session, SelfHealer]:
        healer = SelfHealer(search=ReplacementSearch(book, "session"), use=use)
        session = open_session(healer=healer)
        if lost != "edit_form.save":
            lose(sandbox, lost)
        run(ScenePage(session).open(scene))
        return session, healer

    return opened


def test_a_program_goes_on_with_the_healed_element(
    page: Callable[..., tuple[Session, SelfHealer]], run: Run[Any]
) -> None:
    """The lost button is found again and clicked once; all results are there, later uses know."""
    session, healer = page("scrapers.fragment_toggle", use=True)
    form, button = session.target("edit_form.form"), session.target("scrapers.fragment_toggle")
    results = run(
        session.run(
            actions.wait(form, "attached"),
            actions.click(button, 1000),
            actions.count(form),
        )
    )
    assert len(results) == 3
    assert run(session.page.evaluate(MENU_IS_OPEN))
    (healing,) = healer.healed.values()
    assert healing.key == "scrapers.fragment_toggle"
    assert healing.candidate is not None
    assert session.target("scrapers.fragment_toggle").strategies[0].css == healing.candidate.css


@pytest.mark.slow
def test_without_leave_the_candidate_is_named_and_not_used(
    page: Callable[..., tuple[Session, SelfHealer]], run: Run[Any]
) -> None:
    """The program stops with the likeliest element in its error, and clicks nothing."""
    session, healer = page("scrapers.fragment_toggle", use=False)
    with pytest.raises(ElementNotReady) as caught:
        run(session.click_visible("scrapers.fragment_toggle", 1000))
    assert "scraper-menu" in str(caught.value.candidate)
    assert "most similar" in caught.value.message
    assert healer.healed == {}
    assert not run(session.page.evaluate(MENU_IS_OPEN))


def test_a_lost_write_key_stops_before_the_click(
    page: Callable[..., tuple[Session, SelfHealer]], run: Run[Any], sandbox: Sandbox, scene: Scene
) -> None:
    """Save is lost while healing is allowed: its likeliest element is named, and not clicked."""
    session, healer = page("edit_form.save", use=True)
    before = list(sandbox.mutations)
    run(ScenePage(session).open(scene))
    title = session.target("edit_form.text", field="title")
    run(session.run(actions.set_value(title, "typed by the test")))
    lose(sandbox, "edit_form.save")
    run(session.run(actions.wait_until_gone(session.target("edit_form.save"))))
    with pytest.raises(ElementNotReady) as caught:
        run(session.click_visible("edit_form.save", 1000))
    assert "button" in str(caught.value.candidate)
    assert "not used" in str(caught.value.candidate)
    assert healer.healed == {}
    assert session.guard.blocked_writes == []
    assert sandbox.mutations == before


def test_a_run_heals_counts_and_applies(
    sandbox: Sandbox,
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    book: FingerprintStore,
    read_scenes: ReadScenes,
) -> None:
    """With ``selectors.heal`` a run does its work past a lost read key, and metrics say so."""
    case = source_cases.first("trusted")
    save_book(book, run_scenes.folder)
    lose(sandbox, "scrapers.fragment_toggle")
    (result,) = run_scenes(
        request_for(case), selectors={"heal": True}, run={"attempts": 1}
    ).report.scenes
    assert_applied(result, case, read_scenes())
    assert run_scenes.query_store(healed_counts).get("scrapers.fragment_toggle") == 1


def test_a_run_stops_before_a_lost_save(
    sandbox: Sandbox,
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    book: FingerprintStore,
    scenes: snapshot.Snapshot,
) -> None:
    """Without its Save button a scene fails with the reason; nothing of it was written."""
    case = source_cases.first("trusted")
    save_book(book, run_scenes.folder)
    lose(sandbox, "edit_form.save")
    (result,) = run_scenes(
        request_for(case), selectors={"heal": True}, run={"attempts": 1}
    ).report.scenes
    assert result.outcome is Outcome.FAILED
    assert "edit_form.save" in result.reason
    assert writes(sandbox, case.scene.id, applied=False) == []
    assert case.scene.id in scenes


def lose(sandbox: Sandbox, key: str) -> None:
    """Change the page so that the registry does not find the key's element."""
    sandbox.faults.add_page(**LOST[key].model_dump())


def save_book(book: FingerprintStore, folder: Path) -> None:
    book.save(folder / "selectors" / FILE)

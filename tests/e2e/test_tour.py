"""A tour of the UI names what it cannot reach, goes on with the rest, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stashbot.browser.launch import BrowserHost
from stashbot.flows.checks import selector_check as flow
from stashbot.flows.checks.record import record
from stashbot.flows.checks.selector_check import SelectorReport, check_selectors
from stashbot.flows.checks.tour.subjects import gather_subjects
from stashbot.recordings.transports import ReplayTransport
from stashbot.sandbox import Sandbox
from stashbot.selectors.fingerprint_store import FILE, FingerprintStore
from stashbot.settings import Settings
from stashbot.stash.client import StashClient, open_stash
from tests.e2e.conftest import Run, StashUnderTest
from tests.e2e.support.runs import lend_browser

Check = Callable[..., SelectorReport]


@pytest.fixture
def check(settings: Settings, run: Run[Any], host: BrowserHost) -> Iterator[Check]:
    """Check the states that are named, on the shared browser."""
    with lend_browser(host):
        yield lambda *states, **more: run(check_selectors(settings, states=states, **more))


def states_of(report: SelectorReport) -> dict[str, Any]:
    return {state.state: state for state in report.states}


@pytest.mark.slow
def test_a_lost_sign_of_readiness_goes_red_alone(sandbox: Sandbox, check: Check) -> None:
    """The state's other keys are still judged, and the states after it still visited."""
    sandbox.faults.add_page("rename", ".scrape-dialog", "results-dialog")
    seen = states_of(check("edit-form", "select-menu", "scrape-dialog"))
    assert seen["edit-form"].ok
    assert seen["select-menu"].ok
    sandbox.faults.clear()
    sandbox.faults.add_page("attribute", ".scraper-group svg", attribute="data-icon")
    seen = states_of(check("edit-form", "query-menu", "select-menu"))
    assert [finding.key for finding in seen["edit-form"].broken] == ["scrapers.query_toggle"]
    assert not seen["query-menu"].reached
    assert "scrapers.query_toggle" in seen["query-menu"].why
    assert seen["select-menu"].ok


@pytest.mark.slow
def test_a_page_that_never_settles_is_judged_all_the_same(
    sandbox: Sandbox, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that changes for ever is reported as restless; its keys are judged all the same."""
    restless = (
        "setInterval(() => document.body && (document.body.dataset.tick = Math.random()), 20)"
    )
    prepare = flow.apply_conditions

    async def prepared(session: Any, conditions: Any) -> None:
        await prepare(session, conditions)
        await session.context.add_init_script(restless)

    monkeypatch.setattr(flow, "apply_conditions", prepared)
    sandbox.faults.add_page("rename", ".scene-header", value="other-header")
    state = states_of(check("scene"))["scene"]
    assert (state.reached, state.settled) == (True, False)
    assert [finding.key for finding in state.broken] == ["scene.header"]


def test_what_the_server_lacks_is_said_and_is_nobodys_fault(
    sandbox: Sandbox, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a source that searches the query states are lacking; the others are checked."""

    async def none(_client: StashClient) -> tuple[Any, ...]:
        return ()

    monkeypatch.setattr(StashClient, "sources", none)
    report = check("scene", "query-dialog", "scrape-dialog", "login")
    seen = states_of(report)
    assert seen["scene"].ok
    for name, words in (("query-dialog", "search"), ("scrape-dialog", "scrap"), ("login", "login")):
        assert (seen[name].reached, seen[name].missing_prerequisite) == (False, True)
        assert words in seen[name].why
    assert report.failed == ()
    assert sandbox.mutations == []


@pytest.mark.slow
def test_no_source_is_asked(sandbox: Sandbox, check: Check, target: StashUnderTest) -> None:
    """The results dialog opens although every scrape that reaches the server fails."""
    sandbox.faults.add("http_500", "ScrapeSingleScene", times=None)
    seen = states_of(check("scrape-dialog", "query-results", "toast"))
    assert all(state.ok for state in seen.values()), [state.why for state in seen.values()]
    assert target.sandbox is sandbox


def test_a_change_behind_its_back_is_told(
    sandbox: Sandbox, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scene that somebody edits during the check makes it fall short, and is named."""
    gather = gather_subjects

    async def gathered(*given: Any) -> Any:
        subjects = await gather(*given)
        sandbox.library.update_scene("3", {"title": "edited meanwhile"})
        return subjects

    monkeypatch.setattr(flow, "gather_subjects", gathered)
    report = check("shell")
    assert not report.ok
    assert "scenes" in report.changed[0]


def test_a_recording_holds_no_word_of_the_owners(
    settings: Settings,
    run: Run[Any],
    tmp_path: Path,
    client: StashClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """States, fingerprints and exchanges are there, no title, name or path of the library is.

    The client reads the recording as it would read the server.
    """
    few = ("scene", "edit-form", "scene-list")
    monkeypatch.setattr("stashbot.flows.checks.record.visit_order", lambda _states: few)
    made = run(record(settings, tmp_path))
    assert set(made.states) == set(few)
    assert made.changed == ()
    book = FingerprintStore.load(made.folder / FILE, recordings=tmp_path / "none")
    assert book.keys(release=(0, 30), profile="session", state="edit-form")

    async def words() -> list[str]:
        scenes = [scene async for scene in client.iter_scenes()]
        names = [performer.name for scene in scenes for performer in scene.performers]
        return names + [file.basename for scene in scenes for file in scene.files]

    owners = [word for word in run(words()) if len(word) > 6]
    assert owners
    kept = "\n".join(file.read_text() for file in made.folder.rglob("*") if file.is_file())
    assert [word for word in owners if word in kept] == []
    assert "127.0.0.1" not in kept

    async def replayed() -> int:
        async with open_stash(settings.stash, http=ReplayTransport.load(made.folder)) as other:
            return len(await other.scene_ids())

    assert run(replayed()) > 0

"""Pages, browsers and logins that end in the middle of a scene are replaced, and it goes on."""

from __future__ import annotations

import os
import signal

import pytest

from stashbot.flows.runs.driver import Request
from stashbot.stash.client import StashClient
from tests.e2e.conftest import Read, Runs, Target
from tests.e2e.support.lab import Lab
from tests.e2e.support.outcomes import assert_applied, writes
from tests.e2e.support.stage import at, watching
from tests.short import short

MOMENTS = ("SceneUpdate", "ScrapeSingleScene")


@pytest.mark.parametrize("moment", short(MOMENTS))
def test_a_page_that_crashes_is_replaced(moment: str, lab: Lab, carry: Runs, read: Read) -> None:
    """The renderer dies while it waits for an answer; the scene is applied, and so is the next."""
    cases = lab.two("trusted")
    ids = tuple(case.scene.id for case in cases)
    with watching() as watch:
        watch.when_sent(moment, watch.crash)
        finished = carry(Request(ids=ids, sources=(cases[0].source.name,)), run={"workers": 1})
    assert "the page crashed" in watch.sessions[0].console
    after = read()
    for case, result in zip(cases, finished.report.scenes, strict=True):
        assert_applied(result, case, after)


@pytest.mark.parametrize("phase", short(["save", "scrape"]))
def test_a_browser_that_is_killed_is_replaced(
    phase: str, lab: Lab, carry: Runs, target: Target, read: Read
) -> None:
    """All pages of both workers die at once; each scene goes on in another browser."""
    cases = lab.two("trusted")
    ids = tuple(case.scene.id for case in cases)
    with watching() as watch:

        def kill() -> None:
            pid = watch.hosts[0].pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)

        finished = carry(
            Request(ids=ids, sources=(cases[0].source.name,)), progress=at(phase, kill)
        )
    after = read()
    by_id = {result.id: result for result in finished.report.scenes}
    for case in cases:
        assert_applied(by_id[case.scene.id], case, after)
        if target.sandbox is not None:
            assert writes(target.sandbox, case.scene.id) == ["save", "organize"]


@pytest.mark.parametrize("phase", ["scrape", "save", "organize"])
def test_a_page_whose_session_ends_is_replaced(
    phase: str, lab: Lab, carry: Runs, client: StashClient, read: Read
) -> None:
    """The app leaves for the login page, with whatever was in its form; the scene goes on."""
    if not client.transport.cookies():
        pytest.skip("this Stash has no login, or is used by its API key")
    cases = lab.two("trusted")
    ids = tuple(case.scene.id for case in cases)
    with watching() as watch:

        def forget() -> None:
            watch.start(watch.sessions[0].context.clear_cookies())

        finished = carry(
            Request(ids=ids, sources=(cases[0].source.name,)),
            progress=at(phase, forget, scene=ids[1]),
            run={"workers": 1},
        )
    after = read()
    for case, result in zip(cases, finished.report.scenes, strict=True):
        assert_applied(result, case, after)

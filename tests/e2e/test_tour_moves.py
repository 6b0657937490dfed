"""A tour loads the page only where something of the page before could count."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.browser.wire_guard import WritePolicy
from stashbot.flows.checks.tour.tour import Tour
from stashbot.stash.client import StashClient
from stashbot.testing.tour_helpers import Server, server_of, tour
from tests.e2e.conftest import OpenSession, Run, StashUnderTest
from tests.slow_params import slow_params

LOADS = [
    (("tag-new", "group-new", "duplicates"), 1),
    (("scene", "tag-new"), 1),
    (("scene", "edit-form", "tag-new"), 1),
    (("edit-form-invalid", "tag-new"), 2),
    (("toast", "tag-new"), 2),
    (("scene-list", "merge-dialog"), 2),
    (("scene-missing", "tag-new"), 1),
]


@pytest.fixture(scope="module")
def server(target: StashUnderTest, client: StashClient, run: Run[Any]) -> Server:
    """Return the server under test, with a scene to look at."""
    known: Server = run(server_of(client, target.url))
    return known


@pytest.mark.parametrize(
    ("states", "loads"), slow_params(LOADS, first=2, ids=[" ".join(states) for states, _ in LOADS])
)
def test_a_tour_moves_within_the_app_where_it_may(
    server: Server, open_session: OpenSession, run: Run[Any], states: tuple[str, ...], loads: int
) -> None:
    """From a page as it came to another: in the app.

    From a form with unsaved values, after staged answers, and to a page where clicks follow at
    once: by loading.
    """
    session = open_session(write_policy=WritePolicy.BLOCKED)
    seen: list[str] = []
    session.page.on("domcontentloaded", lambda page: seen.append(page.url))
    checks = run(tour(server, session, states))
    assert [check.state for check in checks if check.ok] == list(states)
    assert len(seen) == loads


@pytest.mark.slow
def test_a_page_that_seems_ready_already_is_loaded(
    server: Server, open_session: OpenSession, run: Run[Any]
) -> None:
    """The elements that show that a state is ready must not be those of the page before."""
    session = open_session(write_policy=WritePolicy.BLOCKED)
    seen: list[str] = []
    session.page.on("domcontentloaded", lambda page: seen.append(page.url))
    walked = Tour(session, server.subjects)

    async def visit() -> list[bool]:
        return [
            check.ok for states in (["scene"], ["shell"]) async for check in walked.visit(states)
        ]

    assert run(visit()) == [True, True]
    assert len(seen) == 2

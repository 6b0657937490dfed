"""A tour loads the page only where something of the page before could count."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.stash.client import StashClient
from tests.e2e.conftest import OpenSession, Run, Target
from tests.e2e.support.tour_helpers import Server, server_of, tour
from tests.slow_params import slow_params

LOADS = [
    (("performer-list", "studio-list", "tag-list"), 1),
    (("scene", "tag-new"), 1),
    (("scene", "edit-form", "performer-new"), 1),
    (("edit-form-dirty", "performer-list"), 2),
    (("scene", "performer-list"), 2),  # whose cards stand on a scene's page too
    (("toast", "performer-list"), 2),
    (("scene-list", "merge-dialog"), 2),
    (("scene-missing", "performer-new"), 1),
]


@pytest.fixture(scope="module")
def server(target: Target, client: StashClient, run: Run[Any]) -> Server:
    """The server under test, with a scene to look at."""
    known: Server = run(server_of(client, target.url))
    return known


@pytest.mark.parametrize(
    ("states", "loads"), slow_params(LOADS, first=4, ids=[" ".join(one) for one, _ in LOADS])
)
def test_a_tour_moves_within_the_app_where_it_may(
    server: Server, open_session: OpenSession, run: Run[Any], states: tuple[str, ...], loads: int
) -> None:
    """From a page as it came to another: in the app.

    From a form with unsaved values, after staged answers, to a page that shows already what tells
    that it is ready, and to one where clicks follow at once: by loading.
    """
    session = open_session(read_only=True)
    seen: list[str] = []
    session.page.on("domcontentloaded", lambda page: seen.append(page.url))
    checks = run(tour(server, session, states))
    assert [check.state for check in checks if check.ok] == list(states)
    assert len(seen) == loads

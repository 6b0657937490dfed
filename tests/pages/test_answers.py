"""Answers that the app received: GraphQL, or the fault that came in its place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.errors import RequestFailed, SessionExpired, StashBusy
from stashbot.pages.answers import document_of
from stashbot.stash.retry import passes


def answer(state: Any = "done", **fields: Any) -> GraphQLAnswer:
    """Return an answer to a save; by default one that Stash gives."""
    given = {"status": 200, "payload": {"data": {"sceneUpdate": {"id": "1"}}}, **fields}
    return GraphQLAnswer(operation="SceneUpdate", state=state, **given)


def test_a_document_with_data_or_with_errors_is_stashs() -> None:
    """Errors of Stash, such as those of a scraper, are for the step to judge."""
    assert document_of(answer()) == {"data": {"sceneUpdate": {"id": "1"}}}
    refused = {"data": None, "errors": [{"message": "script exited with 1"}]}
    assert document_of(answer(payload=refused)) is refused


@pytest.mark.parametrize(
    ("received", "message"),
    [
        (answer("failed", status=0, payload=None, detail="TypeError: Failed to fetch"), "was lost"),
        (answer("failed", payload=None, detail="network error"), "was lost"),
        (answer("garbled", status=502, payload=None, detail="<html>"), "is HTTP 502"),
        (answer(status=503, payload={"error": "starting"}), "is HTTP 503"),
        (answer("garbled", payload=None, detail="<html>\n<body>"), "is no JSON: '<html> <body>'"),
        (answer("garbled", payload=None, detail='{"data": {"sce'), "is no JSON"),
        (answer("garbled", payload=None), "is empty"),
        (answer(payload={"data": None}), "has no data"),
        (answer(payload={}), "has no data"),
        (answer(payload=None), "has no data"),
        (answer(payload=[1]), "has no data"),
    ],
)
def test_what_comes_in_place_of_an_answer_passes(received: GraphQLAnswer, message: str) -> None:
    """No connection, a proxy's answer, a broken or an empty one; the message says which."""
    with pytest.raises(RequestFailed, match="Stash's answer to SceneUpdate") as caught:
        document_of(received)
    assert message in caught.value.message
    assert passes(caught.value)


def test_a_busy_database_passes() -> None:
    """Stash says so with status 200 and errors."""
    busy = {"data": None, "errors": [{"message": "executing query: database is locked"}]}
    with pytest.raises(StashBusy):
        document_of(answer(payload=busy))


def test_a_refused_session_is_for_a_new_login() -> None:
    """The body of a 401 does not matter."""
    with pytest.raises(SessionExpired):
        document_of(answer("garbled", status=401, payload=None))


def test_the_pause_that_a_server_asks_for_is_kept() -> None:
    """As a number of seconds or as a date."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for header, seconds in [("7", 7.0), ("Sun, 01 Mar 2026 12:02:00 GMT", 120.0), ("", None)]:
        with pytest.raises(RequestFailed) as caught:
            document_of(answer(status=429, retry_after=header), now=noon)
        assert caught.value.retry_after_s == seconds

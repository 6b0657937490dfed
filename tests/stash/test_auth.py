"""Logging in: credentials, sessions that end, unusable servers, and secrets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from loguru import logger

from stashbot.errors import LoginError, StashUnreachable, UnsupportedStash
from stashbot.stash.transport import GraphQLTransport
from tests.stash.scripted_server import (
    LOGGED_IN,
    UNAUTHORIZED,
    Answer,
    Server,
    data,
    html,
    introduction,
    scripted,
)

QUERY = "query Ask { stats }"
MUTATION = "mutation Change { change }"
USER = {"username": "viewer", "password": "pass-word-1"}
KEY = {"api_key": "key-value-1"}


def opened(server: Server, **options: Any) -> None:
    async def run() -> None:
        async with GraphQLTransport(server.settings(**options), backoff_s=0.01):
            pass

    asyncio.run(run())


def test_a_login_posts_the_form_and_keeps_the_session() -> None:
    """User and password go to /login as a form; its cookie is sent with every request."""
    with scripted() as server:
        server.on("POST /login", LOGGED_IN)
        opened(server, **USER)
        form = server.last("POST /login").form
        assert form == {"username": "viewer", "password": "pass-word-1", "returnURL": "/"}
        assert server.last("ServerInfo").headers["cookie"] == "session=s1"


def test_a_socket_is_given_the_session() -> None:
    """The headers of a WebSocket hold the session's cookie, which counts as a secret."""
    with scripted() as server:
        server.on("POST /login", LOGGED_IN)

        async def run() -> tuple[dict[str, str], tuple[str, ...]]:
            async with GraphQLTransport(server.settings(**USER)) as transport:
                return transport.socket_headers(), transport.secrets

        assert asyncio.run(run()) == ({"Cookie": "session=s1"}, ("s1",))


def test_an_api_key_is_used_instead_of_the_password() -> None:
    """With a key there is no login: the header authenticates every request."""
    with scripted() as server:

        async def run() -> dict[str, str]:
            async with GraphQLTransport(server.settings(**USER, **KEY)) as transport:
                return transport.socket_headers()

        assert asyncio.run(run()) == {"ApiKey": "key-value-1"}
        assert server.last("ServerInfo").headers["apikey"] == "key-value-1"
        assert server.count("POST /login") == 0


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({}, "stash.username and STASHBOT_STASH__PASSWORD"),
        ({"username": "viewer"}, "Set STASHBOT_STASH__PASSWORD"),
        ({"password": "pass-word-1"}, "Set stash.username"),
    ],
)
def test_a_missing_credential_is_named(settings: dict[str, str], hint: str) -> None:
    """Without all credentials the error says which to set, or to use a key."""
    with scripted() as server:
        server.on("ServerInfo", UNAUTHORIZED)
        with pytest.raises(LoginError, match="asks for a login") as caught:
            opened(server, **settings)
    assert hint in caught.value.hint
    assert "STASHBOT_STASH__API_KEY" in caught.value.hint
    assert caught.value.details == {"url": server.url}


def test_a_wrong_password_is_tried_once() -> None:
    """Another attempt could not help, and some servers count failed attempts."""
    with scripted() as server:
        server.on("POST /login", Answer(status=401, body=b"Username or password is invalid"))
        with pytest.raises(LoginError, match="does not accept this user and password"):
            opened(server, **USER)
        assert server.count("POST /login") == 1


@pytest.mark.parametrize(
    ("login_page", "message"),
    [
        (html(), "refuses the API key"),
        (Answer(status=302, headers={"Location": "/"}), "has no login"),
    ],
    ids=["a server with a login", "a server without a login"],
)
def test_a_wrong_key_and_a_needless_key_are_different_errors(
    login_page: Answer, message: str
) -> None:
    """Stash refuses a key with the same 401 where it has no login; its login page differs."""
    with scripted() as server:
        server.on("ServerInfo", UNAUTHORIZED)
        server.on("GET /login", login_page)
        with pytest.raises(LoginError, match=message):
            opened(server, **KEY)
        assert "apikey" not in server.last("GET /login").headers


def test_the_tripwire_is_explained() -> None:
    """A Stash that locked itself after a visit from the internet answers every request with 403."""
    body = b"Stash is exposed to the public internet without authentication"
    with scripted() as server:
        server.on("ServerInfo", Answer(status=403, body=body, content_type="text/plain"))
        with pytest.raises(LoginError, match="from the internet without a login"):
            opened(server)


@pytest.mark.parametrize("status", [404, 405, 302])
def test_a_server_without_a_login_page_is_no_stash(status: int) -> None:
    """A server without /login is something else, or a Stash under another path."""
    with scripted() as server:
        server.on("POST /login", Answer(status=status))
        with pytest.raises(StashUnreachable):
            opened(server, **USER)


def test_a_login_that_meets_a_server_error_is_tried_again() -> None:
    """A login is sent again after a 5xx or a broken connection, as a query is."""
    with scripted() as server:
        server.on("POST /login", Answer(status=500), Answer(reset=True), LOGGED_IN)
        opened(server, **USER)
        assert server.count("POST /login") == 3


@pytest.mark.parametrize(("document", "key"), [(QUERY, "Ask"), (MUTATION, "Change")])
def test_an_ended_session_is_renewed_once(document: str, key: str) -> None:
    """After a 401 the client logs in and sends the request again, a mutation too.

    That is safe: Stash refuses such a request before it reads it.
    """
    with scripted() as server:
        server.on("POST /login", LOGGED_IN)
        server.on(key, UNAUTHORIZED, data({"done": 1}))

        async def run() -> Any:
            async with GraphQLTransport(server.settings(**USER)) as transport:
                return await transport.execute(document)

        assert asyncio.run(run()) == {"done": 1}
        assert server.count("POST /login") == 2
        assert server.count(key) == 2


def test_many_requests_share_one_new_login() -> None:
    """Ten requests that meet the ended session together log in once."""
    with scripted() as server:
        server.on("POST /login", LOGGED_IN)
        late = Answer(status=401, delay_s=0.2)
        server.on("Ask", *[late] * 10, data({"done": 1}))

        async def run() -> list[Any]:
            async with GraphQLTransport(server.settings(**USER)) as transport:
                requests = [transport.execute(QUERY) for _ in range(10)]
                return list(await asyncio.gather(*requests))

        assert asyncio.run(run()) == [{"done": 1}] * 10
        assert server.count("POST /login") == 2


def test_a_session_that_is_not_accepted_is_an_error() -> None:
    """A 401 right after a login is a LoginError and does not lead to an endless loop."""
    with scripted() as server:
        server.on("POST /login", LOGGED_IN)
        server.on("ServerInfo", UNAUTHORIZED)
        with pytest.raises(LoginError, match="refuses the session"):
            opened(server, **USER)
        assert server.count("POST /login") == 2


@pytest.mark.parametrize(
    ("answer", "message", "hint"),
    [
        (introduction(status="SETUP", version=""), "not set up", "/setup"),
        (introduction(status="NEEDS_MIGRATION"), "migration", "/migrate"),
        (introduction(version="v0.24.3"), "v0.24.3", "Update"),
    ],
)
def test_an_unusable_server_is_refused(answer: Answer, message: str, hint: str) -> None:
    """Not set up, not migrated or too old: the error says what to do, before any other query."""
    with scripted() as server:
        server.on("ServerInfo", answer)
        with pytest.raises(UnsupportedStash, match=message) as caught:
            opened(server)
    assert hint in caught.value.hint


@pytest.mark.parametrize("version", ["v0.25.0", "v0.30.1-19-gcf3489efd", "v1.0.0", "", "local"])
def test_supported_and_unreadable_versions_are_accepted(version: str) -> None:
    """All from 0.25 on, and the user's own builds, which have no number."""
    with scripted() as server:
        server.on("ServerInfo", introduction(version=version, username="viewer"))

        async def run() -> tuple[str, bool]:
            async with GraphQLTransport(server.settings()) as transport:
                return transport.server.version, transport.server.has_login

        assert asyncio.run(run()) == (version, True)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lines.append, level="TRACE", format="{message} {extra} {exception}")
    with caplog.at_level(logging.DEBUG):
        yield lines
        lines.append(caplog.text)
    logger.remove(sink)


@pytest.mark.parametrize("credentials", [USER, KEY])
def test_secrets_are_in_no_log_and_no_error(
    credentials: dict[str, str], log: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Login, renewal, retries and refusal write neither a secret nor the session."""
    with scripted() as server:
        server.on("POST /login", LOGGED_IN, Answer(status=500), LOGGED_IN)
        server.on("GET /login", html())
        server.on("Ask", Answer(reset=True), html(500), UNAUTHORIZED)

        async def run() -> Any:
            settings = server.settings(
                url=server.url.replace("://", "://gate:gate-word@"), **credentials
            )
            async with GraphQLTransport(settings, backoff_s=0.01) as transport:
                return await transport.execute(QUERY)

        with pytest.raises(LoginError) as caught:
            asyncio.run(run())
        assert "authorization" in server.last("Ask").headers
    written = "".join(log) + caplog.text + str(caught.value) + repr(caught.value)
    assert "trying again" in written, "the test must have seen the log"
    for secret in ("pass-word-1", "key-value-1", "session=s1", "gate-word"):
        assert secret not in written

"""The transport: good answers, retries, and the error of each failure."""

from __future__ import annotations

import asyncio
import pickle
import socket
from typing import Any

import pytest

from stashbot.errors import BadAnswer, GraphQLError, StashbotError, StashUnreachable
from stashbot.stash.transport import GraphQLTransport
from tests.stash.scripted_server import Answer, Server, data, errors, html, scripted

QUERY = "query Ask($name: String) { stats(name: $name) { count } }"
MUTATION = "mutation Change($input: Int) { change(input: $input) }"
GOOD = data({"stats": {"count": 3}})


def ask(
    server: Server, document: str = QUERY, variables: dict[str, Any] | None = None, **options: Any
) -> Any:
    settings = server.settings(**options)

    async def run() -> Any:
        async with GraphQLTransport(settings, backoff_s=0.01) as transport:
            return await transport.execute(document, variables)

    return asyncio.run(run())


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/graphql-response+json",
        "application/graphql-response+json; charset=utf-8",
    ],
)
def test_both_json_content_types_are_answers(content_type: str) -> None:
    """Stash's old and new content type both count, and the request asks for plain JSON."""
    with scripted() as server:
        server.on("Ask", data({"stats": {"count": 3}}, content_type=content_type))
        assert ask(server) == {"stats": {"count": 3}}
        assert server.last("Ask").headers["accept"] == "application/json"


@pytest.mark.parametrize("status", [200, 422])
def test_errors_are_joined_and_name_variables_without_values(status: int) -> None:
    """All messages, the operation and the variables' names are in the error; no value is."""
    with scripted() as server:
        server.on("Ask", errors("first", "second", status=status))
        with pytest.raises(GraphQLError) as caught:
            ask(server, variables={"name": "private words", "b": 1})
    error = caught.value
    assert "first; second" in str(error)
    assert error.operation == "Ask"
    assert error.variables == ("b", "name")
    assert "private words" not in f"{error}{error!r}{error.details}"
    assert server.count("Ask") == 1, "an answer with errors is an answer: no retry"


def test_an_unknown_field_is_named() -> None:
    """Stash says "unknown field" only; the message adds its path."""
    body = b'{"errors":[{"message":"unknown field","path":["variable","f","organised"]}]}'
    with scripted() as server:
        server.on("Ask", Answer(status=422, body=body))
        with pytest.raises(GraphQLError, match=r"unknown field \(f\.organised\)"):
            ask(server)


BROKEN = {
    "html": html(),
    "empty": Answer(body=b""),
    "blank": Answer(body=b" \n"),
    "truncated JSON": Answer(body=b'{"data": {"stats": {"cou'),
    "broken off": Answer(body=GOOD.body, cut=9),
    "not GraphQL": Answer(body=b'{"status": "fine"}'),
    "a list": Answer(body=b"[1]"),
    "null data": Answer(body=b'{"data": null}'),
    "not UTF-8": Answer(body=b'{"data": {"a": "\xff"}}'),
    "a 500 page": html(500),
    "a bare 502": Answer(status=502, body=b"bad gateway", content_type="text/plain"),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_an_answer_that_is_not_graphql_is_a_bad_answer(answer: Answer) -> None:
    """HTML, an empty or truncated body and foreign JSON are BadAnswer, after four attempts."""
    with scripted() as server:
        server.on("Ask", answer)
        with pytest.raises(BadAnswer) as caught:
            ask(server)
        assert caught.value.details == {"operation": "Ask", "status": answer.status}
        assert caught.value.transient
        assert server.count("Ask") == 4


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_a_query_is_repeated_after_a_bad_answer(answer: Answer) -> None:
    """The good answer that follows two bad answers is the result."""
    with scripted() as server:
        server.on("Ask", answer, answer, GOOD)
        assert ask(server) == {"stats": {"count": 3}}
        assert server.count("Ask") == 3


@pytest.mark.parametrize("answer", [html(500), Answer(reset=True), Answer(body=b"{")])
def test_a_mutation_is_never_repeated(answer: Answer) -> None:
    """It may have taken effect, whatever went wrong afterwards."""
    with scripted() as server:
        server.on("Change", answer, data({"change": 1}))
        with pytest.raises((BadAnswer, StashUnreachable)):
            ask(server, MUTATION)
        assert server.count("Change") == 1


def test_a_query_is_repeated_while_the_database_is_locked() -> None:
    """An idle Stash answers the first queries this way; mutations are not sent again."""
    with scripted() as server:
        server.on("Ask", errors("beginning transaction: database is locked"), GOOD)
        assert ask(server) == {"stats": {"count": 3}}
        server.on("Change", errors("database is locked"), data({"change": 1}))
        with pytest.raises(GraphQLError, match="locked"):
            ask(server, MUTATION)
        assert server.count("Change") == 1


def test_a_mutation_is_recognized_behind_comments_and_fragments() -> None:
    """A document is a mutation even if its mutation does not come first."""
    document = f"# note\nfragment F on Scene {{ id }}\n{MUTATION}"
    with scripted() as server:
        server.on("Change", html(500), data({"change": 1}))
        with pytest.raises(BadAnswer):
            ask(server, document)
        assert server.count("Change") == 1


def test_a_query_waits_for_a_busy_database() -> None:
    """After "database is locked" it is sent again; after other errors it is not."""
    with scripted() as server:
        server.on("Ask", errors("beginning transaction: database is locked"), GOOD)
        assert ask(server) == {"stats": {"count": 3}}
        server.on("Ask", errors("no such thing"), GOOD)
        with pytest.raises(GraphQLError):
            ask(server)


def test_a_broken_connection_is_repeated_for_queries() -> None:
    """A query is sent again after a reset connection."""
    with scripted() as server:
        server.on("Ask", Answer(reset=True), GOOD)
        assert ask(server) == {"stats": {"count": 3}}


def test_a_broken_connection_that_stays_is_unreachable() -> None:
    """Resets without end are StashUnreachable naming the URL, after the last attempt."""
    with scripted() as server:
        server.on("Ask", Answer(reset=True))
        with pytest.raises(StashUnreachable) as caught:
            ask(server)
        assert server.count("Ask") == 4
        assert server.url in str(caught.value)


def test_a_timeout_is_unreachable_and_not_repeated() -> None:
    """Another query would only add to the load of a server that does not answer in time."""
    with scripted() as server:
        server.on("Ask", Answer(body=GOOD.body, delay_s=5))
        with pytest.raises(StashUnreachable, match=r"no answer within 0\.3 s") as caught:
            ask(server, timeout_s=0.3)
        assert server.count("Ask") == 1
        assert caught.value.details == {"url": server.url}


def test_a_refused_connection_names_the_url_and_what_to_do() -> None:
    """Without a listener the error is StashUnreachable, at once."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with scripted() as server, pytest.raises(StashUnreachable) as caught:
            ask(server, url=url)
    assert url in caught.value.message
    assert "stash.url" in caught.value.hint


@pytest.mark.parametrize(
    "answer",
    [html(), html(404), errors('Cannot query field "version"', status=422), Answer(body=b"[]")],
    ids=["a web page", "nothing there", "another GraphQL", "another API"],
)
def test_another_server_is_no_stash(answer: Answer) -> None:
    """Opening checks that a Stash answers at the address; else the error is StashUnreachable."""
    with scripted() as server:
        server.on("ServerInfo", answer)
        with pytest.raises(StashUnreachable, match="no Stash") as caught:
            ask(server)
        assert server.url in str(caught.value)
        assert server.count("Ask") == 0


def test_a_failing_gateway_is_unreachable() -> None:
    """A 502 comes from a proxy in front of a Stash that is down."""
    with scripted() as server:
        server.on("ServerInfo", html(502))
        with pytest.raises(StashUnreachable, match="HTTP 502"):
            ask(server)


def test_a_redirect_names_its_target() -> None:
    """The client does not follow it: the POST would become a GET."""
    with scripted() as server:
        server.on("ServerInfo", Answer(status=301, headers={"Location": "https://new.test/"}))
        with pytest.raises(StashUnreachable, match=r"https://new\.test/"):
            ask(server)


def test_user_info_of_the_url_stays_out_of_errors() -> None:
    """Credentials for a proxy in the URL are sent, and never shown."""
    with scripted() as server:
        server.on("ServerInfo", html())
        with pytest.raises(StashbotError) as caught:
            ask(server, url=server.url.replace("://", "://gate:secret@"))
        assert server.last("ServerInfo").headers["authorization"].startswith("Basic ")
    assert "secret" not in f"{caught.value}{caught.value!r}"


@pytest.mark.parametrize("suffix", ["", "/", "/graphql"])
def test_the_url_may_end_in_a_slash_or_in_graphql(suffix: str) -> None:
    """Addresses can be copied from the browser or from Stash's settings."""
    with scripted() as server:
        server.on("Ask", GOOD)
        assert ask(server, url=server.url + suffix) == {"stats": {"count": 3}}


def test_the_timeout_of_a_call_overrides_the_setting() -> None:
    """So that a slow operation can take longer."""
    with scripted() as server:
        server.on("Ask", Answer(body=GOOD.body, delay_s=0.5))

        async def run() -> Any:
            async with GraphQLTransport(server.settings(timeout_s=0.2)) as transport:
                return await transport.execute(QUERY, timeout_s=5)

        assert asyncio.run(run()) == {"stats": {"count": 3}}


def test_errors_survive_pickling() -> None:
    """Message, hint and attributes are the same afterwards."""
    with scripted() as server:
        server.on("Ask", errors("first"))
        with pytest.raises(GraphQLError) as caught:
            ask(server, variables={"name": "x"})
    back = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert (str(back), back.details) == (str(caught.value), caught.value.details)


def test_fetch_goes_to_the_configured_server_only() -> None:
    """The address of a cover may name another host, to which no credentials may be sent.

    Stash builds such addresses from the headers of its proxy.
    """
    with scripted() as server:
        server.on("GET /scene/1/screenshot?t=7", Answer(body=b"\x89bytes"))

        async def run() -> list[bytes | None]:
            async with GraphQLTransport(server.settings()) as transport:
                return [
                    await transport.fetch("https://elsewhere.test:1/scene/1/screenshot?t=7"),
                    await transport.fetch("https://elsewhere.test/stash/scene/1/screenshot?t=7"),
                    await transport.fetch("/scene/2/screenshot"),
                ]

        assert asyncio.run(run()) == [b"\x89bytes", b"\x89bytes", None]


def test_the_apps_page_is_no_cover() -> None:
    """Stash serves its page for every path that it does not know; it is never kept as a picture."""
    with scripted() as server:
        server.on("GET /scene/1/screenshot", html())

        async def run() -> None:
            async with GraphQLTransport(server.settings(), attempts=1) as transport:
                await transport.fetch("/scene/1/screenshot")

        with pytest.raises(BadAnswer, match="a web page in place of a file"):
            asyncio.run(run())


def test_headers_for_a_proxy_go_with_every_request() -> None:
    """Their values are secrets, and a socket gets them too."""
    with scripted() as server:
        settings = server.settings(headers={"CF-Access-Client-Id": "id-of-the-proxy"})

        async def run() -> dict[str, str]:
            async with GraphQLTransport(settings) as transport:
                return transport.socket_headers()

        assert asyncio.run(run()) == {"CF-Access-Client-Id": "id-of-the-proxy"}
        assert server.last("ServerInfo").headers["cf-access-client-id"] == "id-of-the-proxy"
        assert settings.secrets == ("id-of-the-proxy",)
        assert "id-of-the-proxy" not in repr(settings)


def test_fetch_repeats_what_broke_off() -> None:
    """An incomplete image is fetched again, and is a BadAnswer after the last attempt."""
    half = Answer(body=b"0123456789", cut=5)
    with scripted() as server:
        server.on("GET /a", half, Answer(body=b"0123456789"))
        server.on("GET /b", half)

        async def run(path: str) -> bytes | None:
            async with GraphQLTransport(server.settings(), backoff_s=0.01) as transport:
                return await transport.fetch(path)

        assert asyncio.run(run("/a")) == b"0123456789"
        with pytest.raises(BadAnswer):
            asyncio.run(run("/b"))

"""Which requests and socket messages of a page count as writes."""

from __future__ import annotations

import json

import pytest

from stashbot.browser.graphql_request import is_socket_write, parse_get, parse_post

QUERY = "query Look { version { version } }"
WRITE = 'mutation Write { tagCreate(input: { name: "x" }) { id } }'
SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": {"query": WRITE}}


@pytest.mark.parametrize(
    "message",
    [
        json.dumps(SUBSCRIBE),
        json.dumps({**SUBSCRIBE, "type": "start"}),
        json.dumps({**SUBSCRIBE, "type": "SUBSCRIBE"}),
        json.dumps({**SUBSCRIBE, "type": "something new"}),
        json.dumps({**SUBSCRIBE, "Type": "ping"}),
        json.dumps(SUBSCRIBE) + " x",
        json.dumps(SUBSCRIBE) * 2,
        json.dumps(SUBSCRIBE).encode().replace(b"Write", b"# \xff\nWrite"),
        json.dumps([SUBSCRIBE]),
        '{"type": "ping", "type": "subscribe", "payload": {"query": "{ version { version } }"}}',
        '{"type": "subscribe", "payload": {"query": 1}}',
        "",
        b"\x00",
    ],
)
def test_a_socket_message_that_may_write_counts_as_a_write(message: str | bytes) -> None:
    """A mutation, and any message that Stash may read in another way, are writes."""
    assert is_socket_write(message)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "connection_init"},
        {"type": "ping", "payload": {}},
        {"type": "complete", "id": "1"},
        {"type": "stop", "id": "1"},
        {**SUBSCRIBE, "payload": {"query": "subscription Jobs { jobsSubscribe { type } }"}},
        {**SUBSCRIBE, "payload": {"query": QUERY, "operationName": "Look", "variables": {}}},
    ],
)
def test_the_messages_of_the_app_itself_pass(message: dict[str, object]) -> None:
    """Stash's app opens the socket, subscribes and keeps it alive."""
    assert not is_socket_write(json.dumps(message))
    assert not is_socket_write(json.dumps(message).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'"text"',
        b"[]",
        json.dumps({"query": QUERY, "QUERY": WRITE}).encode(),
        json.dumps({"query": QUERY, "variables": []}).encode() + b" {}",
        b'{"query": "%s", "query": "%s"}' % (WRITE.replace('"', "'").encode(), QUERY.encode()),
        json.dumps({"query": QUERY}).encode().replace(b"Look", b"L\xff"),
        json.dumps({"query": "mutation {"}).encode(),
    ],
)
def test_a_body_that_cannot_be_read_for_certain_is_a_write(body: bytes) -> None:
    """No permit allows it; the refusal says why."""
    parsed = parse_post(body)
    assert (parsed.writes, parsed.refusal) == (True, "the request cannot be read as GraphQL")


@pytest.mark.parametrize(
    ("query", "writes"),
    [
        ("", False),
        ("q=harbour&sortby=date", False),
        ("query=%7B+version+%7B+version+%7D+%7D", False),
        ("query=mutation+%7B+metadataScan%28input%3A+%7B%7D%29+%7D", True),
        ("query=%7B+version+%7D&query=mutation+%7B+logout+%7D", True),
        ("query=%ff", True),
        ("query", True),
    ],
)
def test_a_get_writes_only_with_a_mutation_in_its_address(query: str, writes: bool) -> None:
    """Addresses of pages pass; a mutation, or a query that cannot be read, does not."""
    assert parse_get(query).writes is writes

"""Reading the GraphQL requests of a page: which operation, and whether it writes.

A request that cannot be read for certain counts as a write: Stash also takes mutations as form
data, and reads a socket message up to the end of its first JSON value.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from stashbot.graphql_operations import is_mutation, operation_name, operations_of

#: Stash ignores the case of keys, and the last one counts: no other may stand beside these.
_KEYS = frozenset({"query", "operationName", "variables", "extensions"})
_SOCKET_KEYS = frozenset({"id", "type", "payload"})
#: The messages of graphql-transport-ws that start an operation, and those that start none.
_STARTING = frozenset({"subscribe", "start"})
_HARMLESS = frozenset({"connection_init", "connection_terminate", "ping", "pong", "complete"})
_STOPPING = frozenset({"stop"})

Variables = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class GraphQLRequest:
    """A request of a page to Stash's GraphQL endpoint.

    ``refusal`` is set for a write that no permit can allow, and says why.
    """

    operation: str = "?"
    document: str = ""
    variables: Variables = field(default_factory=dict)
    writes: bool
    refusal: str = ""


def parse_get(query: str) -> GraphQLRequest:
    """Return what a GET with this query string asks for."""
    try:
        documents = parse_qs(query, strict_parsing=bool(query), errors="strict").get("query", [])
    except ValueError:
        documents = [""]
    if any(map(is_mutation, documents)):
        return GraphQLRequest(writes=True, refusal="a GET that is not a query")
    return GraphQLRequest(operation="", writes=False)


def parse_post(body: bytes) -> GraphQLRequest:
    """Return what the body of a request to Stash's GraphQL endpoint asks for."""
    unreadable = GraphQLRequest(writes=True, refusal="the request cannot be read as GraphQL")
    try:
        content = json.loads(body.decode("utf-8"), object_pairs_hook=_without_duplicates)
    except ValueError:
        return unreadable
    if not isinstance(content, dict) or not _KEYS.issuperset(content):
        return unreadable
    query, variables = content.get("query"), content.get("variables") or {}
    if not isinstance(query, str) or operations_of(query) is None:
        return unreadable
    if not isinstance(variables, dict):
        return unreadable
    return GraphQLRequest(
        operation=content.get("operationName") or operation_name(query),
        document=query,
        variables=variables,
        writes=is_mutation(query),
    )


def is_socket_write(message: str | bytes) -> bool:
    """Return whether a message to Stash's socket asks for a mutation, or may."""
    try:
        text = message.decode("utf-8") if isinstance(message, bytes) else message
        content = json.loads(text, object_pairs_hook=_without_duplicates)
    except ValueError:
        return True
    if not isinstance(content, dict) or not _SOCKET_KEYS.issuperset(content):
        return True
    kind, payload = content.get("type"), content.get("payload")
    if kind in _HARMLESS | _STOPPING:
        return False
    if kind not in _STARTING or not isinstance(payload, dict) or not _KEYS.issuperset(payload):
        return True
    query = payload.get("query")
    return not isinstance(query, str) or is_mutation(query)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; raise ``ValueError`` for a key that stands there twice."""
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key stands there twice")
    return content

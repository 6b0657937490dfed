"""Reading the GraphQL requests of a page: which operation, and whether it writes.

Anything that cannot be read for certain counts as a write: Stash also takes mutations as form data.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from stashbot.graphql_operations import is_mutation, operation_name, operations_of

#: Stash ignores the case of keys, and the last one counts: no other may stand beside these.
_KEYS = frozenset({"query", "operationName", "variables", "extensions"})
_SOCKET_KEYS = frozenset({"id", "type", "payload"})

Variables = dict[str, Any]


@dataclass(frozen=True)
class GraphQLRequest:
    """A request to Stash's GraphQL endpoint.

    ``refusal`` is set for a write that no permit can allow, and says why.
    """

    operation: str
    variables: Variables
    writes: bool
    refusal: str = ""


class RequestLike(Protocol):
    """A request as Playwright's async or its sync API shows it."""

    @property
    def method(self) -> str:
        """The HTTP method."""

    @property
    def url(self) -> str:
        """The whole address."""

    @property
    def post_data(self) -> str | None:
        """The body as text."""


def parse_request(request: RequestLike) -> GraphQLRequest:
    """Return what a request to Stash's GraphQL endpoint asks for."""
    if request.method not in {"POST", "PUT", "PATCH", "DELETE"}:
        if _has_only_queries(request.url):
            return GraphQLRequest("", {}, writes=False)
        return GraphQLRequest("?", {}, writes=True, refusal="a GET that is not a query")
    unreadable = GraphQLRequest(
        "?", {}, writes=True, refusal="the request cannot be read as GraphQL"
    )
    try:
        body = json.loads(request.post_data or "")
    except (json.JSONDecodeError, UnicodeDecodeError):
        return unreadable
    if not isinstance(body, dict) or not _KEYS.issuperset(body):
        return unreadable
    query = body.get("query")
    if not isinstance(query, str) or operations_of(query) is None:
        return unreadable
    name = body.get("operationName") or operation_name(query)
    return GraphQLRequest(name, body.get("variables") or {}, writes=is_mutation(query))


def is_socket_write(message: str | bytes) -> bool:
    """Say whether a message to Stash's socket asks for a mutation, or may."""
    try:
        body = json.loads(message)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return False
    if not isinstance(body, dict):
        return False
    if not _SOCKET_KEYS.issuperset(body):
        return True
    payload = body.get("payload")
    if body.get("type") not in {"subscribe", "start"} or not isinstance(payload, dict):
        return False
    query = payload.get("query")
    if not isinstance(query, str) or not _KEYS.issuperset(payload):
        return True
    return is_mutation(query)


def _has_only_queries(url: str) -> bool:
    """Say whether a GET asks for queries only, or for nothing at all."""
    documents = parse_qs(urlsplit(url).query).get("query", [])
    return not any(map(is_mutation, documents))

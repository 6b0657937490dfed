"""From the bytes of an HTTP answer to GraphQL data, or to the error that says what is wrong.

The ``Content-Type`` is not looked at: Stash sends ``application/json`` up to 0.28 and
``application/graphql-response+json`` from 0.29, validation errors come as HTTP 422 and resolver
errors as HTTP 200. What counts is whether the body is a GraphQL answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from stashbot.errors import BadAnswer, GraphQLError

#: A stash-box's undecodable answer ends up whole in an error message; this much of it is kept.
MESSAGE_LIMIT = 2000

_SERVER_FAULT = 500
_NAMED = re.compile(r"^\s*(query|mutation)\s+(\w+)", re.MULTILINE)


def operation_name(document: str) -> str:
    """The name of the document's operation, ``anonymous`` if it has none."""
    found = _NAMED.search(document)
    return found[2] if found else "anonymous"


def is_mutation(document: str) -> bool:
    """Whether the document changes anything."""
    found = _NAMED.search(document)
    return found[1] == "mutation" if found else document.lstrip().startswith("mutation")


def joined_messages(errors: Any) -> tuple[str, ...]:
    """The messages of a GraphQL ``errors`` member, each once, in order, cut at the limit."""
    listed = errors if isinstance(errors, list) else [errors]
    messages: dict[str, None] = {}
    for error in listed:
        text = _message(error)
        messages[text if len(text) <= MESSAGE_LIMIT else text[:MESSAGE_LIMIT] + "…"] = None
    return tuple(messages)


def read_answer(
    *, status: int, body: bytes, operation: str, variables: Iterable[str] = ()
) -> Mapping[str, Any]:
    """The ``data`` of a GraphQL answer.

    ``variables`` are the names of the request's variables; their values never get into an error.

    Raises:
        GraphQLError: the answer holds errors; all of them are joined.
        BadAnswer: the body is empty, HTML, truncated, or JSON that is no GraphQL answer.
    """
    if status >= _SERVER_FAULT and not body.lstrip().startswith(b"{"):
        raise bad_answer(operation, status, f"HTTP {status}")
    if not body.strip():
        raise bad_answer(operation, status, "an empty answer")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise bad_answer(operation, status, _what(body)) from error
    if not isinstance(payload, dict) or not ("data" in payload or "errors" in payload):
        raise bad_answer(operation, status, "JSON that is no GraphQL answer")
    if payload.get("errors"):
        messages = joined_messages(payload["errors"])
        names = tuple(sorted(variables))
        given = f" (variables: {', '.join(names)})" if names else ""
        raise GraphQLError(
            f"Stash answered {operation}{given} with: {'; '.join(messages)}",
            operation=operation,
            variables=names,
            messages=messages,
        )
    data = payload.get("data")
    if not isinstance(data, dict):
        raise bad_answer(operation, status, "a GraphQL answer without data")
    return data


def _message(error: Any) -> str:
    """The text of one error; where Stash only says "unknown field", also which one."""
    if not isinstance(error, dict):
        return str(error)
    text = str(error.get("message") or error)
    path = error.get("path")
    if isinstance(path, list) and path[:1] == ["variable"]:
        return f"{text} ({'.'.join(str(part) for part in path[1:])})"
    return text


def bad_answer(operation: str, status: int, what: str) -> BadAnswer:
    """The error for an answer that is no GraphQL."""
    return BadAnswer(
        f"Stash answered {operation} with {what}.",
        hint="Look at Stash's log, and at any proxy between here and Stash.",
        operation=operation,
        status=status,
    )


def _what(body: bytes) -> str:
    start = body.lstrip()[:64].lower()
    if start.startswith((b"<!doctype", b"<html", b"<a ", b"<?xml", b"<")):
        return "a web page instead of JSON"
    if start.startswith((b"{", b"[")):
        return f"truncated or invalid JSON ({len(body)} bytes)"
    return "text that is no JSON"

"""GraphQL data from the body of an HTTP answer, or the error that says what is wrong with it.

Only the body decides whether an answer is GraphQL. Its type and status do not: Stash sends
``application/json`` up to 0.28 and ``application/graphql-response+json`` from 0.29, validation
errors as HTTP 422 and resolver errors as HTTP 200.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from stashbot.errors import BadAnswer, GraphQLError

#: Characters of an error message that are kept; some hold a stash-box's whole answer.
MESSAGE_LIMIT = 2000

_SERVER_FAULT = 500
_TOO_MANY = 429


def joined_messages(errors: Any) -> tuple[str, ...]:
    """Return the messages of a GraphQL ``errors`` member in order, each once and shortened."""
    listed = errors if isinstance(errors, list) else [errors]
    messages: dict[str, None] = {}
    for error in listed:
        text = _message(error)
        messages[text if len(text) <= MESSAGE_LIMIT else text[:MESSAGE_LIMIT] + "…"] = None
    return tuple(messages)


def read_answer(
    *, status: int, body: bytes, operation: str, variables: Iterable[str] = ()
) -> Mapping[str, Any]:
    """Return the ``data`` of a GraphQL answer.

    ``variables`` are the names of the request's variables; an error never shows their values.

    Raises:
        GraphQLError: the answer holds errors; the message joins all of them.
        BadAnswer: the body is empty, HTML, truncated, or JSON that is not a GraphQL answer.
    """
    if (status >= _SERVER_FAULT or status == _TOO_MANY) and not body.lstrip().startswith(b"{"):
        raise bad_answer(operation, status, f"HTTP {status}")
    if not body.strip():
        raise bad_answer(operation, status, "an empty answer")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise bad_answer(operation, status, _described(body)) from error
    if not isinstance(payload, dict) or not ("data" in payload or "errors" in payload):
        raise bad_answer(operation, status, "JSON that is not a GraphQL answer")
    if payload.get("errors"):
        messages = joined_messages(payload["errors"])
        names = tuple(sorted(variables))
        listed = f" (variables: {', '.join(names)})" if names else ""
        raise GraphQLError(
            f"Stash answered {operation}{listed} with: {'; '.join(messages)}",
            operation=operation,
            variables=names,
            messages=messages,
        )
    data = payload.get("data")
    if not isinstance(data, dict):
        raise bad_answer(operation, status, "a GraphQL answer without data")
    return data


def _message(error: Any) -> str:
    """Return the text of an error, with the field that Stash's "unknown field" is about."""
    if not isinstance(error, dict):
        return str(error)
    text = str(error.get("message") or error)
    path = error.get("path")
    if isinstance(path, list) and path[:1] == ["variable"]:
        return f"{text} ({'.'.join(str(part) for part in path[1:])})"
    return text


def bad_answer(
    operation: str, status: int, answer: str, *, retry_after_s: float | None = None
) -> BadAnswer:
    """Return the error for an answer that is not GraphQL; ``answer`` describes it."""
    return BadAnswer(
        f"Stash answered {operation} with {answer}.",
        hint="Look at Stash's log, and at any proxy between here and Stash.",
        operation=operation,
        status=status,
        retry_after_s=retry_after_s,
    )


def _described(body: bytes) -> str:
    start = body.lstrip()[:64].lower()
    if start.startswith((b"<!doctype", b"<html", b"<a ", b"<?xml", b"<")):
        return "a web page instead of JSON"
    if start.startswith((b"{", b"[")):
        return f"truncated or invalid JSON ({len(body)} bytes)"
    return "text that is not JSON"

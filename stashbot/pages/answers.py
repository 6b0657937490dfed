"""The GraphQL document of an answer that the app received, or the fault that came in its place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.errors import RequestFailed, SessionExpired, StashBusy
from stashbot.retry import retry_after_s
from stashbot.stash.retry import is_busy

_UNAUTHORIZED = 401
_TOO_MANY = 429
_SERVER_FAULT = 500
#: Characters of a foreign answer that a message shows.
_SHOWN = 80


def document_of(answer: GraphQLAnswer, *, now: datetime | None = None) -> dict[str, Any]:
    """Return the GraphQL document: ``data``, ``errors`` or both.

    ``now`` is when a ``Retry-After`` that is a date counts from.

    Raises:
        RequestFailed: no answer arrived, or an answer that is no GraphQL: of a proxy, broken off,
            empty, or without data.
        SessionExpired: Stash wants a login.
        StashBusy: Stash's database was busy.
    """
    if answer.status == _UNAUTHORIZED:
        raise SessionExpired(
            f"Stash asks for a login at {answer.operation}: the session has ended.",
            hint="stashbot logs in again by itself when it has a user name and password.",
        )
    document = answer.payload
    if (fault := _fault_of(answer)) is not None or document is None:
        raise RequestFailed(
            f"Stash's answer to {answer.operation} {fault}.",
            operation=answer.operation,
            status=answer.status,
            retry_after_s=retry_after_s(answer.retry_after, now or datetime.now(UTC)),
        )
    if document.get("errors") and is_busy(answer.error_message):
        raise StashBusy(f"Stash's database was busy at {answer.operation}.")
    return document


def _fault_of(answer: GraphQLAnswer) -> str | None:
    """Return what is wrong with an answer, as the end of a sentence; ``None`` if it is GraphQL."""
    if answer.state == "failed":
        return f"was lost ({answer.detail or 'no connection'})"
    if answer.status == _TOO_MANY or answer.status >= _SERVER_FAULT:
        return f"is HTTP {answer.status}"
    if answer.state == "garbled":
        start = " ".join(answer.detail.split())[:_SHOWN]
        return f"is no JSON: {start!r}" if start else "is empty"
    document = answer.payload
    if not isinstance(document, dict) or not (document.get("data") or document.get("errors")):
        return "has no data"
    return None

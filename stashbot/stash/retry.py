"""The failed requests that may be sent to Stash again."""

from __future__ import annotations

import httpx

from stashbot.errors import BadAnswer, GraphQLError, StashUnreachable

#: SQLite's message for a busy database, as Stash passes it on.
LOCKED = "database is locked"


def is_retryable(error: BaseException) -> bool:
    """Return whether the request that failed with ``error`` may succeed when it is sent again.

    It may after a broken connection, after an answer that is not GraphQL (a 5xx among others), and
    while the database is busy. A request that timed out is not sent again: the server may still be
    working on it, and a second request would add to its load.
    """
    if isinstance(error, BadAnswer):
        return True
    if isinstance(error, GraphQLError):
        return any(map(is_busy, error.messages))
    cause = error.__cause__
    if not isinstance(error, StashUnreachable) or not isinstance(cause, httpx.TransportError):
        return False
    return isinstance(cause, httpx.ConnectTimeout) or not isinstance(cause, httpx.TimeoutException)


def is_busy(message: str) -> bool:
    """Return whether an error message of Stash says that its database was busy.

    The request had no effect then, and can succeed a moment later.
    """
    return LOCKED in message

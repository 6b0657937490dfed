"""The failed requests that may be sent to Stash again, and the faults that pass."""

from __future__ import annotations

import httpx

from stashbot.errors import (
    BadAnswer,
    GraphQLError,
    PageBroken,
    RequestFailed,
    StashBusy,
    StashUnreachable,
    UnreadableScene,
)
from stashbot.retry import Patience
from stashbot.settings import PatienceSettings

#: SQLite's message for a busy database, as Stash passes it on.
LOCKED = "database is locked"
#: Messages of Stash about a request of its own that took too long or was cut off.
_CUT_OFF = ("context deadline exceeded", "context canceled")
_CLIENT_FAULTS = range(400, 500)
#: Of these the client is not to blame: request timeout, too early, too many requests.
_LATER = (408, 425, 429)


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


def patience_of(settings: PatienceSettings) -> Patience:
    """Return how long steps wait for Stash."""
    return Patience(
        passes=passes,
        budget_s=settings.budget_s,
        first_pause_s=settings.first_pause_s,
        longest_pause_s=settings.longest_pause_s,
        scenes=settings.scenes,
    )


def passes(error: BaseException) -> bool:
    """Return whether waiting is likely to help against ``error``.

    It is for faults of Stash, or of the way to it, that say nothing about the scene: no connection,
    an answer of a proxy or of a server that starts, a broken answer, a busy database. An error of a
    scraper is none of them, nor is an answer that a request brought upon itself (4xx).
    """
    if isinstance(error, UnreadableScene):
        return False
    if isinstance(error, BadAnswer | RequestFailed):
        return error.status not in _CLIENT_FAULTS or error.status in _LATER
    if isinstance(error, GraphQLError):
        return any(is_busy(text) or text.startswith(_CUT_OFF) for text in error.messages)
    if isinstance(error, PageBroken):
        return error.passes
    return isinstance(error, StashBusy | StashUnreachable)


def is_busy(message: str) -> bool:
    """Return whether an error message of Stash says that its database was busy.

    The request had no effect then, and can succeed a moment later.
    """
    return LOCKED in message

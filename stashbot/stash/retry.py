"""Which failed request may be sent again, and after how long."""

from __future__ import annotations

import httpx
from loguru import logger
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
)

from stashbot.errors import BadAnswer, GraphQLError, StashUnreachable

#: The longest pause, in units of the first one.
LONGEST = 8
#: SQLite's words, as Stash passes them on.
LOCKED = "database is locked"


def retrying(operation: str, attempts: int, backoff_s: float) -> AsyncRetrying:
    """A caller that tries up to ``attempts`` times; for what may be repeated only.

    Pauses are ``backoff_s``, twice that, and so on up to eight times. The last error is raised.
    """

    def note(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        logger.debug("{} failed ({}), trying again.", operation, type(error).__name__)

    return AsyncRetrying(
        stop=stop_after_attempt(attempts),
        wait=wait_exponential(multiplier=backoff_s, max=LONGEST * backoff_s),
        retry=retry_if_exception(is_retryable),
        before_sleep=note,
        reraise=True,
    )


def is_retryable(error: BaseException) -> bool:
    """Broken connections, answers that are no GraphQL (5xx among them), and a busy database.

    Not a request that timed out: the server may still be working on it, and a second one would
    only add to its load.
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
    """Whether Stash says that its database was busy: nothing was done, and a moment later it is."""
    return "database is locked" in message

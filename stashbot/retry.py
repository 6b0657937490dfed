"""The retry policy of all requests: how often, after which pauses, and a line in the log."""

from __future__ import annotations

from collections.abc import Callable

from loguru import logger
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
)

#: The longest pause, in units of the first one.
MAX_PAUSE = 8


def retrying(
    name: str, *, attempts: int, backoff_s: float, is_retryable: Callable[[BaseException], bool]
) -> AsyncRetrying:
    """Return a caller that tries a function up to ``attempts`` times.

    Pauses are ``backoff_s``, twice that, and so on up to eight times. An error that is not
    retryable, and that of the last attempt, is raised as it is. ``name`` is for the log.
    """

    def log_retry(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        logger.debug("{} failed ({}), trying again", name, type(error).__name__)

    return AsyncRetrying(
        stop=stop_after_attempt(attempts),
        wait=wait_exponential(multiplier=backoff_s, max=MAX_PAUSE * backoff_s),
        retry=retry_if_exception(is_retryable),
        before_sleep=log_retry,
        reraise=True,
    )

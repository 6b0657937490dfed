"""When a failed act is tried again, and after which pause.

A request is repeated within seconds (``retrying``). A step waits for minutes (``Patience``) while
a fault lasts that goes away by itself, such as a Stash that restarts or a busy database. Pauses
double up to a limit and are shortened at random, so that several pages do not come back at once;
where the server says when to come back (``Retry-After``), the pause is at least that long.
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime

from loguru import logger
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from stashbot.errors import StashbotError

#: The longest pause between two requests, in units of the first one.
MAX_PAUSE = 8
#: A request is not repeated for a server that asks to wait for longer; the step waits instead.
LONGEST_REQUEST_PAUSE_S = 5.0
#: A pause is shortened at random to this share of itself at most.
_JITTER = 0.5

Sleep = Callable[[float], Awaitable[None]]
#: Called before a step waits, with the fault and the seconds until the next try.
OnPause = Callable[[StashbotError, float], None]


def pause_s(number: int, *, first_s: float, longest_s: float, share: float) -> float:
    """Return the pause after failure ``number``, counted from 1.

    ``share`` from 0 to 1 is the random part: at 1 the pause is twice the one before, at 0 half of
    that.
    """
    full = min(longest_s, first_s * 2.0 ** min(number - 1, 60))
    return full * (_JITTER + (1 - _JITTER) * share)


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks to wait: a number, or an HTTP date.

    ``None`` if there is no header or it cannot be read; 0 for a date in the past.
    """
    if not header:
        return None
    text = header.strip()
    if text.isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (date.astimezone(now.tzinfo) - now).total_seconds())


def retrying(
    name: str,
    *,
    attempts: int,
    backoff_s: float,
    is_retryable: Callable[[BaseException], bool],
    share: Callable[[], float] = random.random,
) -> AsyncRetrying:
    """Return a caller that tries a request up to ``attempts`` times.

    Pauses are ``backoff_s``, twice that, and so on up to eight times. An error that is not
    retryable, and that of the last attempt, is raised as it is. ``name`` is for the log.
    """

    def wait(state: RetryCallState) -> float:
        pause = pause_s(
            state.attempt_number,
            first_s=backoff_s,
            longest_s=MAX_PAUSE * backoff_s,
            share=share(),
        )
        return max(pause, _asked_pause_s(_error_of(state)))

    def stop(state: RetryCallState) -> bool:
        too_long = _asked_pause_s(_error_of(state)) > LONGEST_REQUEST_PAUSE_S
        return too_long or state.attempt_number >= attempts

    def log_retry(state: RetryCallState) -> None:
        logger.debug("{} failed ({}), trying again", name, type(_error_of(state)).__name__)

    return AsyncRetrying(
        stop=stop,
        wait=wait,
        retry=retry_if_exception(is_retryable),
        before_sleep=log_retry,
        reraise=True,
    )


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a step waits for faults that pass.

    ``passes`` says which errors do. A step is tried again for ``budget_s`` seconds from its first
    such fault; pauses grow from ``first_pause_s`` to ``longest_pause_s``. Once ``scenes`` scenes in
    a row have used up their budget, the run stops.
    """

    passes: Callable[[BaseException], bool]
    budget_s: float
    first_pause_s: float
    longest_pause_s: float
    scenes: int
    clock: Callable[[], float] = time.monotonic
    share: Callable[[], float] = field(default=random.random)


#: Waits for nothing: only transient errors are tried again, at once.
IMPATIENT = Patience(
    passes=lambda _error: False, budget_s=0.0, first_pause_s=0.0, longest_pause_s=0.0, scenes=1
)


def patiently(
    patience: Patience, *, attempts: int, sleep: Sleep, on_pause: OnPause
) -> AsyncRetrying:
    """Return a caller for a single step.

    A fault that passes is waited for within the budget. Another transient error is tried again at
    once, up to ``attempts`` tries that ended so. The last error is raised as it is.
    """
    policy = _StepPolicy(patience, attempts)

    def before_sleep(state: RetryCallState) -> None:
        error = _error_of(state)
        if isinstance(error, StashbotError) and patience.passes(error):
            on_pause(error, state.upcoming_sleep)

    return AsyncRetrying(
        stop=policy.stop,
        wait=policy.wait,
        retry=policy.is_retryable,
        before_sleep=before_sleep,
        sleep=sleep,
        reraise=True,
    )


class _StepPolicy:
    """Counts the failures of a step; Tenacity asks ``is_retryable``, ``wait`` and ``stop``."""

    def __init__(self, patience: Patience, attempts: int) -> None:
        self._patience = patience
        self._attempts = attempts
        self._transient = 0
        self._passing = 0
        self._deadline = 0.0

    def is_retryable(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        return isinstance(error, StashbotError) and (
            self._patience.passes(error) or error.transient
        )

    def wait(self, state: RetryCallState) -> float:
        error, patience = _error_of(state), self._patience
        if not patience.passes(error):
            self._transient += 1
            return 0.0
        if not self._passing:
            self._deadline = patience.clock() + patience.budget_s
        self._passing += 1
        pause = pause_s(
            self._passing,
            first_s=patience.first_pause_s,
            longest_s=patience.longest_pause_s,
            share=patience.share(),
        )
        return max(pause, _asked_pause_s(error))

    def stop(self, state: RetryCallState) -> bool:
        if self._patience.passes(_error_of(state)):
            return self._patience.clock() + state.upcoming_sleep > self._deadline
        return self._transient >= self._attempts


def _error_of(state: RetryCallState) -> BaseException:
    error = state.outcome.exception() if state.outcome else None
    assert error is not None  # noqa: S101 # only failures are tried again
    return error


def _asked_pause_s(error: BaseException) -> float:
    """Return how long the server asked to wait; 0 if it did not."""
    return getattr(error, "retry_after_s", None) or 0.0

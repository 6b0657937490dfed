"""When something is tried again: requests for seconds, steps for minutes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from stashbot.errors import (
    AnswerTimeout,
    BadAnswer,
    RequestFailed,
    ScrapeFailed,
    StashbotError,
    StashBusy,
)
from stashbot.retry import Patience, patiently, pause_s, retry_after_s, retrying
from stashbot.stash.retry import passes

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Flaky:
    """A function that raises the next of its errors, and after them returns its calls."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> int:
        """Raise the next error, or return the number of calls so far."""
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.calls


class Waiting:
    """A clock that stands still while nobody sleeps, and the pauses that were slept."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []
        self.reported: list[tuple[str, float]] = []

    async def sleep(self, seconds: float) -> None:
        """Let the clock run on."""
        self.pauses.append(seconds)
        self.now += seconds

    def call(self, flaky: Flaky, *, attempts: int = 3, budget_s: float = 60.0) -> int:
        """Call it as a step, with pauses of 1 to 8 s that are not shortened."""
        patience = Patience(
            passes=passes,
            budget_s=budget_s,
            first_pause_s=1.0,
            longest_pause_s=8.0,
            scenes=2,
            clock=lambda: self.now,
            share=lambda: 1.0,
        )

        async def run() -> int:
            caller = patiently(
                patience,
                attempts=attempts,
                sleep=self.sleep,
                on_pause=lambda error, pause: self.reported.append((error.message, pause)),
            )
            result: int = await caller(flaky)
            return result

        return asyncio.run(run())


def call(flaky: Flaky, *, attempts: int = 3, backoff_s: float = 0.0) -> int:
    """Call it as a request that takes OSError and BadAnswer for passing."""

    async def run() -> int:
        policy = retrying(
            "it",
            attempts=attempts,
            backoff_s=backoff_s,
            is_retryable=lambda error: isinstance(error, OSError | BadAnswer),
        )
        result: int = await policy(flaky)
        return result

    return asyncio.run(run())


def unavailable(*, retry_after: float | None = None) -> BadAnswer:
    """Return the answer of a proxy without a server behind it."""
    return BadAnswer("HTTP 502.", operation="FindScene", status=502, retry_after_s=retry_after)


def test_a_retryable_error_is_followed_by_another_attempt() -> None:
    """The result is that of the attempt that succeeds."""
    assert call(Flaky(OSError("1"), OSError("2"))) == 3


def test_the_last_error_is_raised_as_it_is() -> None:
    """After ``attempts`` calls in all."""
    flaky = Flaky(*(OSError(str(number)) for number in range(1, 9)))
    with pytest.raises(OSError, match="3"):
        call(flaky)
    assert flaky.calls == 3


def test_another_error_is_raised_at_once() -> None:
    """There is no second attempt."""
    flaky = Flaky(ValueError("no"), ValueError("never"))
    with pytest.raises(ValueError, match="no"):
        call(flaky)
    assert flaky.calls == 1


def test_a_request_is_not_repeated_for_a_server_that_asks_to_wait_for_long() -> None:
    """Five seconds are the most; longer pauses are the step's."""
    flaky = Flaky(unavailable(retry_after=5.1))
    with pytest.raises(BadAnswer):
        call(flaky)
    assert flaky.calls == 1


def test_pauses_double_up_to_the_longest() -> None:
    """Of a quarter of a second, at most two: 0.25, 0.5, 1, 2, 2; at random down to the half."""
    numbers = range(1, 6)
    full = [pause_s(n, first_s=0.25, longest_s=2.0, share=1.0) for n in numbers]
    least = [pause_s(n, first_s=0.25, longest_s=2.0, share=0.0) for n in numbers]
    assert full == [0.25, 0.5, 1.0, 2.0, 2.0]
    assert least == [0.125, 0.25, 0.5, 1.0, 1.0]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2.0),
        (" 120 ", 120.0),
        ("Sun, 01 Mar 2026 12:01:30 GMT", 90.0),
        ("Sun, 01 Mar 2026 13:00:00 +0100", 0.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date(
    header: str | None, seconds: float | None
) -> None:
    """A date that is past asks for nothing; what cannot be read is as if it were not there."""
    assert retry_after_s(header, NOON) == seconds


def test_a_step_waits_for_a_fault_to_pass() -> None:
    """Its faults do not count as attempts, and each pause is reported."""
    waiting = Waiting()
    assert waiting.call(Flaky(*[unavailable()] * 6), attempts=1) == 7
    assert waiting.pauses == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert waiting.reported[0] == ("HTTP 502.", 1.0)


def test_a_pause_is_as_long_as_the_server_asks() -> None:
    """And not shorter than stashbot's own."""
    waiting = Waiting()
    waiting.call(Flaky(unavailable(retry_after=12), unavailable(retry_after=0.1)))
    assert waiting.pauses == [12.0, 2.0]


def test_the_budget_ends_the_waiting() -> None:
    """A pause that would end after it is not begun: 1 + 2 + 4 s pass, and 8 more in 15 s."""
    waiting = Waiting()
    flaky = Flaky(*[unavailable()] * 9)
    with pytest.raises(BadAnswer):
        waiting.call(flaky, budget_s=14.9)
    assert waiting.pauses == [1.0, 2.0, 4.0]
    assert waiting.call(Flaky(*[unavailable()] * 4), budget_s=15.0) == 5


def test_a_server_that_asks_for_more_than_the_budget_is_not_waited_for() -> None:
    """It would be in vain."""
    waiting = Waiting()
    with pytest.raises(BadAnswer):
        waiting.call(Flaky(unavailable(retry_after=61)))
    assert waiting.pauses == []


def test_another_transient_error_is_tried_again_at_once() -> None:
    """Up to the number of attempts, whatever passed in between."""
    waiting = Waiting()
    late = AnswerTimeout("Late.")
    with pytest.raises(AnswerTimeout):
        waiting.call(Flaky(late, unavailable(), late, late, late))
    assert waiting.pauses == [0.0, 1.0, 0.0]


def test_an_error_of_the_scene_is_raised_at_once() -> None:
    """Waiting cannot help there."""
    waiting = Waiting()
    with pytest.raises(ScrapeFailed):
        waiting.call(Flaky(ScrapeFailed("No.")))
    assert waiting.pauses == []


def failed(status: int) -> RequestFailed:
    """Return the error for a request of the page's with that status."""
    return RequestFailed("No.", operation="SceneUpdate", status=status)


@pytest.mark.parametrize(
    "error",
    [
        *(failed(status) for status in (0, 200, 408, 429, 500, 502, 503)),
        StashBusy("Busy."),
    ],
    ids=str,
)
def test_faults_of_stash_and_of_the_way_to_it_pass(error: StashbotError) -> None:
    """No answer, a broken answer, a proxy's or a busy server's answer."""
    assert passes(error)


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_a_request_that_is_itself_wrong_does_not_pass(status: int) -> None:
    """Waiting does not make it right."""
    assert not passes(failed(status))

"""The retry policy: attempts, pauses, and what is not tried again."""

from __future__ import annotations

import asyncio

import pytest
import tenacity

from stashbot.retry import retrying


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


def call(flaky: Flaky, *, attempts: int = 3) -> int:
    """Call it under a policy that takes OSError for transient, with pauses of no length."""

    async def run() -> int:
        policy = retrying(
            "it",
            attempts=attempts,
            backoff_s=0.0,
            is_retryable=lambda error: isinstance(error, OSError),
        )
        result: int = await policy(flaky)
        return result

    return asyncio.run(run())


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


def test_pauses_double_up_to_eight_times_the_first() -> None:
    """Of a quarter of a second: 0.25, 0.5, 1, 2, 2."""
    policy = retrying("it", attempts=9, backoff_s=0.25, is_retryable=lambda _: True)
    state = tenacity.RetryCallState(policy, None, (), {})
    pauses = []
    for number in range(1, 6):
        state.attempt_number = number
        pauses.append(policy.wait(state))
    assert pauses == [0.25, 0.5, 1.0, 2.0, 2.0]

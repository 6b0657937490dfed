"""Steps and changes: what is recorded, what is repeated, and what suspends a workflow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stashbot.engine import Execution
from stashbot.errors import (
    AnswerTimeout,
    ScrapeFailed,
    StashUnreachable,
    StateError,
    UnsupportedStash,
)
from stashbot.store import RunStatus
from tests.engine.conftest import RUN, Bench, Recorder, on_state, scene_steps


class RecordedChange:
    """A change made of two recorded functions."""

    name = "save"

    def __init__(self, calls: Recorder, *, found: list[Any], applied: list[Any]) -> None:
        self._find = calls("find", *found)
        self._apply = calls("apply", *applied)

    async def find(self) -> str | None:
        """Return the next of the results that are to be found."""
        found: str | None = await self._find()
        return found

    async def apply(self) -> str:
        """Return or raise the next of the results of applying."""
        applied: str = await self._apply()
        return applied


def reasons(folder: Path, work: Any, **options: Any) -> list[str]:
    """Run a scene whose workflow is ``work``; return its result's reason."""

    async def run(bench: Bench) -> list[str]:
        await bench.run(scene_steps(work), **options)
        return [result.reason for result in await bench.store.results.in_order(RUN)]

    found: list[str] = on_state(folder, run)
    return found


def test_a_change_looks_before_it_applies(tmp_path: Path) -> None:
    """``find`` runs in the first execution too, and ``apply`` only if it found nothing."""
    calls = Recorder()

    async def work(execution: Execution) -> str:
        found = RecordedChange(calls, found=["there"], applied=["new"])
        return await execution.change(found)

    assert reasons(tmp_path, work) == ["there"]
    assert calls.calls == ["find"]


def test_a_lost_answer_is_not_repeated(tmp_path: Path) -> None:
    """After a transient error ``find`` sees that the change took effect."""
    calls = Recorder()

    async def work(execution: Execution) -> str:
        change = RecordedChange(calls, found=[None, "there"], applied=[AnswerTimeout("Lost.")])
        return await execution.change(change, attempts=3)

    assert reasons(tmp_path, work) == ["there"]
    assert calls.calls == ["find", "apply", "find"]


def test_after_the_last_attempt_the_change_looks_once_more(tmp_path: Path) -> None:
    """A last answer that got lost is no failure if the change took effect."""
    calls = Recorder()

    async def work(execution: Execution) -> str:
        change = RecordedChange(calls, found=[None, "there"], applied=[AnswerTimeout("Lost.")])
        return await execution.change(change, attempts=1)

    assert reasons(tmp_path, work) == ["there"]
    assert calls.calls == ["find", "apply", "find"]


@pytest.mark.parametrize(
    ("error", "calls_made"),
    [
        (AnswerTimeout("Late."), ["read", "retry", "read", "retry", "read"]),
        (ScrapeFailed("No."), ["read"]),
    ],
)
def test_only_transient_errors_are_tried_again(
    error: Exception, calls_made: list[str], tmp_path: Path
) -> None:
    """Three attempts are three, with ``on_retry`` in between, and only for transient errors."""
    calls = Recorder()

    async def on_retry(_attempt: int, _error: Exception) -> None:
        calls.calls.append("retry")

    async def work(execution: Execution) -> str:
        return await execution.step("read", calls("read", error), attempts=3, on_retry=on_retry)

    (reason,) = reasons(tmp_path, work)
    assert reason.startswith(str(error))
    assert calls.calls == calls_made


def test_a_step_inside_a_step_is_refused(tmp_path: Path) -> None:
    """Only the outer step would be recorded."""

    async def work(execution: Execution) -> str:
        async def outer() -> str:
            return await execution.step("inner", Recorder()("inner", "x"))

        return await execution.step("outer", outer)

    (reason,) = reasons(tmp_path, work)
    assert "inner was called inside another step" in reason


@pytest.mark.parametrize(
    "error",
    [StashUnreachable("Gone."), UnsupportedStash("Old."), StateError("Full.")],
    ids=["stash", "version", "state"],
)
def test_an_error_of_the_world_suspends_the_run(error: Exception, tmp_path: Path) -> None:
    """Such an error says nothing about the scene: nothing is recorded, and the run can go on."""
    calls = Recorder()
    read = calls("read", error, "fine")

    async def work(execution: Execution) -> str:
        return await execution.step("read", read)

    async def run(bench: Bench) -> tuple[RunStatus, Any, RunStatus, list[str]]:
        workflow = scene_steps(work)
        stopped = await bench.run(workflow)
        reason = (await bench.store.runs.get(RUN)).stop_reason
        done = await bench.run(workflow)
        results = await bench.store.results.in_order(RUN)
        return stopped, reason, done, [result.reason for result in results]

    stopped, reason, done, found = on_state(tmp_path, run)
    assert stopped is RunStatus.INTERRUPTED
    assert str(error) in str(reason)
    assert done is RunStatus.DONE
    assert found == ["fine"]


def test_a_workflow_cannot_swallow_its_suspension(tmp_path: Path) -> None:
    """A workflow that handles every Exception is suspended all the same."""
    read = Recorder()("read", StashUnreachable("Gone."), "fine")

    async def work(execution: Execution) -> str:
        try:
            return await execution.step("read", read)
        except Exception:  # noqa: BLE001 # the claim is about such handlers
            return "swallowed"

    async def run(bench: Bench) -> RunStatus:
        return await bench.run(scene_steps(work))

    assert on_state(tmp_path, run) is RunStatus.INTERRUPTED


class UnreadableError(Exception):
    """Cannot be made again from its arguments."""

    def __init__(self, _a: int, _b: int) -> None:
        super().__init__("unreadable")


def test_an_error_that_cannot_be_read_again_is_recorded_in_words(tmp_path: Path) -> None:
    """Such an error would make its workflow impossible to resume; name and text are kept."""

    async def work(execution: Execution) -> str:
        return await execution.step("read", Recorder()("read", UnreadableError(1, 2)))

    (reason,) = reasons(tmp_path, work)
    assert reason.startswith("UnreadableError: unreadable")


def test_other_steps_than_the_recorded_ones_stop_the_run(tmp_path: Path) -> None:
    """After an upgrade that renamed a step, the run stops with a sentence instead of guessing."""
    gone = Recorder()("two", StashUnreachable("Gone."))

    async def before(execution: Execution) -> str:
        await execution.step("first", Recorder()("first", "x"))
        return await execution.step("two", gone)

    async def after(execution: Execution) -> str:
        return await execution.step("other", Recorder()("other", "x"))

    async def run(bench: Bench) -> Any:
        await bench.run(scene_steps(before))
        await bench.run(scene_steps(after))
        return await bench.store.runs.get(RUN)

    run_row = on_state(tmp_path, run)
    assert run_row.status is RunStatus.INTERRUPTED
    assert "cannot go on at step other" in str(run_row.stop_reason)

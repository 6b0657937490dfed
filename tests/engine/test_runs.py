"""Runs in a single process: dispatched, stopped, resumed, beside each other."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from stashbot.engine import Execution, dispatcher, run_workflow, scene_workflow
from stashbot.engine import engine as engine_module
from stashbot.errors import ScrapeFailed, StashUnreachable
from stashbot.models import Outcome, SceneResult
from stashbot.store import RunStatus
from tests.engine.conftest import RUN, Bench, on_state, scene_steps
from tests.engine.toy import submit, until_over


class Counter:
    """Counts scenes in progress; scenes wait for ``release``."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.now = 0
        self.most = 0
        self.release = asyncio.Event()

    async def scene(self, execution: Execution) -> str:
        """Take part, and wait."""
        self.begun.append(execution.workflow_id)
        self.now += 1
        self.most = max(self.most, self.now)
        await execution.step("wait", self.release.wait)
        self.now -= 1
        return "done"


async def until(condition: Any, timeout_s: float = 20) -> None:
    """Return once the condition holds."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 # any condition will do
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("pages", [1, 3])
def test_a_scene_more_than_pages_is_in_progress(pages: int, tmp_path: Path) -> None:
    """The next scene is read while all pages are busy; scenes begin in the order of the run."""
    in_progress = pages + 1

    async def run(bench: Bench) -> Counter:
        counter = Counter()
        await submit(bench.store, RUN, [str(number) for number in range(8)])
        async with bench.engine(scene_steps(counter.scene), pages=pages):
            await until(lambda: counter.now == in_progress)
            await asyncio.sleep(0.3)
            counter.release.set()
            await until_over(bench.store, RUN)
        return counter

    counter = on_state(tmp_path, run)
    assert counter.most == in_progress
    assert [name.split(":")[1] for name in counter.begun[:in_progress]] == [
        str(number) for number in range(in_progress)
    ]


def test_scenes_are_claimed_as_soon_as_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scene begins when another ends, long before anyone looks at the runs or the queue again."""
    monkeypatch.setattr(engine_module, "_QUEUE_POLL_S", 3600.0)
    monkeypatch.setattr(dispatcher, "TICK_S", 3600.0)
    done: list[str] = []

    async def scene(execution: Execution) -> str:
        done.append(execution.workflow_id)
        return "done"

    async def run(bench: Bench) -> None:
        await submit(bench.store, RUN, ["1", "2", "3", "4"])
        async with bench.engine(scene_steps(scene), pages=1):
            await until(lambda: len(done) == 4)

    on_state(tmp_path, run)


@pytest.mark.parametrize("error", [ScrapeFailed("No answer."), ZeroDivisionError("oops")])
def test_a_scene_that_fails_stops_no_other(error: Exception, tmp_path: Path) -> None:
    """The scene counts as failed, with the reason; the others are done."""

    async def work(execution: Execution) -> str:
        if execution.workflow_id.endswith(":2"):
            raise error
        return "done"

    async def run(bench: Bench) -> Any:
        status = await bench.run(scene_steps(work), scenes=("1", "2", "3"))
        return status, await bench.store.results.in_order(RUN)

    status, results = on_state(tmp_path, run)
    assert status is RunStatus.DONE
    assert [result.outcome for result in results] == ["applied", "failed", "applied"]
    assert str(error) in results[1].reason


def test_two_runs_share_one_process(tmp_path: Path) -> None:
    """A run that is submitted while another is in progress begins before the first is done."""

    async def run(bench: Bench) -> list[str]:
        ends: list[str] = []

        async def work(execution: Execution) -> str:
            await execution.step("wait", lambda: asyncio.sleep(0.02, "x"))
            ends.append(execution.run_id)
            return "done"

        await submit(bench.store, "long", [str(number) for number in range(40)])
        async with bench.engine(scene_steps(work)):
            await until(lambda: len(ends) > 2)
            await submit(bench.store, "short", ["1", "2"])
            await until_over(bench.store, "short")
            done_before = ends.count("long")
            await until_over(bench.store, "long")
        assert ends.count("long") == 40
        return ["long"] * done_before

    assert len(on_state(tmp_path, run)) < 40


def test_a_stopped_run_leaves_the_other_alone(tmp_path: Path) -> None:
    """Stopping a run interrupts it alone; resumed, it does only what is left."""

    async def run(bench: Bench) -> Any:
        begun: list[str] = []
        hold = asyncio.Event()

        async def work(execution: Execution) -> str:
            begun.append(execution.workflow_id)
            await execution.step("wait", lambda: asyncio.sleep(0.05, "x"))
            if execution.run_id == "stopped" and execution.workflow_id.endswith(":3"):
                hold.set()
            return "done"

        workflow = scene_steps(work)
        await submit(bench.store, "stopped", [str(number) for number in range(30)])
        await submit(bench.store, "other", [str(number) for number in range(12)])
        async with bench.engine(workflow) as engine:
            await hold.wait()
            await engine.stop_run("stopped")
            stopped = await until_over(bench.store, "stopped")
            left = await bench.store.runs.remaining("stopped")
            other = await until_over(bench.store, "other")
            assert await bench.store.runs.remaining("stopped") == left
            begun.clear()
            await submit(bench.store, "stopped", [])
            again = await until_over(bench.store, "stopped")
        return stopped, other, left, again, len(begun)

    stopped, other, left, again, begun = on_state(tmp_path, run)
    assert (stopped, other, again) == (RunStatus.INTERRUPTED, RunStatus.DONE, RunStatus.DONE)
    assert 0 < left < 30
    assert left <= begun <= left + 3  # scenes that were cut off between two steps begin again


def test_when_stash_is_gone_the_run_stops_and_can_go_on(tmp_path: Path) -> None:
    """No further scene begins, and the next worker does only what is left."""

    async def run(bench: Bench) -> Any:
        down = True

        async def work(execution: Execution) -> str:
            async def read() -> str:
                if down and execution.workflow_id.endswith(":4"):
                    raise StashUnreachable("Stash does not answer.")
                return "read"

            return await execution.step("read", read)

        workflow = scene_steps(work)
        scenes = [str(number) for number in range(40)]
        first = await bench.run(workflow, scenes=scenes)
        left = await bench.store.runs.remaining(RUN)
        down = False
        second = await bench.run(workflow, scenes=scenes)
        return first, left, second, len(await bench.store.results.in_order(RUN))

    first, left, second, results = on_state(tmp_path, run)
    assert first is RunStatus.INTERRUPTED
    assert 0 < left < 40
    assert second is RunStatus.DONE
    assert results == 40


def test_a_run_as_a_whole_leaves_its_report(tmp_path: Path) -> None:
    """A workflow for whole runs starts once, and its value is the run's report."""

    @run_workflow("undo")
    async def undo(execution: Execution, run_id: str) -> dict[str, str]:
        return {"run": await execution.step("id", lambda: asyncio.sleep(0, run_id))}

    async def run(bench: Bench) -> Any:
        await bench.store.runs.add(["1"], kind="undo", options={}, snapshot={}, run_id=RUN)
        async with bench.engine(undo):
            status = await until_over(bench.store, RUN)
        return status, await bench.store.runs.report(RUN)

    assert on_state(tmp_path, run) == (RunStatus.DONE, {"run": RUN})


def test_what_another_version_interrupted_does_not_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run stops again with a sentence that says what to do, instead of waiting for ever."""

    async def work(execution: Execution) -> str:
        await execution.step("read", lambda: asyncio.sleep(0, "x"))
        raise StashUnreachable("Gone.")

    async def run(bench: Bench) -> Any:
        workflow = scene_steps(work)
        await bench.run(workflow)
        monkeypatch.setattr("stashbot.engine.engine.APPLICATION_VERSION", "99")
        status = await bench.run(workflow)
        return status, (await bench.store.runs.get(RUN)).stop_reason

    status, reason = on_state(tmp_path, run)
    assert status is RunStatus.INTERRUPTED
    assert "another version of stashbot" in str(reason)


@scene_workflow("enrich")
async def _without_result(_execution: Execution, _run_id: str, scene_id: str) -> SceneResult:
    """Return a result that was never saved."""
    return SceneResult(id=scene_id, outcome=Outcome.APPLIED)


def test_a_workflow_that_ends_without_a_result_fails_its_scene(tmp_path: Path) -> None:
    """The run ends all the same: the scene counts as failed."""

    async def run(bench: Bench) -> Any:
        status = await bench.run(_without_result)
        return status, [r.outcome for r in await bench.store.results.in_order(RUN)]

    assert on_state(tmp_path, run) == (RunStatus.DONE, ["failed"])


def test_a_claimed_scene_that_nobody_executes_goes_back_to_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that let its work go for a moment takes up what it claimed in that moment."""
    monkeypatch.setattr("stashbot.engine.dispatcher.STRAY_S", 0.5)

    async def run(bench: Bench) -> RunStatus:
        begun = 0

        async def work(_execution: Execution) -> str:
            nonlocal begun
            begun += 1
            return "done"

        await submit(bench.store, RUN, ["1"])
        async with bench.engine(scene_steps(work)) as engine:
            executions = engine._executions  # the moment lasts no longer than a call
            executions.stopping = True
            await asyncio.sleep(0.5)
            assert begun == 0
            executions.turn_away()
            executions.begin_again()
            return await asyncio.wait_for(until_over(bench.store, RUN), 20)

    assert on_state(tmp_path, run) is RunStatus.DONE

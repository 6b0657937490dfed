"""Runs in which a part of the engine, or the state below it, fails."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from stashbot.engine import Execution, run_workflow
from stashbot.errors import EngineError, ScrapeFailed, StateError
from stashbot.models import SceneResult
from stashbot.store import RunStatus, WorkerState
from tests.engine.conftest import RUN, Bench, Recorder, on_state, scene_steps
from tests.engine.toy import submit, until_over


async def noop(_execution: Execution) -> str:
    """Do nothing."""
    return "done"


def test_a_failure_that_cannot_be_saved_leaves_the_scene_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run stops with the state's error; later the scene fails for its own reason."""

    async def work(_execution: Execution) -> str:
        raise ScrapeFailed("No answer.", hint="Try later.")

    async def run(bench: Bench) -> Any:
        async def refuse(_run_id: str, _result: SceneResult) -> bool:
            raise StateError("The disk is full.", hint="Make room.")

        with monkeypatch.context() as patch:
            patch.setattr(bench.store.results, "save", refuse)
            stopped = await bench.run(scene_steps(work))
        reason = (await bench.store.runs.get(RUN)).stop_reason
        done = await bench.run(scene_steps(work))
        return stopped, str(reason), done, await bench.store.results.in_order(RUN)

    stopped, reason, done, (result,) = on_state(tmp_path, run)
    assert (stopped, done) == (RunStatus.INTERRUPTED, RunStatus.DONE)
    assert "The disk is full." in reason
    assert result.reason == "No answer. Try later."


def test_a_stop_that_cannot_be_written_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state fails while a run stops: the run is interrupted as soon as it works again."""

    async def run(bench: Bench) -> Any:
        read = Recorder()("read", StateError("Locked.", hint="Wait."))
        original = bench.store.runs.set_status
        failures = 0

        async def set_status(*args: Any, **options: Any) -> bool:
            nonlocal failures
            if failures < 3:
                failures += 1
                raise StateError("Locked.", hint="Wait.")
            return await original(*args, **options)

        await submit(bench.store, RUN, ["1"])
        monkeypatch.setattr(bench.store.runs, "set_status", set_status)
        async with bench.engine(scene_steps(lambda e: e.step("read", read))):
            status = await asyncio.wait_for(until_over(bench.store, RUN), 20)
        return status, str((await bench.store.runs.get(RUN)).stop_reason)

    status, reason = on_state(tmp_path, run)
    assert status is RunStatus.INTERRUPTED
    assert "Locked." in reason


def test_an_engine_whose_dispatcher_fails_ends_with_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops instead of waiting for ever, and everything that it opened is closed."""

    async def serve(bench: Bench) -> None:
        async def broken() -> Any:
            raise ZeroDivisionError("a defect")

        async with bench.engine(scene_steps(noop)) as engine:
            monkeypatch.setattr(bench.store.runs, "active", broken)
            await asyncio.wait_for(engine.wait_for_stop(), 20)

    async def run(bench: Bench) -> RunStatus:
        with pytest.raises(ZeroDivisionError, match="a defect"):
            await serve(bench)
        monkeypatch.undo()
        return await bench.run(scene_steps(noop))

    assert on_state(tmp_path, run) is RunStatus.DONE


def test_a_run_that_cannot_be_dispatched_holds_no_other_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error with the rows of a run is a warning, and the next run is served."""

    async def run(bench: Bench) -> RunStatus:
        original = bench.store.runs.unfinished_scenes

        async def unfinished(run_id: str, **options: Any) -> Any:
            if run_id == "damaged":
                raise StateError("A row is damaged.", hint="Restore a backup.")
            return await original(run_id, **options)

        monkeypatch.setattr(bench.store.runs, "unfinished_scenes", unfinished)
        await submit(bench.store, "damaged", ["1"])
        return await bench.run(scene_steps(noop))

    assert on_state(tmp_path, run) is RunStatus.DONE


def test_a_failed_run_as_a_whole_has_no_result_of_a_scene(tmp_path: Path) -> None:
    """It is interrupted with the reason, and its scenes count as left."""

    @run_workflow("undo")
    async def undo(_execution: Execution, _run_id: str) -> None:
        raise ScrapeFailed("No answer.", hint="Try later.")

    async def run(bench: Bench) -> Any:
        await bench.store.runs.add(["1"], kind="undo", options={}, snapshot={}, run_id=RUN)
        async with bench.engine(undo):
            status = await until_over(bench.store, RUN)
        results = await bench.store.results.in_order(RUN)
        return status, results, await bench.store.runs.remaining(RUN)

    assert on_state(tmp_path, run) == (RunStatus.INTERRUPTED, (), 1)


def test_a_process_has_one_open_engine(tmp_path: Path, postgres_url: str) -> None:
    """Another engine is refused with a sentence, and the first goes on undisturbed."""

    async def run(bench: Bench) -> RunStatus:
        async with bench.engine(scene_steps(noop)):
            with pytest.raises(EngineError, match="open engine already"):
                await bench.engine(scene_steps(noop)).__aenter__()
            await submit(bench.store, RUN, ["1", "2"])
            return await asyncio.wait_for(until_over(bench.store, RUN), 20)

    assert on_state(tmp_path, run, postgres_url) is RunStatus.DONE


def test_a_worker_that_was_taken_for_dead_goes_on_as_another(
    tmp_path: Path, postgres_url: str
) -> None:
    """Its scenes begin again under a new id, and each of its changes happens once."""

    async def run(bench: Bench) -> Any:
        begun: list[str] = []

        async def work(execution: Execution) -> str:
            begun.append(execution.workflow_id)
            await execution.step("wait", lambda: asyncio.sleep(0.3, "x"))
            return "done"

        async def live() -> Any:
            (worker,) = await bench.store.workers.list(state=WorkerState.LIVE)
            return worker

        await submit(bench.store, RUN, ["1", "2", "3"])
        async with bench.engine(scene_steps(work), takeover_s=2):
            while not begun:  # noqa: ASYNC110 # steps give no event
                await asyncio.sleep(0.01)
            before = await live()
            while not await bench.store.workers.declare_dead(before.id, beat=before.beat):
                before = await live()
            status = await asyncio.wait_for(until_over(bench.store, RUN), 30)
            after = await live()
        left = await bench.store.workers.list()
        return status, before.id != after.id, len(await bench.store.results.in_order(RUN)), left

    assert on_state(tmp_path, run, postgres_url) == (RunStatus.DONE, True, 3, ())


def test_a_scene_whose_execution_was_cancelled_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task that something else cancelled leaves no scene behind that nobody works on."""
    monkeypatch.setattr("stashbot.engine.dispatcher.STRAY_S", 0.5)

    async def run(bench: Bench) -> Any:
        begun = 0

        async def work(_execution: Execution) -> str:
            nonlocal begun
            begun += 1
            if begun == 1:
                raise asyncio.CancelledError
            return "done"

        return await bench.run(scene_steps(work)), begun

    assert on_state(tmp_path, run) == (RunStatus.DONE, 2)

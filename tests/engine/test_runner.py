"""Running the scenes of a run: workers, failures, stops."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from stashbot.engine import Engine, Flow, ScenesOutcome, flow, run_scenes, step
from stashbot.errors import Interrupted, ScrapeFailed, StashUnreachable, UnknownScene
from stashbot.models import Outcome, SceneResult
from tests.engine.conftest import in_engine

SCENES = [str(number) for number in range(1, 9)]


class Desk:
    """A flow whose scenes take a moment and do as they are told, with notes of what happened.

    ``seen[scene]`` is set as soon as the run knows how the scene ended: what another scene does
    after waiting for it comes after that, however busy the machine is.
    """

    def __init__(self, name: str) -> None:
        self.started: list[str] = []
        self.ended: list[str] = []
        self.most = 0
        self.do: dict[str, Callable[[], Awaitable[None] | None]] = {}
        self.seen: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.flow = self._define(name)

    def _define(self, name: str) -> Flow[[str, str], SceneResult]:
        @flow(name)
        async def scene(run_id: str, scene_id: str) -> SceneResult:
            del run_id

            async def work() -> str:
                self.started.append(scene_id)
                self.most = max(self.most, len(self.started) - len(self.ended))
                try:
                    await asyncio.sleep(0.02)
                    done = self.do[scene_id]() if scene_id in self.do else None
                    if done is not None:
                        await done
                    return "done"
                finally:
                    self.ended.append(scene_id)

            return SceneResult(
                id=scene_id, outcome=Outcome.APPLIED, reason=await step("work", work)
            )

        return scene

    def run(self, folder: Path, *, workers: int = 2, on_result: Any = None) -> ScenesOutcome:
        """Run the scenes of the run ``run`` on the folder's state."""

        async def work(engine: Engine) -> ScenesOutcome:
            with patch.object(engine, "run", self._watched(engine.run)):
                return await run_scenes(
                    engine,
                    self.flow,
                    run_id="run",
                    scene_ids=SCENES,
                    workers=workers,
                    on_result=on_result,
                )

        outcome: ScenesOutcome = in_engine(folder, work)
        return outcome

    def _watched(self, run: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def watched(*args: Any, **given: Any) -> Any:
            try:
                return await run(*args, **given)
            finally:
                self.seen[given["args"][1]].set()

        return watched

    def hold(self, scene_id: str, until: asyncio.Event) -> asyncio.Event:
        """Keeps a scene in progress until then; what is returned is set when it has begun."""
        began = asyncio.Event()

        async def wait() -> None:
            began.set()
            await until.wait()

        self.do[scene_id] = wait
        return began


def _raise(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_take_scenes_in_order(workers: int, tmp_path: Path) -> None:
    """N workers keep N scenes in progress, never more, and begin them in the order of the run."""
    desk = Desk(f"order-{workers}")
    outcome = desk.run(tmp_path, workers=workers)
    assert all(abs(desk.started.index(s) - i) < workers for i, s in enumerate(SCENES))
    assert desk.most == workers
    assert sorted(result.id for result in outcome.results) == SCENES
    assert (outcome.left, outcome.stopped_by) == ((), None)


def test_fewer_than_one_worker_is_refused(tmp_path: Path) -> None:
    """Zero workers would wait for ever."""
    with pytest.raises(ValueError, match="at least 1"):
        Desk("none").run(tmp_path, workers=0)


@pytest.mark.parametrize("error", [ScrapeFailed("No answer."), KeyError("bug")])
def test_a_scene_that_fails_stops_no_other(error: Exception, tmp_path: Path) -> None:
    """It counts as failed, with the reason; the others are done."""
    desk = Desk("fails-alone")
    desk.do["3"] = _raise(error)
    outcome = desk.run(tmp_path)
    failed = [result for result in outcome.results if result.outcome is Outcome.FAILED]
    assert [result.id for result in failed] == ["3"]
    assert failed[0].reason in {"No answer.", "KeyError: 'bug'"}
    assert failed[0].elapsed_ms >= 20
    assert len(outcome.results) == 8
    assert outcome.stopped_by is None


def test_when_stash_is_gone_the_run_stops_and_can_go_on(tmp_path: Path) -> None:
    """No further scene begins, those in progress end, and the next call does only what is left."""
    desk = Desk("gone")
    other_in_progress = desk.hold("4", until=desk.seen["3"])

    async def lose_stash() -> None:
        await other_in_progress.wait()
        raise StashUnreachable("gone", url="http://localhost:9999")

    desk.do["3"] = lose_stash
    outcome = desk.run(tmp_path)
    assert isinstance(outcome.stopped_by, StashUnreachable)
    assert outcome.stopped_by.fields == {"url": "http://localhost:9999"}
    assert sorted(desk.started) == SCENES[:4]
    assert sorted(result.id for result in outcome.results) == ["1", "2", "4"]
    assert outcome.left == ("3", "5", "6", "7", "8")

    desk.do.clear()
    desk.started.clear()
    outcome = desk.run(tmp_path)
    assert sorted(result.id for result in outcome.results) == SCENES
    assert sorted(desk.started) == ["3", "5", "6", "7", "8"]


def test_a_failed_scene_stays_failed_when_the_run_goes_on(tmp_path: Path) -> None:
    """What is recorded is not tried again in the same run."""
    desk = Desk("stays")
    desk.do["1"] = _raise(UnknownScene("There is no scene 1."))
    desk.run(tmp_path)
    desk.do.clear()
    outcome = desk.run(tmp_path)
    assert {r.id for r in outcome.results if r.outcome is Outcome.FAILED} == {"1"}
    assert sorted(desk.started) == SCENES


def test_every_result_is_told_once(tmp_path: Path) -> None:
    """The callback has each scene's result as it ends, failures included."""
    desk = Desk("told")
    desk.do["2"] = _raise(ScrapeFailed("no"))
    told: list[str] = []

    async def on_result(result: SceneResult) -> None:
        told.append(f"{result.id} {result.outcome}")

    outcome = desk.run(tmp_path, on_result=on_result)
    assert told == [f"{result.id} {result.outcome}" for result in outcome.results]
    assert "2 failed" in told


def test_a_callback_that_fails_ends_the_run(tmp_path: Path) -> None:
    """Its error is not mistaken for a scene's; scenes in progress end, no further one begins."""
    desk = Desk("callback")
    told = asyncio.Event()
    other_in_progress = desk.hold("3", until=told)

    async def on_result(result: SceneResult) -> None:
        if result.id == "2":
            await other_in_progress.wait()
            told.set()
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        desk.run(tmp_path, on_result=on_result)
    assert sorted(desk.ended) == sorted(desk.started)
    assert sorted(desk.started) == SCENES[:3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_leaves_the_run_resumable(number: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C and SIGTERM: steps in progress end and are recorded, the rest is for ``--resume``, and
    the signals are given back.
    """
    before = signal.getsignal(number)
    desk = Desk(f"signal-{number}")
    other_in_progress = desk.hold("4", until=desk.seen["3"])

    async def stop() -> None:
        await other_in_progress.wait()
        os.kill(os.getpid(), number)

    desk.do["3"] = stop
    outcome = desk.run(tmp_path)
    assert isinstance(outcome.stopped_by, Interrupted)
    assert set(outcome.left) >= {"5", "6", "7", "8"}
    assert signal.getsignal(number) is before

    desk.do.clear()
    outcome = desk.run(tmp_path)
    assert sorted(result.id for result in outcome.results) == SCENES
    assert sorted(desk.started) == SCENES


def test_a_second_signal_ends_the_grace(tmp_path: Path) -> None:
    """The first waits for the step in progress; the second cancels it, at once."""
    hang = [60.0]
    hanging: list[str] = []
    both = asyncio.Event()

    @flow("hangs")
    async def hangs(run_id: str, scene_id: str) -> SceneResult:
        del run_id

        async def work() -> None:
            hanging.append(scene_id)
            if len(hanging) == 2:
                both.set()
            await asyncio.sleep(hang[0])

        await step("hang", work)
        return SceneResult(id=scene_id, outcome=Outcome.APPLIED)

    async def run(engine: Engine) -> ScenesOutcome:
        run = run_scenes(engine, hangs, run_id="run", scene_ids=["1", "2", "3"], workers=2)
        task = asyncio.create_task(run)
        await both.wait()
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.1)
        return await asyncio.wait_for(task, 20)

    outcome = in_engine(tmp_path, run, grace_s=60)
    assert isinstance(outcome.stopped_by, Interrupted)
    assert outcome.left == ("1", "2", "3")
    hang[0] = 0

    async def resume(engine: Engine) -> ScenesOutcome:
        return await run_scenes(engine, hangs, run_id="run", scene_ids=["1", "2", "3"], workers=2)

    assert len(in_engine(tmp_path, resume).results) == 3

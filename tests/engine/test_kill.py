"""Killed at any point and started again, a run ends as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import Toy
from tests.engine.toy import POINTS, STEPS
from tests.slow_params import slow_params

pytestmark = pytest.mark.chaos

SCENES = "1,2,3"
WORLD = sorted(f"{step} {scene}" for step in STEPS for scene in SCENES.split(","))
RESULTS = {scene: f"title of {scene}, applyed, saveed, organizeed" for scene in SCENES.split(",")}
#: Points of all kinds: the default suite kills at these, the long form at every point.
SHORT_POINTS = (
    "begin",
    "inside scrape",
    "after apply save",
    "after audit organize",
    "before the end",
)


def assert_unbroken(toy: Toy, report: dict[str, Any]) -> None:
    """Assert that each change happened once, is in the audit once, and every scene is right."""
    assert report["status"] == "done"
    assert {result["id"]: result["reason"] for result in report["results"]} == RESULTS
    assert toy.lines() == WORLD
    assert report["audit"] == WORLD


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Toy]:
    """States that were killed at a point and finished."""
    folder = tmp_path_factory.mktemp("kills")

    def run(point: str) -> Toy:
        toy = Toy.on_sqlite(folder / point.replace(" ", "-"))
        toy.die(SCENES, f"{point} of 2")
        toy.finish(SCENES)
        return toy

    made: dict[str, Toy] = {}

    def end(point: str) -> Toy:
        if point not in made:
            made[point] = run(point)
        return made[point]

    return end


@pytest.mark.parametrize(
    "point",
    slow_params(sorted(POINTS, key=lambda p: p not in SHORT_POINTS), first=len(SHORT_POINTS)),
)
def test_a_run_killed_at_any_point_ends_as_if_it_had_not_been(
    point: str, ends: Callable[[str], Toy]
) -> None:
    """Each change happened exactly once, is in the audit once, and every result is right."""
    toy = ends(point)
    assert_unbroken(toy, toy.report)


def test_a_finished_step_does_not_run_again(ends: Callable[[str], Toy]) -> None:
    """The plain step of a scene that got past it ran once, although its workflow ran twice."""
    assert ends("after apply save").lines("reads").count("2") == 1


def test_an_unfinished_step_runs_again(ends: Callable[[str], Toy]) -> None:
    """A plain step runs at least once: killed inside it, it runs a second time."""
    assert ends("inside scrape").lines("reads").count("2") == 2


def test_postgres_survives_a_kill(tmp_path: Path, postgres_url: str) -> None:
    """A run on Postgres, killed and started again, ends as an unbroken run does."""
    toy = Toy.on_postgres(tmp_path, postgres_url)
    toy.die(SCENES, "after apply save of 2")
    assert_unbroken(toy, toy.finish(SCENES))


def killed_at_random(toy: Toy, scenes: str, kills: int, seed: int) -> None:
    """Start and kill workers at random times."""
    rng = random.Random(seed)  # noqa: S311 # which moment is all the same
    for _ in range(kills):
        process = toy.start_and_wait(scenes, pause_s=0.02)
        time.sleep(rng.uniform(0, 0.4))
        process.kill()
        process.join()


@pytest.mark.parametrize("seed", slow_params(range(20), first=1))
def test_a_run_killed_at_random_times_ends_the_same(seed: int, tmp_path: Path) -> None:
    """Three kills at random times: every scene is right, and each change happened once.

    Whether a change of the toy is repeated when the kill falls between its write and the next
    look is what ``find`` decides, so doubled lines would be a defect of the engine.
    """
    toy = Toy.on_sqlite(tmp_path)
    killed_at_random(toy, SCENES, 3, seed)
    assert_unbroken(toy, toy.finish(SCENES))


@pytest.mark.parametrize("victim", ["killed", "stopped"])
def test_a_dead_workers_scenes_are_taken_over(
    victim: str, tmp_path: Path, postgres_url: str
) -> None:
    """Of three workers on Postgres the first is killed or stopped: the others do all the rest once.

    The stopped worker is thawed while the others work: it finds itself declared dead and writes
    nothing.
    """
    scenes = [str(number) for number in range(1, 25)]
    toy = Toy.on_postgres(tmp_path, postgres_url)
    options = {"takeover_s": 1.0, "pause_s": 0.05}
    workers = [
        toy.start_and_wait(",".join(scenes), state=f"state-{number}", name=f"w{number}", **options)
        for number in range(3)
    ]
    deadline = time.monotonic() + 30
    while len(toy.lines()) < 6:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    first = workers[0]
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL if victim == "killed" else signal.SIGSTOP)
    if victim == "stopped":
        time.sleep(2)
        os.kill(first.pid, signal.SIGCONT)
    for worker in workers:
        worker.join(60)
        if worker is not first or victim == "stopped":
            assert worker.exitcode == 0, toy.log(worker)
    expected = sorted(f"{step} {scene}" for step in STEPS for scene in scenes)
    assert toy.lines() == expected
    assert toy.report["audit"] == expected

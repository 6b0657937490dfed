"""Killed with SIGKILL at every point and resumed: nothing twice, nothing lost, the same result."""

from __future__ import annotations

import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import Toy
from tests.engine.toy import POINTS, STEPS
from tests.store.postgres import new_database

pytestmark = pytest.mark.chaos

SCENES = "1,2,3"
EVERYTHING = sorted(f"{step} {scene} title of {scene}" for scene in "123" for step in STEPS)
Ends = dict[str, tuple[Toy, list[str], dict[str, Any]]]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return Toy.on_sqlite(tmp_path_factory.mktemp("unbroken")).finish("run", SCENES)


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Ends:
    """One state a point, killed there and resumed; all at once, as they are independent."""

    def break_and_resume(point: str) -> tuple[Toy, list[str], dict[str, Any]]:
        folder = tmp_path_factory.getbasetemp() / re.sub(r"\W", "-", point)
        toy = Toy.on_sqlite(folder)
        toy.die("run", SCENES, f"{point} of 2")
        return toy, toy.world, toy.finish("run", SCENES)

    with ThreadPoolExecutor(3) as threads:
        return dict(zip(POINTS, threads.map(break_and_resume, POINTS), strict=True))


@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_any_point_ends_as_if_it_had_not_been(
    point: str, ends: Ends, unbroken: dict[str, Any]
) -> None:
    """Each act happened exactly once, each change is in the audit once, and the report is equal."""
    toy, before, report = ends[point]
    assert len(before) == len(set(before))
    assert toy.world == EVERYTHING
    assert report == unbroken
    assert len(report["results"]) == 3
    assert len(report["audit"]) == len(set(report["audit"])) == 9


@pytest.mark.parametrize("point", ["between steps apply", "before act save", "before the end"])
def test_a_finished_step_is_not_run_again(point: str, ends: Ends) -> None:
    """The scrape of a scene that got past it ran once, although the flow ran twice."""
    toy, _, _ = ends[point]
    assert (toy.folder / "reads").read_text().splitlines().count("2") == 1


def test_an_unfinished_step_is_run_again(ends: Ends) -> None:
    """A plain step is at-least-once: killed inside, it runs a second time."""
    toy, _, _ = ends["inside scrape"]
    assert (toy.folder / "reads").read_text().splitlines().count("2") == 2


@pytest.mark.parametrize("point", ["before act save", "after act save", "between steps save"])
def test_postgres_survives_the_same(
    point: str, tmp_path: Path, postgres: str, unbroken: dict[str, Any]
) -> None:
    """A run on Postgres, killed and resumed, ends as the unbroken one on SQLite."""
    toy = Toy(tmp_path, new_database(postgres))
    toy.die("run", SCENES, f"{point} of 2")
    assert toy.finish("run", SCENES) == unbroken
    assert toy.world == EVERYTHING


def _kill_at_random(folder: Path, seed: int, kills: int) -> tuple[list[str], dict[str, Any]]:
    """Start and kill until ``kills`` processes died at work, then let it end."""
    toy, chance = Toy.on_sqlite(folder / str(seed)), random.Random(seed)  # noqa: S311
    for _ in range(kills):
        process = toy.start_and_wait("run", SCENES)
        time.sleep(chance.uniform(0, 0.25))
        process.kill()
        process.join()
    return toy.world, toy.finish("run", SCENES)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_killed_at_random_times_ends_the_same(
    seed: int, tmp_path: Path, unbroken: dict[str, Any]
) -> None:
    """Two kills at random times: nothing happened twice before the last, everything once after."""
    before, report = _kill_at_random(tmp_path, seed, kills=2)
    assert len(before) == len(set(before))
    assert report == unbroken
    assert Toy.on_sqlite(tmp_path / str(seed)).world == EVERYTHING


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_forty_runs_killed_at_random_times_end_the_same(
    tmp_path: Path, unbroken: dict[str, Any]
) -> None:
    """The long form: forty runs, three kills each."""
    with ThreadPoolExecutor(3) as threads:
        ends = list(threads.map(lambda s: _kill_at_random(tmp_path, s, 3), range(100, 140)))
    assert [report for _, report in ends] == [unbroken] * 40
    assert all(Toy.on_sqlite(tmp_path / str(seed)).world == EVERYTHING for seed in range(100, 140))

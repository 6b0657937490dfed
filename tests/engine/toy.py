"""A small run in a process of its own that can be killed at any named point.

The outside world is the file ``world``: its lines are what was changed, and the acts do not notice
when they change something twice. ``reads`` counts executions of the plain step. ``ready`` is there
as soon as the engine is open, ``report`` when the run has ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import warnings
from pathlib import Path

from stashbot.engine import Engine, changing_step, flow, run_scenes, step
from stashbot.errors import ScrapeFailed
from stashbot.models import Outcome, SceneResult
from stashbot.store import Store

STEPS = ("apply", "save", "organize")
POINTS = (
    "begin",
    "inside scrape",
    *(
        f"{moment} {name}"
        for name in STEPS
        for moment in ("before find", "before act", "after act", "after audit", "between steps")
    ),
    "before the end",
    "before the result is saved",
)


KILL_AT: list[str] = []
WORLD: list[World] = []
OPEN: list[Store] = []


def point(name: str, scene_id: str) -> None:
    """Die here, if this is the point."""
    if f"{name} of {scene_id}" in KILL_AT:
        os.kill(os.getpid(), signal.SIGKILL)


class World:
    """The file that stands in for Stash."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "world"
        self.reads = folder / "reads"

    def has(self, line: str) -> bool:
        """Whether that was changed."""
        return self.path.exists() and line in self.path.read_text().splitlines()

    def append(self, line: str) -> None:
        """Change something, for the second time too."""
        with self.path.open("a") as file:
            file.write(line + "\n")

    def read(self, scene_id: str) -> str:
        """Look a scene up, and note that somebody did."""
        with self.reads.open("a") as file:
            file.write(scene_id + "\n")
        return f"title of {scene_id}"


@flow("toy-scene")
async def toy_scene(run_id: str, scene_id: str) -> SceneResult:
    """Read, then change three things, one after the other."""
    store, world = OPEN[0], WORLD[0]
    point("begin", scene_id)
    if scene_id == "bad":
        raise ScrapeFailed("No answer.")

    async def scrape() -> str:
        title = world.read(scene_id)
        point("inside scrape", scene_id)
        return title

    title = await step("scrape", scrape)
    done = []
    for name in STEPS:

        async def find(name: str = name) -> str | None:
            point(f"before find {name}", scene_id)
            if not world.has(f"{name} {scene_id} {title}"):
                return None
            await audit(name)
            return f"{name}ed"

        async def act(name: str = name) -> str:
            point(f"before act {name}", scene_id)
            await asyncio.sleep(0.01)
            world.append(f"{name} {scene_id} {title}")
            point(f"after act {name}", scene_id)
            await audit(name)
            point(f"after audit {name}", scene_id)
            return f"{name}ed"

        async def audit(name: str = name) -> None:
            await store.audit.add(
                run_id, scene_id, step=name, kind="update", changes=[("title", None, title)]
            )

        done.append(await changing_step(name, find=find, act=act))
        point(f"between steps {name}", scene_id)
    point("before the end", scene_id)
    return SceneResult(id=scene_id, outcome=Outcome.APPLIED, reason=", ".join([title, *done]))


async def run(folder: Path, database_url: str, run_id: str, scenes: list[str]) -> None:
    """Run the scenes, two at a time, and report."""
    async with (
        Store(database_url, server="http://localhost:9999") as store,
        Engine(database_url=database_url, executor_id=run_id, state_dir=folder) as engine,
    ):
        OPEN[:] = [store]
        if run_id not in {run.id for run in await store.runs.list()}:
            await store.runs.add(scenes, kind="enrich", run_id=run_id)

        async def save(result: SceneResult) -> None:
            point("before the result is saved", result.id)
            await store.results.save(run_id, result)

        (folder / "ready").touch()
        outcome = await run_scenes(
            engine, toy_scene, run_id=run_id, scene_ids=scenes, workers=2, on_result=save
        )
        report = {
            "results": [r.model_dump(mode="json") for r in await store.results.in_order(run_id)],
            "left": outcome.left,
            "stopped_by": outcome.stopped_by and type(outcome.stopped_by).__name__,
            "audit": sorted(
                f"{entry.step} {entry.scene}" for entry in await store.audit.entries(run=run_id)
            ),
        }
    (folder / "report").write_text(json.dumps(report))


def main(folder: Path, database_url: str, run_id: str, scenes: str, kill_at: str) -> None:
    """The whole life of the process. What it prints goes to the file ``log``."""
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    warnings.simplefilter("error")
    KILL_AT[:] = [kill_at]
    WORLD[:] = [World(folder)]
    asyncio.run(run(folder, database_url, run_id, scenes.split(",")))

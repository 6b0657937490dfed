"""A small worker in a process of its own that can be killed at any named point.

The outside world is the file ``world``: its lines are what was changed, and applying a change twice
writes its line twice. ``reads`` has a line for each execution of the plain step. ``ready`` is there
as soon as the engine is open, ``report`` when the run is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loguru import logger

from stashbot.engine import Engine, Execution, scene_workflow
from stashbot.engine import engine as engine_module
from stashbot.errors import ScrapeFailed, UnknownRun, UsageError
from stashbot.models import Outcome, SceneResult
from stashbot.store import Run, RunStatus, Store

STEPS = ("apply", "save", "organize")
POINTS = (
    "begin",
    "inside scrape",
    *(
        f"{moment} {name}"
        for name in STEPS
        for moment in ("before find", "before apply", "after apply", "after audit", "between steps")
    ),
    "before the result is saved",
    "before the end",
)
SERVER = "http://localhost:9999"


@dataclass
class World:
    """The files that stand in for Stash, and the point at which the process kills itself."""

    folder: Path
    store: Store
    kill_at: str = ""
    pause_s: float = 0.01

    def point(self, name: str, scene_id: str) -> None:
        """Die here, if this is the point."""
        if f"{name} of {scene_id}" == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def has(self, line: str) -> bool:
        """Return whether that was changed."""
        file = self.folder / "world"
        return file.exists() and line in file.read_text().splitlines()

    def append(self, line: str, file: str = "world") -> None:
        """Change something, for the second time too."""
        with (self.folder / file).open("a") as opened:
            opened.write(line + "\n")


@dataclass
class ToyChange:
    """A change to the world, and its audit."""

    execution: Execution
    run_id: str
    scene_id: str
    name: str

    @property
    def world(self) -> World:
        """Return the world of the process."""
        world: World = self.execution.services
        return world

    async def find(self) -> str | None:
        """Return that it happened, if it did."""
        self.world.point(f"before find {self.name}", self.scene_id)
        if not self.world.has(f"{self.name} {self.scene_id}"):
            return None
        await self._audit()
        return f"{self.name}ed"

    async def apply(self) -> str:
        """Change the world and write the audit."""
        self.world.point(f"before apply {self.name}", self.scene_id)
        await asyncio.sleep(self.world.pause_s)
        await self.execution.check_ownership()
        self.world.append(f"{self.name} {self.scene_id}")
        self.world.point(f"after apply {self.name}", self.scene_id)
        await self._audit()
        self.world.point(f"after audit {self.name}", self.scene_id)
        return f"{self.name}ed"

    async def _audit(self) -> None:
        await self.world.store.audit.add(
            self.run_id,
            self.scene_id,
            step=self.name,
            kind="update",
            changes=[("title", None, "x")],
        )


@scene_workflow("enrich")
async def toy_scene(execution: Execution, run_id: str, scene_id: str) -> SceneResult:
    """Read, then change three things in turn."""
    world: World = execution.services
    world.point("begin", scene_id)
    if scene_id == "bad":
        raise ScrapeFailed("No answer.")

    async def scrape() -> str:
        world.append(scene_id, "reads")
        world.point("inside scrape", scene_id)
        return f"title of {scene_id}"

    title = await execution.step("scrape", scrape)
    done = []
    for name in STEPS:
        done.append(await execution.change(ToyChange(execution, run_id, scene_id, name)))
        world.point(f"between steps {name}", scene_id)
    result = SceneResult(id=scene_id, outcome=Outcome.APPLIED, reason=", ".join([title, *done]))

    async def finish() -> SceneResult:
        world.point("before the result is saved", scene_id)
        await world.store.results.save(run_id, result)
        return result

    await execution.step("finish", finish)
    world.point("before the end", scene_id)
    return result


async def submit(store: Store, run_id: str, scenes: list[str]) -> Run:
    """Write the rows of a run, or let an interrupted run go on."""
    try:
        await store.runs.set_status(run_id, RunStatus.RUNNING, only_from=(RunStatus.INTERRUPTED,))
        return await store.runs.get(run_id)
    except UnknownRun:
        with contextlib.suppress(UsageError):  # another worker has submitted it since
            await store.runs.add(scenes, kind="enrich", options={}, snapshot={}, run_id=run_id)
        return await store.runs.get(run_id)


async def until_over(store: Store, run_id: str) -> RunStatus:
    """Return how the run ended, once it has."""
    while True:
        status = (await store.runs.get(run_id)).status
        if status in {RunStatus.DONE, RunStatus.INTERRUPTED}:
            return status
        await asyncio.sleep(0.01)


def now() -> datetime:
    """Return the time by the clock that ``jump_clock`` sets."""
    return datetime.fromtimestamp(time.time(), UTC)


def jump_clock(seconds: float) -> None:
    """Set the clock of this process forward."""
    before = time.time
    time.time = lambda: before() + seconds


async def serve(
    folder: Path, database_url: str, run_id: str, scenes: list[str], options: dict[str, Any]
) -> None:
    """Be a worker until the run is over, and report.

    With ``jump_s`` the process's clock jumps by so much after a second.
    """
    world_options = {key: options.pop(key) for key in ("kill_at", "pause_s") if key in options}
    engine_module.APPLICATION_VERSION = options.pop("version", engine_module.APPLICATION_VERSION)
    if "jump_s" in options:
        asyncio.get_running_loop().call_later(1, jump_clock, options.pop("jump_s"))
    async with Store(database_url, server=SERVER, clock=now) as store:
        await submit(store, run_id, scenes)
        world = World(folder, store, **world_options)
        state = folder / options.pop("state", "state")
        settings: dict[str, Any] = {"state_dir": state, "pages": 2, **options}
        async with Engine(world, store, [toy_scene], **settings):
            (folder / f"ready-{os.getpid()}").touch()
            status = await until_over(store, run_id)
        report = {
            "status": status.value,
            "results": [r.model_dump(mode="json") for r in await store.results.in_order(run_id)],
            "audit": sorted(
                f"{entry.step} {entry.scene}" for entry in await store.audit.entries(run=run_id)
            ),
        }
    (folder / "report").write_text(json.dumps(report))


def main(
    folder: Path, database_url: str, run_id: str, scenes: str, options: dict[str, Any]
) -> None:
    """Live and die as a worker. What the process prints goes to a file of its own."""
    log = os.open(folder / f"log-{os.getpid()}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    warnings.simplefilter("error")
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    asyncio.run(serve(folder, database_url, run_id, scenes.split(","), options))

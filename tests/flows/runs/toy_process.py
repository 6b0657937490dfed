"""A process that starts or resumes a run of toy scenes, as ``stashbot run`` does of real ones.

Nothing but the state is real: the only workflow notes each scene in the file ``world`` of the
folder. Scenes of ``HELD`` wait until there is a file ``go``, so that a run lasts as long as a test
needs it; they leave one place of a worker free. What the observer hears is in ``heard-<label>``, a
line each; how the process ended is in ``end-<label>``.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from loguru import logger

from stashbot.cli.output import exit_code
from stashbot.engine import Execution, scene_workflow
from stashbot.errors import StashbotError
from stashbot.flows.runs.driver import RunObserver, resume_run, start_run
from stashbot.flows.runs.options import RunOptions
from stashbot.flows.runs.selection import RunTask
from stashbot.models import Outcome, SceneResult
from stashbot.services import EventLog, Services
from stashbot.settings import Settings, load_settings
from stashbot.store import Store

SERVER = "http://localhost:9999"
HELD = ("5", "6")


def toy_settings(folder: Path, database: str | None = None, **run: Any) -> Settings:
    """Return settings whose state is in the folder, or in the database."""
    state: dict[str, Any] = {"dir": folder / "state"}
    if database is not None:
        state["database"] = database
    return load_settings(None, {"stash": {"url": SERVER}, "state": state, "run": run})


@asynccontextmanager
async def toy_services(folder: Path, settings: Settings) -> AsyncIterator[Services]:
    """Open services of which only the state and the events are real."""

    def append(line: str) -> None:
        with (folder / "world").open("a") as opened:
            opened.write(line + "\n")

    @scene_workflow("enrich")
    async def note(execution: Execution, run_id: str, scene_id: str) -> SceneResult:
        services: Services = execution.services

        async def change() -> str:
            await asyncio.sleep(0.05)
            while scene_id in HELD and not (folder / "go").exists():  # noqa: ASYNC110 # a file
                await asyncio.sleep(0.02)
            await execution.check_ownership()
            append(f"{run_id} {scene_id}")
            return "noted"

        reason = await execution.step("note", change)
        result = SceneResult(id=scene_id, outcome=Outcome.APPLIED, reason=reason)

        async def finish() -> SceneResult:
            await services.store.results.save(run_id, result)
            return result

        saved: SceneResult = await execution.step("finish", finish)
        return saved

    async with Store(
        settings.state.database_url, server=settings.stash.url, state_dir=settings.state.dir
    ) as store:
        nothing: Any = SimpleNamespace(renew=lambda: None)
        yield Services(
            settings=settings,
            workflows=(note,),
            store=store,
            stash=nothing,
            selectors=nothing,
            pages=nothing,
            browser=nothing,
            artifacts=nothing,
            events=EventLog(store),
            redactor=nothing,
        )


def prepare_scenes(scenes: Sequence[str]) -> Any:
    """Return what decides on a run over these scenes."""

    async def prepare(_services: Services) -> RunTask:
        return RunTask(scenes=tuple(scenes), options=RunOptions())

    return prepare


async def serve(folder: Path, label: str, scenes: Sequence[str], options: dict[str, Any]) -> None:
    """Start a run over the scenes, or resume one if there are none, and say how it ended."""
    end: dict[str, Any]
    with (folder / f"heard-{label}").open("w", buffering=1) as heard:
        observer = RunObserver(
            on_start=lambda run, left: print("start", run.id, left, file=heard),
            on_result=lambda result: print("result", result.id, file=heard),
            on_stop=lambda: print("stop", file=heard),
            on_follow=lambda: print("follow", file=heard),
        )
        try:
            which = options.pop("resume", "last")
            async with toy_services(folder, toy_settings(folder, **options)) as services:
                if scenes:
                    outcome = await start_run(services, prepare_scenes(scenes), observer)
                else:
                    outcome = await resume_run(services, which, observer)
            end = {
                "run": outcome.report.run,
                "scenes": [scene.id for scene in outcome.report.scenes],
                "stopped_by": outcome.stopped_by and type(outcome.stopped_by).__name__,
            }
        except StashbotError as error:
            end = {
                "error": type(error).__name__,
                "text": str(error),
                "exit_code": exit_code(error),
            }
    (folder / f"end-{label}").write_text(json.dumps(end))


def main(folder: Path, label: str, scenes: Sequence[str], options: dict[str, Any]) -> None:
    """Be the process. What it prints goes to a file of its own."""
    log = os.open(folder / f"log-{label}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    warnings.simplefilter("error")
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    asyncio.run(serve(folder, label, scenes, options))

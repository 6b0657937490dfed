"""Workers in processes of their own, engines in the test's own, and a Postgres for both."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from typing import Any

import pytest

from stashbot.engine import Engine, Workflow, scene_workflow
from stashbot.models import Outcome, SceneResult
from stashbot.store import RunStatus, Store
from stashbot.testing.postgres import binaries, new_database, running_server
from tests.engine.toy import SERVER, main, submit, until_over

# Processes fork from a server that has imported everything, which saves each of them half a second.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["pytest", "tests.engine.toy"])
_ROOT = str(Path(__file__).parents[2])
RUN = "run"


@pytest.fixture(scope="session", autouse=True)
def _preload() -> Iterator[None]:
    """Name the project in PYTHONPATH: the fork server of Python 3.11 imports by it only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", _ROOT)
        ensure_running()
        yield


@dataclass(frozen=True)
class Toy:
    """A state with a world beside it, and worker processes on it."""

    folder: Path
    database_url: str

    @classmethod
    def on_sqlite(cls, folder: Path) -> Toy:
        """Return a toy whose state is a file of the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, f"sqlite:///{folder / 'state' / 'state.sqlite'}")

    @classmethod
    def on_postgres(cls, folder: Path, url: str) -> Toy:
        """Return a toy whose state is a database of a server."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, url)

    def start(self, scenes: str, **options: Any) -> ForkServerProcess:
        """Start a worker that serves the run until it is over."""
        process = PROCESSES.Process(
            target=main, args=(self.folder, self.database_url, RUN, scenes, options)
        )
        process.start()
        return process

    def start_and_wait(self, scenes: str, **options: Any) -> ForkServerProcess:
        """Start a worker and wait until its engine is open."""
        process = self.start(scenes, **options)
        deadline = time.monotonic() + 60
        while not (self.folder / f"ready-{process.pid}").exists():
            assert process.is_alive(), self.log(process)
            assert time.monotonic() < deadline
            time.sleep(0.005)
        return process

    def die(self, scenes: str, kill_at: str) -> None:
        """Run a worker until it has killed itself at the point."""
        process = self.start(scenes, kill_at=kill_at)
        process.join(60)
        assert process.exitcode == -signal.SIGKILL, self.log(process)

    def finish(self, scenes: str, **options: Any) -> dict[str, Any]:
        """Run a worker to the end of the run, without a word of warning; return its report."""
        process = self.start(scenes, **options)
        process.join(60)
        assert process.exitcode == 0, self.log(process)
        assert self.log(process) == ""
        return self.report

    @property
    def report(self) -> dict[str, Any]:
        """Return the report of the worker that ended last."""
        report: dict[str, Any] = json.loads((self.folder / "report").read_text())
        return report

    def log(self, process: ForkServerProcess) -> str:
        """Return what a worker printed."""
        return (self.folder / f"log-{process.pid}").read_text()

    def lines(self, file: str = "world") -> list[str]:
        """Return what was changed, in alphabetical order."""
        path = self.folder / file
        return sorted(path.read_text().splitlines()) if path.exists() else []


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    if binaries() is None:
        pytest.skip("no Postgres server binaries on this machine")
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: str) -> str:
    return new_database(postgres)


@dataclass(frozen=True)
class Bench:
    """An open state and the engine on it, for tests in this process."""

    store: Store
    folder: Path

    def engine(self, *workflows: Workflow, services: Any = None, **options: Any) -> Engine:
        """Return an engine for the workflows, not open yet."""
        settings: dict[str, Any] = {"pages": 2, "handle_signals": False, **options}
        return Engine(
            self.store if services is None else services,
            self.store,
            workflows,
            state_dir=self.folder,
            **settings,
        )

    async def run(
        self,
        *workflows: Workflow,
        scenes: Sequence[str] = ("1",),
        run_id: str = RUN,
        **options: Any,
    ) -> RunStatus:
        """Submit a run, serve it until it is over, and return its status."""
        await submit(self.store, run_id, list(scenes))
        async with self.engine(*workflows, **options):
            return await asyncio.wait_for(until_over(self.store, run_id), 30)


def on_state(folder: Path, work: Callable[[Bench], Awaitable[Any]], url: str | None = None) -> Any:
    """Run ``work`` on an open state in the folder, or in the database of ``url``."""

    async def main() -> Any:
        database = url or f"sqlite:///{folder / 'state.sqlite'}"
        async with Store(database, server=SERVER) as store:
            return await work(Bench(store, folder))

    return asyncio.run(main())


def scene_steps(function: Callable[..., Awaitable[str]]) -> Workflow:
    """Make a workflow of ``function(execution)``, whose value is the result's reason."""

    @scene_workflow("enrich")
    async def workflow(execution: Any, run_id: str, scene_id: str) -> SceneResult:
        reason = await function(execution)
        result = SceneResult(id=scene_id, outcome=Outcome.APPLIED, reason=reason)

        async def finish() -> SceneResult:
            await execution.services.results.save(run_id, result)
            return result

        saved: SceneResult = await execution.step("finish", finish)
        return saved

    return workflow


class Recorder:
    """Coroutine functions that note their calls and return or raise what they are given."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, name: str, *results: Any) -> Callable[[], Awaitable[Any]]:
        """Return a function that gives the results in turn; errors are raised."""
        left = list(results)

        async def call() -> Any:
            self.calls.append(name)
            result = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(result, Exception):
                raise result
            return result

        return call

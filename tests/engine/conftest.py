"""Running the toy in processes of its own, and a Postgres for it."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from typing import Any

import pytest

from stashbot.engine import Engine
from tests.engine.toy import main
from tests.store.postgres import binaries, new_database, running_server

# Processes fork from one that has imported everything, which saves each of them half a second.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["pytest", "tests.engine.toy"])
FLOW_ID = "run:1"
_ROOT = str(Path(__file__).parents[2])


@pytest.fixture(scope="session", autouse=True)
def _preload() -> Iterator[None]:
    """The fork server of Python 3.11 imports by PYTHONPATH only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", _ROOT)
        ensure_running()
        yield


@dataclass(frozen=True)
class Toy:
    """A state with a world beside it."""

    folder: Path
    database_url: str

    @classmethod
    def on_sqlite(cls, folder: Path) -> Toy:
        """With its state in a file of the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, f"sqlite:///{folder / 'state.sqlite'}")

    def start(self, run: str, scenes: str, kill_at: str = "") -> ForkServerProcess:
        """A process that runs the scenes."""
        (self.folder / "ready").unlink(missing_ok=True)
        process = PROCESSES.Process(
            target=main, args=(self.folder, self.database_url, run, scenes, kill_at)
        )
        process.start()
        return process

    def start_and_wait(self, run: str, scenes: str) -> ForkServerProcess:
        """Started, and its engine open."""
        process = self.start(run, scenes)
        deadline = time.monotonic() + 30
        while not (self.folder / "ready").exists():
            assert process.is_alive(), self.log
            assert time.monotonic() < deadline
            time.sleep(0.005)
        return process

    def die(self, run: str, scenes: str, kill_at: str) -> None:
        """Run until the process killed itself at the point."""
        process = self.start(run, scenes, kill_at)
        process.join(60)
        assert process.exitcode == -signal.SIGKILL, self.log

    def finish(self, run: str, scenes: str) -> dict[str, Any]:
        """Run to the end, without a word of warning, and give the report."""
        process = self.start(run, scenes)
        process.join(60)
        assert process.exitcode == 0, self.log
        assert self.log == ""
        report: dict[str, Any] = json.loads((self.folder / "report").read_text())
        return report

    @property
    def log(self) -> str:
        """What the last process printed."""
        return (self.folder / "log").read_text()

    @property
    def world(self) -> list[str]:
        """What was changed, in the order of the alphabet."""
        file = self.folder / "world"
        return sorted(file.read_text().splitlines()) if file.exists() else []


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    if binaries() is None:
        pytest.skip("no Postgres server binaries on this machine")
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: str) -> str:
    return new_database(postgres)


def opened(folder: Path, run: str = "run", url: str | None = None, **more: Any) -> Engine:
    return Engine(
        database_url=url or f"sqlite:///{folder / 'state.sqlite'}",
        executor_id=run,
        state_dir=folder,
        **more,
    )


def in_engine(folder: Path, work: Callable[[Engine], Awaitable[Any]], **more: Any) -> Any:
    """Run ``work`` with an engine on the folder's state."""

    async def main() -> Any:
        async with opened(folder, **more) as engine:
            return await work(engine)

    return asyncio.run(main())


class Recorder:
    """Coroutine functions that note their calls and do as they are told."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, name: str, *results: Any) -> Callable[[], Awaitable[Any]]:
        """A function that gives the results one after the other, raising those that are errors."""
        left = list(results)

        async def call() -> Any:
            self.calls.append(name)
            result = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(result, Exception):
                raise result
            return result

        return call

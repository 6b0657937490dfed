"""Processes that start or resume runs of toy scenes."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from typing import Any

import pytest

from tests.flows.runs.toy_process import main

# Processes fork from one that has imported everything, which saves each of them half a second.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["pytest", "tests.engine.toy", "tests.flows.runs.toy_process"])
_ROOT = str(Path(__file__).parents[3])


@pytest.fixture(scope="session", autouse=True)
def _preload() -> Iterator[None]:
    """Name the project in PYTHONPATH: the fork server of Python 3.11 imports by it only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", _ROOT)
        ensure_running()
        yield


@dataclass
class RunProcess:
    """A process with a run of its own. ``label`` tells it from the others."""

    folder: Path
    label: str
    process: ForkServerProcess

    @property
    def heard(self) -> list[str]:
        """Return what its observer heard so far."""
        file = self.folder / f"heard-{self.label}"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def run_id(self) -> str:
        """Return the id of its run, which has started."""
        return next(line for line in self.heard if line.startswith("start ")).split()[1]

    def wait_for(self, line: str, timeout_s: float = 30) -> None:
        """Return once its observer has heard something that begins so."""
        wait_until(lambda: any(heard.startswith(line) for heard in self.heard), timeout_s)

    def end(self) -> dict[str, Any]:
        """Wait for its end, without a word of warning, and return how it ended."""
        self.process.join(60)
        log = (self.folder / f"log-{self.label}").read_text()
        assert self.process.exitcode == 0, log
        assert log == ""
        end: dict[str, Any] = json.loads((self.folder / f"end-{self.label}").read_text())
        return end


@dataclass
class Processes:
    """All processes of a test, in one folder."""

    folder: Path
    started: list[RunProcess] = field(default_factory=list)

    def start(self, label: str, scenes: Sequence[str] = (), **options: Any) -> RunProcess:
        """Start a process with a run over the scenes.

        Without scenes it resumes the last run, or the one that ``resume`` names.
        """
        process = PROCESSES.Process(target=main, args=(self.folder, label, scenes, options))
        process.start()
        self.started.append(RunProcess(self.folder, label, process))
        return self.started[-1]

    def go(self) -> None:
        """Let the scenes go on that are held."""
        (self.folder / "go").touch()

    def world(self, run_id: str) -> list[str]:
        """Return the scenes of a run that were changed, in alphabetical order."""
        lines = (self.folder / "world").read_text().splitlines()
        return sorted(line.split()[1] for line in lines if line.startswith(f"{run_id} "))


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Yield a starter of processes; those that still live are killed in the end."""
    made = Processes(tmp_path)
    yield made
    for started in made.started:
        if started.process.is_alive():
            started.process.kill()
        started.process.join()


def wait_until(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    """Return once the condition holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)

"""Several ``stashbot run`` on one state at once, as users start them."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.testing.postgres import binaries, new_database, running_server

pytestmark = pytest.mark.chaos

#: The tag that most scenes of the practice library have.
COMMON_TAG = "Outdoor"


@pytest.fixture
def own_sandbox() -> Iterator[Sandbox]:
    """Yield a practice Stash of this test alone."""
    with Sandbox(SandboxOptions(release_notes=False)) as running:
        yield running


@pytest.fixture
def postgres_url() -> Iterator[str]:
    if binaries() is None:
        pytest.skip("no Postgres server binaries on this machine")
    with running_server() as server:
        yield new_database(server)


class Command:
    """A ``stashbot run`` in a process of its own, whose output is read as it comes."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stashbot", *words],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()

    @property
    def output(self) -> str:
        """Return what it has printed so far."""
        return "".join(self.lines)

    def wait_for(self, text: str, timeout_s: float = 60) -> None:
        """Return once it has printed the text."""
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.output, timeout_s), self.output

    def stop_between_writes(self, database: Path) -> None:
        """Stop it (SIGSTOP) at a moment at which it holds no lock of its database."""
        while True:
            self.process.send_signal(signal.SIGSTOP)
            try:
                with closing(sqlite3.connect(database, timeout=0)) as connection:
                    connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                self.process.send_signal(signal.SIGCONT)
            else:
                return

    def kill(self) -> None:
        """Kill it with signal 9."""
        self.process.kill()
        self.end()

    def end(self, timeout_s: float = 120) -> str:
        """Return all that it has printed, after its end."""
        try:
            self.process.wait(timeout_s)
        finally:
            self.process.kill()
            self._reader.join()
            assert self.process.stdout is not None
            self.process.stdout.close()
        return self.output


Start = Callable[..., Command]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start commands; those that still run are killed in the end."""
    started: list[Command] = []

    def start(folder: Path, *words: str) -> Command:
        started.append(Command(folder, *words))
        return started[-1]

    yield start
    for command in started:
        command.kill()


def saves(sandbox: Sandbox) -> Counter[tuple[str, tuple[str, ...]]]:
    """Return how often each scene was written to, by id and the names of what was written."""
    return Counter(
        (str(record.variables["input"]["id"]), tuple(sorted(record.variables["input"])))
        for record in sandbox.mutations
        if record.fields == ("sceneUpdate",)
    )


def assert_applied(sandbox: Sandbox, *documents: dict[str, Any]) -> None:
    """Assert that Stash has all that the runs say they applied, and each scene was saved once."""
    results = [result for document in documents for result in document["scenes"]]
    applied = [result["id"] for result in results if result["outcome"] == "applied"]
    assert len(applied) >= 2
    assert all(sandbox.library.scenes[scene_id].organized for scene_id in applied)
    assert max(saves(sandbox).values()) == 1


def test_on_sqlite_the_second_run_follows_and_takes_over(
    own_sandbox: Sandbox, start: Start, tmp_path: Path
) -> None:
    """It says that another process works. That one is killed, and it goes on by itself.

    The killed run is resumed afterwards; no scene of either was saved twice.
    """
    words = ("run", "--url", own_sandbox.url, "--sources", "AlphaSource")
    first = start(tmp_path, *words, "--ids", "3,4,5,6,7")
    first.wait_for("1/5")
    first.stop_between_writes(tmp_path / ".stashbot" / "stashbot.sqlite")
    second = start(tmp_path, *words, "--ids", "8,11")
    second.wait_for("Another stashbot process works")
    first.kill()
    said = second.end()
    assert second.process.returncode == 0, said
    assert "2 scenes: 2 applied" in said
    run_id = first.output.split("Run ")[1].split(":")[0]
    again = start(tmp_path, "run", "--url", own_sandbox.url, "--resume", run_id, "--json")
    said = again.end()
    assert again.process.returncode == 0, said
    document = json.loads(said)
    assert [result["id"] for result in document["scenes"]] == ["3", "4", "5", "6", "7"]
    assert_applied(own_sandbox, document)


def test_on_postgres_two_runs_share_the_work(
    own_sandbox: Sandbox, start: Start, postgres_url: str, tmp_path: Path
) -> None:
    """Each scene is saved once, and a tag that scenes of both runs need is created once."""
    tag = next(tag for tag in own_sandbox.library.tags.values() if tag.name == COMMON_TAG)
    tag.name = "Quite another name"
    tagged = [
        scene_id
        for scene_id, truth in own_sandbox.library.truth.items()
        if COMMON_TAG in truth.facts.tags and not own_sandbox.library.scenes[scene_id].organized
    ]
    assert len(tagged) >= 6
    config = tmp_path / "stashbot.toml"
    config.write_text(f'[creation]\ntags = ["{COMMON_TAG}"]\n')
    words = ("run", "--url", own_sandbox.url, "--database", postgres_url, "--json")
    runs = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        ids = ",".join(tagged[number::2])
        runs.append(start(folder, *words, "--config", str(config), "--ids", ids))
    documents: list[dict[str, Any]] = []
    for run in runs:
        said = run.end()
        documents.append(json.loads(said))
        assert run.process.returncode == 0, said
    created = [name for document in documents for s in document["scenes"] for name in s["created"]]
    assert created.count(f"tag {COMMON_TAG}") == 1
    creations = [record for record in own_sandbox.mutations if record.fields == ("tagCreate",)]
    assert [record.variables["input"]["name"] for record in creations] == [COMMON_TAG]
    assert_applied(own_sandbox, *documents)

"""``stashbot worker``: commands beside it hand their work over and report the result."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stashbot.sandbox import Sandbox
from tests.cli.conftest import Call


@contextmanager
def _worker(url: str) -> Iterator[subprocess.Popen[str]]:
    """Start a worker in a process of its own, and wait until it is ready."""
    with subprocess.Popen(
        [sys.executable, "-m", "stashbot", "worker", "--url", url, "--name", "first"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Worker first is ready"), (line, process.communicate())
        try:
            yield process
        finally:
            process.kill()


def test_a_run_beside_a_worker_is_handed_over(call: Call, sandbox: Sandbox, tmp_path: Path) -> None:
    """The worker moves the files, the command reports them; Ctrl-C ends the worker with 0.

    A second worker on the same SQLite state is refused.
    """
    sandbox.reset()
    file = sandbox.library.scenes["8"].files[0]
    words = ("rename", "apply", "--ids", "8", "--template", "{id}.{ext}", "--url", sandbox.url)
    assert tmp_path == Path.cwd()
    with _worker(sandbox.url) as process:
        called = call(*words)
        assert (called.code, file.basename) == (0, "8.mp4"), called
        second = call("worker", "--url", sandbox.url)
        assert (second.code, "works on the state" in second.err) == (2, True), second
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, ""), out

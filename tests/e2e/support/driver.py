"""A run in a process of its own, which can be killed: ``python -m e2e.support.driver JSON``."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from stashbot.errors import StashbotError
from stashbot.flows.runs.driver import Progress, Request, carry_out
from stashbot.settings import Settings, load_settings

Event = dict[str, Any]

_ROOT = Path(__file__).parents[3]
_PATIENCE_S = 120.0
_GLANCE_S = 0.002


def main() -> None:
    """Carries out what the argument asks for, and prints what happens, one JSON object a line."""
    asked = json.loads(sys.argv[1])
    progress = Progress(
        on_start=lambda run, left: _tell(event="start", run=run.id, left=left),
        on_phase=lambda doing: _tell(event="phase", scene=doing.scene, phase=doing.phase),
        on_result=lambda result: _tell(event="result", scene=result.id),
    )
    settings = load_settings(None, asked["settings"])
    try:
        finished = asyncio.run(carry_out(settings, Request(**asked["request"]), progress))
    except StashbotError as error:
        _tell(event="error", kind=type(error).__name__, message=str(error))
        raise SystemExit(2) from error
    _tell(
        event="end",
        report=finished.report.model_dump(mode="json"),
        stopped_by=repr(finished.stopped_by) if finished.stopped_by else None,
    )


def _tell(**event: Any) -> None:
    sys.stdout.write(f"{json.dumps(event)}\n")
    sys.stdout.flush()


class Driver:
    """Such a process. It is killed, if it still runs, when the ``with`` block ends."""

    def __init__(self, settings: Settings, request: Request) -> None:
        asked = {
            "settings": {
                "stash": {"url": settings.stash.url},
                "state": {"dir": str(settings.state.dir)},
                "run": {"workers": settings.run.workers},
                "search": settings.search.model_dump(),
            },
            "request": request.model_dump(mode="json"),
        }
        self._asked = json.dumps(asked)
        self._events: list[Event] = []
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        """Starts it; a login reaches it by the environment."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.support.driver", self._asked],
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def wait_for(self, wanted: Callable[[list[Event]], bool]) -> bool:
        """Waits until ``wanted`` holds for the events so far; false if the process ended first."""
        deadline = time.monotonic() + _PATIENCE_S
        with self._changed:
            while not wanted(self._events):
                if not self._reader.is_alive():
                    return False
                assert self._changed.wait(deadline - time.monotonic()), self._events
        return True

    @property
    def began(self) -> bool:
        """Whether it began with the scenes."""
        return any(one["event"] == "start" for one in self._events)

    def run_until(self, holds: Callable[[], bool]) -> bool:
        """Looks at something else all the time while it runs; false if the process ended first."""
        while not holds():
            try:
                self._process.wait(_GLANCE_S)
            except subprocess.TimeoutExpired:
                continue
            return holds()
        return True

    def pause(self) -> None:
        """Holds it where it is."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Ends a pause."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self, after_s: float = 0.0) -> None:
        """Kills it, unless it ends by itself within ``after_s``."""
        try:
            self._process.wait(after_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.wait()
        self._reader.join()

    def end(self) -> Event:
        """Its last words, once it has ended by itself."""
        assert self._process.wait(_PATIENCE_S) is not None
        self._reader.join()
        assert self._events, "it ended without a word"
        return self._events[-1]

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._add(json.loads(line))
        self._add(None)

    def _add(self, event: Event | None) -> None:
        with self._changed:
            if event is not None:
                self._events.append(event)
            self._changed.notify_all()


if __name__ == "__main__":
    main()

"""A run in a process of its own, which can be killed.

``python -m tests.e2e.support.run_process JSON`` carries out the run that the argument describes.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from stashbot.errors import StashbotError
from stashbot.flows.runs.driver import RunOutcome, resume_run, start_run
from stashbot.flows.runs.selection import RunRequest
from stashbot.flows.runs.write_records import WriteRecords
from stashbot.settings import Settings, load_settings
from stashbot.stash.transport import GraphQLTransport
from stashbot.store import EventKind
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.runs import enriching, services_for

Event = dict[str, Any]

_ROOT = Path(__file__).parents[3]
_PATIENCE_S = 120.0
_GLANCE_S = 0.002


def main() -> None:
    """Carry out the run, and print what happens, a JSON object on each line."""
    argument = json.loads(sys.argv[1])
    try:
        outcome = asyncio.run(_carry_out(argument))
    except StashbotError as error:
        _print(event="error", kind=type(error).__name__, message=str(error))
        raise SystemExit(2) from error
    _print(
        event="end",
        report=outcome.report.model_dump(mode="json"),
        stopped_by=repr(outcome.stopped_by) if outcome.stopped_by else None,
    )


async def _carry_out(argument: dict[str, Any]) -> RunOutcome:
    hooks = (
        RunHooks()
        .at_start(lambda run: _print(event="start", run=run.id))
        .on_phase(lambda event: _print(event="phase", scene=event.scene, phase=event.phase))
        .on_event(EventKind.RESULT, lambda event: _print(event="result", scene=event.scene))
    )
    settings = load_settings(None, argument["settings"])
    if argument["die_at"]:
        die_at(argument["die_at"])
    async with services_for(settings, hooks) as services:
        if argument["request"] is None:
            return await resume_run(services, "last", hooks.observer())
        request = RunRequest(**argument["request"])
        return await start_run(services, enriching(request), hooks.observer())


#: The moments of a write at which a process can die, in their order.
MOMENTS = ("intent", "sending", "answer", "audit")


def die_at(moment: str) -> None:
    """Kill this process at a moment of its first write.

    ``intent``: it is recorded and not sent. ``sending``: it is on its way. ``answer``: Stash has
    answered, and nobody has read that. ``audit``: it is audited, and the step has no end yet.
    """

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    intend, forward, saved = WriteRecords.intend, GraphQLTransport.forward, WriteRecords.saved

    async def intend_and_die(records: WriteRecords, *args: Any) -> None:
        await intend(records, *args)
        die()

    async def forward_and_die(transport: GraphQLTransport, *args: Any, **options: Any) -> Any:
        if not options.get("once"):
            return await forward(transport, *args, **options)
        sending = asyncio.create_task(forward(transport, *args, **options))
        if moment == "answer":
            await (await sending).aread()
        else:
            await asyncio.wait({sending}, timeout=random.uniform(0, 0.02))  # noqa: S311 - a moment
        die()
        raise AssertionError("unreachable")

    async def save_and_die(records: WriteRecords, *args: Any) -> None:
        await saved(records, *args)
        die()

    match moment:
        case "intent":
            WriteRecords.intend = intend_and_die  # type: ignore[method-assign,assignment]
        case "sending" | "answer":
            GraphQLTransport.forward = forward_and_die  # type: ignore[method-assign,assignment]
        case "audit":
            WriteRecords.saved = save_and_die  # type: ignore[method-assign,assignment]


def _print(**event: Any) -> None:
    sys.stdout.write(f"{json.dumps(event)}\n")
    sys.stdout.flush()


class RunProcess:
    """The process of a run; it is killed at the end of the ``with`` block if it still runs.

    Without a ``request`` it goes on with the last run. With ``die_at``, a moment of ``die_at()``,
    it kills itself at its first save.
    """

    def __init__(self, settings: Settings, request: RunRequest | None, *, die_at: str = "") -> None:
        argument = {
            "settings": {
                "stash": {"url": settings.stash.url},
                "state": {"dir": str(settings.state.dir)},
                "run": {"workers": settings.run.workers},
                "search": settings.search.model_dump(),
                "creation": settings.creation.model_dump(),
            },
            "request": request and request.model_dump(mode="json"),
            "die_at": die_at,
        }
        self._argument = json.dumps(argument)
        self._events: list[Event] = []
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        """Start the process; a login reaches it by the environment."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.support.run_process", self._argument],
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

    @property
    def began(self) -> bool:
        """Whether the run has begun with its scenes."""
        return any(event["event"] == "start" for event in self._events)

    def wait_for(self, wanted: Callable[[list[Event]], bool]) -> bool:
        """Wait until ``wanted`` holds of the events so far; false if the process ended first."""
        deadline = time.monotonic() + _PATIENCE_S
        with self._changed:
            while not wanted(self._events):
                if not self._reader.is_alive():
                    return False
                assert self._changed.wait(deadline - time.monotonic()), self._events
        return True

    def run_until(self, holds: Callable[[], bool]) -> bool:
        """Poll ``holds`` while the process runs; false if the process ended first."""
        while not holds():
            try:
                self._process.wait(_GLANCE_S)
            except subprocess.TimeoutExpired:
                continue
            return holds()
        return True

    def pause(self) -> None:
        """Stop the process where it is."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """End a pause."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self, after_s: float = 0.0) -> None:
        """Kill the process, unless it ends by itself within ``after_s``."""
        try:
            self._process.wait(after_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.wait()
        self._reader.join()

    @property
    def was_killed(self) -> bool:
        """Whether the process was ended by a signal that nothing can catch."""
        return self._process.poll() == -signal.SIGKILL

    def end(self) -> Event:
        """Wait until the process ends by itself, and return its last event."""
        assert self._process.wait(_PATIENCE_S) is not None
        self._reader.join()
        assert self._events, "the process ended without an event"
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

"""A worker that serves the active runs of a state until it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from stashbot.flows.runs.driver import POLL_S, working
from stashbot.models import SceneResult
from stashbot.services import Services
from stashbot.store import EventKind, NewEvent


@dataclass
class WorkerObserver:
    """Callbacks of a worker: its name, and each result that it saves."""

    on_start: Callable[[str], None] = lambda _name: None
    on_result: Callable[[SceneResult], None] = lambda _result: None
    on_stop: Callable[[], None] = lambda: None


async def serve(
    services: Services, observer: WorkerObserver | None = None, *, name: str | None = None
) -> None:
    """Work on all active runs until Ctrl-C or SIGTERM; what is unfinished goes to others.

    Raises:
        StateLocked: another process works on this SQLite state, or a live worker has the name.
    """
    observer = observer or WorkerObserver()
    ended: list[tuple[str, str]] = []

    def note(event: NewEvent) -> None:
        if event.kind is EventKind.RESULT and event.scene is not None:
            ended.append((event.run, event.scene))

    services.events.listeners.append(note)
    try:
        async with working(services, name=name) as engine:
            observer.on_start(engine.worker_name)
            stop = asyncio.create_task(engine.wait_for_stop())
            while not stop.done():
                await asyncio.wait({stop}, timeout=POLL_S)
                await _report(services, ended, observer)
            observer.on_stop()
        await _report(services, ended, observer)
    finally:
        services.events.listeners.remove(note)


async def _report(
    services: Services, ended: list[tuple[str, str]], observer: WorkerObserver
) -> None:
    while ended:
        run_id, scene_id = ended.pop(0)
        result = await services.store.results.get(run_id, scene_id)
        if result is not None:
            observer.on_result(result)

"""Workers of a state: who is alive, who is dead, and whose work has to be taken over.

Each worker counts a number up in its row. An observer that sees the number stand still for
``takeover_s`` seconds by its own monotonic clock declares that worker dead; of several observers
only the first succeeds. No two clocks are ever compared, so a clock that jumps changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from loguru import logger

from stashbot.errors import StashbotError, StateError, StateLocked
from stashbot.store import Store, Worker, WorkerState
from stashbot.store.workers import process_space

#: A worker beats this many times within the time after which it is taken for dead.
BEATS_PER_TAKEOVER = 6
MAX_BEAT_S = 5.0


@dataclass
class Membership:
    """A worker among the others of a state. ``name`` is unique among the live ones.

    With ``alone`` no other worker can be alive, as on SQLite behind its lock. ``take_over`` puts
    the work of a dead worker back into the queue; it may be called twice for the same worker.
    ``on_lost`` is called when the others have declared this worker dead, after too long a pause,
    and ``on_rejoined`` with its new id: what others still do about the old id touches no new work.
    """

    store: Store
    name: str | None
    version: str
    takeover_s: float
    alone: bool
    take_over: Callable[[str], Awaitable[None]]
    on_lost: Callable[[], Awaitable[None]]
    on_rejoined: Callable[[str], None]
    me: Worker | None = None
    _seen: dict[str, tuple[int, float]] = field(default_factory=dict)
    #: How many workers are alive, as of the last look.
    live: int = 1

    @property
    def id(self) -> str:
        """Return this worker's id, by which DBOS knows it too."""
        return self._me.id

    @property
    def worker_name(self) -> str:
        """Return this worker's name."""
        return self._me.name

    @property
    def _me(self) -> Worker:
        if self.me is None:
            raise StateError(
                "This worker has not joined the others yet.", hint="Call join() before."
            )
        return self.me

    # -- joining and leaving

    async def join(self) -> None:
        """Register this worker under its name, or under the first free name of this host.

        Raises:
            StateLocked: another live worker has the name.
        """
        await self._declare_gone_dead()
        if self.name is not None and self.name in await self._live_names():
            await self._wait_for_death(self.name)
        self.me = await self._register()
        self.live = len(await self._live_names())

    async def _register(self) -> Worker:
        while True:
            name = self.name or _free_name(await self._live_names())
            try:
                return await self.store.workers.register(name, version=self.version)
            except StateLocked:
                if self.name is not None:
                    raise
                # another worker of this host was a moment faster

    async def _live_names(self) -> set[str]:
        return {worker.name for worker in await self.store.workers.list(state=WorkerState.LIVE)}

    async def _declare_gone_dead(self) -> None:
        """Declare workers dead that cannot be alive, because their process has ended."""
        here = process_space()
        for worker in await self.store.workers.list(state=WorkerState.LIVE):
            is_beside = worker.process_space == here != ""
            if self.alone or (is_beside and not _is_running(worker.pid)):
                await self.store.workers.declare_dead(worker.id, beat=worker.beat)

    async def _wait_for_death(self, name: str) -> None:
        """Wait until the live worker of this name has been silent for long enough.

        Raises:
            StateLocked: it beats.
        """
        (namesake,) = (
            worker
            for worker in await self.store.workers.list(state=WorkerState.LIVE)
            if worker.name == name
        )
        deadline = time.monotonic() + self.takeover_s
        while time.monotonic() < deadline:
            await asyncio.sleep(self._beat_s / 2)
            found = [w for w in await self.store.workers.list() if w.id == namesake.id]
            if not found or found[0].state is WorkerState.DEAD:
                return
            if found[0].beat != namesake.beat:
                raise StateLocked(
                    f"A worker named {name} is at work on {self.store.path} already "
                    f"({namesake.host}, process {namesake.pid}).",
                    hint="Stop it, or give this worker another name with --name.",
                    path=self.store.path,
                )
        await self.store.workers.declare_dead(namesake.id, beat=namesake.beat)

    async def leave(self) -> None:
        """Remove this worker's row."""
        if self.me is not None:
            with contextlib.suppress(StateError):
                await self.store.workers.remove(self.me.id, self.me.token)

    # -- living

    @property
    def _beat_s(self) -> float:
        return min(MAX_BEAT_S, self.takeover_s / BEATS_PER_TAKEOVER)

    async def is_alive(self) -> bool:
        """Return whether the others still take this worker for alive."""
        return await self.store.workers.beat(self._me.id, self._me.token)

    async def run(self) -> None:
        """Beat and watch the others until cancelled."""
        while True:
            try:
                await self._beat()
                await self.take_over_dead()
                await asyncio.sleep(self._beat_s)
            except StashbotError as error:
                logger.warning("worker {}: no heartbeat: {}", self._me.name, error.message)
                await asyncio.sleep(self._beat_s)

    async def _beat(self) -> None:
        me = self._me
        if not await self.store.workers.beat(me.id, me.token):
            logger.warning("worker {} was taken for dead: others do its work now", me.name)
            await self.on_lost()
            self.me = await self._register()
            self.on_rejoined(self.me.id)

    async def take_over_dead(self) -> None:
        """Declare workers dead that are silent, and take over the work of all dead ones."""
        now = time.monotonic()
        workers = await self.store.workers.list()
        self.live = sum(worker.state is WorkerState.LIVE for worker in workers)
        for worker in workers:
            if worker.id == self._me.id:
                continue
            if worker.state is WorkerState.LIVE and not await self._is_silent(worker, now):
                continue
            # On SQLite it is the process that ran here before: nothing that a person has to know.
            level = "INFO" if self.alone else "WARNING"
            logger.log(level, "worker {} is dead; its scenes are taken over", worker.name)
            await self.take_over(worker.id)
            await self.store.workers.remove(worker.id, worker.token)
            self._seen.pop(worker.id, None)

    async def _is_silent(self, worker: Worker, now: float) -> bool:
        """Return whether this call has declared the worker dead."""
        if not self.alone:
            beat, since = self._seen.get(worker.id, (-1, now))
            if beat != worker.beat:
                self._seen[worker.id] = (worker.beat, now)
                return False
            if now - since < self.takeover_s:
                return False
        return await self.store.workers.declare_dead(worker.id, beat=worker.beat)


def _free_name(live: set[str]) -> str:
    """Return the host's name with the first number that no live worker has."""
    number = 1
    while (name := f"{socket.gethostname()}-{number}") in live:
        number += 1
    return name


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

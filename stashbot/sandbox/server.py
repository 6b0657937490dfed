"""The server of a sandbox: in a thread for tests, in the foreground for people."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn

from stashbot.errors import UsageError
from stashbot.sandbox.app import World, make_app
from stashbot.sandbox.execution import MutationRecord
from stashbot.sandbox.faults import Faults
from stashbot.sandbox.library import PracticeLibrary
from stashbot.sandbox.options import SandboxOptions

_START_SECONDS = 15.0
_STOP_SECONDS = 5.0


class Sandbox:
    """A practice Stash that runs within a ``with`` block.

    It answers as soon as the block is entered. Leaving the block ends its connections.

    Raises:
        UsageError: on entry, when the port is taken.
    """

    def __init__(self, options: SandboxOptions | None = None) -> None:
        self.options = options or SandboxOptions()
        self._world = World(self.options)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._port = self.options.port

    def __enter__(self) -> Self:
        listener = _listener(self.options)
        self._port = listener.getsockname()[1]
        self._server = _Server(_config(self._world))
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="stashbot-sandbox", daemon=True
        )
        self._thread.start()
        self._server.is_up.wait(_START_SECONDS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._world.events.publish("close")
            self._server.should_exit = True
            self._thread.join(_STOP_SECONDS)

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://{self.options.host}:{self._port}"

    @property
    def library(self) -> PracticeLibrary:
        """The scenes, everything that they refer to, and the true facts."""
        return self._world.library

    @property
    def faults(self) -> Faults:
        """The faults, which go wrong on purpose."""
        return self._world.faults

    @property
    def mutations(self) -> list[MutationRecord]:
        """Every mutation received so far, oldest first."""
        return list(self._world.mutations)

    def reset(self) -> None:
        """Restore library, faults and mutations as at the start; sessions stay open."""
        self._world.reset()

    def expire_sessions(self) -> None:
        """End all sessions."""
        self._world.sessions.expire_all()

    def complete_scan(self) -> int:
        """Announce the end of a scan to all open pages, and return the number of listeners."""
        return self._world.events.publish("scan")

    def wait_for_pages(self, count: int = 1, timeout: float = 5.0) -> bool:
        """Wait until ``count`` open pages listen for finished scans; ``timeout`` in seconds."""
        return self._world.events.wait_for_subscribers(count, timeout)


def serve(options: SandboxOptions) -> None:
    """Run a sandbox in the foreground until it is interrupted.

    Raises:
        UsageError: the port is taken.
    """
    listener = _listener(options)
    _Server(_config(World(options))).run([listener])


class _Server(uvicorn.Server):
    """A server that signals when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


def _config(world: World) -> uvicorn.Config:
    return uvicorn.Config(
        make_app(world),
        log_level="warning",
        access_log=False,
        lifespan="off",
        ws="websockets-sansio",
        http="h11",
        timeout_graceful_shutdown=1,
    )


def _listener(options: SandboxOptions) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((options.host, options.port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"Port {options.port} is taken.", hint="Choose another port, or 0 for any free port."
        ) from error
    return listener

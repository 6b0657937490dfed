"""Servers for the sandbox: in a thread for tests, in the foreground for users."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn

from stashbot.errors import UsageError
from stashbot.sandbox.app import SandboxState, make_app
from stashbot.sandbox.execution import MutationRecord
from stashbot.sandbox.faults import Faults
from stashbot.sandbox.library import PracticeLibrary
from stashbot.sandbox.options import SandboxOptions

_START_SECONDS = 15.0
_STOP_SECONDS = 5.0


class Sandbox:
    """A practice Stash that runs inside a ``with`` block.

    Entering the block waits until the server answers; leaving it closes all connections.

    Raises:
        UsageError: on entry, if the port is taken.
    """

    def __init__(self, options: SandboxOptions | None = None) -> None:
        self.options = options or SandboxOptions()
        self._state = SandboxState(self.options)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._port = self.options.port

    def __enter__(self) -> Self:
        listener = _listener(self.options)
        self._port = listener.getsockname()[1]
        self._server = _Server(_config(self._state))
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
            self._state.events.publish("close")
            self._server.should_exit = True
            self._thread.join(_STOP_SECONDS)

    @property
    def url(self) -> str:
        """The address, without a trailing slash."""
        return f"http://{self.options.host}:{self._port}"

    @property
    def library(self) -> PracticeLibrary:
        """The library, with the true metadata of its scenes."""
        return self._state.library

    @property
    def faults(self) -> Faults:
        """The active faults, to add and remove them."""
        return self._state.faults

    @property
    def mutations(self) -> list[MutationRecord]:
        """Every mutation received so far, oldest first."""
        return list(self._state.mutations)

    def reset(self) -> None:
        """Reset the library, the faults and the list of mutations; sessions stay open."""
        self._state.reset()

    def expire_sessions(self) -> None:
        """End all sessions."""
        self._state.sessions.expire_all()

    def complete_scan(self) -> int:
        """Notify all open pages that a scan ended, and return their number."""
        return self._state.events.publish("scan")

    def wait_for_pages(self, count: int = 1, timeout: float = 5.0) -> bool:
        """Wait until ``count`` open pages listen for finished scans; ``timeout`` in seconds."""
        return self._state.events.wait_for_subscribers(count, timeout)


def serve(options: SandboxOptions) -> None:
    """Run a sandbox in the foreground until it is interrupted.

    Raises:
        UsageError: the port is taken.
    """
    listener = _listener(options)
    _Server(_config(SandboxState(options))).run([listener])


class _Server(uvicorn.Server):
    """A server that sets ``is_up`` after startup."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


def _config(state: SandboxState) -> uvicorn.Config:
    return uvicorn.Config(
        make_app(state),
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

"""Log routing, stop signals and version checks of the process that the engine runs in."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from typing import Any

from loguru import logger

from stashbot.errors import StateError

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_CONNECTION_TROUBLE = "Database connection"


class _Forward(logging.Handler):
    """DBOS's records at the level of a trace, except that the database does not answer.

    Only the message is passed on: tracebacks could show what flows were given.
    """

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        level = "WARNING" if message.startswith(_CONNECTION_TROUBLE) else "TRACE"
        logger.log(level, "engine: {}", message)


def route_dbos_log() -> None:
    """Send DBOS's log through ours. A logger that has a handler gets none from DBOS."""
    dbos_logger = logging.getLogger("dbos")
    dbos_logger.handlers = [_Forward()]
    dbos_logger.propagate = False


class StopSignals:
    """Ctrl-C and SIGTERM call ``stop`` while this is installed.

    Only the main thread can take signals; in any other, nothing is installed.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._before: dict[signal.Signals, Any] = {}

    def install(self) -> None:
        """Take the signals over."""
        loop = asyncio.get_running_loop()
        for number in _STOP_SIGNALS:
            before = signal.getsignal(number)
            try:
                loop.add_signal_handler(number, self._stop)
            except (ValueError, RuntimeError, NotImplementedError):
                return
            self._before[number] = before

    def restore(self) -> None:
        """Give the signals back to whoever had them."""
        loop = asyncio.get_running_loop()
        while self._before:
            number, before = self._before.popitem()
            loop.remove_signal_handler(number)
            signal.signal(number, before)


def check_sqlite(python: tuple[int, ...], sqlite: tuple[int, ...], path: str) -> None:
    """Raise unless this Python and SQLite can run DBOS together.

    Raises:
        StateError: Python 3.12 or newer with SQLite older than 3.42.
    """
    if python[:2] < (3, 12) or sqlite >= (3, 42):
        return
    found = ".".join(str(part) for part in sqlite)
    raise StateError(
        f"SQLite {found} is too old for durable runs on Python {python[0]}.{python[1]}.",
        hint="Use Python 3.11, a Python built with SQLite 3.42 or newer, or a Postgres database "
        "with --database postgresql://user@host/database.",
        path=path,
    )


def python_version() -> tuple[int, ...]:
    """Return the version of this Python."""
    return sys.version_info[:3]

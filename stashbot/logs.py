"""Logging: loguru on stderr, and a file in the state folder.

Everything that reaches a sink is redacted first: messages, extra values, exceptions with their
causes and tracebacks, and the records of other libraries. Tracebacks do not show the values of
variables.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO, cast

from loguru import logger

from stashbot.private_files import make_private, open_private
from stashbot.redaction import Scrubber

if TYPE_CHECKING:
    from loguru import Record

Level = Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"]

LOG_FILE = Path("logs") / "stashbot.log"
#: Bytes after which a new file begins, and how many files there are at most.
ROTATION = 10_000_000
KEPT = 5
_SCREEN_FORMAT = "<dim>{time:HH:mm:ss}</dim> <level>{level: <7}</level> {message}"
_FILE_FORMAT = "{time:YYYY-MM-DDTHH:mm:ss.SSSZ} {level: <7} {process} {name}:{line} {message}"
#: Loggers that report every request and connection on INFO.
_VERBOSE = ("httpx", "httpcore", "asyncio", "websockets", "uvicorn.access")


def set_up_logging(
    *,
    scrubber: Scrubber,
    level: Level = "INFO",
    state_dir: Path | None = None,
    file_level: Level = "DEBUG",
    stream: TextIO | None = None,
) -> None:
    """Set up the logging of this process in place of any earlier set-up.

    Messages from ``level`` on go to ``stream``, stderr by default. With ``state_dir``, messages
    from ``file_level`` on go to ``logs/stashbot.log`` in it: a new file every 10 MB, of which the
    last five are kept. If that file cannot be written, a warning says so and logging goes on.
    """
    logger.remove()
    logger.configure(patcher=lambda record: _scrub(record, scrubber))
    sink = stream or sys.stderr
    logger.add(sink, level=level, format=_SCREEN_FORMAT, backtrace=False, diagnose=False)
    logging.basicConfig(handlers=[_ToLoguru()], level=logging.INFO, force=True)
    for name in _VERBOSE:
        logging.getLogger(name).setLevel(logging.WARNING)
    if state_dir is not None:
        _add_file(state_dir / LOG_FILE, file_level)


def _add_file(file: Path, level: Level) -> None:
    try:
        make_private(file.parent)
        logger.add(
            _LogFile(file, maxBytes=ROTATION, backupCount=KEPT - 1, encoding="utf-8"),
            level=level,
            format=_FILE_FORMAT,
            backtrace=False,
            diagnose=False,
        )
    except OSError as error:
        logger.warning("no log file is written: {}", error)


def _scrub(record: Record, scrubber: Scrubber) -> None:
    """Redact a record. Its exception joins the message: sinks would format it after the patcher."""
    message = record["message"]
    if (exception := record["exception"]) is not None:
        lines = traceback.format_exception(exception.type, exception.value, exception.traceback)
        message = f"{message}\n{''.join(lines).rstrip()}"
        record["exception"] = None
    record["message"] = scrubber.text(message)
    extra = record["extra"]
    for name, value in extra.items():
        extra[name] = scrubber.text(value if isinstance(value, str) else repr(value))


class _LogFile(RotatingFileHandler):
    """A log file that nobody else can read, and whose full disk is no reason to stop."""

    def _open(self) -> TextIOWrapper:
        file = open_private(self.baseFilename, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        return cast("TextIOWrapper", os.fdopen(file, self.mode, encoding=self.encoding))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 # logging's name
        """Say once that the log is not written any more, and close it."""
        del record
        self.addFilter(lambda _record: False)
        sys.stderr.write(f"No log is written any more: {sys.exc_info()[1]}\n")


class _ToLoguru(logging.Handler):
    """Passes the records of other libraries on to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._hand_over(record)
        except Exception:  # noqa: BLE001 # as logging does: a bad record never harms its caller
            self.handleError(record)

    def _hand_over(self, record: logging.LogRecord) -> None:
        try:
            level: str | int = logger.level(record.levelname).name
        except ValueError:
            level = record.levelno

        def place(patched: Record) -> None:
            patched["name"], patched["line"] = record.name, record.lineno

        logger.patch(place).opt(exception=record.exc_info).log(
            level, "{}: {}", record.name, record.getMessage()
        )

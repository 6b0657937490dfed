"""What the program says while it works: loguru on stderr, and a file in the state folder.

Everything that reaches a sink has passed the scrubber: messages, extra values, exceptions with
their causes and tracebacks, and what other libraries say through ``logging``. Tracebacks are shown
without the values of variables.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

from loguru import logger

from stashbot.redaction import Scrubber

if TYPE_CHECKING:
    from loguru import Record

Level = Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"]

LOG_FILE = Path("logs") / "stashbot.log"
ROTATION = "10 MB"
RETENTION = 5
_SCREEN_FORMAT = "<dim>{time:HH:mm:ss}</dim> <level>{level: <7}</level> {message}"
_FILE_FORMAT = "{time:YYYY-MM-DDTHH:mm:ss.SSSZ} {level: <7} {process} {name}:{line} {message}"
#: They tell of every request and connection on INFO.
_TALKATIVE = ("httpx", "httpcore", "asyncio", "websockets", "uvicorn.access")


def set_up_logging(
    *,
    scrubber: Scrubber,
    level: Level = "INFO",
    state_dir: Path | None = None,
    file_level: Level = "DEBUG",
    stream: TextIO | None = None,
) -> None:
    """Directs all logging of this process; what was set up before is replaced.

    Messages from ``level`` on go to ``stream`` (stderr by default). With ``state_dir``, those from
    ``file_level`` on go to ``logs/stashbot.log`` in it, a new file every 10 MB, the last five kept;
    a file that cannot be written is a warning and no failure.
    """
    logger.remove()
    logger.configure(patcher=lambda record: _scrub(record, scrubber))
    sink = stream or sys.stderr
    logger.add(sink, level=level, format=_SCREEN_FORMAT, backtrace=False, diagnose=False)
    logging.basicConfig(handlers=[_ToLoguru()], level=logging.INFO, force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    if state_dir is not None:
        _add_file(state_dir / LOG_FILE, file_level)


def _add_file(file: Path, level: Level) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        logger.add(
            file,
            level=level,
            format=_FILE_FORMAT,
            rotation=ROTATION,
            retention=RETENTION,
            encoding="utf-8",
            backtrace=False,
            diagnose=False,
        )
    except OSError as error:
        logger.warning("No log file is written: {}.", error)


def _scrub(record: Record, scrubber: Scrubber) -> None:
    """The exception joins the message, since sinks would format it after the patcher."""
    message = record["message"]
    if (exception := record["exception"]) is not None:
        lines = traceback.format_exception(exception.type, exception.value, exception.traceback)
        message = f"{message}\n{''.join(lines).rstrip()}"
        record["exception"] = None
    record["message"] = scrubber.text(message)
    extra = record["extra"]
    for name, value in extra.items():
        extra[name] = scrubber.text(value if isinstance(value, str) else repr(value))


class _ToLoguru(logging.Handler):
    """Hands what other libraries log over to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._hand_over(record)
        except Exception:  # noqa: BLE001 # logging's own way: a bad record never harms who logs
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

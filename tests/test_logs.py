"""The log is readable, complete and free of secrets."""

from __future__ import annotations

import errno
import io
import logging
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest
from loguru import logger

from stashbot.logs import LOG_FILE, set_up_logging
from stashbot.redaction import HIDDEN, Scrubber

SECRET = "correct horse"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Return the stream of the log; restore the logging of the test run afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []
    yield io.StringIO()
    logger.remove()
    logger.configure(patcher=lambda _: None)
    root.handlers[:], root.level = handlers, level


def fail() -> None:
    try:
        dict[str, str]()[SECRET]
    except KeyError as error:
        raise ValueError(f"bad {SECRET}") from error


def test_messages_and_exceptions_lose_their_secrets(stream: io.StringIO, tmp_path: Path) -> None:
    """Message, arguments, bound values, exception, cause and traceback hold no secret."""
    set_up_logging(scrubber=Scrubber([SECRET]), stream=stream, state_dir=tmp_path)
    extras: list[str] = []
    logger.add(lambda message: extras.append(str(message.record["extra"])))
    logger.bind(it=SECRET, others=[SECRET]).info("it is {} {{}}", SECRET)
    assert SECRET not in extras[0]
    try:
        fail()
    except ValueError:
        logger.exception("failed with {}", SECRET)
    logger.opt(raw=True).info("raw correct%20horse\n")
    logger.remove()
    for text in (stream.getvalue(), (tmp_path / LOG_FILE).read_text()):
        assert SECRET not in text
        assert "correct%20horse" not in text
        assert f"it is {HIDDEN} {{}}" in text
        assert f"ValueError: bad {HIDDEN}" in text
        assert f"KeyError: '{HIDDEN}'" in text
        assert "in fail" in text


def test_a_secret_learned_later_is_hidden(stream: io.StringIO) -> None:
    """A secret can be added to the scrubber while the program runs."""
    scrubber = Scrubber()
    set_up_logging(scrubber=scrubber, stream=stream)
    scrubber.add("cookie-value")
    logger.info("got cookie-value")
    assert f"got {HIDDEN}" in stream.getvalue()


def test_records_of_other_libraries_go_to_the_same_log(stream: io.StringIO) -> None:
    """They are redacted too; those of verbose libraries are shown from WARNING on."""
    set_up_logging(scrubber=Scrubber([SECRET]), stream=stream)
    logging.getLogger("some.library").warning("says %s", SECRET)
    logging.getLogger("httpx").info("request")
    logging.getLogger("httpx").warning("trouble")
    try:
        fail()
    except ValueError:
        logging.getLogger("some.library").exception("broken")
    text = stream.getvalue()
    assert f"WARNING some.library: says {HIDDEN}" in text
    assert "request" not in text
    assert "httpx: trouble" in text
    assert "ValueError: bad" in text
    assert SECRET not in text


def test_the_level_applies_to_the_screen_and_not_to_the_file(
    stream: io.StringIO, tmp_path: Path
) -> None:
    """The screen shows ``level`` and above; the file has the details."""
    set_up_logging(scrubber=Scrubber(), level="WARNING", stream=stream, state_dir=tmp_path)
    logger.debug("detail")
    logger.warning("trouble")
    logger.remove()
    assert "detail" not in stream.getvalue()
    assert "trouble" in stream.getvalue()
    assert "detail" in (tmp_path / LOG_FILE).read_text()


def test_setting_up_again_replaces_the_former_sinks(stream: io.StringIO) -> None:
    """A second set-up does not double the messages."""
    for _ in range(2):
        set_up_logging(scrubber=Scrubber(), stream=stream)
    logging.getLogger("some.library").warning("once")
    assert stream.getvalue().count("once") == 1


def test_an_unwritable_file_is_a_warning(stream: io.StringIO, tmp_path: Path) -> None:
    """Without a log file the program still runs and says so."""
    (tmp_path / "logs").write_text("in the way")
    set_up_logging(scrubber=Scrubber(), stream=stream, state_dir=tmp_path)
    assert "no log file is written" in stream.getvalue()


def test_the_file_is_private_and_a_full_disk_ends_it_with_one_line(
    stream: io.StringIO,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The program goes on, and the screen has no stack for each message."""
    set_up_logging(scrubber=Scrubber(), stream=stream, state_dir=tmp_path)
    logger.info("one")
    logger.info("two")
    file = tmp_path / "logs" / "stashbot.log"
    assert [line.rsplit(" ", 1)[1] for line in file.read_text().splitlines()] == ["one", "two"]
    assert oct(file.stat().st_mode & 0o777) == "0o600"

    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RotatingFileHandler, "shouldRollover", no_space)
    for _ in range(3):
        logger.info("lost")
    assert capsys.readouterr().err.splitlines() == [
        "No log is written any more: [Errno 28] No space left on device"
    ]
    assert stream.getvalue().count("lost") == 3

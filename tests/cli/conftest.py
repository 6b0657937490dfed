"""Commands called as by a shell, and a practice Stash per module."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from loguru import logger

from stashbot.cli import main
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.settings import ENV_PREFIX


@dataclass(frozen=True)
class Called:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Stdout as its JSON document."""
        return json.loads(self.out)


class Call(Protocol):
    """Calls a command in an empty folder, with these ``STASHBOT_*`` variables."""

    def __call__(self, *arguments: object, **variables: str) -> Called:
        """Call the command and return its result."""


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Restore the logging of the test run, which commands replace."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logger.remove()
    logger.configure(patcher=lambda _: None)
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Call:
    """Call commands in this process."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(ENV_PREFIX)]:
        monkeypatch.delenv(name)

    def calling(*arguments: object, **variables: str) -> Called:
        capfd.readouterr()
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(f"{ENV_PREFIX}{name}", value)
            with pytest.raises(SystemExit) as end:
                main([str(argument) for argument in arguments])
        said = capfd.readouterr()
        return Called(int(str(end.value.code)), said.out, said.err)

    return calling


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Yield a practice Stash without a login."""
    with Sandbox(SandboxOptions(release_notes=False)) as running:
        yield running


@pytest.fixture(scope="module")
def guarded() -> Iterator[Sandbox]:
    """Yield a practice Stash with a login."""
    options = SandboxOptions(username="me", password="right-password", api_key="right-key-123")
    with Sandbox(options) as running:
        yield running

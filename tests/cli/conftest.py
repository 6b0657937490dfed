"""Calling commands as a shell does, and one practice Stash for each module."""

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
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document that stdout is."""
        return json.loads(self.out)


class Call(Protocol):
    """A command with its arguments, in an empty folder and with these ``STASHBOT_*`` variables."""

    def __call__(self, *arguments: object, **variables: str) -> Called:
        """How it ended."""


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Commands set logging up; the test run's own is put back."""
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
    """Calls a command in this process."""
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
    """A practice Stash without a login."""
    with Sandbox(SandboxOptions(release_notes=False)) as running:
        yield running


@pytest.fixture(scope="module")
def guarded() -> Iterator[Sandbox]:
    """A practice Stash with a login."""
    options = SandboxOptions(username="me", password="right-password", api_key="right-key-123")
    with Sandbox(options) as running:
        yield running

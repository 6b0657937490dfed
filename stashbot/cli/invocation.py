"""What all commands share: common options, settings, logging, and how a command ends."""

from __future__ import annotations

import asyncio
import functools
import inspect
import shlex
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, TextIO, cast

import typer

from stashbot.cli.output import DONE, FELL_SHORT, INTERRUPTED, Output, exit_code
from stashbot.errors import Interrupted, StashbotError
from stashbot.logs import Level, set_up_logging
from stashbot.redaction import Scrubber
from stashbot.settings import Settings, load_settings

P = ParamSpec("P")

_PANEL = "Common options"
_LEVELS: tuple[Level, ...] = ("WARNING", "INFO", "DEBUG", "TRACE")
_TRACEBACKS_FROM = 2


def _common(
    *,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="The settings file; stashbot.toml in this folder if there is one.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="Where Stash answers.", rich_help_panel=_PANEL),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            metavar="DIR",
            help="The folder of stashbot's own data; .stashbot by default.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            "--database",
            metavar="URL",
            help="A database in place of the file in that folder.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    json: Annotated[
        bool,
        typer.Option(
            "--json", metavar="", help="One JSON document on stdout.", rich_help_panel=_PANEL
        ),
    ] = False,
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            count=True,
            metavar="",
            show_default=False,
            help="Say more on stderr; -vv much more, and tracebacks.",
            rich_help_panel=_PANEL,
        ),
    ] = 0,
) -> None:
    """The options that every command has."""


_COMMON = inspect.signature(_common, eval_str=True).parameters


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One call of a command: its common options, and where it speaks."""

    config: Path | None = None
    url: str | None = None
    state: Path | None = None
    database: str | None = None
    json: bool = False
    verbose: int = 0
    scrubber: Scrubber = field(default_factory=Scrubber)

    @functools.cached_property
    def output(self) -> Output:
        """Stdout and stderr."""
        return Output(as_json=self.json, scrubber=self.scrubber)

    def settings(self, **sections: dict[str, Any]) -> Settings:
        """The settings with this call's flags; ``sections`` are the command's own flags.

        Raises:
            ConfigError: naming the key.
        """
        flags: dict[str, dict[str, Any]] = {
            "stash": {"url": self.url},
            "state": {"dir": self.state, "database": self.database},
        }
        for name, values in sections.items():
            flags[name] = {**flags.get(name, {}), **values}
        settings = load_settings(self.config, flags)
        self.scrubber.add(*settings.stash.secrets)
        return settings

    def log(self, state_dir: Path | None = None) -> None:
        """Logs on stderr as loud as asked for, and into the state folder if it is given."""
        level = _LEVELS[min(self.verbose, len(_LEVELS) - 1)]
        stream = cast("TextIO", _CurrentStderr())
        set_up_logging(scrubber=self.scrubber, level=level, state_dir=state_dir, stream=stream)

    def command(self, *words: str) -> str:
        """A command line to go on with, on the same Stash and state as this one."""
        given = {
            "--config": self.config,
            "--url": self.url,
            "--state": self.state,
            "--database": self.database,
        }
        flags = [part for name, value in given.items() if value for part in (name, str(value))]
        return self.scrubber.text(shlex.join(["stashbot", *words, *flags]))


class _CurrentStderr:
    """Stderr as it is at the moment of writing: a live view takes its place to print above."""

    def write(self, text: str) -> int:
        """To stderr."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Of stderr."""
        sys.stderr.flush()

    def isatty(self) -> bool:
        """Whether colours make sense."""
        return sys.stderr.isatty()


def command(work: Callable[Concatenate[Invocation, P], int | None]) -> Callable[..., int]:
    """``work`` as a command: with the common options, and with every error told in one sentence.

    The command's value is its exit code.
    """
    signature = inspect.signature(work, eval_str=True)
    own = list(signature.parameters.values())[1:]

    @functools.wraps(work)
    def wrapper(**values: Any) -> int:
        invocation = Invocation(**{name: values.pop(name) for name in _COMMON})
        return carry_out(invocation, lambda: work(invocation, **values))  # type: ignore[call-arg]

    parameters = [*own, *_COMMON.values()]
    parameters.sort(key=lambda parameter: parameter.kind)
    wrapper.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return wrapper


def carry_out(invocation: Invocation, work: Callable[[], int | None]) -> int:
    """The exit code of ``work``; no exception leaves it."""
    try:
        invocation.log()
        return work() or DONE
    except StashbotError as error:
        _trace(invocation)
        invocation.output.error(error)
        return exit_code(error)
    except (KeyboardInterrupt, asyncio.CancelledError):
        invocation.output.error(Interrupted("It was interrupted."))
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 # the outermost place: nobody reads tracebacks
        _trace(invocation)
        invocation.output.error(_unexpected(error))
        return FELL_SHORT


def _trace(invocation: Invocation) -> None:
    if invocation.verbose >= _TRACEBACKS_FROM:
        sys.stderr.write(invocation.scrubber.text(traceback.format_exc()))


def _unexpected(error: Exception) -> StashbotError:
    return StashbotError(
        f"Something went wrong that stashbot does not know: {type(error).__name__}: {error}.",
        hint="This is a bug. Run it again with -vv and report what it prints.",
    )

"""Common options of all commands, and how a command starts and ends."""

from __future__ import annotations

import functools
import inspect
import shlex
import sys
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, TextIO, TypeVar, cast

import typer

from stashbot.cli.output import DONE, FELL_SHORT, INTERRUPTED, Output, exit_code
from stashbot.errors import Interrupted, StashbotError, UnexpectedError

if TYPE_CHECKING:
    from stashbot.redaction import Scrubber
    from stashbot.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

_PANEL = "Common options"
#: ``-vv`` shows tracebacks.
_TRACEBACK_VERBOSITY = 2


def _common_options(
    *,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="The settings file; by default stashbot.toml in this folder.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="Address of Stash.", rich_help_panel=_PANEL),
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
            help="A database to use in place of the file in that folder.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    json: Annotated[
        bool,
        typer.Option("--json", metavar="", help="Print a JSON document.", rich_help_panel=_PANEL),
    ] = False,
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            count=True,
            metavar="",
            show_default=False,
            help="Log more on stderr; -vv still more, and tracebacks.",
            rich_help_panel=_PANEL,
        ),
    ] = 0,
) -> None:
    """Declare the options that every command has."""


_COMMON = inspect.signature(_common_options, eval_str=True).parameters


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """A call of a command: its common options, its output and its settings."""

    config: Path | None = None
    url: str | None = None
    state: Path | None = None
    database: str | None = None
    json: bool = False
    verbose: int = 0

    @functools.cached_property
    def scrubber(self) -> Scrubber:
        """Removes secrets from everything that this call prints or logs."""
        from stashbot.redaction import Scrubber

        return Scrubber()

    @functools.cached_property
    def output(self) -> Output:
        """Stdout and stderr."""
        return Output(as_json=self.json, scrubber=self.scrubber)

    def settings(self, **sections: dict[str, Any]) -> Settings:
        """Load the settings with the flags of this call.

        ``sections`` are the command's own flags by section and key; None means not given.

        Raises:
            ConfigError: naming the key.
        """
        from stashbot.settings import load_settings

        flags: dict[str, dict[str, Any]] = {
            "stash": {"url": self.url},
            "state": {"dir": self.state, "database": self.database},
        }
        for name, values in sections.items():
            flags[name] = {**flags.get(name, {}), **values}
        settings = load_settings(self.config, flags)
        self.scrubber.add(*settings.stash.secrets)
        return settings

    def start_logging(self, state_dir: Path | None = None) -> None:
        """Log on stderr as ``--verbose`` says, and into ``state_dir`` if it is given."""
        from stashbot.logs import Level, set_up_logging

        levels: tuple[Level, ...] = ("WARNING", "INFO", "DEBUG", "TRACE")
        set_up_logging(
            scrubber=self.scrubber,
            level=levels[min(self.verbose, len(levels) - 1)],
            state_dir=state_dir,
            stream=cast("TextIO", _CurrentStderr()),
        )

    def command(self, *words: str) -> str:
        """Return a command line for the same Stash and state as this call."""
        given = {
            "--config": self.config,
            "--url": self.url,
            "--state": self.state,
            "--database": self.database,
        }
        flags = [part for name, value in given.items() if value for part in (name, str(value))]
        return self.scrubber.text(shlex.join(["stashbot", *words, *flags]))


class _CurrentStderr:
    """A stream to ``sys.stderr`` as it is at each write, since a live view replaces it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return sys.stderr.isatty()


def command(function: Callable[Concatenate[Invocation, P], int | None]) -> Callable[..., int]:
    """Make a command of ``function``: add the common options, and report every error.

    ``function`` returns its exit code, or None for 0; so does the command.
    """
    signature = inspect.signature(function, eval_str=True)
    own = list(signature.parameters.values())[1:]

    @functools.wraps(function)
    def wrapper(**values: Any) -> int:
        invocation = Invocation(**{name: values.pop(name) for name in _COMMON})
        return run_command(invocation, lambda: function(invocation, **values))  # type: ignore[call-arg]

    parameters = [*own, *_COMMON.values()]
    parameters.sort(key=lambda parameter: parameter.kind)
    wrapper.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return wrapper


def run_command(invocation: Invocation, work: Callable[[], int | None]) -> int:
    """Run a command's ``work`` and return its exit code; every exception is reported."""
    from asyncio import CancelledError

    try:
        invocation.start_logging()
        return work() or DONE
    except StashbotError as error:
        _print_traceback(invocation)
        invocation.output.report_error(error)
        return exit_code(error)
    except (KeyboardInterrupt, CancelledError):
        invocation.output.report_error(Interrupted("Interrupted."))
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 # users get a sentence for a bug, too
        _print_traceback(invocation)
        invocation.output.report_error(_unexpected(error))
        return FELL_SHORT


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in an event loop of its own and return its result.

    The loop's own reports go to the log: they are of tasks that nobody waits for, such as the work
    of a page that was closed.
    """
    import asyncio

    from loguru import logger

    def log(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        logger.debug("event loop: {} ({!r})", context["message"], context.get("exception"))

    async def main() -> T:
        asyncio.get_running_loop().set_exception_handler(log)
        return await work

    return asyncio.run(main())


def _print_traceback(invocation: Invocation) -> None:
    if invocation.verbose >= _TRACEBACK_VERBOSITY:
        sys.stderr.write(invocation.scrubber.text(traceback.format_exc()))


def _unexpected(error: Exception) -> StashbotError:
    return UnexpectedError.from_exception(error)

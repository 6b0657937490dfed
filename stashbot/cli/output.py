"""Output of a command: tables and lines for people, a JSON document for programs.

Results for people go to stdout, logs and errors to stderr. With ``--json`` stdout holds exactly
a single JSON document, also if the command fails.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from stashbot.errors import (
    DatabaseUnreachable,
    Interrupted,
    StashbotError,
    StateFull,
    UnreachableError,
    UsageError,
)

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from stashbot.redaction import Scrubber

DONE = 0
FELL_SHORT = 1
BAD_USAGE = 2
UNREACHABLE = 3
INTERRUPTED = 130

#: Columns where stdout is no terminal: wide enough that programs get whole lines.
_PIPE_WIDTH = 200


def exit_code(error: StashbotError) -> int:
    """Return the exit code for an error."""
    if isinstance(error, UnreachableError | DatabaseUnreachable | StateFull):
        return UNREACHABLE
    if isinstance(error, UsageError):
        return BAD_USAGE
    return INTERRUPTED if isinstance(error, Interrupted) else FELL_SHORT


def to_json(value: Any, text: Callable[[str], str] = str) -> Any:
    """Return models, and lists and dictionaries of them, as JSON values.

    ``text`` is applied to every string except the keys of dictionaries.
    """
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    if isinstance(value, dict):
        return {str(key): to_json(item, text) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item, text) for item in value]
    return text(value) if isinstance(value, str) else value


class Output:
    """Stdout and stderr of a command."""

    def __init__(self, *, as_json: bool, scrubber: Scrubber) -> None:
        self.as_json = as_json
        self._scrubber = scrubber
        self.out = _console(stderr=False)
        self.err = _console(stderr=True)

    @property
    def live_console(self) -> Console | None:
        """The terminal for a live view; None if there is none, and never stdout with ``--json``."""
        console = self.err if self.as_json else self.out
        return console if console.is_terminal and not console.is_dumb_terminal else None

    def show(self, document: Any, *human: RenderableType) -> None:
        """Print the result: ``document`` with ``--json``, else ``human``."""
        if self.as_json:
            self.print_json(document)
        else:
            self.print(*human)

    def print_json(self, value: Any) -> None:
        """Print the JSON document of this command."""
        text = json.dumps(to_json(value), indent=2, ensure_ascii=False, default=str)
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def print(self, *parts: RenderableType) -> None:
        """Print lines and tables for people, without markup; nothing with ``--json``."""
        if not self.as_json:
            from rich.text import Text

            for part in parts:
                wraps = isinstance(part, Text) and not self.out.is_terminal
                self.out.print(part, markup=False, highlight=False, soft_wrap=wraps)

    def print_commands(self, lines: Iterable[tuple[str, str]]) -> None:
        """Print pairs of a purpose and the command line for it, to be copied as a whole."""
        if self.as_json:
            return
        from rich.text import Text

        pairs = list(lines)
        width = max((len(purpose) for purpose, _ in pairs), default=0)
        for purpose, command in pairs:
            text = Text.assemble(f"  {purpose.ljust(width)}  ", (command, "bold cyan"))
            self.out.print(text, soft_wrap=True, highlight=False)

    def report_error(self, error: StashbotError) -> None:
        """Print an error: on stderr as a sentence and a hint, or as the JSON document."""
        if self.as_json:
            document = to_json(error_document(error), self._scrubber.text)
            self.print_json({"error": document})
        else:
            self.print_error(error.message, error.hint)

    def print_error(self, message: str, hint: str = "") -> None:
        """Print an error message on stderr, with and without ``--json``."""
        from rich.text import Text

        text = Text.assemble(("Error: ", "bold red"), self._scrubber.text(message))
        if hint:
            text.append(f"\n  {self._scrubber.text(hint)}", "yellow")
        self.err.print(text, soft_wrap=not self.err.is_terminal, highlight=False)


def error_document(error: StashbotError) -> dict[str, Any]:
    """Return an error as its JSON document."""
    return {
        "type": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "exit_code": exit_code(error),
        "details": error.details,
    }


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    console = Console(stderr=stderr, soft_wrap=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console

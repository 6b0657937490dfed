"""What a command says: tables and lines for people, one JSON document for programs.

Human output goes to stdout, logs and errors to stderr. With ``--json`` stdout holds exactly one
JSON document, also when the command failed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.text import Text

from stashbot.errors import Interrupted, StashbotError, UnreachableError, UsageError
from stashbot.redaction import Scrubber

DONE = 0
FELL_SHORT = 1
BAD_USAGE = 2
UNREACHABLE = 3
INTERRUPTED = 130

#: A pipe has no width; what reads it should get whole lines.
_PIPE_WIDTH = 200


def exit_code(error: StashbotError) -> int:
    """The exit code that an error stands for."""
    if isinstance(error, UsageError):
        return BAD_USAGE
    if isinstance(error, UnreachableError):
        return UNREACHABLE
    return INTERRUPTED if isinstance(error, Interrupted) else FELL_SHORT


def safe(value: object) -> str:
    """Text from Stash or a source as a terminal may show it: one line, no control characters."""
    return "".join(
        character
        if character.isprintable()
        else " "
        if character.isspace()
        else "\N{REPLACEMENT CHARACTER}"
        for character in str(value)
    )


def plain(value: Any, text: Callable[[str], str] = str) -> Any:
    """Models, and lists and dictionaries of them, in JSON form; ``text`` is put over each text."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    if isinstance(value, dict):
        return {str(key): plain(item, text) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, text) for item in value]
    return text(value) if isinstance(value, str) else value


class Output:
    """Stdout and stderr of one command."""

    def __init__(self, *, as_json: bool, scrubber: Scrubber) -> None:
        self.as_json = as_json
        self._scrubber = scrubber
        self.out = _console(stderr=False)
        self.err = _console(stderr=True)

    @property
    def live(self) -> Console | None:
        """The terminal that a live view may use, if there is one: never the JSON's stdout."""
        console = self.err if self.as_json else self.out
        return console if console.is_terminal and not console.is_dumb_terminal else None

    def show(self, document: Any, *human: RenderableType) -> None:
        """The result: ``document`` for programs, ``human`` for people."""
        if self.as_json:
            self.document(document)
        else:
            self.say(*human)

    def document(self, value: Any) -> None:
        """Writes the one JSON document."""
        text = json.dumps(plain(value), indent=2, ensure_ascii=False, default=str)
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def say(self, *parts: RenderableType) -> None:
        """Lines and tables for people; nothing with ``--json``. Text is taken as it is."""
        if not self.as_json:
            for part in parts:
                wraps = isinstance(part, Text) and not self.out.is_terminal
                self.out.print(part, markup=False, highlight=False, soft_wrap=wraps)

    def commands(self, lines: Iterable[tuple[str, str]]) -> None:
        """Command lines to go on with, whole to be copied, each after what it is for."""
        pairs = list(lines)
        width = max((len(purpose) for purpose, _ in pairs), default=0)
        for purpose, command in pairs if not self.as_json else ():
            text = Text.assemble(f"  {purpose.ljust(width)}  ", (command, "bold cyan"))
            self.out.print(text, soft_wrap=True, highlight=False)

    def error(self, error: StashbotError) -> None:
        """One clear sentence and what to do about it."""
        if self.as_json:
            document = plain(error_document(error), self._scrubber.text)
            self.document({"error": document})
        else:
            self.complain(error.message, error.hint)

    def complain(self, message: str, hint: str = "") -> None:
        """A sentence on stderr, whatever the format of the result."""
        text = Text.assemble(("Error: ", "bold red"), self._scrubber.text(message))
        if hint:
            text.append(f"\n  {self._scrubber.text(hint)}", "yellow")
        self.err.print(text, soft_wrap=not self.err.is_terminal, highlight=False)


def error_document(error: StashbotError) -> dict[str, Any]:
    """An error for programs."""
    return {
        "type": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "exit_code": exit_code(error),
        "fields": error.fields,
    }


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, soft_wrap=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console

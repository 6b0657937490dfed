"""Reading options that typer has no type for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stashbot.errors import UsageError

RunOption = Annotated[
    str | None, typer.Option("--run", metavar="RUN|last", help="Only those of this run.")
]
SceneOption = Annotated[
    str | None, typer.Option("--scene", metavar="ID", help="Only those of this scene.")
]


def parse_list(option: str, text: str | None) -> tuple[str, ...]:
    """The items of a comma-separated list; none if the option was not given.

    Raises:
        UsageError: it was given and holds nothing.
    """
    if text is None:
        return ()
    items = tuple(item for part in text.split(",") if (item := part.strip()))
    if not items:
        raise UsageError(f"{option} names nothing.", hint=f"Write it like {option} A,B.")
    return items


def require_at_most_one(options: dict[str, object]) -> None:
    """Nothing, if at most one of these options was given.

    Raises:
        UsageError: naming those that were.
    """
    given = [name for name, value in options.items() if value]
    if len(given) > 1:
        raise UsageError(
            f"{' and '.join(given)} cannot be given together.", hint="Leave one of them out."
        )


def read_secret(file: Path) -> str:
    """The secret that a file holds, without the space around it.

    Raises:
        UsageError: it cannot be read, or is empty.
    """
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The key in {file} cannot be read: {error}.") from error
    if not secret:
        raise UsageError(f"{file} is empty.", hint="It must hold the key and nothing else.")
    return secret

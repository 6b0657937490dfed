"""Options that several commands share, and parsing of values that typer has no type for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stashbot.errors import UsageError

if TYPE_CHECKING:
    from stashbot.models import FieldName


def _complete_field(incomplete: str) -> list[str]:
    from stashbot.models import FieldName

    return [field.value for field in FieldName if field.value.startswith(incomplete)]


WhereOption = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="EXPR",
        help="Only scenes that match: 'studio == \"Northlight\" and not organized'.",
    ),
]
FilterOption = Annotated[
    str | None,
    typer.Option("--filter", metavar="NAME", help="Only scenes of this filter saved in Stash."),
]
IdsOption = Annotated[
    str | None, typer.Option("--ids", metavar="1,2", help="Only these scenes, organized or not.")
]
DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", metavar="", help="Write nothing; show what would be written."),
]
HeadedOption = Annotated[bool, typer.Option("--headed", metavar="", help="Show the browser.")]
NoOrganizeOption = Annotated[
    bool, typer.Option("--no-organize", metavar="", help="Do not mark scenes as organized.")
]
RunOption = Annotated[
    str | None, typer.Option("--run", metavar="RUN|last", help="Only of this run.")
]
SceneOption = Annotated[
    str | None, typer.Option("--scene", metavar="ID", help="Only of this scene.")
]
SourceOption = Annotated[
    str | None, typer.Option("--source", metavar="NAME", help="Only from this source.")
]
FieldOption = Annotated[
    str | None,
    typer.Option(
        "--field", metavar="FIELD", help="Only of this field.", autocompletion=_complete_field
    ),
]
FieldsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        metavar="NAME",
        help="Take only this field; may be repeated.",
        autocompletion=_complete_field,
    ),
]
SceneArgument = Annotated[str, typer.Argument(metavar="ID", help="The scene's number.")]


def parse_list(option: str, text: str | None) -> tuple[str, ...]:
    """Return the items of a comma-separated list; empty if the option was not given.

    Raises:
        UsageError: the option was given without an item.
    """
    if text is None:
        return ()
    items = tuple(item for part in text.split(",") if (item := part.strip()))
    if not items:
        raise UsageError(f"{option} is empty.", hint=f"Write it like {option} A,B.")
    return items


def parse_field(text: str | None) -> FieldName | None:
    """Return the field of that name; None if none was given.

    Raises:
        UsageError: there is no such field.
    """
    return None if text is None else parse_fields([text])[0]


def parse_fields(names: Iterable[str]) -> tuple[FieldName, ...]:
    """Return the fields of these names.

    Raises:
        UsageError: there is no such field.
    """
    from stashbot.models import FieldName

    known = {field.value: field for field in FieldName}
    names = tuple(names)
    for name in names:
        if name not in known:
            raise UsageError(
                f"--field: there is no field {name!r}.", hint=f"Fields: {', '.join(known)}."
            )
    return tuple(known[name] for name in names)


def require_at_most_one(options: dict[str, object]) -> None:
    """Raise if several of these options were given; keys are their names.

    Raises:
        UsageError: naming those that were given.
    """
    given = [name for name, value in options.items() if value]
    if len(given) > 1:
        raise UsageError(
            f"{' and '.join(given)} cannot be given together.", hint="Choose between them."
        )


def read_secret(file: Path) -> str:
    """Return the secret in a file, without the space around it.

    Raises:
        UsageError: the file cannot be read, or is empty.
    """
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The key in {file} cannot be read: {error}.",
            hint="Name a readable text file that holds the key alone.",
        ) from error
    if not secret:
        raise UsageError(f"{file} is empty.", hint="It must hold the key and nothing else.")
    return secret

"""Groups of commands that are imported when they are used, and plain help for them.

Help is printed without rich, whose import takes longer than all of stashbot's own.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import typer
from typer.core import TyperCommand, TyperGroup

from stashbot.cli.invocation import command
from stashbot.cli.output import BAD_USAGE

if TYPE_CHECKING:
    from collections.abc import Callable

#: Where a command is: ``module.function`` below ``stashbot.cli``, or the commands of a group.
Source: TypeAlias = "str | Group"
CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Group:
    """A group of commands by name, and the group's help."""

    def __init__(self, help_text: str, commands: Mapping[str, Source]) -> None:
        self.help_text = help_text
        self.commands = commands


class Command(TyperCommand):
    """A command whose help shows its options by panel."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the arguments and options; for completion, such that parse no values."""
        return _unparsed(ctx, super().get_params(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write a section for the arguments, and a section for each panel of options."""
        panels: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            if record := parameter.get_help_record(ctx):
                is_argument = parameter.param_type_name == "argument"
                panel = getattr(parameter, "rich_help_panel", None) or "Options"
                panels.setdefault("Arguments" if is_argument else panel, []).append(record)
        for panel, records in panels.items():
            if records:
                with formatter.section(panel):
                    formatter.write_dl(records)


class LazyGroup(TyperGroup):
    """A group that imports and builds a command when it is looked up."""

    sources: Mapping[str, Source] = {}

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 # click's signature
        """Return the names of all commands, in the order in which help shows them."""
        return list(self.sources)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 # click's signature
        """Return a command by name; None if there is none."""
        if cmd_name not in self.commands and cmd_name in self.sources:
            self.commands[cmd_name] = _build(cmd_name, self.sources[cmd_name])
        return self.commands.get(cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a section with the name and the whole summary of each command."""
        names = self.list_commands(ctx)
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, _summary(self.get_command(ctx, name).help)) for name in names]
            )

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the flags of the group."""
        flags: list[Any] = super().get_params(ctx)
        for flag in flags:
            if flag.default is None:
                # typer imports pydantic to parse None, but not to parse False
                flag.default = False
        return _unparsed(ctx, flags)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the group's flags; without any argument print the help as an error."""
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help(), err=True)
            ctx.exit(BAD_USAGE)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that ``args`` name; for a typo the error suggests similar names."""
        if args and args[0] not in self.sources:
            for name in self.sources:
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)


def walk(group: LazyGroup, path: str) -> Iterator[tuple[str, Any]]:
    """Yield each command of a group and of the groups in it, with its full name."""
    for name in group.sources:
        found = group.get_command(None, name)
        if isinstance(found, LazyGroup):
            yield from walk(found, f"{path} {name}")
        else:
            yield f"{path} {name}", found


def _summary(help_text: str) -> str:
    """Return the first paragraph of a help text on a single line."""
    return " ".join(help_text.strip().partition("\n\n")[0].split())


def _unparsed(ctx: Any, parameters: list[Any]) -> list[Any]:
    """Keep values as they are while the shell completes, since parsing imports pydantic."""
    if ctx.resilient_parsing:
        for parameter in parameters:
            parameter.process_value = lambda _ctx, value: value
    return parameters


def _build(name: str, source: Source) -> Any:
    if isinstance(source, Group):
        group = LazyGroup(
            name=name,
            help=source.help_text,
            rich_markup_mode=None,
            context_settings=CONTEXT_SETTINGS,
        )
        group.sources = source.commands
        return group
    module, _, function = source.partition(".")
    work: Callable[..., Any] = getattr(importlib.import_module(f"stashbot.cli.{module}"), function)
    single = typer.Typer(
        add_completion=False, rich_markup_mode=None, context_settings=CONTEXT_SETTINGS
    )
    single.command(name, cls=Command)(command(work))
    return typer.main.get_command(single)

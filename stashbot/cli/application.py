"""The command line: which commands there are, and what the arguments' own errors look like."""

from __future__ import annotations

import sys
from importlib import metadata
from typing import Annotated, Any

import typer

from stashbot.cli import (
    calibrate,
    cleanup,
    collections,
    demo,
    doctor,
    explain,
    history,
    probe,
    record,
    refresh,
    rename,
    rules,
    run,
    sandbox,
    selectors,
    smoke,
    triage,
    undo,
)
from stashbot.cli.invocation import command
from stashbot.cli.output import BAD_USAGE, INTERRUPTED, Output
from stashbot.errors import UsageError
from stashbot.redaction import Scrubber

app = typer.Typer(
    name="stashbot",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _stashbot(
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=lambda asked: _say_version() if asked else None,
            help="Say which stashbot this is.",
        ),
    ] = False,
) -> None:
    """Tags a whole Stash library the way a careful person would: through the real web UI."""


app.command("demo")(command(demo.demo))
app.command("doctor")(command(doctor.doctor))
app.command("run")(command(run.run))
app.command("failures")(command(history.failures))
app.command("audit")(command(history.audit))
app.command("undo")(command(undo.undo))
app.command("metrics")(command(history.metrics))
app.command("explain")(command(explain.explain))
app.command("calibrate")(command(calibrate.calibrate))
app.command("cleanup")(command(cleanup.cleanup))
app.command("probe")(command(probe.probe))
app.command("record")(command(record.record))
app.command("smoke")(command(smoke.smoke))
app.command("sandbox")(command(sandbox.sandbox))

_triage = typer.Typer(no_args_is_help=True, help="Judge what stashbot did not dare to apply.")
_triage.command("list")(command(triage.list_entries))
_triage.command("show")(command(triage.show_entry))
_triage.command("accept")(command(triage.accept_entries))
_triage.command("skip")(command(triage.skip_entries))
app.add_typer(_triage, name="triage")

_rename = typer.Typer(no_args_is_help=True, help="Files named by a template, and named back.")
_rename.command("plan")(command(rename.plan_names))
_rename.command("apply")(command(rename.apply_names))
_rename.command("undo")(command(rename.undo_names))
_rename.command("resume")(command(rename.resume_names))
app.add_typer(_rename, name="rename")

_refresh = typer.Typer(no_args_is_help=True, help="Scenes whose data is old.")
_refresh.command("list")(command(refresh.list_stale))
app.add_typer(_refresh, name="refresh")

_rules = typer.Typer(no_args_is_help=True, help="What is done with the scenes that you describe.")
_rules.command("check")(command(rules.check_rules))
_rules.command("explain")(command(rules.explain_rules))
app.add_typer(_rules, name="rules")
_collections = typer.Typer(
    no_args_is_help=True, help="Scenes that belong together, kept as a tag or group."
)
_collections.command("list")(command(collections.list_collections))
_collections.command("sync")(command(collections.sync_collections))
app.add_typer(_collections, name="collections")

_selectors = typer.Typer(no_args_is_help=True, help="Where things are found in Stash's pages.")
_selectors.command("list")(command(selectors.list_selectors))
_selectors.command("check")(command(selectors.check_selectors))
_selectors.command("heal")(command(selectors.heal_selectors))
app.add_typer(_selectors, name="selectors")


def main(arguments: list[str] | None = None) -> None:
    """Runs a command and exits with its code; see ``output`` for what the codes mean."""
    given = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_carry_out(given))


def _carry_out(arguments: list[str]) -> int:
    try:
        value: Any = app(arguments, prog_name="stashbot", standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except Exception as error:
        tell = getattr(error, "format_message", None)
        if tell is None:
            raise
        if message := str(tell()).strip():
            path = getattr(getattr(error, "ctx", None), "command_path", "stashbot")
            refused = UsageError(f"{message.rstrip('.')}.", hint=f"See {path} --help.")
            Output(as_json="--json" in arguments, scrubber=Scrubber()).error(refused)
        return BAD_USAGE
    return value if isinstance(value, int) else 0


def _say_version() -> None:
    sys.stdout.write(f"stashbot {metadata.version('stashbot')}\n")
    raise typer.Exit

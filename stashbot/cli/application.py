"""The tree of commands, and errors in their arguments."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from stashbot.cli.command_tree import CONTEXT_SETTINGS, Group, LazyGroup, Source
from stashbot.cli.output import BAD_USAGE, INTERRUPTED, Output

COMMANDS: dict[str, Source] = {
    "demo": "demo.demo",
    "doctor": "doctor.doctor",
    "run": "run.run",
    "worker": "worker.worker",
    "failures": "failures.failures",
    "audit": "audit.audit",
    "undo": "undo.undo",
    "metrics": "metrics.metrics",
    "explain": "explain.explain",
    "calibrate": "calibrate.calibrate",
    "cleanup": "cleanup.cleanup",
    "probe": "probe.probe",
    "record": "record.record",
    "smoke": "smoke.smoke",
    "sandbox": "sandbox.sandbox",
    "triage": Group(
        "Proposals that wait for your decision.",
        {
            "list": "triage.list_entries",
            "show": "triage.show_entry",
            "accept": "triage.accept_entries",
            "skip": "triage.skip_entries",
            "mark": "triage.mark_scenes",
        },
    ),
    "rename": Group(
        "Rename files by a template, and back.",
        {
            "plan": "rename.plan_names",
            "apply": "rename.apply_names",
            "undo": "rename.undo_names",
            "resume": "rename.resume_names",
        },
    ),
    "refresh": Group("Scenes whose data is old.", {"list": "refresh.list_stale"}),
    "rules": Group(
        "Your rules for scenes.",
        {"check": "rules.check_rules", "explain": "rules.explain_rules"},
    ),
    "collections": Group(
        "Scenes that belong together, kept as a tag or group.",
        {"list": "collections.list_collections", "sync": "collections.sync_collections"},
    ),
    "selectors": Group(
        "Selectors of elements in Stash's pages.",
        {
            "list": "selectors.list_selectors",
            "check": "selectors.check_selectors",
            "heal": "selectors.heal_selectors",
        },
    ),
}


def root_group() -> LazyGroup:
    """Build the group of all commands, with ``--version`` and shell completion."""
    app = typer.Typer(
        name="stashbot",
        cls=LazyGroup,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings=CONTEXT_SETTINGS,
    )
    app.callback()(_stashbot)
    group = typer.main.get_command(app)
    assert isinstance(group, LazyGroup)  # noqa: S101 # typer builds what ``cls`` says
    group.sources = COMMANDS
    return group


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit with its code; ``output`` says what the codes mean."""
    given = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run(given))


def _stashbot(
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=lambda given: _print_version() if given else None,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Tag a whole Stash library as a careful person would: through Stash's own web UI."""


def _run(arguments: list[str]) -> int:
    try:
        value: Any = root_group()(arguments, prog_name="stashbot", standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except Exception as error:
        # errors in arguments, whose common base class typer does not export
        format_message = getattr(error, "format_message", None)
        if format_message is None:
            raise
        path = getattr(getattr(error, "ctx", None), "command_path", "stashbot")
        _report_usage(str(format_message()), path, as_json="--json" in arguments)
        return BAD_USAGE
    return value if isinstance(value, int) else 0


def _report_usage(message: str, path: str, *, as_json: bool) -> None:
    from stashbot.errors import UsageError
    from stashbot.redaction import Scrubber

    sentence = message if message.endswith("?") else f"{message.rstrip('.')}."
    error = UsageError(sentence, hint=f"See {path} --help.")
    Output(as_json=as_json, scrubber=Scrubber()).report_error(error)


def _print_version() -> None:
    from importlib import metadata

    sys.stdout.write(f"stashbot {metadata.version('stashbot')}\n")
    raise typer.Exit

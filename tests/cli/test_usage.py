"""Errors: a clear sentence, the right exit code, and no traceback."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import sys
from pathlib import Path

import pytest

from stashbot.cli.invocation import run_async
from stashbot.errors import ConfigError
from stashbot.flows.checks import doctor
from stashbot.sandbox import Sandbox
from tests.cli.conftest import Call, Called

NOWHERE = "http://127.0.0.1:1"


def refused(called: Called, code: int, *words: str) -> None:
    """Check the exit code, a sentence with the words and a hint on stderr, and an empty stdout."""
    assert called.code == code, called
    assert called.err.startswith("Error: "), called.err
    assert "Traceback" not in called.err
    assert called.err.rstrip().count("\n") == 1, called.err
    assert called.out == ""
    for word in words:
        assert word in called.err


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, ("asks for a login", "STASHBOT_STASH__PASSWORD")),
        (
            {"STASH__USERNAME": "me", "STASH__PASSWORD": "wrong-password"},
            ("does not accept this user and password",),
        ),
        ({"STASH__API_KEY": "wrong-key-123"}, ("refuses the API key",)),
    ],
)
def test_a_login_that_fails(
    call: Call, guarded: Sandbox, variables: dict[str, str], words: tuple[str, ...]
) -> None:
    """Each way not to get in has its own sentence, names what to set, and shows no secret."""
    called = call("run", "--url", guarded.url, **variables)
    refused(called, 3, *words)
    assert "wrong-" not in called.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--ids", ","), ("--ids is empty",)),
        (("--ids", "1", "--where", "organized"), ("--where and --ids",)),
        (("--where", "title > 3"), ("cannot be used",)),
        (("--filter", "Nope"), ("no saved filter 'Nope'",)),
        (("--workers", "0"), ("run.workers",)),
        (("--workers", "many"), ("--workers", "stashbot run --help")),
        (("--limit", "0"), ("--limit",)),
        (("--resume", "last", "--dry-run"), ("--resume and --dry-run",)),
        (("--nope",), ("--nope", "stashbot run --help")),
        (("stray",), ("stray",)),
        (("--config", "missing.toml"), ("missing.toml",)),
        (("--database", "mysql://h/d"), ("mysql is not supported",)),
    ],
)
def test_bad_input_of_a_run(
    call: Call, sandbox: Sandbox, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    """The error names the option or value, and the exit code is 2."""
    refused(call("run", "--url", sandbox.url, *arguments), 2, *words)


@pytest.mark.parametrize("arguments", [(), ("triage",), ("selectors",)])
def test_help_shows_whole_summaries(call: Call, arguments: tuple[str, ...]) -> None:
    """The summary of a command goes on in the next line instead of being cut off."""
    shown = call(*arguments, "--help")
    assert shown.code == 0
    assert "..." not in shown.out.partition("Commands:")[2]


def test_a_bad_settings_file(call: Call, tmp_path: Path) -> None:
    """An unknown key, a bad value and a file that is no TOML name file and key."""
    file = tmp_path / "mine.toml"
    for text, words in (
        ("[run]\nworkerz = 3\n", ("run.workerz", "mine.toml")),
        ("[run]\nworkers = 99\n", ("run.workers", "mine.toml")),
        ("[run\n", ("mine.toml", "not valid TOML")),
    ):
        file.write_text(text, encoding="utf-8")
        refused(call("doctor", "--config", file), 2, *words)


def test_a_variable_that_names_no_setting(call: Call) -> None:
    """A misspelt variable is an error, for it would otherwise be passed over in silence."""
    refused(call("doctor", RUN__WORKERZ="2"), 2, "STASHBOT_RUN__WORKERZ")


def test_commands_that_do_not_exist(call: Call) -> None:
    """An unknown command is named; a group without a command prints its help."""
    refused(call("runn"), 2, "runn", "stashbot --help")
    refused(call("triage", "show"), 2, "ID")
    assert call("triage").code == 2


def test_a_damaged_state(call: Call, sandbox: Sandbox, tmp_path: Path) -> None:
    """A database with a damaged row says which row, and nothing else is shown or changed."""
    assert call("run", "--url", sandbox.url, "--where", "title == 'none'").code == 0
    with sqlite3.connect(tmp_path / ".stashbot" / "stashbot.sqlite") as database:
        database.execute("UPDATE stashbot_runs SET options = '{'")
    database.close()
    refused(call("metrics", "runs"), 2, "stashbot_runs", "unreadable")


def test_no_browser(call: Call, sandbox: Sandbox) -> None:
    """Without a browser the run stops; the exit code is 3, and the error says how to go on."""
    called = call("run", "--url", sandbox.url, "--ids", "8", BROWSER__PATH="/nonexistent")
    assert called.code == 3
    assert "The run stopped, 1 of 1 scene left: /nonexistent is not" in called.err
    assert "stashbot run --resume " in called.err
    (run,) = call("metrics", "runs", "--json").document["runs"]
    assert (run["status"], run["totals"]) == ("interrupted", {})


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is a screen")
def test_no_screen(call: Call, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """``--headed`` needs a screen; the error says so, and the exit code is 3."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    called = call("run", "--url", sandbox.url, "--ids", "8", "--headed")
    assert (called.code, "no screen" in called.err) == (3, True)


@pytest.mark.parametrize(
    ("arguments", "kind", "code"),
    [
        (("run", "--url", NOWHERE), "StashUnreachable", 3),
        (("run", "--nope"), "UsageError", 2),
        (("audit",), "StateError", 2),
        (("probe", "1", "--url", NOWHERE), "StashUnreachable", 3),
        (("selectors", "check", "--url", NOWHERE), "StashUnreachable", 3),
        (("selectors", "list", "--release", "new"), "UsageError", 2),
        (("sandbox", "--port", "70000"), "UsageError", 2),
    ],
)
def test_errors_are_one_json_document(
    call: Call, arguments: tuple[str, ...], kind: str, code: int
) -> None:
    """With ``--json`` the error is the document on stdout, and stderr is empty."""
    called = call(*arguments, "--json")
    error = called.document["error"]
    assert (called.code, error["type"], error["exit_code"]) == (code, kind, code)
    assert error["message"].endswith(".")
    assert error["hint"]
    assert called.err == ""


def test_tracebacks_only_when_asked_for(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug is reported in a sentence, too; ``-vv`` shows the traceback."""

    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(doctor, "run_checks", broken)
    called = call("doctor")
    refused(called, 1, "KeyError", "-vv")
    assert "Traceback" in call("doctor", "-vv").err


def test_secrets_stay_out_of_errors(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password is hidden even where another library's message quotes it."""

    def broken(*_: object) -> None:
        raise ConfigError(
            "cannot use hunter2-secret", hint="not hunter2-secret", key="hunter2-secret"
        )

    monkeypatch.setattr(doctor, "run_checks", broken)
    variables = {"STASH__USERNAME": "me", "STASH__PASSWORD": "hunter2-secret"}
    assert "hunter2" not in call("doctor", **variables).err
    assert "hunter2" not in call("doctor", "--json", **variables).out


def test_a_task_that_nobody_waits_for_leaves_no_stack_on_the_screen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As when a page closes with work in flight."""

    async def leave_a_task() -> str:
        future = asyncio.get_running_loop().create_future()
        future.set_exception(OSError("the page is closed"))
        del future
        gc.collect()
        return "done"

    assert run_async(leave_a_task()) == "done"
    assert "page is closed" not in capsys.readouterr().err

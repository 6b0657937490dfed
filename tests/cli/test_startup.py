"""Help, version and completion answer without importing what commands need when they run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from stashbot.cli import root_group
from stashbot.cli.command_tree import walk

#: Packages that take long to import, and stashbot's own that import them.
HEAVY = (
    *("dbos", "graphql", "httpx", "imagehash", "jinja2", "loguru", "numpy", "PIL", "playwright"),
    *("pydantic", "pydantic_settings", "pygments", "rule_engine", "sqlalchemy", "starlette"),
    *("uvicorn", "websockets", "asyncio", "rich.markdown"),
    *("stashbot.models", "stashbot.settings", "stashbot.stash", "stashbot.store"),
    *("stashbot.flows", "stashbot.engine", "stashbot.sandbox"),
)
CALL = f"""
import sys
from stashbot.cli import main
try:
    main(sys.argv[1:])
finally:
    found = [name for name in {HEAVY!r} if name in sys.modules]
    sys.stderr.write(f"imported: {{found}}")
"""
COMMANDS = [name.split()[1:] for name, _ in walk(root_group(), "stashbot")]


def _call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CALL, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("-h",), ("triage", "--help")])
def test_groups_answer_without_heavy_imports(arguments: tuple[str, ...]) -> None:
    """The version and the help of groups import none of the packages that commands need."""
    called = _call(*arguments)
    assert (called.returncode, called.stderr) == (0, "imported: []")
    assert called.stdout.startswith(("stashbot ", "Usage: "))


def test_help_of_commands_answers_without_heavy_imports() -> None:
    """The help of all commands together imports none of the packages that commands need."""
    code = CALL.replace(
        "    main(sys.argv[1:])",
        f"""    for words in {COMMANDS!r}:
        try:
            main([*words, "--help"])
        except SystemExit as end:
            assert end.code == 0, words""",
    )
    called = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert called.stderr == "imported: []"
    assert called.stdout.count("Usage: ") == len(COMMANDS)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("stashbot tri", {"triage"}),
        ("stashbot triage sk", {"skip"}),
        ("stashbot run --w", {"--where", "--workers"}),
        ("stashbot metrics p", {"phases"}),
        ("stashbot triage list --status ope", {"open"}),
    ],
)
def test_completion_answers_without_heavy_imports(words: str, answer: set[str]) -> None:
    """The shell gets commands, options and values, also after options that were given."""
    called = _call(
        _STASHBOT_COMPLETE="complete_bash",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
    )
    assert (set(called.stdout.split()), called.stderr) == (answer, "imported: []")

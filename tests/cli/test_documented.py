"""``docs/commands.md`` tells all of it: a section for each command, with its own options."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from stashbot.cli import root_group
from stashbot.cli.command_tree import walk

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


COMMANDS = dict(walk(root_group(), "stashbot"))


def _sections() -> dict[str, str]:
    head, *parts = re.split(r"^## `(.+)`$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {"": head, **dict(zip(parts[::2], parts[1::2], strict=True))}


def _options(command: Any) -> set[str]:
    words = (word for each in command.params for word in each.opts)
    return {word for word in words if word.startswith("--")} - {"--help"}


def test_every_command_has_its_section_and_no_other_is_there() -> None:
    """The sections are the commands."""
    assert _sections().keys() - {""} == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    """Common options stand at the top of the page, a command's own in its section."""
    sections = _sections()
    missing = {
        option
        for option in _options(COMMANDS[name])
        if not re.search(rf"`[^`]*{option}(?![\w-])", sections[""] + sections[name])
    }
    assert missing == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_common_options(name: str) -> None:
    """The options at the top of the page are everywhere."""
    common = {"--config", "--url", "--state", "--database", "--json", "--verbose"}
    assert common <= _options(COMMANDS[name])

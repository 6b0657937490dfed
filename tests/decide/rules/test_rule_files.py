"""Rule files: everything is checked when they are read, and each error has its position."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.rules import rule_files
from stashbot.decide.rules.macros import Macros
from stashbot.decide.rules.rule_files import read_rules
from stashbot.errors import ConfigError

MACROS = Macros({"winter": ["Snow"], "outside": ["City"]})
EXAMPLE = "\n".join(
    line.removeprefix("    ")
    for line in str(rule_files.__doc__).split("::", 1)[1].split("The whole file")[0].splitlines()
)
GOOD = """[[rules]]
name = "first"
when = 'organized'
then = [{ tag = "x" }]

[[rules]]
name = "second"
"""


def refused(text: str, **more: object) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read_rules({"my.toml": text}, MACROS, **more)  # type: ignore[arg-type]
    return caught.value


def position(error: ConfigError) -> tuple[int, int]:
    line, column = error.line, error.column
    assert line is not None
    assert column is not None
    assert f"line {line}, column {column}: " in error.message
    assert error.message.startswith("my.toml")
    assert error.file == "my.toml"
    return line, column


def test_documented_example_is_read() -> None:
    """The example in the module's docstring has every action."""
    (rule,) = read_rules({"my.toml": EXAMPLE}, MACROS, collections=["Winter films"]).rules
    assert (rule.name, rule.priority, rule.event) == ("winter films", 10, "run")
    assert [action.label for action in rule.then] == [
        "scrape Catalog, Archive",
        "tag Winter",
        "macro outside",
        "collection Winter films",
        "organize true",
        "webhook https://example.org/hook",
        "stop true",
    ]


@pytest.mark.parametrize(
    ("rest", "at", "problem"),
    [
        ('when = \'studo == "N"\'\nthen = [{ tag = "x" }]', (8, 9), "no field 'studo'"),
        ('when = "title == \\"a\\" and x > 1"\nthen = [{ tag = "x" }]', (8, 28), "no field 'x'"),
        ("when = 'organized and'\nthen = [{ tag = 'x' }]", (8, 9), "does not parse"),
        ("when = 'organized and )'\nthen = [{ tag = 'x' }]", (8, 23), "does not parse"),
        ("when = '''\norganized or bad'''\nthen = [{ tag = 'x' }]", (9, 14), "no field 'bad'"),
        ("when = 'id == \"7\"'\nthen = [{ tag = 'x' }]", (8, 9), "mismatch"),
        ("when = 'organized'\nthen = [{ tga = 'x' }]", (9, 11), "did you mean 'tag'"),
        ("when = 'organized'\nthen = [\n { tag = 'x' },\n{ macro = 'wintr' }]", (11, 3), "winter"),
        ("when = 'organized'\nthen = [{ webhook = 'file:///x' }]", (9, 11), "not an http(s)"),
        ("when = 'organized'\nthen = [{ webhook = 'https://[x' }]", (9, 11), "not an http(s)"),
        ("when = 'organized'\nthen = [{ organize = 'yes' }]", (9, 11), "organize must be true"),
        ("when = 'organized'\nthen = [{ stop = false }]", (9, 11), "stop must be true"),
        ("when = 'organized'\nthen = [{ stop = true }, { tag = 'x' }]", (9, 11), "after stop"),
        ("when = 'organized'\nthen = [{ tag = [] }]", (9, 11), "takes a name"),
        ("when = 'organized'\nthen = [{ tag = [1] }]", (9, 11), "takes a name"),
        ("when = 'organized'\nthen = [{ tag = ' ' }]", (9, 11), "takes a name"),
        ("when = 'organized'\nthen = [{ tag = 'x', stop = true }]", (9, 1), "is written"),
        ("when = 'organized'\nthen = ['tag']", (9, 1), "is written"),
        ("when = 'organized'\nthen = []", (9, 1), "a list of actions"),
        ("when = 'organized'", (6, 1), "a list of actions"),
        ("then = [{ tag = 'x' }]", (6, 1), "it needs a `when`"),
        ("when = ' '\nthen = [{ tag = 'x' }]", (6, 1), "it needs a `when`"),
        ("when = 'organized'\nprority = 1\nthen = [{ tag = 'x' }]", (9, 1), "mean 'priority'"),
        ("when = 'organized'\npriority = true\nthen = [{ tag = 'x' }]", (9, 1), "whole number"),
        ("when = 'organized'\non = 'delete'\nthen = [{ tag = 'x' }]", (9, 1), "one of run, save"),
        ("when = 'organized'\non = 'save'\nthen = [{ scrape = 'A' }]", (10, 11), "without end"),
        ("when = 'organized'\nthen = [{ collection = 'None' }]", (9, 11), "no collection 'None'"),
    ],
)  # fmt: skip
def test_each_error_shows_file_rule_line_and_column(
    rest: str, at: tuple[int, int], problem: str
) -> None:
    """The position is that of the wrong word if it can be found, else that of the rule."""
    error = refused(GOOD + rest + "\n", collections=["Some"])
    assert problem in error.message
    assert position(error) == at
    assert "rule 'second'" in error.message
    assert error.key == "second"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rules = 3", "written as [[rules]]"),
        ("[rules]\nname = 'x'", "written as [[rules]]"),
        ("[[rule]]\nname = 'x'", "no table 'rule'"),
        ("[[rules]]\nname = 3\nwhen = 'true'", "its name must be a text"),
    ],
)
def test_other_tables_than_rules_are_refused(text: str, problem: str) -> None:
    """The error has the position of the table or key."""
    error = refused(text)
    assert problem in error.message
    position(error)


def test_invalid_toml_is_refused_with_its_position() -> None:
    """The message has the parser's own words, with line and column."""
    error = refused("[[rules]]\nname = \nwhen = 'x'")
    assert "my.toml is not valid TOML" in error.message
    assert "line 2, column 8" in error.message


def test_rules_of_the_same_name_are_refused() -> None:
    """Names are unique across files; a rule without a name is named by its file and number."""
    rule = "[[rules]]\nname = 'a'\nwhen = 'true'\nthen = [{ tag = 'x' }]\n"
    with pytest.raises(ConfigError, match="another rule has this name"):
        read_rules({"a.toml": rule, "b.toml": rule}, MACROS)
    bare = rule.replace("name = 'a'\n", "")
    rules = read_rules({"a.toml": bare, "b.toml": bare}, MACROS).rules
    assert [rule.name for rule in rules] == ["a.toml #1", "b.toml #1"]


def test_inline_rules_are_read() -> None:
    """Errors in rules that are written as inline tables have a position too."""
    good = "rules = [{ when = 'true', then = [{ tag = 'x' }] }]"
    assert len(read_rules({"my.toml": good}, MACROS).rules) == 1
    position(refused(good.replace("tag", "tga")))


def test_file_without_rules_is_read() -> None:
    """A file may have comments only."""
    assert read_rules({"my.toml": "# nothing yet\n"}, MACROS).rules == ()


@given(text=st.text(alphabet="[]{}rules =\n'\"\\whenthtrue,1", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    """A broken file raises nothing but ConfigError."""
    with contextlib.suppress(ConfigError):
        read_rules({"my.toml": f"[[rules]]\n{text}"}, MACROS)

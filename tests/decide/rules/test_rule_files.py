"""Rule files: all is checked when they are read, and each error shows its place."""

from __future__ import annotations

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
    for line in str(rule_files.__doc__).split("::", 1)[1].split("A file is")[0].splitlines()
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


def place(error: ConfigError) -> tuple[int, int]:
    line, column = error.fields["line"], error.fields["column"]
    assert f"line {line}, column {column}: " in error.message
    assert error.message.startswith("my.toml")
    assert error.fields["file"] == "my.toml"
    return line, column


def test_the_documented_file_is_read() -> None:
    """The example in the module's own words, with every action."""
    held = read_rules({"my.toml": EXAMPLE}, MACROS, collections=["Winter films"])
    (rule,) = held.rules
    assert (rule.name, rule.priority, rule.event) == ("winter films", 10, "run")
    assert [one.told for one in rule.then] == [
        "scrape Catalog, Archive",
        "tag Winter",
        "macro outside",
        "collection Winter films",
        "organize true",
        "webhook https://example.org/hook",
        "stop true",
    ]


@pytest.mark.parametrize(
    ("rest", "at", "why"),
    [
        ('when = \'studo == "N"\'\nthen = [{ tag = "x" }]', (8, 9), "no field 'studo'"),
        ('when = "title == \\"a\\" and x > 1"\nthen = [{ tag = "x" }]', (8, 28), "no field 'x'"),
        ("when = 'organized and'\nthen = [{ tag = 'x' }]", (8, 9), "does not parse"),
        ("when = 'organized and )'\nthen = [{ tag = 'x' }]", (8, 23), "does not parse"),
        ("when = '''\norganized or bad'''\nthen = [{ tag = 'x' }]", (9, 14), "no field 'bad'"),
        ("when = 'id == \"7\"'\nthen = [{ tag = 'x' }]", (8, 9), "mismatch"),
        ("when = 'organized'\nthen = [{ tga = 'x' }]", (9, 11), "did you mean 'tag'"),
        ("when = 'organized'\nthen = [\n { tag = 'x' },\n{ macro = 'wintr' }]", (11, 3), "winter"),
        ("when = 'organized'\nthen = [{ webhook = 'file:///x' }]", (9, 11), "no http(s) address"),
        ("when = 'organized'\nthen = [{ webhook = 'https://[x' }]", (9, 11), "no http(s) address"),
        ("when = 'organized'\nthen = [{ organize = 'yes' }]", (9, 11), "organize is true or false"),
        ("when = 'organized'\nthen = [{ stop = false }]", (9, 11), "stop is true"),
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
    rest: str, at: tuple[int, int], why: str
) -> None:
    """The place of the very word that is wrong, where the file shows it; else the rule's."""
    error = refused(GOOD + rest + "\n", collections=["Some"])
    assert why in error.message
    assert place(error) == at
    assert "rule 'second'" in error.message
    assert error.fields["key"] == "second"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("rules = 3", "written as [[rules]]"),
        ("[rules]\nname = 'x'", "written as [[rules]]"),
        ("[[rule]]\nname = 'x'", "no table 'rule'"),
        ("[[rules]]\nname = 3\nwhen = 'true'", "its name is a text"),
    ],
)
def test_what_is_no_list_of_rules_is_refused(text: str, why: str) -> None:
    """With its place."""
    error = refused(text)
    assert why in error.message
    place(error)


def test_a_broken_file_shows_the_parser_s_place() -> None:
    """TOML's own message, with line and column."""
    error = refused("[[rules]]\nname = \nwhen = 'x'")
    assert "my.toml is not valid TOML" in error.message
    assert "line 2, column 8" in error.message


def test_two_rules_of_one_name_are_refused() -> None:
    """Also in two files; rules without a name are told apart by their places."""
    rule = "[[rules]]\nname = 'a'\nwhen = 'true'\nthen = [{ tag = 'x' }]\n"
    with pytest.raises(ConfigError, match="another rule has this name"):
        read_rules({"one.toml": rule, "two.toml": rule}, MACROS)
    bare = rule.replace("name = 'a'\n", "")
    held = read_rules({"one.toml": bare, "two.toml": bare}, MACROS)
    assert [one.name for one in held.rules] == ["one.toml #1", "two.toml #1"]


def test_inline_rules_are_read_too() -> None:
    """Their errors show at least the file."""
    good = "rules = [{ when = 'true', then = [{ tag = 'x' }] }]"
    assert len(read_rules({"my.toml": good}, MACROS).rules) == 1
    place(refused(good.replace("tag", "tga")))


def test_without_rules_there_are_none() -> None:
    """An empty file is fine."""
    assert read_rules({"my.toml": "# nothing yet\n"}, MACROS).rules == ()


@given(text=st.text(alphabet="[]{}rules =\n'\"\\whenthtrue,1", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but an error of ours comes out of a broken file."""
    try:
        read_rules({"my.toml": f"[[rules]]\n{text}"}, MACROS)
    except ConfigError as error:
        found = error.fields["file"]
    else:
        found = "my.toml"
    assert found == "my.toml"

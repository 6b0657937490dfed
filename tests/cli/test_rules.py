"""``rules``: mistakes are found where they stand, and rules are shown at work on a scene."""

from __future__ import annotations

from pathlib import Path

import pytest

from stashbot.sandbox import Sandbox
from tests.cli.conftest import Call

RULES = """
[[rules]]
name = "walks"
when = 'file =~ ".*Morning.*"'
priority = 5
then = [{ scrape = "AlphaSource" }, { macro = "outside" }, { stop = true }]

[[rules]]
name = "all"
when = "true"
then = [{ organize = false }]
"""
SETTINGS = """
[macros]
outside = ["Outdoors"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder with settings and rules."""
    (tmp_path / "stashbot.toml").write_text(SETTINGS)
    (tmp_path / "stashbot-rules.toml").write_text(RULES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_right_rules_are_listed_by_priority(call: Call, folder: Path) -> None:
    """``check`` lists every rule in the order in which they are tried, with its place."""
    assert folder
    document = call("rules", "check", "--json").document
    assert [(rule["name"], rule["line"]) for rule in document] == [("walks", 2), ("all", 8)]
    assert document[0]["then"] == ["scrape AlphaSource", "macro outside", "stop true"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[rules]]\nwhen = "true"\nthen = [{ tags = "x" }]', "line 3, column 11"),
        ('[[rules]]\nwhen = "colour == 3"\nthen = [{ tag = "x" }]', "line 2, column 9"),
        ('[[rules]]\nwhen = "true"\nthen = [{ macro = "insde" }]', "there is no tag macro 'insde'"),
        ("[[rules]", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named_where_it_stands(
    call: Call, folder: Path, text: str, message: str
) -> None:
    """An unknown action, field or macro, or broken TOML: file, line and column, exit code 2."""
    (folder / "wrong.toml").write_text(text)
    called = call("rules", "check", "wrong.toml")
    assert called.code == 2
    assert "wrong.toml" in called.err
    assert message in " ".join(called.err.split())


def test_a_named_file_must_be_there(call: Call, folder: Path) -> None:
    """The default file may be missing; a file that is named may not."""
    (folder / "stashbot-rules.toml").unlink()
    assert call("rules", "check", "--json").document == []
    called = call("rules", "check", "other.toml")
    assert called.code == 2
    assert "other.toml" in called.err


def test_rules_are_explained_for_a_scene(call: Call, folder: Path, sandbox: Sandbox) -> None:
    """It shows which rule matched by which values, which was stopped, and the total effect."""
    assert folder
    scene = next(
        scene.id for scene in sandbox.library.scenes.values() if "Morning" in str(scene.files[0])
    )
    document = call("rules", "explain", scene, "--url", sandbox.url, "--json").document
    (run, save) = document["outcomes"]
    assert [(trace["rule"], trace["result"]) for trace in run["traces"]] == [
        ("walks", "matched"),
        ("all", "stopped"),
    ]
    assert "Morning" in run["traces"][0]["values"]["file"]
    assert (run["sources"], run["tags"]) == (["AlphaSource"], ["Outdoors"])
    assert save["traces"] == []
    output = call("rules", "explain", scene, "--url", sandbox.url).out
    assert "stopped by walks" in output
    assert sandbox.mutations == []

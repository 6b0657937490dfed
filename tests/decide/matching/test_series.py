"""The series of a scene, by its title or its file name."""

from __future__ import annotations

import pytest

from stashbot.decide.matching.series import find_series
from stashbot.errors import ConfigError
from stashbot.settings import RoutingSettings

DEFAULTS = RoutingSettings()


@pytest.mark.parametrize(
    ("title", "stem", "series"),
    [
        ("Clip 12", "a", "Clip"),
        ("Clip 12: Frozen Pier", "a", "Clip"),
        ("Windows, Part 1", "a", "Windows"),
        ("Windows - Part II", "a", "Windows"),
        ("Night Walks #7", "a", "Night Walks"),
        ("Evening Light", "a", None),
        ("42", "a", None),
        ("", "a", None),
        ("", "Paper Lantern - s02e05 - Night Market", "Paper Lantern"),
        ("", "Evening Light 12", None),
        ("Clip 12", "Paper Lantern - s02e05", "Clip"),
    ],
)
def test_numbered_titles_and_episodes_are_of_a_series(
    title: str, stem: str, series: str | None
) -> None:
    """A title goes before the file name, in which only an episode names a series."""
    assert find_series(title, stem, DEFAULTS) == series


def test_patterns_of_the_user_come_first() -> None:
    """They are tried on titles and on file names before the built-in patterns."""
    own = RoutingSettings(series=(r"(?P<series>\w+)-\d+ .*",))
    assert find_series("NL-12 Clip 3", "a", own) == "NL"
    assert find_series("Clip 3", "NL-12 Clip 3", own) == "NL"


def test_long_titles_are_cut() -> None:
    """Patterns are tried on the first 200 characters, so that none takes long."""
    assert find_series(f"{'x' * 250} 12", "", DEFAULTS) is None
    assert find_series(f"{'x' * 180} 12", "", DEFAULTS) == "x" * 180


@pytest.mark.parametrize(
    ("pattern", "problem"), [("(", "not a regular expression"), (r"\d+", "no group named series")]
)
def test_wrong_pattern_is_refused(pattern: str, problem: str) -> None:
    """The error names the pattern and its key."""
    with pytest.raises(ConfigError, match=problem) as caught:
        find_series("x", "a", RoutingSettings(series=(pattern,)))
    assert repr(pattern) in caught.value.message
    assert caught.value.key == "routing.series"

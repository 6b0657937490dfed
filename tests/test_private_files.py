"""Files of the state: nobody else can read them, whatever the umask says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stashbot.private_files import make_private, open_private, tighten

OWN = frozenset({"logs", "stashbot.sqlite"})


@pytest.fixture(autouse=True)
def _loose_umask() -> Iterator[None]:
    """Let the system give everybody what programs do not withhold."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    """Return the permissions of a file, in octal."""
    return oct(path.stat().st_mode & 0o777)


def loose_state(folder: Path) -> Path:
    """Return a state folder that everybody can read, as earlier versions made it."""
    (folder / "logs" / "old").mkdir(parents=True)
    for name in ("stashbot.sqlite", "logs/stashbot.log", "logs/old/stashbot.log"):
        (folder / name).touch(0o666)
    return folder


def test_new_folders_and_files_are_private(tmp_path: Path) -> None:
    """A folder that is there already keeps its permissions, as do the parents."""
    folder = tmp_path / "a" / "state"
    make_private(folder)
    with open(folder / "file", "w", opener=open_private) as opened:
        opened.write("x")
    assert mode(folder) == "0o700"
    assert mode(folder / "file") == "0o600"
    assert mode(tmp_path / "a") == "0o777"
    folder.chmod(0o750)
    make_private(folder)
    assert mode(folder) == "0o750"


def test_a_state_of_before_is_tightened(tmp_path: Path) -> None:
    """With all files and folders in it."""
    state = loose_state(tmp_path / "state")
    tighten(state, OWN)
    paths = [state, *state.rglob("*")]
    assert {mode(path) for path in paths if path.is_dir()} == {"0o700"}
    assert {mode(path) for path in paths if path.is_file()} == {"0o600"}


def test_what_is_not_stashbots_keeps_its_permissions(tmp_path: Path) -> None:
    """As in a state folder that is also the folder of something else, or by a link out of it."""
    state = loose_state(tmp_path / "state")
    foreign = state / "notes.txt"
    outside = tmp_path / "outside"
    for path in (foreign, outside):
        path.touch(0o666)
    (state / "logs" / "link").symlink_to(outside)
    tighten(state, OWN)
    assert mode(state / "stashbot.sqlite") == "0o600"
    assert [mode(path) for path in (state, foreign, outside)] == ["0o777", "0o666", "0o666"]


def test_a_missing_folder_is_nothing_to_tighten(tmp_path: Path) -> None:
    """It is made later."""
    tighten(tmp_path / "state", OWN)
    assert not (tmp_path / "state").exists()

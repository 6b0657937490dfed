"""Temporary folders of browsers: private, and removed, whether their process ends or dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from stashbot.browser.temp_folder import remove_abandoned, temp_folder

_DIE = """
import os, sys
from pathlib import Path
from stashbot.browser.temp_folder import temp_folder
with temp_folder(Path(sys.argv[1])) as folder:
    (folder / "trace").write_text("secret")
    os._exit(9)
"""


def test_a_folder_is_private_and_goes_with_its_block(tmp_path: Path) -> None:
    """With everything in it; the folder of all of them stays."""
    root = tmp_path / "tmp"
    with temp_folder(root) as folder:
        assert folder.parent == root
        assert [oct(each.stat().st_mode & 0o777) for each in (root, folder)] == ["0o700"] * 2
        (folder / "trace").write_text("secret")
    assert list(root.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    """And nothing that a living process uses."""
    root = tmp_path / "tmp"
    with temp_folder(root) as mine:
        subprocess.run([sys.executable, "-c", _DIE, str(root)], check=False)
        assert len([path for path in root.iterdir() if path.is_dir()]) == 2
        with temp_folder(root) as other:
            assert {path for path in root.iterdir() if path.is_dir()} == {mine, other}
        assert mine.is_dir()


def test_without_a_state_the_systems_folder_serves(tmp_path: Path) -> None:
    """A check makes no state folder just for its browser, and a read-only one does not stop it."""
    for root in (None, tmp_path / "state" / "tmp", Path("/proc/tmp")):
        with temp_folder(root) as folder:
            assert folder.is_dir()
            assert oct(folder.stat().st_mode & 0o777) == "0o700"
        assert not folder.exists()
    assert not (tmp_path / "state").exists()


def test_a_missing_root_has_nothing_abandoned(tmp_path: Path) -> None:
    """It is no error."""
    remove_abandoned(tmp_path / "none")

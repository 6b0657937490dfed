"""The messages of ``scripts/test`` and ``scripts/demo`` where they cannot set themselves up.

Each runs from a copy of the scripts without a ``.venv``, on a PATH that the test chooses.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEEDED = ("bash", "cat", "dirname", "env", "grep")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the scripts need bash")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the scripts and what they read, and a ``bin`` with no Python."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found is not None
        (tmp_path / "bin" / name).symlink_to(found)
    return tmp_path


def _run(project: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [project / "bin" / "bash", project / "scripts" / script],
        cwd="/",
        env={"PATH": str(project / "bin"), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _put(project: Path, name: str, body: str) -> None:
    file = project / "bin" / name
    file.write_text(f"#!{project}/bin/bash\n{body}\n", encoding="utf-8")
    file.chmod(0o755)


@pytest.mark.parametrize("script", ["test", "demo"])
def test_no_fitting_python_is_one_sentence(project: Path, script: str) -> None:
    """It says which versions fit and what to install, and makes no ``.venv``."""
    _put(project, "python3", "exit 1")  # as the version probe of an old Python ends
    done = _run(project, script)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "needs Python 3.11" in line
    assert "apt-get install python3 python3-venv" in line
    assert not (project / ".venv").exists()


def test_a_python_without_venv_is_one_sentence(project: Path) -> None:
    """Debian splits the module off; the sentence names the package."""
    _put(project, "python3", f'[[ "$*" != *ensurepip* ]] && exec {sys.executable} "$@"; exit 1')
    done = _run(project, "demo")
    assert done.returncode == 2
    assert done.stderr == "python3 has no venv module; on Debian: apt-get install python3-venv\n"


def test_the_named_python_is_the_one_that_is_used(project: Path) -> None:
    """``PYTHON`` comes before what is on the PATH, and nothing else is tried."""
    _put(project, "python3", f'exec {sys.executable} "$@"')
    _put(project, "old", "exit 1")
    done = _run(project, "demo", PYTHON="old")
    assert done.returncode == 2
    assert "needs Python 3.11" in done.stderr


@pytest.mark.parametrize("script", ["test", "demo", "lock", "_setup"])
def test_the_scripts_are_valid_bash(script: str) -> None:
    """``bash -n`` reads them without a word."""
    done = subprocess.run(
        ["bash", "-n", ROOT / "scripts" / script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")

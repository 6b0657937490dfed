"""The contents of an installed stashbot."""

import re
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+")
LOAD_REGISTRY = """
import stashbot, stashbot.selectors as selectors
print(stashbot.__file__)
print(*selectors.Registry.load().keys, sep="\\n")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Return the wheel as it is built from the project, with the build backend of the dev lock."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--wheel-dir", folder, ROOT),
        ],
        check=True,
    )
    (file,) = folder.iterdir()
    return zipfile.ZipFile(file)


def _sources() -> set[str]:
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "stashbot").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    selectors = {
        f"stashbot/selectors/data/{path.relative_to(ROOT / 'selectors').as_posix()}"
        for path in (ROOT / "selectors").rglob("*")
        if path.is_file()
    }
    recordings = {
        f"stashbot/selectors/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "recordings").glob("*/fingerprints.json")
    }
    return package | selectors | recordings


def test_the_wheel_holds_all_files_of_the_package_and_the_selectors(
    wheel: zipfile.ZipFile,
) -> None:
    """Not Python alone: the in-page helper, the sandbox's pages, selectors and fingerprints too."""
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == _sources()
    assert "stashbot/browser/inpage/1-answers.js" in packed
    assert "stashbot/sandbox/static/index.html" in packed
    assert "stashbot/selectors/data/edit_form.toml" in packed


def test_the_wheel_offers_the_command(wheel: zipfile.ZipFile) -> None:
    """``stashbot`` is the only console script."""
    (name,) = (name for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    scripts = ConfigParser()
    scripts.read_string(wheel.read(name).decode())
    assert dict(scripts["console_scripts"]) == {"stashbot": "stashbot.cli:main"}


def test_the_command_is_installed() -> None:
    """The console script of this environment loads."""
    (script,) = entry_points(group="console_scripts", name="stashbot")
    assert callable(script.load())


def test_an_unpacked_wheel_finds_its_selectors(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """The registry reads the packed files, not those of a source tree that may not be there."""
    wheel.extractall(tmp_path)
    shown = subprocess.run(
        [sys.executable, "-c", LOAD_REGISTRY],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert Path(shown[0]).is_relative_to(tmp_path)
    assert "edit_form.save" in shown


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_satisfy_the_project(lock: str) -> None:
    """Every requirement of ``pyproject.toml`` is pinned to a version that it allows.

    If this fails, run ``scripts/lock``.
    """
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*pyproject["project"]["dependencies"], *pyproject["build-system"]["requires"]]
    if lock == "requirements-dev.lock":
        wanted += pyproject["project"]["optional-dependencies"]["dev"]
    pins = _pins(lock)
    missing = [
        text
        for text in wanted
        for requirement in [Requirement(text)]
        if not requirement.specifier.contains(pins.get(canonicalize_name(requirement.name), "0"))
    ]
    assert missing == []


def test_the_dev_lock_holds_the_runtime_lock() -> None:
    """Tests run on the versions that users get."""
    assert _pins("requirements.lock").items() <= _pins("requirements-dev.lock").items()


def test_the_locks_name_no_host_and_no_path() -> None:
    """They are made where a mirror may be configured, and used where it is not."""
    for lock in ("requirements.lock", "requirements-dev.lock"):
        odd = [line for line in _requirements(lock) if not PIN.fullmatch(line)]
        assert odd == []


def _pins(lock: str) -> dict[str, str]:
    pinned = (line.partition("==") for line in _requirements(lock))
    return {canonicalize_name(name): version for name, _, version in pinned}


def _requirements(lock: str) -> list[str]:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.lstrip().startswith("#")]

"""Settings of the file, the environment and the flags, and the errors in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from stashbot.errors import ConfigError
from stashbot.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a current folder without a settings file, and an environment without variables."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.upper().startswith("STASHBOT_")]:
        monkeypatch.delenv(variable)
    return tmp_path


def write(text: str, name: str = "stashbot.toml") -> Path:
    file = Path(name)
    file.write_text(text, encoding="utf-8")
    return file


def refused(
    config: Path | None = None, flags: dict[str, dict[str, Any]] | None = None
) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_settings(config, flags)
    assert caught.value.hint
    return caught.value


def test_defaults_need_no_file() -> None:
    """The default settings file may be missing."""
    assert load_settings() == Settings()


def test_flags_go_before_variables_and_variables_before_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A flag that is None is not given; other keys of the table stay."""
    write("[run]\nworkers = 3\nattempts = 4\norganize = false")
    monkeypatch.setenv("STASHBOT_RUN__WORKERS", "5")
    monkeypatch.setenv("STASHBOT_RUN__ATTEMPTS", "6")
    run = load_settings(None, {"run": {"workers": 7, "sources": None}}).run
    assert (run.workers, run.attempts, run.organize, run.sources) == (7, 6, "never", ())


def test_lists_in_variables_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is not JSON is refused."""
    monkeypatch.setenv("STASHBOT_RUN__SOURCES", '["A", "B"]')
    assert load_settings().run.sources == ("A", "B")
    monkeypatch.setenv("STASHBOT_RUN", "A, B")
    assert "cannot be read" in refused().message


def test_named_file_is_read_instead_of_the_default() -> None:
    """A file that is named must exist."""
    write("[run]\nworkers = 3")
    assert load_settings(write("[run]\nworkers = 4", "other.toml")).run.workers == 4
    error = refused(Path("missing.toml"))
    assert error.message == "There is no settings file missing.toml."


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("[run]\nworkres = 2", "run.workres", "Unknown setting 'run.workres' in stashbot.toml."),
        ("[rnu]\nworkers = 2", "rnu", "Unknown setting 'rnu' in stashbot.toml."),
        (
            "[run]\nworkers = 17",
            "run.workers",
            "Bad setting 'run.workers' in stashbot.toml: Input should be less than or equal to 16.",
        ),
        (
            "[weights]\nthreshold = 1\ntitle = 0\nurl = 0\nfingerprint = 0\ncode = 0\n"
            "explained = 0",
            "weights",
            "Bad setting 'weights' in stashbot.toml: the weights add up to 0.8 and never reach "
            "threshold 1.",
        ),
    ],
)
def test_bad_setting_is_refused_with_its_key(text: str, key: str, message: str) -> None:
    """The message names the key and the file."""
    write(text)
    error = refused()
    assert (error.key, error.file, error.message) == (key, "stashbot.toml", message)


def test_bad_value_of_a_variable_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if there is a settings file."""
    write("[run]\nworkers = 3")
    monkeypatch.setenv("STASHBOT_RUN__WORKERS", "many")
    error = refused()
    assert (error.key, error.file) == ("run.workers", "the variable STASHBOT_RUN__WORKERS")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"run": {"workers": 0}}, "Bad setting 'run.workers' in flags: Input should be greater"),
        ({"run": {"workres": 2}}, "Bad setting 'run.workres' in flags: Extra inputs"),
    ],
)
def test_bad_flag_is_refused(flags: dict[str, dict[str, Any]], message: str) -> None:
    """The message says that a flag is wrong."""
    assert refused(flags=flags).message.startswith(message)


@pytest.mark.parametrize("variable", ["STASHBOT_RUN__WORKRES", "STASHBOT_RNU__WORKERS"])
def test_variable_of_no_setting_is_refused(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelled variable would be ignored otherwise."""
    monkeypatch.setenv(variable, "2")
    assert refused().message == f"The variable {variable} names no setting."


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"[run", "is not valid TOML"), (b"\xff", "Cannot read the settings file stashbot.toml")],
)
def test_unreadable_file_is_refused(content: bytes, message: str) -> None:
    """The error names the file."""
    Path("stashbot.toml").write_bytes(content)
    error = refused()
    assert message in error.message
    assert error.file == "stashbot.toml"


def test_secret_is_read_from_its_file_and_never_shown() -> None:
    """A secret that is given itself goes before the file."""
    write("from-file\n", "key.txt")
    write("[stash]\napi_key_file = 'key.txt'\npassword = 'given'\npassword_file = 'missing.txt'")
    settings = load_settings(None, {"run": {"workers": 3}})
    assert settings.stash.secrets == ("given", "from-file")
    assert "from-file" not in repr(settings)
    assert "given" not in repr(settings)


def test_missing_secret_file_is_refused() -> None:
    """The message names the key and the file."""
    write("[stash]\npassword_file = 'missing.txt'")
    assert "cannot read password_file missing.txt" in refused().message


def test_macros_and_collections_survive_flags() -> None:
    """Tables with names of the user's own are kept as they are."""
    write('[macros]\nwinter = ["Snow"]\n[collections."Winter films"]\nwhere = "organized"')
    settings = load_settings(None, {"run": {"workers": 3}})
    assert settings.macros.tables == {"winter": ("Snow",)}
    assert settings.collections.tables["Winter films"].where == "organized"


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ('[people]\ngenders = ["femal"]', "people.genders.0", "'femal' is no gender"),
        ('[tags]\nmap = {A = "B", B = "C"}', "tags", "'A' leads to 'B', which is mapped itself"),
        ('[tags]\nmap = {A = "B"}\nonly = ["C"]', "tags", "'B', which is not in only"),
        ('[tags]\nmap = {A = "B", a = "C"}', "tags", "'A' and 'a' are the same name"),
        ('[tags]\nmap = {A = " "}', "tags", "'A' has an empty name"),
        ('[tags]\nonly = ["A", ""]', "tags", "only: a name is empty"),
        ("[tags]\nmap = {A = 7}", "tags.map.A", "tuple"),
    ],
)
def test_wrong_people_and_tags_are_named(text: str, key: str, reason: str) -> None:
    """The error names the setting and the value in it."""
    write(text)
    error = refused()
    assert error.key == key
    assert reason in error.message


def test_genders_and_tags_in_any_case() -> None:
    """A tag is mapped to a name or to a list of names."""
    write('[people]\ngenders = ["FEMALE", "non-binary"]\n[tags]\nmap = {A = "B", C = ["D", "C"]}')
    settings = load_settings()
    assert settings.people.genders == ("female", "non_binary")
    assert settings.tags.map == {"A": ("B",), "C": ("D", "C")}

"""Runs on a Stash with a login: sessions that end, credentials that are wrong, secrets kept."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stashbot.browser.launch import BrowserHost
from stashbot.errors import LoginError
from stashbot.flows.runs.driver import Request
from stashbot.models import Outcome
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.settings import load_settings
from tests.e2e.conftest import Run, Runs
from tests.e2e.support.outcomes import writes
from tests.e2e.support.stage import at, watching
from tests.short import short

USER, PASSWORD, KEY = "tester", "pass-phrase-4711", "key-of-the-practice-stash-0815"
SOURCE = "AlphaSource"


@pytest.fixture(scope="module")
def locked() -> Iterator[Sandbox]:
    """A sandbox that asks for a login."""
    options = SandboxOptions(username=USER, password=PASSWORD, api_key=KEY)
    with Sandbox(options) as sandbox:
        yield sandbox


@pytest.fixture
def runs(locked: Sandbox, tmp_path: Path, run: Run[Any], host: BrowserHost) -> Iterator[Runs]:
    """Runs on it, with user and password."""
    login = {"url": locked.url, "username": USER, "password": PASSWORD}
    yield Runs(load_settings(None, {"stash": login}), tmp_path / "state", run, host)
    locked.reset()


@pytest.fixture
def known(locked: Sandbox) -> list[str]:
    """Scenes that the source knows rightly and that can be told by their file names."""
    named = [
        one.scene_id
        for one in locked.library.truth.values()
        if one.sources["alpha"].kind == "right" and one.facts.title in one.facts.basename
    ]
    return [one for one in named if not locked.library.scenes[one].organized][:3]


def credentials(**given: str | None) -> dict[str, Any]:
    """A run's login: what is given, and nothing else."""
    return {"username": None, "password": None, "api_key": None, **given}


@pytest.mark.parametrize("phase", short(["save", "scrape", "organize"]))
def test_a_session_that_ends_during_a_run_is_renewed(
    phase: str, locked: Sandbox, runs: Runs, known: list[str]
) -> None:
    """The server forgets all sessions in the middle of a scene; every scene is applied once."""
    login = credentials(username=USER, password=PASSWORD)
    finished = runs(
        Request(ids=tuple(known), sources=(SOURCE,)),
        progress=at(phase, locked.expire_sessions, scene=known[1]),
        stash=login,
    )
    assert finished.stopped_by is None
    assert [(one.outcome, one.reason) for one in finished.report.scenes] == [
        (Outcome.APPLIED, "")
    ] * len(known)
    for scene_id in known:
        assert writes(locked, scene_id) == ["save", "organize"]


@pytest.mark.slow
def test_a_page_that_loses_its_session_alone_logs_in_again(
    locked: Sandbox, runs: Runs, known: list[str]
) -> None:
    """Only the page's cookie is gone: the app leaves for the login page with the form open."""
    with watching() as watch:

        def forget() -> None:
            watch.start(watch.sessions[0].context.clear_cookies())

        finished = runs(
            Request(ids=tuple(known[:2]), sources=(SOURCE,)),
            progress=at("save", forget),
            stash=credentials(username=USER, password=PASSWORD),
            run={"workers": 1},
        )
    assert [one.outcome for one in finished.report.scenes] == [Outcome.APPLIED] * 2
    for scene_id in known[:2]:
        assert writes(locked, scene_id) == ["save", "organize"]


def test_a_run_with_the_api_key_needs_no_session(
    locked: Sandbox, runs: Runs, known: list[str]
) -> None:
    """The key alone opens API and pages; sessions may end as they like."""
    finished = runs(
        Request(ids=tuple(known[:1]), sources=(SOURCE,)),
        progress=at("save", locked.expire_sessions),
        stash=credentials(api_key=KEY),
    )
    assert finished.report.scenes[0].outcome is Outcome.APPLIED


@pytest.mark.parametrize(
    "given",
    [
        {"username": USER, "password": "another"},
        {"username": "nobody", "password": PASSWORD},
        {"api_key": "no-such-key"},
        {},
    ],
    ids=["wrong password", "wrong user", "wrong key", "no login"],
)
def test_wrong_credentials_end_the_run_before_it_begins(
    given: dict[str, str], locked: Sandbox, runs: Runs, known: list[str]
) -> None:
    """One clear error with what to do; nothing is asked for and nothing is written."""
    with pytest.raises(LoginError) as caught:
        runs(Request(ids=tuple(known[:1])), stash=credentials(**given))
    assert caught.value.hint
    assert PASSWORD not in str(caught.value)
    assert locked.mutations == []


def files_with(folder: Path, secret: bytes) -> list[str]:
    """The files below the folder that hold the secret, also inside archives."""
    found = []
    for file in folder.rglob("*"):
        if not file.is_file():
            continue
        if secret in file.read_bytes():
            found.append(str(file))
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                inside = (name for name in archive.namelist() if secret in archive.read(name))
                found += [f"{file}:{name}" for name in inside]
    return found


@pytest.mark.parametrize(
    ("login", "trace"),
    [
        pytest.param({"username": USER, "password": PASSWORD}, "always", id="password"),
        pytest.param({"api_key": KEY}, "retry", id="key", marks=pytest.mark.slow),
    ],
)
def test_no_secret_is_left_behind(
    login: dict[str, str], trace: str, locked: Sandbox, runs: Runs, known: list[str]
) -> None:
    """After a scene that failed on every try, nothing in the state folder holds a secret.

    A session is renewed on the way, so that there are two of its kind.
    """
    locked.faults.add_page("rename", ".edit-button", value="edit-knob")
    with watching() as watch:
        finished = runs(
            Request(ids=tuple(known[:1]), sources=(SOURCE,)),
            progress=at("save", locked.expire_sessions),
            stash=credentials(**login),
            evidence={"trace": trace},
        )
    result = finished.report.scenes[0]
    assert result.outcome is Outcome.FAILED
    assert result.evidence_dir is not None
    assert (Path(result.evidence_dir) / "trace.zip").is_file()
    assert len(watch.cookies) == (0 if "api_key" in login else 2)
    for secret in (PASSWORD, KEY, *watch.cookies):
        assert files_with(runs.folder, secret.encode()) == []

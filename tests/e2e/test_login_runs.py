"""Runs on a Stash with a login: sessions that end, credentials that are wrong, secrets kept."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stashbot.browser.launch import BrowserHost
from stashbot.errors import LoginError
from stashbot.flows.runs.selection import RunRequest
from stashbot.models import Outcome
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.settings import load_settings
from tests.e2e.conftest import Run
from tests.e2e.support.outcomes import writes
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.runs import SceneRuns
from tests.slow_params import slow_params

USER, PASSWORD, KEY = "tester", "pass-phrase-4711", "key-of-the-practice-stash-0815"
SOURCE = "AlphaSource"


@pytest.fixture(scope="module")
def locked() -> Iterator[Sandbox]:
    """Yield a sandbox that asks for a login."""
    options = SandboxOptions(username=USER, password=PASSWORD, api_key=KEY)
    with Sandbox(options) as sandbox:
        yield sandbox


@pytest.fixture
def runs(locked: Sandbox, tmp_path: Path, run: Run[Any], host: BrowserHost) -> Iterator[SceneRuns]:
    """Return a runner of runs on that sandbox, with user and password."""
    login = {"url": locked.url, "username": USER, "password": PASSWORD}
    yield SceneRuns(load_settings(None, {"stash": login}), tmp_path / "state", run, host)
    locked.reset()


@pytest.fixture
def known(locked: Sandbox) -> list[str]:
    """Scenes that the source knows rightly and whose titles stand in their file names."""
    named = [
        truth.scene_id
        for truth in locked.library.truth.values()
        if truth.sources["alpha"].kind == "right" and truth.facts.title in truth.facts.basename
    ]
    return [scene_id for scene_id in named if not locked.library.scenes[scene_id].organized][:3]


def over(*scene_ids: str) -> RunRequest:
    """Return the request for a run over these scenes."""
    return RunRequest(ids=scene_ids, sources=(SOURCE,))


def credentials(**given: str | None) -> dict[str, Any]:
    """Return a run's login: what is given, and nothing else."""
    return {"username": None, "password": None, "api_key": None, **given}


BY_PASSWORD = credentials(username=USER, password=PASSWORD)
BY_KEY = credentials(api_key=KEY)


@pytest.mark.parametrize("phase", slow_params(["save", "scrape", "organize"]))
def test_a_session_that_ends_during_a_run_is_renewed(
    phase: str, locked: Sandbox, runs: SceneRuns, known: list[str]
) -> None:
    """The server forgets all sessions in the middle of a scene; every scene is applied once."""
    hooks = RunHooks().at_phase(phase, locked.expire_sessions, scene=known[1])
    finished = runs(over(*known[:2]), hooks=hooks, stash=BY_PASSWORD)
    assert finished.stopped_by is None
    outcomes = [(result.outcome, result.reason) for result in finished.report.scenes]
    assert outcomes == [(Outcome.APPLIED, "")] * 2
    for scene_id in known[:2]:
        assert writes(locked, scene_id) == ["save", "organize"]


def test_a_run_with_the_api_key_needs_no_session(
    locked: Sandbox, runs: SceneRuns, known: list[str]
) -> None:
    """The key alone opens API and pages; sessions may end as they like."""
    hooks = RunHooks().at_phase("save", locked.expire_sessions)
    finished = runs(over(known[0]), hooks=hooks, stash=BY_KEY)
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
    given: dict[str, str], locked: Sandbox, runs: SceneRuns, known: list[str]
) -> None:
    """A clear error says what to do; no source is scraped and nothing is written."""
    with pytest.raises(LoginError) as caught:
        runs(over(known[0]), stash=credentials(**given))
    assert caught.value.hint
    assert PASSWORD not in str(caught.value)
    assert locked.mutations == []


def files_with(folder: Path, secret: bytes) -> list[str]:
    """Return the files below the folder that hold the secret, also inside archives."""
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
        pytest.param(BY_PASSWORD, "always", id="password"),
        pytest.param(BY_KEY, "retry", id="key", marks=pytest.mark.slow),
    ],
)
def test_no_secret_is_left_behind(
    login: dict[str, str], trace: str, locked: Sandbox, runs: SceneRuns, known: list[str]
) -> None:
    """After a scene that failed on every try, nothing in the state folder holds a secret.

    The browser itself holds none: its only cookie lets it through the door. A session is renewed
    on the way, so that there are two of its kind.
    """
    locked.faults.add_page("rename", ".edit-button", value="edit-knob")
    hooks = RunHooks().at_phase("save", locked.expire_sessions)
    (result,) = runs(
        over(known[0]), hooks=hooks, stash=login, artifacts={"trace": trace}
    ).report.scenes
    assert result.outcome is Outcome.FAILED
    assert result.artifacts_dir is not None
    assert (Path(result.artifacts_dir) / "trace.zip").is_file()
    assert len(hooks.session_secrets) == (0 if login is BY_KEY else 2)
    assert hooks.browser_cookies == {"stashbot-door"}
    for secret in (PASSWORD, KEY, *hooks.session_secrets):
        assert files_with(runs.folder, secret.encode()) == []

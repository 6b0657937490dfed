"""Bad input: a clear error each, and nothing lost."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from stashbot.browser.failure_artifacts import FOLDER
from stashbot.errors import (
    BrowserError,
    ConfigError,
    ExpressionError,
    ForeignState,
    LoginError,
    StashbotError,
    StashUnreachable,
    StateError,
    UnknownRun,
    UnknownScene,
    UnknownSource,
    UnreadableState,
)
from stashbot.flows.runs.selection import RunRequest
from stashbot.models import Outcome
from stashbot.store import Store
from tests.e2e.conftest import ReadScenes
from tests.e2e.support import snapshot
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import SourceCases
from tests.slow_params import slow_params


def refused(
    run_scenes: SceneRuns, error: type[StashbotError], request: RunRequest, **overrides: Any
) -> str:
    """Return the error that the user reads; no page was opened for it."""
    hooks = RunHooks()
    with pytest.raises(error) as caught:
        run_scenes(request, hooks=hooks, **overrides)
    assert hooks.sessions == []
    assert caught.value.hint, "it says what to do"
    return str(caught.value)


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_nobody_listens_at_that_address(run_scenes: SceneRuns) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert url in refused(run_scenes, StashUnreachable, RunRequest(), stash={"url": url})


def test_what_listens_there_is_no_stash(run_scenes: SceneRuns, settings: Any) -> None:
    """A path of the right server that is not its API is as wrong as a wrong server."""
    url = f"{settings.stash.url.rstrip('/')}/no/such/stash"
    refused(run_scenes, StashUnreachable, RunRequest(), stash={"url": url})


def test_an_address_without_a_scheme(run_scenes: SceneRuns) -> None:
    """Refused as a setting, before any request is sent."""
    assert "stash.url" in refused(
        run_scenes, ConfigError, RunRequest(), stash={"url": "localhost:9999"}
    )


def test_an_api_key_for_a_stash_without_login(run_scenes: SceneRuns, client: Any) -> None:
    """Stash refuses any key then; the hint says that none is needed."""
    if client.server.has_login or client.transport.socket_headers():
        pytest.skip("this Stash has a login")
    message = refused(run_scenes, LoginError, RunRequest(), stash={"api_key": "no-such-key"})
    assert "no-such-key" not in message


def test_a_scene_that_stash_does_not_have(run_scenes: SceneRuns, source_cases: SourceCases) -> None:
    """An unknown id among others stops the run before it begins; it is named."""
    known = source_cases.scenes[0].id
    message = refused(run_scenes, UnknownScene, RunRequest(ids=(known, "987654321", "seven")))
    assert "987654321" in message
    assert "seven" in message
    assert f" {known}" not in message.split("Check")[0]


def test_a_source_that_stash_does_not_have(
    run_scenes: SceneRuns, source_cases: SourceCases
) -> None:
    """The error lists the sources that Stash has."""
    message = refused(run_scenes, UnknownSource, RunRequest(sources=("Nowhere",)))
    assert "Nowhere" in message
    assert source_cases.sources[0].name in message


@pytest.mark.parametrize("where", ["title ==", "no_such_field == 1", "((((", "title.__class__"])
def test_an_expression_that_does_not_parse(where: str, run_scenes: SceneRuns) -> None:
    refused(run_scenes, ExpressionError, RunRequest(where=where))


def test_a_run_that_does_not_exist(run_scenes: SceneRuns) -> None:
    """To be resumed: by id, and the last run of a state without runs."""
    for run in ("20240102-030405-1a2b", "last"):
        with pytest.raises(UnknownRun) as caught:
            run_scenes.resume(run)
        assert caught.value.hint


def test_a_setting_that_does_not_exist(run_scenes: SceneRuns) -> None:
    assert "workres" in refused(run_scenes, ConfigError, RunRequest(), run={"workres": 2})


@pytest.mark.parametrize("content", [b"", b"no database at all" * 64], ids=["empty", "garbage"])
def test_a_state_that_cannot_be_read(content: bytes, run_scenes: SceneRuns) -> None:
    """A file that is no state stays as it is; an empty file is taken as a new state."""
    run_scenes.folder.mkdir()
    file = run_scenes.folder / "stashbot.sqlite"
    file.write_bytes(content)
    if not content:
        assert (
            run_scenes(RunRequest(where="title == 'no scene is called this'")).report.scenes == ()
        )
        return
    assert str(file) in refused(run_scenes, UnreadableState, RunRequest())
    assert file.read_bytes() == content


def test_a_database_that_is_not_stashbots(run_scenes: SceneRuns) -> None:
    """A database of another program is not changed."""
    run_scenes.folder.mkdir()
    file = run_scenes.folder / "stashbot.sqlite"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE runs (recipe TEXT)")
        database.execute("INSERT INTO runs VALUES ('soup')")
    database.close()
    before = file.read_bytes()
    refused(run_scenes, UnreadableState, RunRequest())
    assert file.read_bytes() == before


def test_the_state_of_another_stash(run_scenes: SceneRuns) -> None:
    """Scene ids mean something else there."""

    async def make() -> None:
        url = f"sqlite:///{run_scenes.folder / 'stashbot.sqlite'}"
        async with Store(url, server="http://another.example.test:9999"):
            pass

    run_scenes.folder.mkdir()
    run_scenes.run(make())
    assert "another.example.test" in refused(run_scenes, ForeignState, RunRequest())


def test_a_state_folder_that_cannot_be_made(run_scenes: SceneRuns, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refused(run_scenes, StateError, RunRequest(), state={"dir": tmp_path / "file" / "state"})


def test_no_browser(run_scenes: SceneRuns, source_cases: SourceCases, tmp_path: Path) -> None:
    """The run stops with the reason, is kept, and goes on once there is a browser."""
    case = source_cases.first("trusted")
    missing = {"path": tmp_path / "no-browser"}
    stopped = run_scenes(request_for(case), hooks=RunHooks(own_browser=True), browser=missing)
    assert isinstance(stopped.stopped_by, BrowserError)
    assert "no-browser" in str(stopped.stopped_by)
    assert stopped.left == 1
    assert run_scenes.resume().report.scenes[0].outcome is Outcome.APPLIED


@pytest.mark.parametrize("blocked", slow_params(["the folder", "the run's folder"]))
def test_artifacts_that_cannot_be_written_fail_no_run(
    blocked: str,
    run_scenes: SceneRuns,
    source_cases: SourceCases,
    scenes: snapshot.Snapshot,
    read_scenes: ReadScenes,
) -> None:
    """As on a full disk: the scene fails for its own reason, and the next scene is applied."""
    failing, own = source_cases.pair("trusted")
    artifacts = run_scenes.folder / FOLDER
    run_scenes.folder.mkdir(parents=True)
    hooks = RunHooks().refuse("SceneUpdate", failing.scene.id, "refused on purpose")
    if blocked == "the folder":
        artifacts.write_text("a file where the folder should be")
    else:
        artifacts.mkdir()
        hooks.at_start(lambda run: (artifacts / run.id).symlink_to("/dev/full"))
    first, second = run_scenes(
        request_for(failing, own), hooks=hooks, run={"workers": 1}
    ).report.scenes
    assert first.outcome is Outcome.FAILED
    assert "refused on purpose" in first.reason
    assert first.artifacts_dir is None
    assert second.outcome is Outcome.APPLIED
    assert set(snapshot.differences(scenes, read_scenes())) == {own.scene.id}

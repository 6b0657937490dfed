"""Bad input: one clear error each, and nothing lost."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from stashbot.engine.locks import FolderLock
from stashbot.errors import (
    BrowserError,
    ConfigError,
    ExpressionError,
    ForeignState,
    LoginError,
    StashbotError,
    StashUnreachable,
    StateError,
    StateLocked,
    UnknownRun,
    UnknownScene,
    UnknownSource,
    UnreadableState,
)
from stashbot.flows.runs.driver import Request
from stashbot.models import Outcome
from stashbot.store import Store
from tests.e2e.conftest import ReadScenes
from tests.e2e.support import snapshot
from tests.e2e.support.run_hooks import watching
from tests.e2e.support.runs import SceneRuns
from tests.e2e.support.source_cases import SourceCases
from tests.slow_params import slow_params


def refused(
    run_scenes: SceneRuns, error: type[StashbotError], request: Request, **overrides: Any
) -> str:
    """What the user reads; no browser was started for it."""
    hooks = RunHooks()
    with pytest.raises(error) as caught:
        run_scenes(request, hooks=hooks, **overrides)
    assert hooks.browsers == []
    assert caught.value.hint, "it says what to do"
    return str(caught.value)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_nobody_listens_at_that_address(run_scenes: SceneRuns) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert url in refused(run_scenes, StashUnreachable, Request(), stash={"url": url})


def test_what_listens_there_is_no_stash(run_scenes: SceneRuns, settings: Any) -> None:
    """A path of the right server that is not its API is as wrong as a wrong server."""
    url = f"{settings.stash.url.rstrip('/')}/no/such/stash"
    refused(run_scenes, StashUnreachable, Request(), stash={"url": url})


def test_an_address_that_is_none(run_scenes: SceneRuns) -> None:
    """Refused as a setting, before anything is asked for."""
    assert "stash.url" in refused(
        run_scenes, ConfigError, Request(), stash={"url": "localhost:9999"}
    )


def test_an_api_key_for_a_stash_without_login(run_scenes: SceneRuns, client: Any) -> None:
    """Stash refuses any key then; the hint says that none is needed."""
    if client.server.has_login or client.transport.cookies() or client.transport.auth_headers():
        pytest.skip("this Stash has a login")
    told = refused(run_scenes, LoginError, Request(), stash={"api_key": "no-such-key"})
    assert "no-such-key" not in told


def test_a_scene_that_stash_does_not_have(run_scenes: SceneRuns, source_cases: SourceCases) -> None:
    """One unknown id of several stops the run before it begins; it is named."""
    known = source_cases.scenes[0].id
    told = refused(run_scenes, UnknownScene, Request(ids=(known, "987654321", "seven")))
    assert "987654321" in told
    assert "seven" in told
    assert known not in told.split("Check")[0].split()


def test_a_source_that_stash_does_not_have(
    run_scenes: SceneRuns, source_cases: SourceCases
) -> None:
    """The sources that there are come with the error."""
    told = refused(run_scenes, UnknownSource, Request(sources=("Nowhere",)))
    assert "Nowhere" in told
    assert source_cases.sources[0].name in told


@pytest.mark.parametrize("where", ["title ==", "no_such_field == 1", "((((", "title.__class__"])
def test_an_expression_that_does_not_parse(where: str, run_scenes: SceneRuns) -> None:
    refused(run_scenes, ExpressionError, Request(where=where))


def test_a_run_that_is_not_there(run_scenes: SceneRuns) -> None:
    """To be resumed: by id, and the last one of a state that holds none."""
    refused(run_scenes, UnknownRun, Request(resume="20240102-030405-1a2b"))
    refused(run_scenes, UnknownRun, Request(resume="last"))


def test_a_setting_that_there_is_not(run_scenes: SceneRuns) -> None:
    assert "workres" in refused(run_scenes, ConfigError, Request(), run={"workres": 2})


@pytest.mark.parametrize("content", [b"", b"no database at all" * 64], ids=["empty", "garbage"])
def test_a_state_that_cannot_be_read(content: bytes, run_scenes: SceneRuns) -> None:
    """A file that is no state stays as it is; an empty one is as good as none."""
    run_scenes.folder.mkdir()
    file = run_scenes.folder / "stashbot.sqlite"
    file.write_bytes(content)
    if not content:
        assert run_scenes(Request(where="title == 'no scene is called this'")).report.scenes == ()
        return
    assert str(file) in refused(run_scenes, UnreadableState, Request())
    assert file.read_bytes() == content


def test_a_database_that_is_not_stashbots(run_scenes: SceneRuns) -> None:
    """Nothing is added to somebody else's database."""
    run_scenes.folder.mkdir()
    file = run_scenes.folder / "stashbot.sqlite"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE runs (recipe TEXT)")
        database.execute("INSERT INTO runs VALUES ('soup')")
    database.close()
    before = file.read_bytes()
    refused(run_scenes, UnreadableState, Request())
    assert file.read_bytes() == before


def test_the_state_of_another_stash(run_scenes: SceneRuns) -> None:
    """Scene ids mean something else there."""

    async def make() -> None:
        url = f"sqlite:///{run_scenes.folder / 'stashbot.sqlite'}"
        async with Store(url, server="http://another.example.test:9999"):
            pass

    run_scenes.folder.mkdir()
    run_scenes.run(make())
    assert "another.example.test" in refused(run_scenes, ForeignState, Request())


def test_a_state_folder_that_cannot_be_made(run_scenes: SceneRuns, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refused(run_scenes, StateError, Request(), state={"dir": tmp_path / "file" / "state"})


def test_two_runs_on_one_state(run_scenes: SceneRuns, source_cases: SourceCases) -> None:
    """The second is refused; the first goes on undisturbed."""
    told: list[str] = []
    case = source_cases.one("trusted")
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    lock = FolderLock(run_scenes.folder)
    lock.acquire()
    told.append(refused(run_scenes, StateLocked, request))
    lock.release()
    assert run_scenes(request).report.scenes[0].outcome is Outcome.APPLIED
    assert str(run_scenes.folder) in told[0]


def test_no_browser(run_scenes: SceneRuns, source_cases: SourceCases, tmp_path: Path) -> None:
    """The run that was to begin is kept, and goes on once there is a browser."""
    case = source_cases.one("trusted")
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    hooks = RunHooks(own_browser=True)
    with pytest.raises(BrowserError) as caught:
        run_scenes(request, hooks=hooks, browser={"path": tmp_path / "no-browser"})
    assert hooks.sessions == []
    assert "no-browser" in str(caught.value)
    assert run_scenes(Request(resume="last")).report.scenes[0].outcome is Outcome.APPLIED


@pytest.mark.parametrize("spoilt", slow_params(["evidence", "run"]))
def test_evidence_that_cannot_be_written_fails_no_run(
    spoilt: str,
    run_scenes: SceneRuns,
    source_cases: SourceCases,
    scenes: snapshot.Snapshot,
    read_scenes: ReadScenes,
) -> None:
    """As on a full disk: the scene fails for its own reason, and the next one is applied."""
    failing, own = source_cases.two("trusted")
    evidence = run_scenes.folder / "evidence"
    evidence.mkdir(parents=True)
    hooks = RunHooks().refuse("SceneUpdate", failing.scene.id, "refused on purpose")
    if spoilt == "run":
        hooks.at_start(lambda run: (evidence / run.id).symlink_to("/dev/full"))
    else:
        evidence.rmdir()
        evidence.write_text("a file where the folder should be")
    finished = run_scenes(
        Request(ids=(failing.scene.id, own.scene.id), sources=(own.source.name,)),
        hooks=hooks,
        run={"workers": 1},
    )
    first, second = finished.report.scenes
    assert first.outcome is Outcome.FAILED
    assert "refused on purpose" in first.reason
    assert first.artifacts_dir is None
    assert second.outcome is Outcome.APPLIED
    assert set(snapshot.differences(scenes, read_scenes())) == {own.scene.id}

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
from stashbot.flows.runs.driver import Progress, Request
from stashbot.models import Outcome
from stashbot.store import Store
from tests.e2e.conftest import Read, Runs
from tests.e2e.support import snapshot
from tests.e2e.support.lab import Lab
from tests.e2e.support.stage import watching
from tests.short import short


def refused(carry: Runs, error: type[StashbotError], request: Request, **overrides: Any) -> str:
    """What the user reads; no browser was started for it."""
    with watching() as watch, pytest.raises(error) as caught:
        carry(request, **overrides)
    assert watch.hosts == []
    assert caught.value.hint, "it says what to do"
    return str(caught.value)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_nobody_listens_at_that_address(carry: Runs) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert url in refused(carry, StashUnreachable, Request(), stash={"url": url})


def test_what_listens_there_is_no_stash(carry: Runs, settings: Any) -> None:
    """A path of the right server that is not its API is as wrong as a wrong server."""
    url = f"{settings.stash.url.rstrip('/')}/no/such/stash"
    refused(carry, StashUnreachable, Request(), stash={"url": url})


def test_an_address_that_is_none(carry: Runs) -> None:
    """Refused as a setting, before anything is asked for."""
    assert "stash.url" in refused(carry, ConfigError, Request(), stash={"url": "localhost:9999"})


def test_an_api_key_for_a_stash_without_login(carry: Runs, client: Any) -> None:
    """Stash refuses any key then; the hint says that none is needed."""
    if client.server.has_login or client.transport.cookies() or client.transport.auth_headers():
        pytest.skip("this Stash has a login")
    told = refused(carry, LoginError, Request(), stash={"api_key": "no-such-key"})
    assert "no-such-key" not in told


def test_a_scene_that_stash_does_not_have(carry: Runs, lab: Lab) -> None:
    """One unknown id of several stops the run before it begins; it is named."""
    known = lab.scenes[0].id
    told = refused(carry, UnknownScene, Request(ids=(known, "987654321", "seven")))
    assert "987654321" in told
    assert "seven" in told
    assert known not in told.split("Check")[0].split()


def test_a_source_that_stash_does_not_have(carry: Runs, lab: Lab) -> None:
    """The sources that there are come with the error."""
    told = refused(carry, UnknownSource, Request(sources=("Nowhere",)))
    assert "Nowhere" in told
    assert lab.sources[0].name in told


@pytest.mark.parametrize("where", ["title ==", "no_such_field == 1", "((((", "title.__class__"])
def test_an_expression_that_does_not_parse(where: str, carry: Runs) -> None:
    refused(carry, ExpressionError, Request(where=where))


def test_a_run_that_is_not_there(carry: Runs) -> None:
    """To be resumed: by id, and the last one of a state that holds none."""
    refused(carry, UnknownRun, Request(resume="20240102-030405-1a2b"))
    refused(carry, UnknownRun, Request(resume="last"))


def test_a_setting_that_there_is_not(carry: Runs) -> None:
    assert "workres" in refused(carry, ConfigError, Request(), run={"workres": 2})


@pytest.mark.parametrize("content", [b"", b"no database at all" * 64], ids=["empty", "garbage"])
def test_a_state_that_cannot_be_read(content: bytes, carry: Runs) -> None:
    """A file that is no state stays as it is; an empty one is as good as none."""
    carry.folder.mkdir()
    file = carry.folder / "stashbot.sqlite"
    file.write_bytes(content)
    if not content:
        assert carry(Request(where="title == 'no scene is called this'")).report.scenes == ()
        return
    assert str(file) in refused(carry, UnreadableState, Request())
    assert file.read_bytes() == content


def test_a_database_that_is_not_stashbots(carry: Runs) -> None:
    """Nothing is added to somebody else's database."""
    carry.folder.mkdir()
    file = carry.folder / "stashbot.sqlite"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE runs (recipe TEXT)")
        database.execute("INSERT INTO runs VALUES ('soup')")
    database.close()
    before = file.read_bytes()
    refused(carry, UnreadableState, Request())
    assert file.read_bytes() == before


def test_the_state_of_another_stash(carry: Runs) -> None:
    """Scene ids mean something else there."""

    async def make() -> None:
        url = f"sqlite:///{carry.folder / 'stashbot.sqlite'}"
        async with Store(url, server="http://another.example.test:9999"):
            pass

    carry.folder.mkdir()
    carry.run(make())
    assert "another.example.test" in refused(carry, ForeignState, Request())


def test_a_state_folder_that_cannot_be_made(carry: Runs, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refused(carry, StateError, Request(), state={"dir": tmp_path / "file" / "state"})


def test_two_runs_on_one_state(carry: Runs, lab: Lab) -> None:
    """The second is refused; the first goes on undisturbed."""
    told: list[str] = []
    case = lab.one("trusted")
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    lock = FolderLock(carry.folder)
    lock.acquire()
    told.append(refused(carry, StateLocked, request))
    lock.release()
    assert carry(request).report.scenes[0].outcome is Outcome.APPLIED
    assert str(carry.folder) in told[0]


def test_no_browser(carry: Runs, lab: Lab, tmp_path: Path) -> None:
    """The run that was to begin is kept, and goes on once there is a browser."""
    case = lab.one("trusted")
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    with watching() as watch, pytest.raises(BrowserError) as caught:
        carry(request, browser={"path": tmp_path / "no-browser"})
    assert watch.sessions == []
    assert "no-browser" in str(caught.value)
    assert carry(Request(resume="last")).report.scenes[0].outcome is Outcome.APPLIED


@pytest.mark.parametrize("spoilt", short(["evidence", "run"]))
def test_evidence_that_cannot_be_written_fails_no_run(
    spoilt: str, carry: Runs, lab: Lab, scenes: snapshot.Snapshot, read: Read
) -> None:
    """As on a full disk: the scene fails for its own reason, and the next one is applied."""
    failing, own = lab.two("trusted")
    evidence = carry.folder / "evidence"
    evidence.mkdir(parents=True)
    progress = Progress()
    if spoilt == "run":
        progress.on_start = lambda run, _: (evidence / run.id).symlink_to("/dev/full")
    else:
        evidence.rmdir()
        evidence.write_text("a file where the folder should be")
    with watching() as watch:
        watch.refuse("SceneUpdate", failing.scene.id, "refused on purpose")
        finished = carry(
            Request(ids=(failing.scene.id, own.scene.id), sources=(own.source.name,)),
            progress=progress,
            run={"workers": 1},
        )
    first, second = finished.report.scenes
    assert first.outcome is Outcome.FAILED
    assert "refused on purpose" in first.reason
    assert first.evidence_dir is None
    assert second.outcome is Outcome.APPLIED
    assert set(snapshot.differences(scenes, read())) == {own.scene.id}

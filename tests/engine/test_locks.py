"""One worker a state, and states that cannot be used."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from stashbot.engine import Engine, FlowStatus, flow
from stashbot.engine.locks import FolderLock
from stashbot.errors import (
    EngineError,
    StateError,
    StateLocked,
    UnreadableState,
)
from stashbot.store import Store
from tests.engine.conftest import FLOW_ID, Toy, in_engine, opened


def test_one_engine_a_process(tmp_path: Path) -> None:
    """A second engine beside an open one is refused, and the first goes on."""

    @flow("goes-on")
    async def goes_on() -> int:
        return 1

    async def second(engine: Engine) -> int:
        with pytest.raises(EngineError, match="open engine"):
            await opened(tmp_path / "b").__aenter__()
        return await engine.run(goes_on, flow_id=FLOW_ID)

    assert in_engine(tmp_path / "a", second) == 1


def test_two_processes_on_one_state_are_refused(tmp_path: Path) -> None:
    """The second is told which folder, at once; a killed process holds no lock."""
    toy = Toy.on_sqlite(tmp_path)
    process = toy.start_and_wait("run", ",".join(str(i) for i in range(500)))
    with pytest.raises(StateLocked) as caught:
        in_engine(tmp_path, lambda e: e.status(FLOW_ID))
    assert str(tmp_path) in str(caught.value)
    assert caught.value.fields["path"] == str(tmp_path)
    process.kill()
    process.join()
    assert in_engine(tmp_path, lambda e: e.status("run:none")) is FlowStatus.NEW


def test_on_postgres_a_run_has_one_process(tmp_path: Path, postgres_url: str) -> None:
    """A second process of the same run is refused; another run may work beside it."""
    toy = Toy(tmp_path, postgres_url)
    process = toy.start_and_wait("run", ",".join(str(i) for i in range(500)))
    with pytest.raises(StateLocked, match="works on run run"):
        in_engine(tmp_path, lambda e: e.status(FLOW_ID), url=postgres_url)
    beside = in_engine(tmp_path, lambda e: e.status("b:1"), url=postgres_url, run="b")
    assert beside is FlowStatus.NEW
    process.kill()
    process.join()


def test_a_database_that_does_not_answer_is_a_clear_error(tmp_path: Path) -> None:
    """No Postgres there: a StateError without the password, not an endless retry."""
    url = f"postgresql://me:secret@/none?host={tmp_path}"
    with pytest.raises(StateError) as caught:
        in_engine(tmp_path, lambda e: e.status(FLOW_ID), url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", ["text", "database"])
def test_a_file_that_is_no_state_is_left_alone(kind: str, tmp_path: Path) -> None:
    """The engine refuses a file that is not stashbot's, and changes nothing in it."""
    file = tmp_path / "state.sqlite"
    if kind == "text":
        file.write_text("my notes, not a database")
    else:
        connection = sqlite3.connect(file)
        connection.execute("CREATE TABLE songs (title TEXT)")
        connection.close()
    before = file.read_bytes()
    with pytest.raises(UnreadableState):
        in_engine(tmp_path, lambda e: e.status(FLOW_ID))
    assert file.read_bytes() == before


def test_a_database_elsewhere_is_locked_where_it_is(tmp_path: Path) -> None:
    """Two state folders do not let two processes at one SQLite file, and none of the locks stays
    when one is refused.
    """
    url = f"sqlite:///{tmp_path / 'shared' / 'state.sqlite'}"
    (tmp_path / "shared").mkdir()
    held = FolderLock(tmp_path / "shared")
    held.acquire()
    with pytest.raises(StateLocked, match="shared"):
        in_engine(tmp_path / "a", lambda e: e.status(FLOW_ID), url=url)
    held.release()
    assert in_engine(tmp_path / "a", lambda e: e.status(FLOW_ID), url=url) is FlowStatus.NEW


def test_a_state_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    """What cannot be the state folder is named."""
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="file"):
        in_engine(tmp_path / "file", lambda e: e.status(FLOW_ID))


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_the_engine_may_come_before_the_store(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A state that the engine made first is stashbot's, and the store adds its tables to it."""
    url = f"sqlite:///{tmp_path / 'state.sqlite'}"
    if backend == "postgres":
        url = request.getfixturevalue("postgres_url")

    async def add(engine: Engine) -> int:
        del engine
        async with Store(url, server="http://localhost:9999") as store:
            return len(await store.runs())

    assert in_engine(tmp_path, add, url=url) == 0


def test_readers_and_triage_work_while_a_run_is_on(tmp_path: Path) -> None:
    """Another process reads audit, triage and failures, and writes, while the run has the lock."""
    toy = Toy.on_sqlite(tmp_path)
    process = toy.start_and_wait("run", ",".join(str(i) for i in range(500)))

    async def read() -> tuple[int, int]:
        async with Store(toy.database_url, server="http://localhost:9999", create=False) as store:
            before = len(await store.audit(run="run"))
            for _ in range(20):
                await store.triage()
                await store.failures()
                await store.add_failure("run", "0", phase="read", reason="none")
                await asyncio.sleep(0.01)
            return before, len(await store.audit(run="run"))

    before, after = asyncio.run(read())
    assert process.is_alive()
    assert before < after
    process.kill()
    process.join()

"""Interrupted flows: they wait until they are asked for, and go on where they were."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import DBOS

from stashbot.engine import Engine, FlowStatus, carrying, flow, step
from stashbot.engine import engine as engine_module
from stashbot.errors import (
    EngineError,
    StashUnreachable,
)
from stashbot.store import database
from tests.engine.conftest import FLOW_ID, Recorder, in_engine


def _interrupt(folder: Path, name: str, record: Recorder, url: str | None = None) -> Any:
    """A flow that was suspended once and would now end."""
    failing = record(name, StashUnreachable("gone"), "here")

    @flow(name)
    async def interrupted() -> str:
        return str(await step("only", failing))

    with pytest.raises(StashUnreachable):
        in_engine(folder, lambda e: e.run(interrupted, flow_id=FLOW_ID), url=url)
    record.calls.clear()
    return interrupted


def _record(folder: Path, url: str | None = None) -> list[Any]:
    """All that DBOS has written of the one flow."""
    engine = sa.create_engine(database.parse_url(url or f"sqlite:///{folder / 'state.sqlite'}"))
    table = "dbos.workflow_status" if url else "workflow_status"
    with engine.connect() as connection:
        row = connection.exec_driver_sql(f"SELECT * FROM {table}").one()  # noqa: S608
    engine.dispose()
    return list(row)


@pytest.mark.parametrize(
    ("run", "backend"), [("run", "sqlite"), ("other", "sqlite"), ("run", "postgres")]
)
def test_an_interrupted_flow_goes_on_only_when_asked(
    run: str, backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Neither a new run nor its own run, merely opened again, begins an interrupted flow, or
    touches its record in any way.
    """
    url = request.getfixturevalue("postgres_url") if backend == "postgres" else None
    record = Recorder()
    interrupted = _interrupt(tmp_path, "waits", record, url)

    async def wait(engine: Engine) -> FlowStatus:
        await asyncio.sleep(1.2)  # longer than every poll of DBOS
        return await engine.status(FLOW_ID)

    before = _record(tmp_path, url)
    assert in_engine(tmp_path, wait, run=run, url=url) is FlowStatus.INTERRUPTED
    assert _record(tmp_path, url) == before
    assert record.calls == []
    assert in_engine(tmp_path, lambda e: e.run(interrupted, flow_id=FLOW_ID), url=url) == "here"


def test_a_flow_enqueued_by_a_dead_process_waits_too(tmp_path: Path) -> None:
    """Killed between asking for a flow and its begin, the process leaves it in a queue; it stays
    there until it is asked for again.
    """
    record = Recorder()
    interrupted = _interrupt(tmp_path, "enqueued", record)

    async def enqueue(engine: Engine) -> None:
        del engine
        await DBOS.register_queue_async("run@dead")
        await DBOS.resume_workflow_async(FLOW_ID, queue_name="run@dead")

    in_engine(tmp_path, enqueue)
    before = _record(tmp_path)

    # In another run: DBOS would find the queue within a second and poll it every second.
    in_engine(tmp_path, lambda _: asyncio.sleep(2.2), run="other")
    assert _record(tmp_path) == before
    assert record.calls == []
    assert in_engine(tmp_path, lambda e: e.run(interrupted, flow_id=FLOW_ID)) == "here"


def test_a_resumed_flow_begins_at_once(tmp_path: Path) -> None:
    """Resuming does not wait for DBOS's second-long look for new queues."""

    async def timed(engine: Engine) -> float:
        started = asyncio.get_running_loop().time()
        await engine.run(interrupted, flow_id=FLOW_ID)
        return asyncio.get_running_loop().time() - started

    times = []
    for number in range(3):
        interrupted = _interrupt(tmp_path / str(number), "quick", Recorder())
        times.append(in_engine(tmp_path / str(number), timed))
    assert min(times) < 0.5


def test_changed_code_does_not_spoil_the_record(tmp_path: Path) -> None:
    """A flow whose steps are other than those recorded stops with a clear error, and the code that
    fits the record can still end it.
    """
    first = Recorder()
    gone = first("second", StashUnreachable("gone"), 2)

    def define(name: str) -> Any:
        @flow("changing-code")
        async def changing_code() -> int:
            await step(name, first("first", 1))
            return int(await step("second", gone))

        return changing_code

    with pytest.raises(StashUnreachable):
        in_engine(tmp_path, lambda e: e.run(define("first"), flow_id=FLOW_ID))
    with pytest.raises(EngineError, match="Start a new run"):
        in_engine(tmp_path, lambda e: e.run(define("renamed"), flow_id=FLOW_ID))
    assert in_engine(tmp_path, lambda e: e.run(define("first"), flow_id=FLOW_ID)) == 2


def test_another_version_does_not_carry_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another version of the flows interrupted is refused instead of waited for."""
    interrupted = _interrupt(tmp_path, "versioned", Recorder())
    monkeypatch.setattr(carrying, "APPLICATION_VERSION", "next")
    monkeypatch.setattr(engine_module, "APPLICATION_VERSION", "next")
    with pytest.raises(EngineError, match="another version"):
        in_engine(tmp_path, lambda e: e.run(interrupted, flow_id=FLOW_ID))


def test_an_id_is_of_one_flow(tmp_path: Path) -> None:
    """The id of a flow cannot be run as another flow."""
    _interrupt(tmp_path, "this-one", Recorder())

    @flow("another-one")
    async def another() -> None: ...

    with pytest.raises(EngineError, match="is a this-one flow, not another-one"):
        in_engine(tmp_path, lambda e: e.run(another, flow_id=FLOW_ID))

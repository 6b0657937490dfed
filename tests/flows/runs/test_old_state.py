"""A state that the version before has left with an unfinished run."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from dbos import DBOS, DBOSClient

from stashbot.errors import OtherVersion
from stashbot.flows.runs.driver import resume_run, start_run
from stashbot.store import RunStatus
from tests.flows.runs.toy_process import SERVER, prepare_scenes, toy_services, toy_settings
from tests.store.old_schemas import T0, OldState

OLD = "20260105-090000-0001"
RESULT = {"id": "1", "name": "One", "outcome": "applied", "elapsed_ms": 900}


def leave_unfinished(folder: Path) -> None:
    """Make the state of a run of four scenes: one is done, one has a workflow that is not."""
    file = folder / "state" / "stashbot.sqlite"
    file.parent.mkdir()
    old = OldState(f"sqlite:///{file}", version=2)
    old.add("meta", key="server", value=SERVER)
    old.add(
        "runs",
        id=OLD,
        started=T0,
        options={"sources": []},
        scenes=["1", "2", "3", "4"],
        dry_run=False,
        status="running",
    )
    old.add("results", run=OLD, scene="1", outcome="applied", elapsed_ms=900, result=RESULT, at=T0)
    old.close()
    DBOS.migrate(f"sqlite:///{file}")
    client = DBOSClient(system_database_url=f"sqlite:///{file}", application_name="stashbot")
    client.enqueue(
        {
            "workflow_name": "enrich-scene",
            "queue_name": "resumed",
            "workflow_id": f"{OLD}:2",
            "app_version": "1",
        },
        OLD,
        "2",
    )
    client.destroy()


def test_its_run_is_refused_and_another_one_works(tmp_path: Path) -> None:
    """The state is migrated, no scene of the old run begins, and a new run does them again."""
    leave_unfinished(tmp_path)

    async def main() -> None:
        settings = toy_settings(tmp_path)
        async with toy_services(tmp_path, settings) as services:
            with pytest.raises(OtherVersion, match=r"another version of stashbot.*Start a new run"):
                await resume_run(services, "last")
            assert not (tmp_path / "world").exists()
            run = await services.store.runs.get(OLD)
            assert run.status is RunStatus.INTERRUPTED
            assert [r.id for r in await services.store.results.in_order(OLD)] == ["1"]
            outcome = await start_run(services, prepare_scenes(["2", "3", "4"]))
            assert outcome.stopped_by is None
            assert [scene.id for scene in outcome.report.scenes] == ["2", "3", "4"]

    asyncio.run(main())

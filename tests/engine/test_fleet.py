"""Several workers on a state: each may do everything, and some things must happen only once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOSClient

from stashbot.engine import Execution
from stashbot.engine.dispatcher import QUEUE
from stashbot.engine.membership import Membership
from stashbot.errors import StashUnreachable
from stashbot.store import RunStatus, Store
from tests.engine.conftest import RUN, Bench, Toy, on_state, scene_steps
from tests.engine.toy import STEPS, submit, until_over
from tests.slow_params import slow_params

pytestmark = pytest.mark.chaos
SCENES = tuple(str(number) for number in range(1, 25))
#: Nobody dies here: a short time until a take-over would only show that the machine is busy.
SLOWLY = {"pause_s": 0.05}


def wait_until(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    """Return once the condition holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def world(scenes: tuple[str, ...] = SCENES) -> list[str]:
    """Return what has changed when each step of each scene happened once."""
    return sorted(f"{step} {scene}" for step in STEPS for scene in scenes)


def start_fleet(toy: Toy, *options: dict[str, Any]) -> list[ForkServerProcess]:
    """Start workers at the same moment, with options of their own each."""
    return [
        toy.start(",".join(SCENES), state=f"state-{number}", **{**SLOWLY, **chosen})
        for number, chosen in enumerate(options)
    ]


def join(toy: Toy, workers: list[ForkServerProcess]) -> None:
    """Wait until each worker has ended without a word of warning."""
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0, toy.log(worker)
        assert toy.log(worker) == ""


async def _gone(_execution: Execution) -> str:
    raise StashUnreachable("Gone.")


def interrupt(url: str, folder: Path) -> None:
    """Leave a run whose scenes were all taken out of the queue."""

    async def run(bench: Bench) -> None:
        assert await bench.run(scene_steps(_gone), scenes=SCENES, pages=6) is RunStatus.INTERRUPTED

    on_state(folder, run, url)


@pytest.mark.parametrize("attempt", slow_params(range(10), first=1))
def test_workers_that_resume_a_run_together_begin_each_scene_once(
    attempt: int, tmp_path: Path, postgres_url: str
) -> None:
    """Scenes that were taken out of the queue go back once, whoever is the first to see it."""
    del attempt
    interrupt(postgres_url, tmp_path)
    toy = Toy.on_postgres(tmp_path, postgres_url)
    join(toy, start_fleet(toy, {}, {}, {}))
    assert toy.lines() == world()
    assert Counter(toy.lines("reads")) == dict.fromkeys(SCENES, 1)


def test_a_run_that_is_stopped_ends_for_all_workers(tmp_path: Path, postgres_url: str) -> None:
    """Scenes that several workers left unfinished hold the run's end up for none of them."""
    toy = Toy.on_postgres(tmp_path, postgres_url)
    workers = [
        toy.start_and_wait(",".join(SCENES), state=f"state-{number}", pause_s=0.3)
        for number in range(2)
    ]
    wait_until(lambda: len(toy.lines("reads")) >= 6)

    async def stop(bench: Bench) -> Any:
        await bench.store.runs.set_status(RUN, RunStatus.STOPPING)
        return await asyncio.wait_for(until_over(bench.store, RUN), 20)

    assert on_state(tmp_path, stop, postgres_url) is RunStatus.INTERRUPTED
    join(toy, workers)
    join(toy, start_fleet(toy, {}))
    assert toy.lines() == world()


def test_work_of_a_worker_without_a_row_is_found(tmp_path: Path, postgres_url: str) -> None:
    """A worker that left in haste may leave scenes that it had claimed: another goes on."""
    toy = Toy.on_postgres(tmp_path, postgres_url)
    toy.die(",".join(SCENES), "after apply save of 2")

    async def forget(bench: Bench) -> None:
        for worker in await bench.store.workers.list():
            await bench.store.workers.remove(worker.id, worker.token)

    on_state(tmp_path, forget, postgres_url)
    toy.finish(",".join(SCENES))
    assert toy.lines() == world()


def test_workers_that_start_at_one_moment_get_different_names(tmp_path: Path) -> None:
    """The faster has the name, and the other takes the next."""

    async def nothing(_worker: str = "") -> None:
        return None

    def member(store: Store) -> Membership:
        return Membership(
            store,
            None,
            "2",
            30,
            alone=False,
            take_over=nothing,
            on_lost=nothing,
            on_rejoined=lambda _id: None,
        )

    async def run(bench: Bench) -> set[str]:
        members = [member(bench.store) for _ in range(5)]
        await asyncio.gather(*(member.join() for member in members))
        return {member.worker_name for member in members}

    assert len(on_state(tmp_path, run)) == 5


def test_workers_that_start_on_a_new_database_at_one_moment_share_the_run(
    tmp_path: Path, postgres_url: str
) -> None:
    """Tables, queue and rows are made once, and each scene is worked on once."""

    async def prepare(bench: Bench) -> None:
        await submit(bench.store, RUN, list(SCENES))

    on_state(tmp_path, prepare, postgres_url)
    toy = Toy.on_postgres(tmp_path, postgres_url)
    join(toy, start_fleet(toy, {}, {}, {}))
    assert toy.lines() == world()
    assert Counter(toy.lines("reads")) == dict.fromkeys(SCENES, 1)


def test_a_clock_that_jumps_kills_nobody(tmp_path: Path, postgres_url: str) -> None:
    """Each worker's clock is set by a day during a run: nobody is taken for dead."""
    toy = Toy.on_postgres(tmp_path, postgres_url)
    day = 24 * 3600.0
    workers = start_fleet(toy, {"jump_s": day, "pause_s": 0.15}, {"jump_s": -day, "pause_s": 0.15})
    join(toy, workers)
    assert toy.lines() == world()
    assert Counter(toy.lines("reads")) == dict.fromkeys(SCENES, 1)


def test_a_run_of_another_version_that_was_killed_does_not_go_on(tmp_path: Path) -> None:
    """It stops with a sentence that says what to do, before any of its scenes begins again."""
    toy = Toy.on_sqlite(tmp_path)
    process = toy.start_and_wait("1,2,3", pause_s=30.0, version="1")
    wait_until(lambda: len(toy.lines("reads")) == 3)
    process.kill()
    process.join()

    async def work(execution: Execution) -> str:
        return await execution.step("scrape", lambda: asyncio.sleep(0, "again"))

    async def run(bench: Bench) -> Any:
        status = await bench.run(scene_steps(work))
        return status, (await bench.store.runs.get(RUN)).stop_reason

    status, reason = on_state(tmp_path / "state", run)
    assert status is RunStatus.INTERRUPTED
    assert "another version of stashbot" in str(reason)
    assert "Start a new run" in str(reason)


def test_a_version_stops_no_run_that_another_one_works_on(
    tmp_path: Path, postgres_url: str
) -> None:
    """During an upgrade the old workers end what they have begun."""
    toy = Toy.on_postgres(tmp_path, postgres_url)
    old = toy.start_and_wait(",".join(SCENES), version="1", **SLOWLY)
    wait_until(lambda: len(toy.lines("reads")) >= 3)
    join(toy, [old, *start_fleet(toy, {})])
    assert toy.lines() == world()
    assert toy.report["status"] == "done"


def test_a_worker_with_fewer_pages_slows_no_other_down(tmp_path: Path, postgres_url: str) -> None:
    """All workers share the queue's limit, which stays as high as the largest of them needs."""
    toy = Toy.on_postgres(tmp_path, postgres_url)
    options = {**SLOWLY, "pause_s": 0.3}
    large = toy.start_and_wait(",".join(SCENES), state="large", pages=5, **options)
    small = toy.start_and_wait(",".join(SCENES), state="small", pages=1, **options)
    client = DBOSClient(
        system_database_url=postgres_url, application_name="stashbot", retry_connection_errors=False
    )
    queue = client.retrieve_queue(QUEUE)
    client.destroy()
    assert queue is not None
    assert queue.worker_concurrency == 6
    join(toy, [large, small])
    assert toy.lines() == world()

"""Two processes with a run each on one state: who works, who follows, and who goes on."""

from __future__ import annotations

import os
import signal

import pytest

from stashbot.testing.postgres import binaries, new_database, server
from tests.flows.runs.conftest import Processes, wait_until

pytestmark = pytest.mark.chaos
SCENES = [str(number) for number in range(1, 11)]
FEW = ["1", "2", "3", "4"]


def test_on_sqlite_the_second_process_follows(processes: Processes) -> None:
    """It hears its own run's results from the rows, and each scene of both is worked on once."""
    first = processes.start("first", SCENES)
    first.wait_for("result")
    second = processes.start("second", FEW)
    second.wait_for("result")
    processes.go()
    ends = [process.end() for process in (first, second)]
    assert [end["scenes"] for end in ends] == [SCENES, FEW]
    assert [end["stopped_by"] for end in ends] == [None, None]
    assert "follow" in second.heard
    assert "follow" not in first.heard
    assert sorted(line for line in second.heard if line.startswith("result")) == [
        f"result {scene}" for scene in FEW
    ]
    assert processes.world(first.run_id) == sorted(SCENES)
    assert processes.world(second.run_id) == FEW


def test_processes_that_start_at_one_moment_share_a_state(processes: Processes) -> None:
    """Whoever is the first to work leaves the runs of the others alone."""
    started = [processes.start(f"p{number}", FEW) for number in range(3)]
    assert [process.end()["scenes"] for process in started] == [FEW] * 3
    assert [processes.world(process.run_id) for process in started] == [FEW] * 3


def test_the_process_that_follows_takes_over_from_one_that_was_killed(
    processes: Processes,
) -> None:
    """It ends its own run; the dead process's run waits to be resumed, and loses nothing."""
    first = processes.start("first", SCENES)
    first.wait_for("result")
    second = processes.start("second", SCENES)
    second.wait_for("follow")
    wait_until(lambda: len([line for line in second.heard if line.startswith("result")]) >= 2)
    first.process.kill()
    processes.go()
    assert second.end()["scenes"] == SCENES
    assert set(processes.world(second.run_id)) == set(SCENES)
    again = processes.start("again", resume=first.run_id)
    assert again.end()["scenes"] == SCENES
    assert set(processes.world(first.run_id)) == set(SCENES)


@pytest.mark.parametrize("victim", ["follower", "worker"])
def test_ctrl_c_interrupts_the_run_of_its_own_process_only(
    victim: str, processes: Processes
) -> None:
    """In the process that follows and in the one that works alike; the other run goes on."""
    first = processes.start("first", SCENES)
    first.wait_for("result")
    second = processes.start("second", SCENES)
    second.wait_for("follow")
    stopped, other = (second, first) if victim == "follower" else (first, second)
    assert stopped.process.pid is not None
    os.kill(stopped.process.pid, signal.SIGINT)
    stopped.wait_for("stop")
    processes.go()
    end = stopped.end()
    assert end["stopped_by"] == "Interrupted"
    assert len(end["scenes"]) < len(SCENES)
    assert other.end()["scenes"] == SCENES
    assert processes.world(other.run_id) == sorted(SCENES)


def test_a_process_is_not_left_behind_by_a_worker_that_died_while_it_stopped(
    processes: Processes,
) -> None:
    """A run whose stop was never carried out can be resumed at once."""
    first = processes.start("first", SCENES)
    first.wait_for("result")
    second = processes.start("second", SCENES)
    second.wait_for("follow")
    assert first.process.pid is not None
    assert second.process.pid is not None
    os.kill(first.process.pid, signal.SIGSTOP)
    os.kill(second.process.pid, signal.SIGINT)
    second.wait_for("stop")
    first.process.kill()
    os.kill(second.process.pid, signal.SIGINT)
    assert second.end()["stopped_by"] == "Interrupted"
    processes.go()
    assert processes.start("again", resume=second.run_id).end()["scenes"] == SCENES


def test_a_run_stops_when_its_database_goes_away_and_goes_on_later(processes: Processes) -> None:
    """One sentence says what happened and how to go on, with the code for what is not there."""
    if binaries() is None:
        pytest.skip("no Postgres server binaries on this machine")
    with server() as running:
        database = new_database(running.url)
        process = processes.start("first", SCENES, database=database)
        process.wait_for("result")
        running.stop()
        end = process.end()
        running.start()
        assert (end["error"], end["exit_code"]) == ("DatabaseUnreachable", 3)
        assert "does not answer" in end["text"]
        assert f"--resume {process.run_id}" in end["text"]
        processes.go()
        again = processes.start("again", database=database)
        assert again.end()["scenes"] == SCENES
    assert set(processes.world(process.run_id)) == set(SCENES)

"""Waiting for faults that pass: what a run rides out, and how it stops when they do not pass."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stashbot.engine import Execution
from stashbot.errors import BadAnswer, StashBusy, StashUnavailable, StashUnreachable
from stashbot.models import Outcome, codec
from stashbot.retry import Patience
from stashbot.stash.retry import passes
from stashbot.store import RunStatus
from tests.engine.conftest import RUN, Bench, Recorder, on_state, scene_steps
from tests.engine.test_steps import RecordedChange

#: Pauses of no length that matters, and room for a handful of them.
PATIENT = Patience(
    passes=passes, budget_s=30.0, first_pause_s=0.001, longest_pause_s=0.001, scenes=2
)
SPENT = replace(PATIENT, budget_s=0.0)
AWAY = BadAnswer("Stash answered FindScene with HTTP 502.", operation="FindScene", status=502)


def busy(scene_id: str) -> StashBusy:
    """Return the error of a page whose save met a busy database."""
    return StashBusy(f"Stash's database was busy at scene {scene_id}.")


@pytest.mark.parametrize("fault", [AWAY, StashUnreachable("Refused."), busy("1")], ids=str)
def test_a_fault_that_passes_is_waited_for(fault: Exception, tmp_path: Path) -> None:
    """It fails neither the scene nor the run, although a single attempt is allowed."""
    calls, paused = Recorder(), []
    read = calls("read", fault, fault, fault, "fine")

    async def work(execution: Execution) -> str:
        return await execution.step("read", read)

    async def run(bench: Bench) -> tuple[RunStatus, list[str]]:
        status = await bench.run(
            scene_steps(work),
            patience=PATIENT,
            on_pause=lambda run, workflow, error, _s: paused.append((run, workflow, str(error))),
        )
        return status, [each.reason for each in await bench.store.results.in_order(RUN)]

    assert on_state(tmp_path, run) == (RunStatus.DONE, ["fine"])
    assert paused == [(RUN, f"{RUN}:1", str(fault))] * 3


def test_a_change_looks_before_each_repetition(tmp_path: Path) -> None:
    """A write whose answer was a proxy's is not repeated when it took effect."""
    calls = Recorder()

    async def work(execution: Execution) -> str:
        change = RecordedChange(
            calls, found=[None, None, AWAY, "there"], applied=[busy("1"), busy("1")]
        )
        return await execution.change(change)

    async def run(bench: Bench) -> list[str]:
        await bench.run(scene_steps(work), patience=PATIENT)
        return [each.reason for each in await bench.store.results.in_order(RUN)]

    assert on_state(tmp_path, run) == ["there"]
    assert calls.calls == ["find", "apply", "find", "apply", "find", "find"]


def test_a_stash_that_stays_away_stops_the_run(tmp_path: Path) -> None:
    """No scene fails; the reason says for how long it was waited for, and resumed it is done."""
    read = Recorder()("read", AWAY, "fine")

    async def work(execution: Execution) -> str:
        return await execution.step("read", read)

    async def run(bench: Bench) -> tuple[RunStatus, Any, RunStatus, list[str]]:
        workflow = scene_steps(work)
        stopped = await bench.run(workflow, patience=SPENT)
        reason = codec.decode((await bench.store.runs.get(RUN)).stop_reason)
        done = await bench.run(workflow, patience=SPENT)
        results = await bench.store.results.in_order(RUN)
        return stopped, reason, done, [result.reason for result in results]

    stopped, reason, done, found = on_state(tmp_path, run)
    assert stopped is RunStatus.INTERRUPTED
    assert isinstance(reason, StashUnavailable)
    assert "HTTP 502" in reason.message
    assert "for 0 s" in reason.message
    assert (done, found) == (RunStatus.DONE, ["fine"])


def test_scenes_in_a_row_without_success_stop_the_run(tmp_path: Path) -> None:
    """One fails alone; the next does not fail but stops the run, and none of the others fails."""

    async def work(execution: Execution) -> str:
        return await execution.step("save", Recorder()("save", busy("1")))

    async def run(bench: Bench) -> tuple[RunStatus, list[Outcome]]:
        status = await bench.run(scene_steps(work), scenes="12345", patience=SPENT, pages=1)
        results = await bench.store.results.in_order(RUN)
        return status, [result.outcome for result in results]

    assert on_state(tmp_path, run) == (RunStatus.INTERRUPTED, [Outcome.FAILED])


def test_a_scene_that_succeeds_ends_the_row(tmp_path: Path) -> None:
    """Faults of single scenes fail these scenes, and the run goes on."""
    numbers = itertools.count(1)

    async def work(execution: Execution) -> str:
        trouble = [busy("1")] if next(numbers) in {1, 7} else []
        return await execution.step("save", Recorder()("save", *trouble, "fine"))

    async def run(bench: Bench) -> tuple[RunStatus, list[Outcome]]:
        # The next scene begins before the last has ended: there are several between the failures.
        status = await bench.run(scene_steps(work), scenes="1234567", patience=SPENT, pages=1)
        results = await bench.store.results.in_order(RUN)
        return status, sorted(result.outcome for result in results)

    failed, applied = Outcome.FAILED, Outcome.APPLIED
    assert on_state(tmp_path, run) == (RunStatus.DONE, [*[applied] * 5, failed, failed])


def test_a_stop_ends_the_waiting(tmp_path: Path) -> None:
    """Ctrl-C during a pause of an hour is obeyed at once, without the grace of a step."""
    patience = replace(PATIENT, budget_s=7200.0, first_pause_s=3600.0, longest_pause_s=3600.0)

    async def work(execution: Execution) -> str:
        return await execution.step("read", Recorder()("read", AWAY))

    async def run(bench: Bench) -> RunStatus:
        paused = asyncio.Event()
        engine = bench.engine(
            scene_steps(work), patience=patience, on_pause=lambda *_: paused.set(), grace_s=3600.0
        )
        await bench.store.runs.add(["1"], kind="enrich", options={}, snapshot={}, run_id=RUN)
        async with engine:
            await asyncio.wait_for(paused.wait(), 30)
            await engine.stop_run(RUN)
        return (await bench.store.runs.get(RUN)).status

    assert on_state(tmp_path, run) is RunStatus.INTERRUPTED

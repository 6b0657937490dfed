"""Runs whose Stash goes away, two runs on the same state, and the choice of scenes."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from stashbot.errors import StashUnavailable, StashUnreachable
from stashbot.flows.runs.selection import RunRequest
from stashbot.models import Outcome
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.store import NewEvent
from tests.e2e.conftest import StashUnderTest
from tests.e2e.support.outcomes import writes
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.run_process import RunProcess
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import SourceCases, outcome_of
from tests.slow_params import slow_params


def free_port() -> int:
    """Return a port on which nobody listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Mortal:
    """A sandbox that can die and come back with all its data."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(SandboxOptions(port=free_port()))
        self.alive = False

    def start(self) -> None:
        """Start the sandbox, again at the same address."""
        self.sandbox.__enter__()
        self.alive = True

    def die(self) -> None:
        """End the sandbox with all its connections."""
        if self.alive:
            self.sandbox.__exit__(None, None, None)
        self.alive = False


@pytest.fixture
def mortal(target: StashUnderTest) -> Iterator[Mortal]:
    """Such a sandbox, running, with the same scenes as the shared sandbox."""
    target.need_sandbox("die and come back")
    made = Mortal()
    made.start()
    yield made
    made.die()


@pytest.mark.parametrize("phase", slow_params(["save", "scrape", "organize"]))
def test_a_run_outlives_its_stash(
    phase: str, source_cases: SourceCases, mortal: Mortal, run_scenes: SceneRuns
) -> None:
    """Stash dies in the middle of a scene: the run stops, says so, and can be resumed.

    What was done stays done, and every scene ends as it would have, each written once.
    """
    cases = source_cases.pair("trusted")
    ids = [case.scene.id for case in cases]
    began: list[str | None] = []

    def die_at_the_second(event: NewEvent) -> None:
        if event.phase == phase:
            began.append(event.scene)
            if len(began) == len(ids):
                mortal.die()

    hooks = RunHooks().on_phase(die_at_the_second)
    address = {"url": mortal.sandbox.url}
    broken = run_scenes(
        request_for(*cases),
        hooks=hooks,
        run={"workers": 1},
        stash=address,
        patience={"budget_s": 1, "first_pause_s": 0.05},
    )
    assert isinstance(broken.stopped_by, StashUnavailable), broken.stopped_by
    assert broken.left == 1
    assert [result.outcome for result in broken.report.scenes] == [Outcome.APPLIED]
    with pytest.raises(StashUnreachable):
        run_scenes.resume(stash=address)
    mortal.start()
    whole = run_scenes.resume(stash=address)
    assert whole.stopped_by is None
    assert [result.outcome for result in whole.report.scenes] == [Outcome.APPLIED] * 2
    for scene_id in ids:
        assert writes(mortal.sandbox, scene_id) == ["save", "organize"]


@pytest.mark.slow
def test_a_second_run_is_handed_to_the_process_that_works(
    source_cases: SourceCases, run_scenes: SceneRuns
) -> None:
    """While a process works on a run, a second run of the same state ends too, each scene once."""
    first, second = source_cases.pair("trusted")
    with RunProcess(run_scenes.settings(), request_for(first)) as process:
        assert process.wait_for(lambda seen: any(event["event"] == "phase" for event in seen))
        finished = run_scenes(request_for(second))
        end = process.end()
    assert end.get("stopped_by", end) is None, end
    assert [scene["outcome"] for scene in end["report"]["scenes"]] == ["applied"]
    assert [result.outcome for result in finished.report.scenes] == [Outcome.APPLIED]


@pytest.mark.slow
def test_an_expression_chooses_scenes(source_cases: SourceCases, run_scenes: SceneRuns) -> None:
    """``where`` takes the scenes for which it holds."""
    source = source_cases.most_trusted()[0]
    scene = source_cases.scenes[-1]
    (result,) = run_scenes(
        RunRequest(where=f"id == {scene.id}", sources=(source.name,), dry_run=True)
    ).report.scenes
    assert result.id == scene.id
    wanted = outcome_of([source_cases.case(source, scene)])
    assert result.outcome is (Outcome.PLANNED if wanted is Outcome.APPLIED else wanted)

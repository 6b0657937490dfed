"""Whose a state is, which scenes a run takes, and what becomes of it when Stash goes away."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from stashbot.errors import (
    StashUnreachable,
    StateLocked,
)
from stashbot.flows.runs.context import Doing
from stashbot.flows.runs.driver import Progress, Request
from stashbot.models import Outcome
from stashbot.sandbox import Sandbox, SandboxOptions
from tests.e2e.conftest import Runs, Target
from tests.e2e.support.driver import Driver
from tests.e2e.support.lab import Lab, outcome_of
from tests.e2e.support.outcomes import writes


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Mortal:
    """A sandbox that can die and come back with all it held."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(SandboxOptions(port=free_port()))
        self.alive = False

    def start(self) -> None:
        """Up again, at the same address."""
        self.sandbox.__enter__()
        self.alive = True

    def die(self) -> None:
        """Gone, with all its connections."""
        if self.alive:
            self.sandbox.__exit__(None, None, None)
        self.alive = False


@pytest.fixture
def mortal(target: Target) -> Iterator[Mortal]:
    """Such a sandbox, running, with the same scenes as the one that the lab knows."""
    target.need_sandbox("die and come back")
    one = Mortal()
    one.start()
    yield one
    one.die()


@pytest.mark.slow
def test_two_runs_on_one_state_do_not_meet(lab: Lab, carry: Runs) -> None:
    """While a run goes on, a second one and a resumption of it are refused; the first one ends."""
    case = lab.one("trusted")
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    with Driver(carry.chosen(), request) as driver:
        assert driver.wait_for(lambda seen: any(one["event"] == "phase" for one in seen))
        driver.pause()
        for second in (request, Request(resume="last")):
            with pytest.raises(StateLocked, match="Another stashbot"):
                carry(second)
        driver.go_on()
        end = driver.end()
    assert end.get("stopped_by", end) is None, end
    assert [one["outcome"] for one in end["report"]["scenes"]] == ["applied"]
    (only,) = carry.from_store(lambda store: store.runs())
    assert only.status == "done"


@pytest.mark.parametrize(
    "phase",
    [
        "save",
        pytest.param("scrape", marks=pytest.mark.slow),
        pytest.param("organize", marks=pytest.mark.slow),
    ],
)
def test_a_run_outlives_its_stash(phase: str, lab: Lab, mortal: Mortal, carry: Runs) -> None:
    """Stash dies in the middle of a scene: the run stops, says so, and can be resumed.

    What was done stays done, and every scene ends as it would have, each written once.
    """
    cases = lab.some("trusted", 2)
    ids = tuple(case.scene.id for case in cases)

    def on_phase(doing: Doing) -> None:
        if (doing.scene, doing.phase) == (ids[1], phase):
            mortal.die()

    request = Request(ids=ids, sources=(cases[0].source.name,))
    there: dict[str, Any] = {"stash": {"url": mortal.sandbox.url}}
    broken = carry(request, progress=Progress(on_phase=on_phase), run={"workers": 1}, **there)
    assert isinstance(broken.stopped_by, StashUnreachable), broken.stopped_by
    assert broken.left == 1
    assert [result.outcome for result in broken.report.scenes] == [Outcome.APPLIED]
    with pytest.raises(StashUnreachable):
        carry(Request(resume="last"), **there)
    mortal.start()
    whole = carry(Request(resume="last"), **there)
    assert whole.stopped_by is None
    assert [result.outcome for result in whole.report.scenes] == [Outcome.APPLIED] * 2
    for scene_id in ids:
        assert writes(mortal.sandbox, scene_id) == ["save", "organize"]


@pytest.mark.slow
def test_an_expression_chooses_scenes(lab: Lab, carry: Runs) -> None:
    """``where`` takes the scenes for which it holds, ``limit`` the first of them."""
    source = lab.most_trusted()[0]
    scene = lab.scenes[-1]
    assert scene.file is not None
    chosen = Request(where=f"id == {scene.id}", sources=(source.name,), dry_run=True)
    (result,) = carry(chosen).report.scenes
    assert result.id == scene.id
    wanted = outcome_of([lab.case(source, scene)])
    assert result.outcome is (Outcome.PLANNED if wanted is Outcome.APPLIED else wanted)

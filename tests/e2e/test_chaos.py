"""Killed at random moments and resumed, a run ends as if nothing had happened."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from stashbot.flows.runs.driver import Request
from stashbot.models import SceneResult
from stashbot.sandbox import Sandbox
from stashbot.stash.client import StashClient
from tests.e2e.conftest import Read, Run, Runs, Target
from tests.e2e.support import snapshot
from tests.e2e.support.driver import Driver
from tests.e2e.support.lab import Lab
from tests.e2e.support.outcomes import unheld, writes

pytestmark = pytest.mark.chaos

Restore = Callable[[], Sandbox | None]

#: Events of progress (phases and results) that a scene has at least.
EVENTS_A_SCENE = 2
#: What a phase takes, about: kills fall anywhere in it.
PHASE_S = 0.8


@pytest.fixture
def restore(
    target: Target, client: StashClient, scenes: snapshot.Snapshot, run: Run[Any]
) -> Restore:
    """Puts all scenes back; gives the sandbox, if it is one, with no mutation received so far."""

    def do() -> Sandbox | None:
        if target.sandbox is None:
            run(snapshot.put_back(client, scenes))
        else:
            target.sandbox.reset()
        return target.sandbox

    return do


def gist(result: SceneResult) -> dict[str, Any]:
    """All of a result that does not depend on the clock."""
    dumped = result.model_dump(mode="json", exclude={"elapsed_ms", "evidence_dir", "reason"})
    for attempt in dumped["attempts"]:
        del attempt["elapsed_ms"]
    return dumped


def mixed_scenes(lab: Lab, sources: tuple[str, ...], count: int) -> tuple[str, ...]:
    """Scenes of all kinds of outcomes, the rarer kinds first."""
    by_source = [lab.of(one) for one in lab.sources if one.name in sources]
    kinds = {
        cases[0].scene.id: tuple(case.kind for case in cases)
        for cases in zip(*by_source, strict=True)
    }
    often = Counter(kinds.values())
    rare_first = sorted(kinds, key=lambda one: (often[kinds[one]], int(one)))
    taken = [one for one in rare_first if "trusted" in kinds[one]][: count - count // 3]
    others = [one for one in rare_first if "trusted" not in kinds[one]][: count // 3]
    return tuple(sorted([*taken, *others], key=int))


@pytest.mark.timeout(1200)
@pytest.mark.slow
@pytest.mark.parametrize(("kills", "count"), [(2, 3), (10, 18)])
def test_a_run_that_is_killed_over_and_over_ends_as_an_unbroken_one(
    lab: Lab, carry: Runs, read: Read, restore: Restore, *, kills: int, count: int
) -> None:
    """The same results, the same data in Stash, each scene saved once and audited once."""
    sources = tuple(one.name for one in lab.most_trusted()[:2])
    ids = mixed_scenes(lab, sources, count)
    request = Request(ids=ids, sources=sources)
    unbroken = [gist(result) for result in carry(request).report.scenes]
    wanted = read()
    sandbox = restore()

    seed = random.randrange(10**6)  # noqa: S311 - moments, no secret
    broken = dataclasses.replace(carry, folder=carry.folder / "broken")
    report = killed_and_resumed(broken, request, kills=kills, seed=seed)
    assert [gist(result) for result in report] == unbroken, f"seed {seed}"

    held = read()
    assert snapshot.differences(wanted, held) == {}, f"seed {seed}"
    assert {result.id: unheld(result, held[result.id]) for result in report} == {
        result.id: [] for result in report
    }
    audit = broken.from_store(lambda store: store.audit())
    rows = Counter((one.scene, one.field) for one in audit)
    assert rows == {(one.id, name): 1 for one in report for name in one.changes}, f"seed {seed}"
    if sandbox is not None:
        for result in report:
            acts = [name == "organized" for name in result.changes]
            expected = ["save"] * (False in acts) + ["organize"] * (True in acts)
            assert writes(sandbox, result.id) == expected, f"seed {seed}"


def test_killed_right_after_its_write_a_run_knows_that_it_was_done(
    lab: Lab, carry: Runs, target: Target
) -> None:
    """Killed when Stash has carried out a save and the run has not heard of it, and again so for
    organizing: resumed, it finds both done, repeats neither and writes both down.
    """
    sandbox = target.need_sandbox("tell the moment of a write")
    case = lab.one("trusted")
    asked = Request(ids=(case.scene.id,), sources=(case.source.name,))
    for done in (["save"], ["save", "organize"]):
        with Driver(carry.chosen(), asked) as driver:
            assert driver.run_until(lambda done=done: writes(sandbox, case.scene.id) == done)  # type: ignore[misc]
            driver.kill()
        asked = Request(resume="last")
    with Driver(carry.chosen(), asked) as driver:
        (result,) = driver.end()["report"]["scenes"]
    assert result["outcome"] == "applied"
    assert writes(sandbox, case.scene.id) == ["save", "organize"]
    audit = carry.from_store(lambda store: store.audit())
    assert Counter(one.field for one in audit) == dict.fromkeys(result["changes"], 1)


def killed_and_resumed(runs: Runs, request: Request, *, kills: int, seed: int) -> list[SceneResult]:
    """Kills the run so many times on its way, each time somewhat later, then lets it end."""
    moments = random.Random(seed)  # noqa: S311 - moments, no secret
    settings, begun = runs.chosen(), False
    for _ in range(kills):
        asked = Request(resume="last") if begun else request
        with Driver(settings, asked) as driver:
            events = moments.randint(1, EVENTS_A_SCENE * len(request.ids) // kills + 1)
            driver.wait_for(lambda seen, events=events: len(seen) >= events)  # type: ignore[misc]
            driver.kill(after_s=moments.uniform(0, PHASE_S))
            begun = begun or driver.began
    with Driver(settings, Request(resume="last") if begun else request) as driver:
        end = driver.end()
    assert end["event"] == "end", end
    assert end["stopped_by"] is None
    return [SceneResult.model_validate(one) for one in end["report"]["scenes"]]

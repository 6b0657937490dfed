"""Killed at random moments and resumed, a run ends as if nothing had happened."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from stashbot.flows.runs.selection import RunRequest
from stashbot.flows.runs.write_records import settle_open_intents
from stashbot.flows.undo.undo import UndoRequest, undo
from stashbot.models import SceneResult
from stashbot.sandbox import Sandbox
from stashbot.stash.client import StashClient
from tests.e2e.conftest import ReadScenes, Run, StashUnderTest
from tests.e2e.support import snapshot
from tests.e2e.support.outcomes import differing, writes
from tests.e2e.support.run_process import MOMENTS, RunProcess
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import SourceCases
from tests.slow_params import slow_params

pytestmark = pytest.mark.chaos

Restore = Callable[[], Sandbox | None]

#: Events of progress (phases and results) that a scene has at least.
EVENTS_A_SCENE = 2
#: What a phase takes, about: kills fall anywhere in it.
PHASE_S = 0.8
#: The writes after which the run is killed, kill by kill.
KILLS = ([["save"]], [["save"], ["save", "organize"]])


@pytest.fixture
def restore(
    target: StashUnderTest, client: StashClient, scenes: snapshot.Snapshot, run: Run[Any]
) -> Restore:
    """Put all scenes back; return the sandbox, if there is one, with no mutation yet."""

    def do() -> Sandbox | None:
        if target.sandbox is None:
            run(snapshot.put_back(client, scenes))
        else:
            target.sandbox.reset()
        return target.sandbox

    return do


@pytest.mark.parametrize("kills", slow_params(KILLS, ids=["save", "save and organize"]))
def test_killed_right_after_its_write_a_run_knows_that_it_was_done(
    kills: list[list[str]],
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    target: StashUnderTest,
) -> None:
    """Killed when Stash has carried out a write and the run has not heard of it, and resumed, the
    run finds it done, does not repeat it, and writes it down.
    """
    sandbox = target.need_sandbox("tell the moment of a write")
    case = source_cases.first("trusted")
    request: RunRequest | None = request_for(case)
    for done in kills:
        with RunProcess(run_scenes.settings(), request) as process:
            assert process.run_until(lambda done=done: writes(sandbox, case.scene.id) == done)  # type: ignore[misc]
            process.kill()
        request = None
    (result,) = run_scenes.resume().report.scenes
    assert result.outcome == "applied"
    assert writes(sandbox, case.scene.id) == ["save", "organize"]
    audit = run_scenes.query_store(lambda store: store.audit.entries())
    assert Counter(entry.field for entry in audit) == dict.fromkeys(result.changes, 1)


@pytest.mark.parametrize(
    ("moment", "goes_on"),
    slow_params(
        [("sending", False)]
        + [(moment, goes_on) for moment in MOMENTS for goes_on in (True, False)]
    ),
)
def test_killed_at_any_moment_of_a_write_its_record_is_true(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    scenes: snapshot.Snapshot,
    read_scenes: ReadScenes,
    target: StashUnderTest,
    *,
    moment: str,
    goes_on: bool,
) -> None:
    """Whatever took effect stands in the audit, whether the run is resumed or taken back as it is.

    The undo then leaves the scene as it was before the run.
    """
    case = source_cases.first("trusted")
    with RunProcess(run_scenes.settings(), request_for(case), die_at=moment) as process:
        process.run_until(lambda: False)
        assert process.was_killed
    if goes_on:
        (result,) = run_scenes.resume().report.scenes
        assert result.outcome == "applied"
    else:
        run_scenes.with_services(settle_open_intents)
    changed = snapshot.differences(scenes, read_scenes()).get(case.scene.id, set())
    audit = run_scenes.query_store(lambda store: store.audit.entries())
    assert Counter(entry.field for entry in audit) == dict.fromkeys(changed, 1)
    if target.sandbox is not None:
        assert writes(target.sandbox, case.scene.id).count("save") <= 1
    if changed:
        run_scenes.with_services(lambda services: undo(services, UndoRequest()))
    assert snapshot.differences(scenes, read_scenes()) == {}


@pytest.mark.timeout(1200)
@pytest.mark.slow
@pytest.mark.parametrize(("kills", "count"), [(2, 3), (10, 18)])
def test_a_run_that_is_killed_over_and_over_ends_as_an_unbroken_one(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    read_scenes: ReadScenes,
    restore: Restore,
    *,
    kills: int,
    count: int,
) -> None:
    """The same results, the same data in Stash, each scene saved once and audited once."""
    sources = tuple(source.name for source in source_cases.most_trusted()[:2])
    ids = mixed_scenes(source_cases, sources, count)
    request = RunRequest(ids=ids, sources=sources)
    unbroken = [timeless(result) for result in run_scenes(request).report.scenes]
    wanted = read_scenes()
    sandbox = restore()

    seed = random.randrange(10**6)  # noqa: S311 - moments, no secret
    broken = dataclasses.replace(run_scenes, folder=run_scenes.folder / "broken")
    report = killed_and_resumed(broken, request, kills=kills, seed=seed)
    assert [timeless(result) for result in report] == unbroken, f"seed {seed}"

    after = read_scenes()
    assert snapshot.differences(wanted, after) == {}, f"seed {seed}"
    for result in report:
        assert differing(result, after[result.id]) == []
    audit = broken.query_store(lambda store: store.audit.entries())
    rows = Counter((entry.scene, entry.field) for entry in audit)
    wanted_rows = {(result.id, name): 1 for result in report for name in result.changes}
    assert rows == wanted_rows, f"seed {seed}"
    if sandbox is not None:
        for result in report:
            organized = [name == "organized" for name in result.changes]
            expected = ["save"] * (False in organized) + ["organize"] * (True in organized)
            assert writes(sandbox, result.id) == expected, f"seed {seed}"


def timeless(result: SceneResult) -> dict[str, Any]:
    """Return all of a result that does not depend on the clock."""
    dumped = result.model_dump(mode="json", exclude={"elapsed_ms", "artifacts_dir", "reason"})
    for attempt in dumped["attempts"]:
        del attempt["elapsed_ms"]
    return dumped


def mixed_scenes(
    source_cases: SourceCases, sources: tuple[str, ...], count: int
) -> tuple[str, ...]:
    """Return scenes of all kinds of outcomes, the rarer kinds first."""
    by_source = [
        source_cases.of(source) for source in source_cases.sources if source.name in sources
    ]
    kinds = {
        cases[0].scene.id: tuple(case.kind for case in cases)
        for cases in zip(*by_source, strict=True)
    }
    often = Counter(kinds.values())
    rare_first = sorted(kinds, key=lambda scene_id: (often[kinds[scene_id]], int(scene_id)))
    trusted = [scene_id for scene_id in rare_first if "trusted" in kinds[scene_id]]
    others = [scene_id for scene_id in rare_first if "trusted" not in kinds[scene_id]]
    return tuple(sorted([*trusted[: count - count // 3], *others[: count // 3]], key=int))


def killed_and_resumed(
    runs: SceneRuns, request: RunRequest, *, kills: int, seed: int
) -> list[SceneResult]:
    """Kill the run so many times on its way, each time somewhat later, then let it end."""
    moments = random.Random(seed)  # noqa: S311 - moments, no secret
    settings, begun = runs.settings(), False
    for _ in range(kills):
        with RunProcess(settings, None if begun else request) as process:
            events = moments.randint(1, EVENTS_A_SCENE * len(request.ids) // kills + 1)
            process.wait_for(lambda seen, events=events: len(seen) >= events)  # type: ignore[misc]
            process.kill(after_s=moments.uniform(0, PHASE_S))
            begun = begun or process.began
    with RunProcess(settings, None if begun else request) as process:
        end = process.end()
    assert end["event"] == "end", end
    assert end["stopped_by"] is None
    return [SceneResult.model_validate(scene) for scene in end["report"]["scenes"]]

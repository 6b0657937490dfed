"""Whole runs at the default settings, compared with the truth of the practice library.

``bench/judgement.py`` is the long form, on any Stash whose truth is known; the decisions alone are
tested in ``tests/decide/test_practice_library.py``.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from stashbot.flows.runs.selection import RunRequest
from stashbot.models import Outcome, SceneResult
from stashbot.stash.client import StashClient
from tests.e2e.conftest import Run, StashUnderTest
from tests.e2e.support.runs import SceneRuns

JUDGING = Path(__file__).parents[2] / "bench" / "judging.py"
#: Those that answer at once; some of them lie, fail or say odd things.
SOURCES = ("AlphaSource", "AlphaSource box", "BetaSource", "BrokenSource", "GammaSource")
#: The share of knowable scenes that a run must apply at least.
RECALL = 0.9


@pytest.fixture(scope="module")
def judging() -> ModuleType:
    """How the bench counts."""
    spec = importlib.util.spec_from_file_location("judging", JUDGING)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def truths(target: StashUnderTest, judging: ModuleType) -> Mapping[str, Any]:
    """Return the truth about each scene that is not organized."""
    library = target.need_sandbox("tell the truth").library
    return {
        scene_id: judging.Truth(
            **{name: getattr(truth.facts, name) for name in judging.Truth.model_fields}
        )
        for scene_id, truth in library.truth.items()
        if not library.scenes[scene_id].organized
    }


@pytest.mark.slow
def test_nothing_is_applied_linked_or_created_wrongly(
    judging: ModuleType,
    truths: Mapping[str, Any],
    run_scenes: SceneRuns,
    client: StashClient,
    run: Run[Any],
) -> None:
    """Among sources that lie, fail and say odd things, a run at the defaults writes no untruth and
    makes no twin, and applies most of the scenes that could be known.
    """
    before = run(judging.read_state(client))
    sources = run(client.resolve_sources(SOURCES))
    answered = run(judging.truthfully_answered(client, sources, before, truths))
    knowable = frozenset(
        scene_id
        for scene_id in answered
        if judging.is_recognizable(
            judging.recognizable_facts(before.scenes[scene_id], truths[scene_id], before)
        )
    )
    report = run_scenes(RunRequest(ids=tuple(truths), sources=SOURCES)).report
    figures = judging.compare(
        before, run(judging.read_state(client)), report.scenes, truths, knowable
    )
    assert (figures.wrong, figures.twins, figures.invented) == ([], [], [])
    assert figures.linking.precision == 1.0
    assert figures.applying.recall >= RECALL, figures.missed


def test_a_wrong_apply_would_be_seen(
    judging: ModuleType, truths: Mapping[str, Any], client: StashClient, run: Run[Any]
) -> None:
    """The figures name a scene with another scene's data, an entity that no scene has, and a twin
    that differs from what was there in case and accents only.
    """
    before = run(judging.read_state(client))
    wrong, other = list(truths)[:2]
    scene = before.scenes[wrong].model_copy(
        update={"title": truths[other].title, "organized": True}
    )
    entities = {kind: dict(known) for kind, known in before.entities.items()}
    known = next(iter(entities["performers"].values()))
    entities["performers"]["98"] = judging.Named(id="98", names=(known.names[0].upper(),))
    entities["tags"]["99"] = judging.Named(id="99", names=("Never Heard Of",))
    after = judging.State(scenes={**before.scenes, wrong: scene}, entities=entities)
    result = SceneResult(
        id=wrong, outcome=Outcome.APPLIED, changes={"title": (None, scene.title)}, source="Any"
    )
    missed = SceneResult(id=other, outcome=Outcome.TRIAGED, reason="in doubt")
    figures = judging.compare(before, after, (result, missed), truths, frozenset({wrong, other}))
    assert [line.split()[0] for line in figures.wrong] == [wrong]
    assert figures.twins == [f"performers: {known.names[0].upper()}"]
    assert "tags: Never Heard Of" in figures.invented
    assert [line.split()[0] for line in figures.missed] == [other]
    assert (figures.applying.precision, figures.applying.recall) == (0.0, 0.0)

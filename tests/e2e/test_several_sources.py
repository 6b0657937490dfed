"""Which sources are asked in which order, how several are merged, and when a run stops."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.errors import OverBudget
from stashbot.flows.runs.driver import Request
from stashbot.models import FieldName, Outcome, SceneResult
from stashbot.stash.client import StashClient
from tests.e2e.conftest import CarryOut, Run
from tests.e2e.support import snapshot
from tests.e2e.support.lab import Case, Lab, Where


def asked(result: SceneResult) -> list[str]:
    """The sources in the order in which the scene asked them."""
    return [attempt.source for attempt in result.attempts]


def agreed(lab: Lab, where: Where = lambda _: True) -> tuple[Case, Case]:
    """What two sources say rightly about one scene, the richer one, ``where`` it is so, first."""
    trusted: dict[str, list[Case]] = {}
    for case in lab.all("trusted"):
        trusted.setdefault(case.scene.id, []).append(case)
    for cases in trusted.values():
        if len(cases) > 1 and where(cases[0]):
            return cases[0], cases[1]
    pytest.skip("this Stash has no scene that two sources know")


def test_the_source_that_did_better_is_asked_first(lab: Lab, carry: CarryOut) -> None:
    """After a run in which the first source found nothing, the next run asks the other first.

    A run whose command names the sources keeps their order, whatever was learnt.
    """
    good, *more = lab.some("trusted", 3)
    poor = next(
        source
        for source in lab.fast
        if source != good.source
        and all(lab.case(source, one.scene).kind not in {"trusted"} for one in (good, *more))
    )
    names = (poor.name, good.source.name)
    learnt = carry(Request(ids=tuple(one.scene.id for one in more)), run={"sources": names})
    assert all(asked(one) == list(names) for one in learnt.report.scenes)
    request = Request(ids=(good.scene.id,), dry_run=True)
    (routed,) = carry(request, run={"sources": names}).report.scenes
    assert asked(routed) == [good.source.name]
    (fixed,) = carry(request.model_copy(update={"sources": names})).report.scenes
    assert asked(fixed) == list(names)
    (plain,) = carry(request, run={"sources": names}, routing={"adaptive": False}).report.scenes
    assert asked(plain) == list(names)


def test_two_sources_are_merged_field_by_field(
    lab: Lab, carry: CarryOut, client: StashClient, run: Run[Any]
) -> None:
    """The title is that of the source that goes first there, lists have the members of both; the
    audit names the source of each field, and Stash holds what the dry run planned.
    """
    one, other = agreed(lab)
    request = Request(ids=(one.scene.id,), sources=(one.source.name, other.source.name))
    wanted = {"consensus": {"ask": 2, "order": {"title": (other.source.name,)}}}
    (planned,) = carry(request.model_copy(update={"dry_run": True}), **wanted).report.scenes
    (result,) = carry(request, **wanted).report.scenes
    assert result.outcome is Outcome.APPLIED
    assert result.changes == planned.changes
    assert result.source == f"{one.source.name} + {other.source.name}"
    fresh = run(client.find_scene(one.scene.id))
    assert fresh.title == other.changes.get(FieldName.TITLE, one.scene.title)
    urls = {*one.changes.get(FieldName.URLS, ()), *other.changes.get(FieldName.URLS, ())}
    assert set(fresh.urls) == urls
    rows = carry.from_store(lambda store: store.audit(scene=one.scene.id))  # type: ignore[attr-defined]
    sources = {row.field: row.source for row in rows}
    if FieldName.TITLE in other.changes:
        assert sources["title"] == other.source.name
    assert {sources[name.value] for name in one.changes if name.value in sources} >= {
        one.source.name
    }


def test_a_source_that_gives_no_tags(lab: Lab, carry: CarryOut) -> None:
    """A policy of one source holds for it alone: its tags stay out, everything else comes."""
    case = lab.one("trusted", lambda one: one.has(FieldName.TAGS, FieldName.TITLE))
    name = case.source.name
    wanted = {"consensus": {"policies": {name: {"tags": "keep"}}}}
    (result,) = carry(Request(ids=(case.scene.id,), sources=(name,)), **wanted).report.scenes
    assert result.outcome is Outcome.APPLIED
    assert "tags" not in result.changes
    assert "title" in result.changes


@pytest.mark.slow
def test_a_run_stops_on_a_budget(
    lab: Lab, carry: CarryOut, scenes: snapshot.Snapshot, client: StashClient, run: Run[Any]
) -> None:
    """Two scrapes in a row over a budget of a millisecond stop the run, what is left is as it was,
    and resumed without that limit the run ends.
    """
    cases = lab.some("trusted", 5)
    ids = tuple(one.scene.id for one in cases)
    stopped = carry(
        Request(ids=ids, sources=(cases[0].source.name,)),
        budgets={"scrape_ms": 1, "stop_after": 2},
        run={"workers": 1},
    )
    assert isinstance(stopped.stopped_by, OverBudget)
    assert stopped.left >= len(ids) - 2
    done = {one.id for one in stopped.report.scenes}
    changed = snapshot.differences(scenes, run(snapshot.take(client)))
    assert set(changed) <= set(ids[:2])
    assert done <= set(ids[:2])
    ended = carry(Request(resume=stopped.report.run), budgets={"scrape_ms": 1})
    assert ended.stopped_by is None
    assert {one.id for one in ended.report.scenes} == set(ids)
    assert ended.report.budgets["scrape"].over >= len(ids)

"""Names that Stash did not match: linked to what looks like them, created where enough speaks."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from stashbot.flows.enrich.steps.create_entity import Creating
from stashbot.flows.runs.driver import Request
from stashbot.models import FieldName, Outcome, SceneResult
from stashbot.sandbox import Sandbox
from tests.e2e.conftest import CarryOut
from tests.e2e.support.lab import Case, Lab
from tests.e2e.test_several_sources import agreed


def lacks_a_tag(case: Case) -> bool:
    """Whether the case would bring tags, and Stash lacks one that the source names."""
    return case.has(FieldName.TAGS) and case.leaves_out(FieldName.TAGS)


def lacking(case: Case) -> list[str]:
    """The tags that Stash lacks."""
    assert case.plan is not None
    return [one.name for one in case.plan.left_out if one.field is FieldName.TAGS]


def names(result: SceneResult, field: str = "tags") -> list[str]:
    """The names that a list holds afterwards."""
    after: Any = result.changes[field][1]
    return [one["name"] for one in after]


def test_what_the_settings_list_is_created_once(
    lab: Lab, carry: CarryOut, practice: Sandbox
) -> None:
    """A tag that Stash lacks is created by the dialog's button, linked and audited.

    The dry run names it and changes nothing; a second scene that names it gets the same tag.
    """
    cases = lab.all("trusted", lacks_a_tag)
    pairs = ((one, other) for one, other in combinations(cases, 2) if one.source == other.source)
    shared = (pair for pair in pairs if set(lacking(pair[0])) & set(lacking(pair[1])))
    case, second = next(shared, (None, None))
    if case is None or second is None:
        pytest.skip("no source names a tag that Stash lacks for two scenes")
    wanted = [*dict.fromkeys((*lacking(case), *lacking(second)))]
    settings = {"creation": {"tags": tuple(wanted)}, "run": {"workers": 1}}
    request = Request(ids=(case.scene.id, second.scene.id), sources=(case.source.name,))
    before = {tag.name for tag in practice.library.tags.values()}
    plan = carry(request.model_copy(update={"dry_run": True}), **settings).report.scenes
    assert plan[0].created == tuple(f"tags {name}" for name in lacking(case))
    assert {tag.name for tag in practice.library.tags.values()} == before

    done = carry(request, **settings).report.scenes
    assert [one.outcome for one in done] == [Outcome.APPLIED] * 2
    assert [one.created for one in done] == [one.created for one in plan]
    assert [names(one) for one in done] == [names(one) for one in plan]
    held = [tag.name for tag in practice.library.tags.values()]
    assert sorted(held) == sorted({*before, *wanted})
    rows = carry.from_store(lambda store: store.audit(kind="create"))  # type: ignore[attr-defined]
    assert sorted(row.after["name"] for row in rows) == sorted(wanted)


def test_without_signals_nothing_is_created(lab: Lab, carry: CarryOut, practice: Sandbox) -> None:
    """A tag for which nothing speaks stays out, and the result says why."""
    case = lab.one("trusted", lacks_a_tag, what="a trusted proposal with a tag that Stash lacks")
    before = len(practice.library.tags)
    (result,) = carry(Request(ids=(case.scene.id,), sources=(case.source.name,))).report.scenes
    assert result.outcome is Outcome.APPLIED
    assert result.created == ()
    reasons = {one.name: one.reason for one in result.left_out}
    assert all("nothing speaks for it" in reasons[name] for name in lacking(case))
    assert len(practice.library.tags) == before


def test_a_name_written_otherwise_is_linked(lab: Lab, carry: CarryOut, practice: Sandbox) -> None:
    """A performer whom the library has with other punctuation is linked, no twin is created."""

    def named(case: Case) -> bool:
        performers = case.proposal.performers if case.proposal else ()
        return case.has(FieldName.PERFORMERS) and any(" " in one.name for one in performers)

    case = lab.one("trusted", named, what="a trusted proposal with a performer")
    assert case.proposal is not None
    known = next(
        one for one in case.proposal.performers if one.stored_id is not None and " " in one.name
    )
    performer = practice.library.performers[str(known.stored_id)]
    performer.name = known.name.replace(" ", "-")
    performer.alias_list = []
    count = len(practice.library.performers)
    (result,) = carry(Request(ids=(case.scene.id,), sources=(case.source.name,))).report.scenes
    assert result.outcome is Outcome.APPLIED
    assert performer.name in names(result, "performers")
    assert len(practice.library.performers) == count


@pytest.mark.slow
def test_merged_proposals_are_linked_too(lab: Lab, carry: CarryOut, practice: Sandbox) -> None:
    """What several sources name together goes the same way: linked, or created as it is listed."""
    one, other = agreed(lab, lambda case: case.has(FieldName.PERFORMERS) and lacks_a_tag(case))
    assert one.proposal is not None
    known = next(who for who in one.proposal.performers if who.stored_id is not None)
    performer = practice.library.performers[str(known.stored_id)]
    performer.name = known.name.upper().replace(" ", "-")
    performer.alias_list = []
    (result,) = carry(
        Request(ids=(one.scene.id,), sources=(one.source.name, other.source.name)),
        consensus={"ask": 2},
        creation={"tags": tuple(lacking(one))},
    ).report.scenes
    assert result.outcome is Outcome.APPLIED
    assert [attempt.result for attempt in result.attempts] == ["accepted", "accepted"]
    assert performer.name in names(result, "performers")
    assert set(lacking(one)) <= set(names(result))
    assert set(result.created) >= {f"tags {name}" for name in lacking(one)}


@pytest.mark.slow
def test_a_created_tag_is_found_by_the_run_that_goes_on(
    lab: Lab, carry: CarryOut, practice: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost between the creation and the note of it, the tag is found and not created again."""
    case = lab.one("trusted", lacks_a_tag, what="a trusted proposal with a tag that Stash lacks")
    wanted = lacking(case)
    act = Creating.act
    lost: list[str] = []

    async def loses_its_answer(self: Creating) -> Any:
        created = await act(self)
        if not lost:
            lost.append(created.id)
            practice_error = ConnectionResetError("the answer was lost")
            raise practice_error
        return created

    monkeypatch.setattr(Creating, "act", loses_its_answer)
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    settings = {"creation": {"tags": tuple(wanted)}}
    carry(request, **settings)
    monkeypatch.setattr(Creating, "act", act)
    (result,) = carry(request, **settings).report.scenes
    assert lost
    assert set(wanted) <= set(names(result))
    held = [tag.name for tag in practice.library.tags.values()]
    assert len(held) == len(set(held))


def test_a_proposal_that_would_create_many_creates_none(
    lab: Lab, carry: CarryOut, practice: Sandbox
) -> None:
    """More than ``creation.most`` of a kind at once: none is created, and the reason is said."""
    case = lab.one("trusted", lacks_a_tag, what="a trusted proposal with a tag that Stash lacks")
    wanted = lacking(case)
    before = len(practice.library.tags)
    (result,) = carry(
        Request(ids=(case.scene.id,), sources=(case.source.name,)),
        creation={"tags": tuple(wanted), "most": 0},
    ).report.scenes
    assert result.created == ()
    reasons = {one.name: one.reason for one in result.left_out}
    assert all("more than 0" in reasons[name] for name in wanted)
    assert len(practice.library.tags) == before


#: What lets anything be created for which a single signal speaks.
EAGER = {kind: {"threshold": 0.01} for kind in ("performer", "studio", "tag", "group")}


@pytest.mark.parametrize("kind", [FieldName.PERFORMERS, FieldName.STUDIO])
def test_what_a_signal_speaks_for_is_created(
    kind: FieldName, lab: Lab, carry: CarryOut, practice: Sandbox
) -> None:
    """Each kind by its own button in the dialog, once, and linked to the scene; the dry run named
    the same, and the audit says so.
    """
    settings = {"creation": EAGER}
    for case in lab.all("trusted", lambda one: one.leaves_out(kind))[:6]:
        request = Request(ids=(case.scene.id,), sources=(case.source.name,))
        (planned,) = carry(request.model_copy(update={"dry_run": True}), **settings).report.scenes
        wanted = [one for one in planned.created if one.startswith(f"{kind.value} ")]
        if wanted:
            break
    else:
        pytest.skip(f"no trusted proposal names new {kind.value} for which anything speaks")
    (result,) = carry(request, **settings).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert result.created == planned.created
    held = practice.library.studios if kind is FieldName.STUDIO else None
    held = held or getattr(practice.library, kind.value)
    for told in wanted:
        name = told.removeprefix(f"{kind.value} ")
        assert [one.name for one in held.values()].count(name) == 1
        after: Any = result.changes[kind.value][1]
        linked = [after] if kind is FieldName.STUDIO else after
        assert name in [one["name"] for one in linked]
    rows = carry.from_store(lambda store: store.audit(kind="create"))  # type: ignore[attr-defined]
    assert {f"{row.field} {row.after['name']}" for row in rows} == set(result.created)


@pytest.mark.slow
def test_a_tag_of_many_scenes_is_created(lab: Lab, carry: CarryOut, practice: Sandbox) -> None:
    """A tag that Stash lacked for as many scenes as the settings name counts as frequent from the
    next run on; one run alone does not change its own mind.
    """
    case = lab.one("trusted", lacks_a_tag, what="a trusted proposal with a tag that Stash lacks")
    settings = {"creation": {"tag": {"threshold": 0.2}, "frequent": 1}}
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    (first,) = carry(request, **settings).report.scenes
    assert first.created == ()
    practice.library.update_scene(case.scene.id, {"tag_ids": [], "organized": False})
    (second,) = carry(request, **settings).report.scenes
    assert set(second.created) == {f"tags {name}" for name in lacking(case)}

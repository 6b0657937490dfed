"""Names that Stash did not match: linked to what looks like them, created where enough speaks."""

from __future__ import annotations

from typing import Any

import pytest

from e2e.conftest import CarryOut
from e2e.support.lab import Case, Lab
from e2e.test_several_sources import agreed
from stashbot.flows.creating import Creating
from stashbot.flows.run import Request
from stashbot.models import FieldName, Outcome, SceneResult
from stashbot.sandbox import Sandbox


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
    case = lab.one("trusted", lacks_a_tag, what="a trusted proposal with a tag that Stash lacks")
    wanted = lacking(case)
    settings = {"creation": {"tags": tuple(wanted)}}
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    before = {tag.name for tag in practice.library.tags.values()}
    (planned,) = carry(request.model_copy(update={"dry_run": True}), **settings).report.scenes
    assert planned.created == tuple(f"tags {name}" for name in wanted)
    assert {tag.name for tag in practice.library.tags.values()} == before

    (result,) = carry(request, **settings).report.scenes
    assert result.outcome is Outcome.APPLIED
    assert result.created == planned.created
    assert names(result) == names(planned)
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

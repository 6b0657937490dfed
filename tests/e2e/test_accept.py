"""Accepting what waited in triage, on any Stash: as planned, in part, and around others' edits."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.flows.runs.driver import Finished, Progress, Request
from stashbot.flows.runs.selection import Task
from stashbot.flows.triage.accept import accepting
from stashbot.models import FieldName, Outcome
from stashbot.stash.client import StashClient
from stashbot.store import Store, TriageEntry, TriageStatus
from tests.e2e.conftest import Read, Runs
from tests.e2e.support.lab import Case, Lab
from tests.e2e.support.outcomes import assert_applied, unheld
from tests.e2e.support.stage import Elsewhere, at


def rich(case: Case) -> bool:
    return case.has(FieldName.TITLE, FieldName.DATE)


def waiting(carry: Runs, case: Case) -> TriageEntry:
    """The entry that a run leaves of a proposal that it does not trust."""
    carry(Request(ids=(case.scene.id,), sources=(case.source.name,)))
    (entry,) = carry.from_store(lambda store: store.triage(scene=case.scene.id))
    assert entry.seen is not None
    return entry


def accept(
    carry: Runs, entry: TriageEntry, *, progress: Progress | None = None, **asked: Any
) -> Finished:
    """A run that accepts the entry."""

    async def prepare(client: StashClient, store: Store) -> Task:
        return await accepting(carry.chosen(), client, store, entries=[entry.id], **asked)

    return carry(Request(), progress=progress, prepare=prepare)


def test_a_low_proposal_is_applied_once_accepted(lab: Lab, carry: Runs, read: Read) -> None:
    """The scene gets what the stored proposal brings, nothing else; the entry is closed with the
    run, which gives the same when it is resumed.
    """
    case = lab.one("low", rich, what="a low proposal with title and date")
    entry = waiting(carry, case)
    finished = accept(carry, entry)
    (result,) = finished.report.scenes
    assert_applied(result, case, read())
    closed = carry.from_store(lambda store: store.triage_entry(entry.id))
    assert (closed.status, closed.closed_by) == (TriageStatus.ACCEPTED, finished.report.run)
    again = carry(Request(resume=finished.report.run))
    assert again.report.scenes == finished.report.scenes


def test_an_edit_of_this_very_moment_is_not_replaced(
    lab: Lab, carry: Runs, elsewhere: Elsewhere, read: Read
) -> None:
    """Of two fields that were accepted over what the scene holds, somebody edits one while the form
    is filled: that edit stays, the other is taken.
    """
    case = lab.one("low", rich, what="a low proposal with title and date")
    entry = waiting(carry, case)

    def edit() -> None:
        elsewhere.edit(case.scene.id, title="Mine, from elsewhere")

    only = (FieldName.TITLE, FieldName.DATE)
    (result,) = accept(carry, entry, only=only, progress=at("save", edit)).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert set(result.changes) == {"date"}
    scene = read()[case.scene.id]
    assert scene.title == "Mine, from elsewhere"
    assert not scene.organized
    assert unheld(result, scene) == []


@pytest.mark.slow
def test_a_scene_that_changed_since_is_left_alone(
    lab: Lab, carry: Runs, elsewhere: Elsewhere, read: Read
) -> None:
    """Without the second yes nothing is written and the entry stays open; with it, it is applied
    around what the scene holds.
    """
    case = lab.one("low", rich, what="a low proposal with title and date")
    entry = waiting(carry, case)
    elsewhere.edit(case.scene.id, title="Mine by now")
    before = read()
    (result,) = accept(carry, entry).report.scenes
    assert result.outcome is Outcome.SKIPPED
    assert "changed since it was judged (title)" in result.reason
    assert read() == before
    open_still = carry.from_store(lambda store: store.triage_entry(entry.id))
    assert open_still.status is TriageStatus.OPEN
    (result,) = accept(carry, entry, even_if_changed=True).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert read()[case.scene.id].title == "Mine by now"
    assert "date" in result.changes

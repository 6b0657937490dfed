"""Runs taken back on any Stash: to the letter, to the byte, and whatever was created with them."""

from __future__ import annotations

import base64
import hashlib
import io

import pytest
from PIL import Image

from stashbot.flows.runs.driver import Request
from stashbot.flows.undo.restore_fields import Fate
from stashbot.flows.undo.undo import Undone, Wanted, undo
from stashbot.models import FieldName, Outcome
from stashbot.pages.scrape_dialog import ROWS_TOLD
from stashbot.selectors import SelectorSet
from stashbot.stash.client import StashClient
from tests.e2e.conftest import Read, Runs
from tests.e2e.support import snapshot
from tests.e2e.support.api import Api
from tests.e2e.support.lab import Case, Lab
from tests.e2e.support.stage import Elsewhere, at
from tests.e2e.test_create_entity import lacking, lacks_a_tag


@pytest.fixture
def _rows_told(selectors: SelectorSet) -> None:
    if ROWS_TOLD not in selectors:
        pytest.skip("the rows of this release's results dialog have no names")


def taken_back(carry: Runs, **wanted: object) -> Undone:
    """What an undo in the runs' state comes to."""
    found: Undone = carry.run(undo(carry.chosen(), Wanted.model_validate(wanted)))
    return found


def test_a_run_is_taken_back_whole(
    lab: Lab, carry: Runs, scenes: snapshot.Snapshot, read: Read
) -> None:
    """First one field of both scenes, then the rest: every field is as before, organized too."""
    cases = lab.two("trusted", lambda case: case.has(FieldName.TITLE))
    request = Request(ids=tuple(one.scene.id for one in cases), sources=(cases[0].source.name,))
    finished = carry(request)
    changed = {one.id: set(one.changes) for one in finished.report.scenes}
    assert snapshot.differences(scenes, read()) == changed

    titles = taken_back(carry, field="title")
    assert {(one.scene_id, one.fate) for one in titles.results} == {
        (one, Fate.UNDONE) for one in changed
    }
    left = {one: fields - {"title"} for one, fields in changed.items()}
    assert snapshot.differences(scenes, read()) == left

    foreseen = taken_back(carry, run=finished.report.run, dry_run=True)
    assert snapshot.differences(scenes, read()) == left
    rest = taken_back(carry, run=finished.report.run)
    assert not rest.fell_short
    assert [one.model_copy(update={"fate": Fate.UNDONE}) for one in foreseen.results] == [
        *rest.results
    ]
    assert snapshot.differences(scenes, read()) == {}


@pytest.mark.usefixtures("_rows_told")
def test_what_a_run_created_goes_with_it(
    lab: Lab, carry: Runs, api: Api, scenes: snapshot.Snapshot, read: Read
) -> None:
    """Unless somebody uses it by now: then it stays until they do not."""
    case = lab.one("trusted", lacks_a_tag, what="a trusted proposal with a tag that Stash lacks")
    wanted = lacking(case)
    before = _tags(api)
    other = next(one for one in scenes if one != case.scene.id)
    finished = carry(
        Request(ids=(case.scene.id,), sources=(case.source.name,)),
        creation={"tags": tuple(wanted)},
    )
    created = _tags(api).keys() - before.keys()
    try:
        assert len(created) == len(wanted)
        first = min(created)
        api.edit(other, tag_ids=[*(one.id for one in scenes[other].tags), first])
        undone = taken_back(carry, run=finished.report.run)
        (stays,) = [one for one in undone.results if one.fate is Fate.STAYS]
        assert (stays.deletes, "scenes: 1" in stays.reason) == (True, True)
        assert _tags(api).keys() - before.keys() == {first}
        api.edit(other, tag_ids=[one.id for one in scenes[other].tags])
        assert not taken_back(carry, run=finished.report.run).fell_short
        assert _tags(api) == before
        assert snapshot.differences(scenes, read()) == {}
    finally:
        for one in _tags(api).keys() - before.keys():
            api.destroy("tag", one)


def has_cover(case: Case) -> bool:
    """Whether the source brings a picture."""
    return bool(case.proposal and case.proposal.cover)


@pytest.mark.usefixtures("_rows_told")
def test_a_cover_comes_back_to_the_byte(
    lab: Lab, carry: Runs, client: StashClient, scenes: snapshot.Snapshot, read: Read
) -> None:
    """The picture that the run replaced was kept; the one of the source is gone again."""
    case = lab.one("trusted", has_cover, what="a trusted proposal with a cover")
    assert case.proposal is not None
    old = carry.run(client.cover(case.scene))
    (result,) = carry(
        Request(ids=(case.scene.id,), sources=(case.source.name,)), fields={"cover": "overwrite"}
    ).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert result.changes["cover"] == (hashlib.sha256(old).hexdigest(), case.proposal.cover)
    assert carry.run(client.cover_sha256(read()[case.scene.id])) == case.proposal.cover
    assert not taken_back(carry, scene=case.scene.id).fell_short
    assert carry.run(client.cover(read()[case.scene.id])) == old
    assert snapshot.differences(scenes, read()) == {}


@pytest.mark.slow
@pytest.mark.usefixtures("_rows_told")
def test_a_cover_that_somebody_chose_during_the_run_is_kept(
    lab: Lab, carry: Runs, elsewhere: Elsewhere, client: StashClient, read: Read
) -> None:
    """The save is stopped and planned anew over their picture, which an undo brings back."""
    case = lab.one("trusted", has_cover, what="a trusted proposal with a cover")
    assert case.proposal is not None
    old = carry.run(client.cover(case.scene))

    def choose() -> None:
        picture = base64.b64encode(THEIRS).decode()
        elsewhere.edit(case.scene.id, cover_image=f"data:image/png;base64,{picture}")

    try:
        (result,) = carry(
            Request(ids=(case.scene.id,), sources=(case.source.name,)),
            progress=at("save", choose),
            fields={"cover": "overwrite"},
        ).report.scenes
        assert result.outcome is Outcome.APPLIED, result.reason
        assert result.changes["cover"][0] == hashlib.sha256(THEIRS).hexdigest()
        assert not taken_back(carry, scene=case.scene.id).fell_short
        assert carry.run(client.cover(read()[case.scene.id])) == THEIRS
    finally:
        picture = base64.b64encode(old).decode()
        elsewhere.edit(case.scene.id, cover_image=f"data:image/jpeg;base64,{picture}")


def _picture(colour: str) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (32, 18), colour).save(held, "PNG")
    return held.getvalue()


THEIRS = _picture("teal")


def _tags(api: Api) -> dict[str, str]:
    """All tags by id."""
    found = api.ask("{ findTags(filter: {per_page: -1}) { tags { id name } } }")
    return {one["id"]: one["name"] for one in found["findTags"]["tags"]}

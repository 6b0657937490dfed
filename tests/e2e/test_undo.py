"""Runs taken back: to the letter, to the byte, and whatever was created with them."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import Any

import pytest
from PIL import Image

from stashbot.flows.undo.restore_fields import UndoOutcome
from stashbot.flows.undo.undo import UndoReport, UndoRequest, undo
from stashbot.models import FieldName, Outcome
from stashbot.pages.scrape_dialog import NAMED_ROWS_KEY
from stashbot.selectors import SelectorSet
from stashbot.stash.client import StashClient
from tests.e2e.conftest import ReadScenes, Run
from tests.e2e.support import snapshot
from tests.e2e.support.other_user import OtherUser
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import ANY_STUDIO, SourceCases
from tests.e2e.test_create_entity import missing, one_that_lacks_a_tag


@pytest.fixture
def _needs_named_rows(selectors: SelectorSet) -> None:
    if NAMED_ROWS_KEY not in selectors:
        pytest.skip("the rows of this release's results dialog have no names")


def take_back(run_scenes: SceneRuns, **filters: object) -> UndoReport:
    """Take back what matches in the runs' state."""
    request = UndoRequest.model_validate(filters)
    return run_scenes.with_services(lambda services: undo(services, request))


def test_a_run_is_taken_back_whole(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    scenes: snapshot.Snapshot,
    read_scenes: ReadScenes,
) -> None:
    """A single field of both scenes first, then the rest: every field is as before."""
    cases = source_cases.pair("trusted", lambda case: case.has(FieldName.TITLE))
    finished = run_scenes(request_for(*cases))
    changed = {result.id: set(result.changes) for result in finished.report.scenes}
    assert snapshot.differences(scenes, read_scenes()) == changed

    titles = take_back(run_scenes, field="title")
    assert {(each.scene_id, each.outcome) for each in titles.results} == {
        (scene_id, UndoOutcome.UNDONE) for scene_id in changed
    }
    left = {scene_id: fields - {"title"} for scene_id, fields in changed.items()}
    assert snapshot.differences(scenes, read_scenes()) == left

    planned = take_back(run_scenes, run=finished.report.run, dry_run=True)
    assert snapshot.differences(scenes, read_scenes()) == left
    rest = take_back(run_scenes, run=finished.report.run)
    assert not rest.is_incomplete
    assert [
        each.model_copy(update={"outcome": UndoOutcome.UNDONE}) for each in planned.results
    ] == [*rest.results]
    assert snapshot.differences(scenes, read_scenes()) == {}


@pytest.mark.usefixtures("_needs_named_rows")
def test_what_a_run_created_goes_with_it(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    scenes: snapshot.Snapshot,
    read_scenes: ReadScenes,
) -> None:
    """Unless somebody uses it by now: then it stays until they do not."""
    case = one_that_lacks_a_tag(source_cases)
    wanted = missing(case)
    before = tags_of(other_user)
    other = next(scene_id for scene_id in scenes if scene_id != case.scene.id)
    finished = run_scenes(request_for(case), creation={"tags": tuple(wanted)})
    created = tags_of(other_user).keys() - before.keys()
    own = [tag.id for tag in scenes[other].tags]
    try:
        assert len(created) == len(wanted)
        first = min(created)
        other_user.edit(other, tag_ids=[*own, first])
        undone = take_back(run_scenes, run=finished.report.run)
        (kept,) = [each for each in undone.results if each.outcome is UndoOutcome.KEPT]
        assert (kept.deletes, "scenes: 1" in kept.reason) == (True, True)
        assert tags_of(other_user).keys() - before.keys() == {first}
        other_user.edit(other, tag_ids=own)
        assert not take_back(run_scenes, run=finished.report.run).is_incomplete
        assert tags_of(other_user) == before
        assert snapshot.differences(scenes, read_scenes()) == {}
    finally:
        for tag_id in tags_of(other_user).keys() - before.keys():
            other_user.destroy("tag", tag_id)


@pytest.mark.usefixtures("_needs_named_rows")
def test_a_cover_comes_back_to_the_byte(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    client: StashClient,
    scenes: snapshot.Snapshot,
    read_scenes: ReadScenes,
    *,
    run: Run[Any],
) -> None:
    """The picture that the run replaced was kept; the picture of the source is gone again."""
    case = source_cases.with_cover()
    new = case.proposal.cover
    old = run(client.cover(case.scene))
    (result,) = run_scenes(
        request_for(case), fields={"cover": "overwrite"}, **ANY_STUDIO
    ).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert result.changes["cover"] == (hashlib.sha256(old).hexdigest(), new)
    after = run(client.cover(read_scenes()[case.scene.id]))
    assert hashlib.sha256(after).hexdigest() == new
    assert not take_back(run_scenes, scene=case.scene.id).is_incomplete
    assert run(client.cover(read_scenes()[case.scene.id])) == old
    assert snapshot.differences(scenes, read_scenes()) == {}


@pytest.mark.slow
@pytest.mark.usefixtures("_needs_named_rows")
def test_a_cover_that_somebody_chose_during_the_run_is_kept(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    other_user: OtherUser,
    client: StashClient,
    read_scenes: ReadScenes,
    *,
    run: Run[Any],
) -> None:
    """The save is stopped and planned anew over their picture, which an undo brings back."""
    case = source_cases.with_cover()
    old, theirs = run(client.cover(case.scene)), picture("teal")

    def choose(cover: bytes, kind: str) -> None:
        data = base64.b64encode(cover).decode()
        other_user.edit(case.scene.id, cover_image=f"data:image/{kind};base64,{data}")

    hooks = RunHooks().at_phase("save", lambda: choose(theirs, "png"))
    try:
        (result,) = run_scenes(
            request_for(case), hooks=hooks, fields={"cover": "overwrite"}, **ANY_STUDIO
        ).report.scenes
        assert result.outcome is Outcome.APPLIED, result.reason
        assert result.changes["cover"][0] == hashlib.sha256(theirs).hexdigest()
        assert not take_back(run_scenes, scene=case.scene.id).is_incomplete
        assert run(client.cover(read_scenes()[case.scene.id])) == theirs
    finally:
        choose(old, "jpeg")


def picture(colour: str) -> bytes:
    """Return a picture in PNG form."""
    data = io.BytesIO()
    Image.new("RGB", (32, 18), colour).save(data, "PNG")
    return data.getvalue()


def tags_of(other_user: OtherUser) -> dict[str, str]:
    """Return the names of all tags by id."""
    found = other_user.query("{ findTags(filter: {per_page: -1}) { tags { id name } } }")
    return {tag["id"]: tag["name"] for tag in found["findTags"]["tags"]}

"""``stashbot undo`` on a state that holds changes: what is reverted, and what is kept."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from stashbot.errors import StashUnreachable
from stashbot.flows.undo.restore_fields import RestoreFields
from stashbot.sandbox import Sandbox
from stashbot.store import COVERS, AuditEntry, RunStatus, Store
from tests.cli.conftest import Call, Called


class Past:
    """A sandbox in which stashbot changed things, and the state that records it."""

    def __init__(self, call: Call, sandbox: Sandbox, folder: Path) -> None:
        sandbox.reset()
        self.library = sandbox.library
        self.sandbox = sandbox
        self.folder = folder
        self._call = call
        self._runs = 0

    def __call__(self, *arguments: object, **variables: str) -> Called:
        """Call a command on this Stash and state."""
        here = ("--url", self.sandbox.url, "--state", self.folder)
        return self._call(*arguments, *here, **variables)

    def changed(self, scene: str, *changes: tuple[str, Any, Any], **more: Any) -> str:
        """Record changes, each a field with its old and its new value; return the run's id."""
        self._runs += 1
        run = f"run-{self._runs}"
        given: dict[str, Any] = {"step": "save", "kind": "update", "source": "Alpha", **more}

        async def write(store: Store) -> None:
            await store.runs.add([scene], kind="enrich", run_id=run)
            await store.audit.add(run, scene, changes=changes, **given)
            await store.runs.set_status(run, RunStatus.DONE)

        self._with(write)
        return run

    def titled(self, scene: str, title: str, **more: Any) -> str:
        """Give a scene a title, and record that; return the run's id."""
        before = self.library.scenes[scene].title or None
        self.library.update_scene(scene, {"title": title})
        return self.changed(scene, ("title", before, title), **more)

    def keep_cover(self, content: bytes) -> None:
        """Keep a picture, as a run does that replaces it."""
        self._with(lambda store: store.blobs.put(COVERS, content))

    def audit(self) -> tuple[AuditEntry, ...]:
        """Return all recorded changes, newest first."""
        found: tuple[AuditEntry, ...] = self._with(lambda store: store.audit.entries())
        return found

    def _with(self, work: Any) -> Any:
        async def main() -> Any:
            self.folder.mkdir(exist_ok=True)
            url = f"sqlite:///{self.folder / 'stashbot.sqlite'}"
            async with Store(url, server=self.sandbox.url) as store:
                return await work(store)

        return asyncio.run(main())


@pytest.fixture
def past(call: Call, sandbox: Sandbox, tmp_path: Path) -> Past:
    """Nothing was changed yet."""
    return Past(call, sandbox, tmp_path / "state")


def outcomes(called: Called) -> dict[tuple[str, str], str]:
    """Return the outcome of each change, by scene and field."""
    return {
        (result["scene_id"], result["field"]): result["outcome"]
        for result in called.document["results"]
    }


def tags(past: Past, scene: str) -> list[str]:
    """Return the ids of a scene's tags, sorted."""
    return sorted(past.library.scenes[scene].tag_ids)


def entity(past: Past, number: str) -> dict[str, str]:
    """Return a tag as changes name it."""
    return {"id": number, "name": past.library.tags[number].name}


def test_without_a_filter_nothing_is_undone(past: Past) -> None:
    """The exit code is 2, and the error says how to ask."""
    past.titled("8", "Theirs")
    called = past("undo")
    assert called.code == 2
    assert "--run last" in called.err
    assert past.library.scenes["8"].title == "Theirs"


def test_only_matching_changes_are_undone(past: Past) -> None:
    """By scene, field, source and number; each once, and the audit says so."""
    old = {scene: past.library.scenes[scene].title for scene in ("8", "9", "10", "11")}
    for scene in old:
        past.titled(scene, f"New {scene}", source="Beta" if scene == "10" else "Alpha")
    assert outcomes(past("undo", "--scene", "8", "--json")) == {("8", "title"): "undone"}
    assert outcomes(past("undo", "--source", "Beta", "--json")) == {("10", "title"): "undone"}
    assert outcomes(past("undo", "--last", "1", "--json")) == {("11", "title"): "undone"}
    titles = {scene: past.library.scenes[scene].title for scene in old}
    assert titles == {**old, "9": "New 9"}
    assert outcomes(past("undo", "--field", "title", "--json")) == {("9", "title"): "undone"}
    again = past("undo", "--field", "title")
    assert again.code == 2
    assert "already" in again.err
    undone = [entry.undoes for entry in past.audit() if entry.undoes is not None]
    assert sorted(undone) == sorted({*undone})
    assert len(undone) == len(old)


def test_a_dry_run_writes_nothing(past: Past) -> None:
    """It changes neither Stash nor the audit, and reports what an undo would revert."""
    run = past.titled("8", "New")
    before = past.audit()
    dry = past("undo", "--run", run, "--dry-run", "--json")
    assert (dry.code, outcomes(dry)) == (0, {("8", "title"): "planned"})
    assert past.library.scenes["8"].title == "New"
    assert past.audit() == before
    assert past.sandbox.mutations == []
    assert f"1 change of run {run} would be undone." in past("undo", "--run", run, "--dry-run").out


def test_a_later_edit_is_kept_unless_forced(past: Past) -> None:
    """Of a list only stashbot's items are removed; what somebody added since is kept."""
    past.library.update_scene("8", {"title": "", "tag_ids": ["1"]})
    run = past.changed(
        "8",
        ("title", None, "New"),
        ("tags", [entity(past, "1")], [entity(past, "1"), entity(past, "2")]),
    )
    past.library.update_scene("8", {"title": "Mine", "tag_ids": ["1", "2", "3"]})
    called = past("undo", "--run", run)
    assert called.code == 1
    assert "somebody changed it since" in called.out
    assert "--force" in called.out
    assert (past.library.scenes["8"].title, tags(past, "8")) == ("Mine", ["1", "2", "3"])
    assert past("undo", "--run", run, "--force").code == 0
    assert not past.library.scenes["8"].title
    assert tags(past, "8") == ["1", "3"]


def test_the_last_run_is_the_last_that_changed_something(past: Past) -> None:
    """An undo is none, so that asking again goes on with what stayed; the message names the run."""
    first = past.titled("8", "New 8")
    run = past.titled("9", "New 9")
    past.changed("10")
    past.library.update_scene("9", {"title": "Theirs"})
    kept = past("undo", "--run", "last", "--json")
    assert outcomes(kept) == {("9", "title"): "kept"}
    undone = past("undo", "--run", "last", "--force")
    assert undone.code == 0
    assert f"1 change of run {run} undone" in undone.out
    nothing_left = past("undo", "--run", "last")
    assert nothing_left.code == 2
    assert f"All of it of run {run} was taken back already." in nothing_left.err
    assert past("undo", "--run", first, "--json").document["of_run"] == first


def test_without_a_change_there_is_no_last_run(past: Past) -> None:
    """A run that changed nothing is none."""
    past.changed("8")
    called = past("undo", "--run", "last")
    assert called.code == 2
    assert "No run has changed anything yet" in called.err


def test_an_older_run_is_kept_under_a_newer_run(past: Past) -> None:
    """The newer run is undone first; both together restore the first value."""
    past.library.update_scene("8", {"title": "First"})
    older, newer = past.titled("8", "Second"), past.titled("8", "Third")
    assert past("undo", "--run", older).code == 1
    assert past.library.scenes["8"].title == "Third"
    assert past("undo", "--scene", "8").code == 0
    assert past.library.scenes["8"].title == "First"
    assert past("undo", "--run", newer).code == 2


def test_an_entity_that_stash_no_longer_has_is_named(past: Past) -> None:
    """A tag that was deleted since is not restored; the other fields of the scene are."""
    past.library.update_scene("8", {"title": "New", "tag_ids": []})
    gone = past.library.tags["2"].name
    run = past.changed("8", ("title", "Old", "New"), ("tags", [entity(past, "2")], []))
    past.library.destroy(past.library.tags, "2")
    called = past("undo", "--run", run, "--json")
    assert called.code == 1
    reasons = {result["field"]: result["reason"] for result in called.document["results"]}
    assert reasons == {"title": "", "tags": f"Stash no longer has {gone}"}
    assert past.library.scenes["8"].title == "Old"


def test_a_scene_that_is_gone_is_named_and_the_others_are_restored(past: Past) -> None:
    """Its change is reported as kept, and the exit code is 1."""
    past.titled("8", "New 8")
    past.titled("9", "New 9")
    past.library.destroy_scene("9")
    called = past("undo", "--source", "Alpha", "--json")
    assert called.code == 1
    assert outcomes(called) == {("8", "title"): "undone", ("9", "title"): "kept"}


def _created(past: Past, *scenes: str) -> tuple[str, str]:
    """Create a tag for scenes that have it; return its id and the run's."""
    made = past.library.create(past.library.tags, type(past.library.tags["1"]), name="Snow")
    named = {"id": made.id, "name": "Snow"}
    run = past.changed(scenes[0], ("tags", None, named), kind="create", step="create:tags:Snow")
    for scene in scenes:
        past.library.update_scene(scene, {"tag_ids": [made.id]})
        past.changed(scene, ("tags", [], [named]))
    return made.id, run


def test_a_created_tag_is_deleted_after_its_scenes_have_lost_it(past: Past) -> None:
    """A single undo does both, and its dry run plans both."""
    made, _ = _created(past, "8", "9")
    dry = past("undo", "--source", "Alpha", "--dry-run", "--json")
    deletes = [result for result in dry.document["results"] if result["deletes"]]
    assert [(result["before"]["name"], result["outcome"]) for result in deletes] == [
        ("Snow", "planned")
    ]
    assert past("undo", "--source", "Alpha").code == 0
    assert made not in past.library.tags
    assert tags(past, "8") == tags(past, "9") == []


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        (
            lambda past, tag: past.library.update(past.library.performers, "1", tag_ids=[tag]),
            "performers: 1",
        ),
        (
            lambda past, tag: past.library.update(past.library.tags, tag, name="Ice"),
            "called Ice",
        ),
    ],
    ids=["performer", "renamed"],
)
def test_a_created_tag_in_use_is_kept(past: Past, use: Any, reason: str) -> None:
    """Not even --force deletes it; the reason says what uses it."""
    made, _ = _created(past, "8")
    use(past, made)
    called = past("undo", "--source", "Alpha", "--force", "--json")
    assert called.code == 1
    (left,) = [result for result in called.document["results"] if result["outcome"] == "kept"]
    assert left["deletes"]
    assert reason in left["reason"]
    assert made in past.library.tags
    assert tags(past, "8") == []


def test_a_created_tag_that_was_edited_since_needs_force(past: Past) -> None:
    """It is kept and reported as edited; --force deletes it."""
    made, _ = _created(past, "8")
    past.library.tags[made].created_at = "2024-01-13T10:00:00Z"
    called = past("undo", "--source", "Alpha", "--json")
    (left,) = [result for result in called.document["results"] if result["outcome"] == "kept"]
    assert (left["edited"], left["deletes"]) == (True, True)
    assert past("undo", "--source", "Alpha", "--force").code == 0
    assert made not in past.library.tags


@pytest.mark.parametrize("moment", ["_audit", "_write"])
def test_an_undo_that_was_cut_off_goes_on_when_called_again(
    past: Past, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Cut off before or after a write, in the end each change was undone once."""
    old = {scene: past.library.scenes[scene].title for scene in ("8", "9")}
    for scene in old:
        past.titled(scene, "New")

    async def cut(_self: RestoreFields, _one: Any) -> Any:
        raise StashUnreachable("It is gone.")

    with monkeypatch.context() as patch:
        patch.setattr(RestoreFields, moment, cut)
        assert past("undo", "--source", "Alpha", PATIENCE__BUDGET_S="0").code == 3
    refused = past("run", "--resume", "last")
    assert refused.code == 2
    assert "undo again" in refused.err
    assert past("undo", "--source", "Alpha").code == 0
    assert {scene: past.library.scenes[scene].title for scene in old} == old
    undone = [entry.undoes for entry in past.audit() if entry.undoes is not None]
    assert sorted(undone) == sorted({*undone})
    assert len(undone) == len(old)


def test_a_cover_that_was_not_kept_whole_is_left(past: Past) -> None:
    """A damaged copy is not sent to Stash: the cover stays, and the report says why."""
    old, new = _picture(past, "8"), _picture(past, "9")
    past.library.update_scene("9", {"cover": new})
    run = past.changed("9", ("cover", _sha(old), _sha(new)))
    past.keep_cover(old)
    (past.folder / COVERS / _sha(old)).write_bytes(old[:-9])
    called = past("undo", "--run", run)
    assert (called.code, "not kept" in called.out) == (1, True)
    assert past.library.scenes["9"].cover == new


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _picture(past: Past, scene: str) -> bytes:
    return httpx.get(f"{past.sandbox.url}/scene/{scene}/screenshot").content

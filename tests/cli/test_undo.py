"""``stashbot undo`` on a state that holds changes, without a browser."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from stashbot.engine.locks import FolderLock
from stashbot.errors import StashUnreachable
from stashbot.flows.undo.cover_backup import keep_cover
from stashbot.flows.undo.restore_fields import PuttingBack
from stashbot.sandbox import Sandbox
from stashbot.store import AuditEntry, Store
from tests.cli.conftest import Call, Called


class Past:
    """A sandbox in which stashbot changed things, as its state tells."""

    def __init__(self, call: Call, sandbox: Sandbox, folder: Path) -> None:
        sandbox.reset()
        self.library = sandbox.library
        self.sandbox = sandbox
        self.folder = folder
        self._call = call
        self._runs = 0

    def __call__(self, *arguments: object) -> Called:
        """A command on this Stash and state."""
        return self._call(*arguments, "--url", self.sandbox.url, "--state", self.folder)

    def changed(self, scene: str, *changes: tuple[str, Any, Any], **more: Any) -> str:
        """Audits changes, each a field with its old and its new value; the run's id."""
        self._runs += 1
        run = f"run-{self._runs}"
        given: dict[str, Any] = {"step": "save", "kind": "update", "source": "Alpha", **more}

        async def write(store: Store) -> None:
            await store.start_run([scene], run_id=run)
            await store.add_audit(run, scene, changes=changes, **given)
            await store.finish_run(run)

        self._with(write)
        return run

    def titled(self, scene: str, title: str, **more: Any) -> str:
        """Gives a scene a title, and audits that; the run's id."""
        before = self.library.scenes[scene].title or None
        self.library.update_scene(scene, {"title": title})
        return self.changed(scene, ("title", before, title), **more)

    def audit(self) -> tuple[AuditEntry, ...]:
        """All changes, newest first."""
        found: tuple[AuditEntry, ...] = self._with(lambda store: store.audit())
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


def fates(called: Called) -> dict[tuple[str, str], str]:
    """What became of each change, by scene and field."""
    return {(one["scene_id"], one["field"]): one["fate"] for one in called.document["results"]}


def tags(past: Past, scene: str) -> list[str]:
    """The ids of a scene's tags."""
    return sorted(past.library.scenes[scene].tag_ids)


def entity(past: Past, number: str) -> dict[str, str]:
    """A tag as changes name it."""
    return {"id": number, "name": past.library.tags[number].name}


def test_somebody_has_to_say_what(past: Past) -> None:
    """Without any filter nothing is taken back, and the error says how to ask."""
    past.titled("8", "Theirs")
    called = past("undo")
    assert called.code == 2
    assert "--run last" in called.err
    assert past.library.scenes["8"].title == "Theirs"


def test_what_matches_is_taken_back_and_nothing_else(past: Past) -> None:
    """By scene, field, source, run and number; each once, and the audit says so."""
    old = {one: past.library.scenes[one].title for one in ("8", "9", "10", "11")}
    for scene in old:
        past.titled(scene, f"New {scene}", source="Beta" if scene == "10" else "Alpha")
    assert fates(past("undo", "--scene", "8", "--json")) == {("8", "title"): "undone"}
    assert fates(past("undo", "--source", "Beta", "--json")) == {("10", "title"): "undone"}
    assert fates(past("undo", "--last", "1", "--json")) == {("11", "title"): "undone"}
    titles = {one: past.library.scenes[one].title for one in old}
    assert titles == {**old, "9": "New 9"}
    assert fates(past("undo", "--field", "title", "--json")) == {("9", "title"): "undone"}
    again = past("undo", "--field", "title")
    assert again.code == 2
    assert "already" in again.err
    undone = [one.undoes for one in past.audit() if one.undoes is not None]
    assert sorted(undone) == sorted({*undone})
    assert len(undone) == len(old)


def test_a_dry_run_says_what_the_undo_then_does(past: Past) -> None:
    """It writes nothing, neither to Stash nor to the audit."""
    run = past.titled("8", "New")
    before = past.audit()
    dry = past("undo", "--run", run, "--dry-run", "--json")
    assert fates(dry) == {("8", "title"): "planned"}
    assert past.library.scenes["8"].title == "New"
    assert past.audit() == before
    assert past.sandbox.mutations == []
    wet = past("undo", "--run", run, "--json")
    told = ("scene_id", "field", "before", "after")
    assert [[one[key] for key in told] for one in wet.document["results"]] == [
        [one[key] for key in told] for one in dry.document["results"]
    ]
    assert past.library.scenes["8"].title != "New"


def test_a_later_edit_stays_unless_forced(past: Past) -> None:
    """Of a list only what stashbot did goes, and what somebody added to it since stays."""
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


def test_an_older_run_stays_under_a_newer_one(past: Past) -> None:
    """The newer one goes first; both together go back to the beginning."""
    past.library.update_scene("8", {"title": "First"})
    older, newer = past.titled("8", "Second"), past.titled("8", "Third")
    assert past("undo", "--run", older).code == 1
    assert past.library.scenes["8"].title == "Third"
    assert past("undo", "--scene", "8").code == 0
    assert past.library.scenes["8"].title == "First"
    assert past("undo", "--run", newer).code == 2


def test_what_is_no_longer_in_stash_is_named(past: Past) -> None:
    """A tag that was deleted since cannot come back; the other fields of the scene do."""
    past.library.update_scene("8", {"title": "New", "tag_ids": []})
    gone = past.library.tags["2"].name
    run = past.changed("8", ("title", "Old", "New"), ("tags", [entity(past, "2")], []))
    past.library.destroy(past.library.tags, "2")
    called = past("undo", "--run", run, "--json")
    assert called.code == 1
    reasons = {one["field"]: one["reason"] for one in called.document["results"]}
    assert reasons == {"title": "", "tags": f"Stash no longer has {gone}"}
    assert past.library.scenes["8"].title == "Old"


def test_a_scene_that_is_gone_is_named_and_the_rest_goes_on(past: Past) -> None:
    """Its changes stay on record."""
    past.titled("8", "New 8")
    past.titled("9", "New 9")
    past.library.destroy_scene("9")
    called = past("undo", "--source", "Alpha", "--json")
    assert called.code == 1
    assert fates(called) == {("8", "title"): "undone", ("9", "title"): "stays"}


def _created(past: Past, *scenes: str) -> tuple[str, str]:
    """A tag that was created for scenes, which have it: its id, and the run's."""
    made = past.library.create(past.library.tags, type(past.library.tags["1"]), name="Snow")
    told = {"id": made.id, "name": "Snow"}
    run = past.changed(scenes[0], ("tags", None, told), kind="create", step="create:tags:Snow")
    for scene in scenes:
        past.library.update_scene(scene, {"tag_ids": [made.id]})
        past.changed(scene, ("tags", [], [told]))
    return made.id, run


def test_what_was_created_is_deleted_when_nothing_uses_it(past: Past) -> None:
    """All of it in one go: the scenes lose it first. The dry run says the same."""
    made, _ = _created(past, "8", "9")
    dry = past("undo", "--source", "Alpha", "--dry-run", "--json")
    deletes = [one for one in dry.document["results"] if one["deletes"]]
    assert [(one["before"]["name"], one["fate"]) for one in deletes] == [("Snow", "planned")]
    assert past("undo", "--source", "Alpha").code == 0
    assert made not in past.library.tags
    assert tags(past, "8") == tags(past, "9") == []


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        (lambda past, tag: past.library.update_scene("10", {"tag_ids": [tag]}), "scenes: 1"),
        (
            lambda past, tag: past.library.update(past.library.performers, "1", tag_ids=[tag]),
            "performers: 1",
        ),
        (
            lambda past, tag: past.library.update(past.library.tags, tag, name="Ice"),
            "called Ice",
        ),
    ],
    ids=["scene", "performer", "renamed"],
)
def test_what_was_created_stays_while_somebody_needs_it(past: Past, use: Any, reason: str) -> None:
    """Not even force deletes it; the reason says what uses it."""
    made, _ = _created(past, "8")
    use(past, made)
    called = past("undo", "--source", "Alpha", "--force", "--json")
    assert called.code == 1
    (left,) = [one for one in called.document["results"] if one["fate"] == "stays"]
    assert left["deletes"]
    assert reason in left["reason"]
    assert made in past.library.tags
    assert tags(past, "8") == []


def test_what_was_created_and_described_since_takes_force(past: Past) -> None:
    """Somebody's work on it is not thrown away unasked."""
    made, _ = _created(past, "8")
    past.library.tags[made].created_at = "2024-01-13T10:00:00Z"
    called = past("undo", "--source", "Alpha", "--json")
    (left,) = [one for one in called.document["results"] if one["fate"] == "stays"]
    assert (left["edited"], left["deletes"]) == (True, True)
    assert past("undo", "--source", "Alpha", "--force").code == 0
    assert made not in past.library.tags


@pytest.mark.parametrize("moment", ["_audit", "_write"])
def test_an_undo_that_was_cut_off_goes_on_when_it_is_asked_for_again(
    past: Past, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Before or after a write: at the end all is back, and each change was taken back once."""
    old = {one: past.library.scenes[one].title for one in ("8", "9")}
    for scene in old:
        past.titled(scene, "New")

    async def cut(_self: PuttingBack, _one: Any) -> Any:
        raise StashUnreachable("It is gone.")

    with monkeypatch.context() as patch:
        patch.setattr(PuttingBack, moment, cut)
        assert past("undo", "--source", "Alpha").code == 3
    refused = past("run", "--resume", "last")
    assert refused.code == 2
    assert "undo again" in refused.err
    assert past("undo", "--source", "Alpha").code == 0
    assert {one: past.library.scenes[one].title for one in old} == old
    undone = [one.undoes for one in past.audit() if one.undoes is not None]
    assert sorted(undone) == sorted({*undone})
    assert len(undone) == len(old)


def test_a_cover_is_put_back_to_the_byte(past: Past) -> None:
    """From what was kept when it was replaced; what was not kept whole stays, and says so."""
    first, second = _picture(past, "8"), _picture(past, "9")
    keep_cover(past.folder, first)
    past.library.update_scene("8", {"cover": second})
    past.library.update_scene("9", {"cover": second})
    run = past.changed("8", ("cover", _sha(first), _sha(second)))
    lost = past.changed("9", ("cover", "ab" * 32, _sha(second)))
    (past.folder / "covers" / ("ab" * 32)).write_bytes(first[:-9])
    assert past("undo", "--run", run).code == 0
    assert past.library.scenes["8"].cover == first
    called = past("undo", "--run", lost)
    assert called.code == 1
    assert "not kept" in called.out
    assert past.library.scenes["9"].cover == second


def test_while_another_process_works_nothing_is_taken_back(past: Past) -> None:
    """It would undo under the feet of a run."""
    past.titled("8", "New")
    lock = FolderLock(past.folder)
    lock.acquire()
    try:
        called = past("undo", "--scene", "8")
    finally:
        lock.release()
    assert called.code == 2
    assert past.library.scenes["8"].title == "New"


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _picture(past: Past, scene: str) -> bytes:
    return httpx.get(f"{past.sandbox.url}/scene/{scene}/screenshot").content

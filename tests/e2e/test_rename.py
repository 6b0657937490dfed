"""Renaming on any Stash: as planned, once, and taken back; what cannot be done is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from stashbot.errors import ConfigError
from stashbot.flows.rename.rename import Renamed, apply_plan, rename, resume_rename, undo_rename
from stashbot.flows.runs.selection import Request
from stashbot.models import VideoFile
from stashbot.sandbox import Sandbox
from stashbot.store import AuditEntry
from tests.e2e.conftest import Runs, Target
from tests.e2e.support.api import Api
from tests.e2e.support.lab import Lab
from tests.short import short

#: Within each file's own folder, so that no folder is left behind.
BY_ID = "stashbot {id}.{ext}"
_PATIENCE_S = 60.0
_GLANCE_S = 0.002


@dataclass(frozen=True)
class Renames:
    """Renames in a state of the test's own; all of them are taken back with the test."""

    carry: Runs
    api: Api

    def __call__(
        self,
        ids: tuple[str, ...],
        template: str = BY_ID,
        *,
        naming: dict[str, Any] | None = None,
        **options: Any,
    ) -> Renamed:
        """As ``flows.renaming.rename``, with settings of naming."""
        settings = self.carry.chosen(naming=naming or {})
        request = Request(ids=ids)
        made: Renamed = self.carry.run(rename(settings, request, template=template, **options))
        return made

    def apply(self, plan: str) -> Renamed:
        """Carries out a plan that was shown."""
        made: Renamed = self.carry.run(apply_plan(self.carry.chosen(), plan))
        return made

    def undo(self, run: str) -> Renamed:
        """Takes a run back."""
        made: Renamed = self.carry.run(undo_rename(self.carry.chosen(), run))
        return made

    def resume(self, run: str) -> Renamed:
        """Goes on with a run."""
        made: Renamed = self.carry.run(resume_rename(self.carry.chosen(), run))
        return made

    def runs(self) -> list[str]:
        """The runs of this state that renamed, newest first."""
        known = self.carry.from_store(lambda store: store.runs())
        return [one.id for one in known if one.options.get("kind") == "rename"]

    def audit(self, run: str) -> tuple[AuditEntry, ...]:
        """What was moved in a run, newest first."""
        return self.carry.from_store(lambda store: store.audit(run=run))

    def paths(self) -> dict[str, str]:
        """Where every file is, by its id."""
        answer = self.api.ask(
            "query Paths { findScenes(filter: {per_page: -1}) { scenes { files { id path } } } }"
        )
        scenes = answer["findScenes"]["scenes"]
        return {one["id"]: one["path"] for scene in scenes for one in scene["files"]}

    def take_back(self) -> None:
        """Undoes what is not undone yet, newest run first."""
        for run in self.runs():
            entries = self.audit(run)
            undone = self.carry.from_store(lambda store: store.undone())
            if any(one.kind == "move" and one.id not in undone for one in entries):
                self.undo(run)


@pytest.fixture
def renames(carry: Runs, api: Api) -> Iterator[Renames]:
    """Renames; see ``Renames``."""
    made = Renames(carry, api)
    yield made
    made.take_back()


@pytest.fixture
def some(lab: Lab, renames: Renames) -> tuple[str, ...]:
    """Three scenes whose files can be renamed."""
    ids = tuple(one.id for one in lab.scenes if len(one.files) == 1)
    found = [one.scene_id for one in renames(ids).moves][:3]
    if len(found) < 3:
        pytest.skip("this Stash has no three scenes whose files can be renamed")
    return tuple(found)


def test_what_is_planned_is_what_is_moved_and_undo_takes_all_of_it_back(
    renames: Renames, some: tuple[str, ...]
) -> None:
    """Each file is where the plan had it and no other moved; then each has its old name."""
    before = renames.paths()
    shown = renames(some)
    assert renames.paths() == before
    assert len(shown.moves) == len(some)
    applied = renames(some, apply=True)
    assert applied.moves == shown.moves
    assert all(one.done for one in applied.results)
    wanted = {one.file_id: one.target for one in shown.moves}
    assert renames.paths() == {**before, **wanted}
    assert applied.run is not None
    undone = renames.undo(applied.run)
    assert not undone.fell_short
    assert renames.paths() == before


def test_a_plan_that_was_shown_is_carried_out_by_its_id(
    renames: Renames, some: tuple[str, ...]
) -> None:
    """Those of its files that moved meanwhile are named and stay."""
    shown = renames(some)
    assert shown.plan is not None
    elsewhere = renames(some[:1], "stashbot elsewhere {id}.{ext}", apply=True)
    before = renames.paths()
    applied = renames.apply(shown.plan)
    (left,) = [one for one in applied.results if not one.done]
    assert left.scene_id == some[0]
    assert elsewhere.moves[0].target in left.reason
    wanted = {one.file_id: one.target for one in shown.moves if one.scene_id != some[0]}
    assert renames.paths() == {**before, **wanted}
    assert applied.run is not None
    renames.undo(applied.run)
    assert renames.paths() == before


def test_files_that_swap_their_names_lose_none(
    renames: Renames, some: tuple[str, ...], lab: Lab, api: Api
) -> None:
    """Each bears the other's name afterwards, by way of a free one; then each its own again."""
    one, other = (_file(lab, scene_id) for scene_id in some[:2])
    before = renames.paths()
    stems = [file.basename.rpartition(".")[0] for file in (one, other)]
    held = {scene.id: scene.title or "" for scene in lab.scenes}
    if any(stem != stem.strip() or set(stem) & set('<>:"/\\|?*') for stem in stems):
        pytest.skip("the names of these files cannot be titles")
    try:
        api.edit(some[0], title=stems[1])
        api.edit(some[1], title=stems[0])
        swapped = renames(some[:2], "{title}.{ext}", apply=True)
        assert [move.by_way for move in swapped.moves] == [True, False, False]
        assert not swapped.fell_short
        assert renames.paths() == {
            **before,
            one.id: before[other.id],
            other.id: before[one.id],
        }
        assert swapped.run is not None
        renames.undo(swapped.run)
        assert renames.paths() == before
    finally:
        for scene_id in some[:2]:
            api.edit(scene_id, title=held[scene_id])


@pytest.mark.parametrize("after", short([2, 1]))
def test_killed_between_its_moves_and_resumed_each_is_made_once(
    target: Target, renames: Renames, some: tuple[str, ...], *, after: int
) -> None:
    """Killed when so many moves are made, it makes the others when it is resumed, and no move
    twice: none is told as not made, and the audit has each once.
    """
    if target.sandbox is not None:
        target.sandbox.faults.add("latency", "MoveFiles", times=None, seconds=0.5)
    shown = renames(some)
    before = renames.paths()
    process = _start(renames, "rename", "apply", "--ids", ",".join(some), "--template", BY_ID)
    _kill_when(process, lambda: _moved(before, renames.paths()) >= after)
    assert _moved(before, renames.paths()) < len(some), "it was too late"
    (run,) = renames.runs()
    resumed = renames.resume(run)
    assert [one.done for one in resumed.results] == [True] * len(some)
    wanted = {one.file_id: one.target for one in shown.moves}
    assert renames.paths() == {**before, **wanted}
    assert sorted(one.scene for one in renames.audit(run)) == sorted(some)
    if target.sandbox is not None:
        assert sorted(_asked(target.sandbox)) == sorted(wanted)
    renames.undo(run)
    assert renames.paths() == before


def test_scenes_of_one_name_are_both_named_and_refused(
    renames: Renames, some: tuple[str, ...]
) -> None:
    """Neither is moved where ``same_name`` is ``refuse``."""
    template = "stashbot same[{code}].{ext}"
    shown = renames(some[:2], template, apply=True, naming={"same_name": "refuse"})
    assert shown.run is None
    reasons = {one.scene_id: one.reason for one in shown.refused}
    assert reasons.keys() == set(some[:2])
    assert f"so would scene {some[1]}" in reasons[some[0]]
    assert f"so would scene {some[0]}" in reasons[some[1]]


@pytest.mark.parametrize("template", ["../{title}.{ext}", "/{title}.{ext}", "a/../../{id}.{ext}"])
def test_a_template_that_leaves_the_library_is_refused(
    renames: Renames, some: tuple[str, ...], template: str
) -> None:
    """The error names the key, and nothing is moved."""
    before = renames.paths()
    with pytest.raises(ConfigError) as refused:
        renames(some, template, apply=True)
    assert refused.value.fields["key"] == "naming.template"
    assert renames.paths() == before


def test_a_title_does_not_leave_its_folder(target: Target, renames: Renames) -> None:
    """What looks like a path in a value is only a name."""
    library = target.need_sandbox("hold such a title for certain").library
    library.update_scene("8", {"title": "../../etc/passwd"})
    (move,) = renames(("8",), "{title}.{ext}").moves
    assert move.folder == move.source.rpartition("/")[0]
    assert "/" not in move.basename


def test_all_files_of_a_scene_are_named_and_numbered(target: Target, renames: Renames) -> None:
    """The first gets the name, the second the same with a number; undo restores both."""
    library = target.need_sandbox("give a scene another scene's file").library
    library.scenes["8"].files.append(library.scenes.pop("10").files[0])
    before = renames.paths()
    applied = renames(("8",), apply=True)
    targets = [one.target.rpartition("/")[2] for one in applied.moves]
    assert [one.rpartition(".")[0] for one in targets] == ["stashbot 8", "stashbot 8 (2)"]
    assert not applied.fell_short
    assert applied.run is not None
    renames.undo(applied.run)
    assert renames.paths() == before


def test_a_move_that_stash_refuses_is_named_and_the_rest_is_made(
    target: Target, renames: Renames, some: tuple[str, ...]
) -> None:
    """Its scene and Stash's reason are told, and the command ends with 1."""
    sandbox = target.need_sandbox("refuse a move")
    before = renames.paths()
    sandbox.faults.add("graphql_error", "MoveFiles", message="mkdir /media/x: permission denied")
    ended = _start(
        renames, "rename", "apply", "--ids", ",".join(some), "--template", BY_ID, "--json"
    )
    told = json.loads(ended.communicate(timeout=_PATIENCE_S)[0])
    assert ended.returncode == 1
    (left,) = [one for one in told["results"] if not one["done"]]
    assert left["scene_id"] == told["moves"][0]["scene_id"]
    assert "permission denied" in left["reason"]
    wanted = {one["file_id"]: one["target"] for one in told["moves"][1:]}
    assert renames.paths() == {**before, **wanted}


@pytest.mark.parametrize("kind", short(["html", "truncated"]))
def test_a_move_whose_answer_is_lost_is_known_to_be_made(
    target: Target, renames: Renames, some: tuple[str, ...], kind: Any
) -> None:
    """Stash carried it out: it is told as made, asked for once, and can be taken back."""
    sandbox = target.need_sandbox("spoil an answer")
    before = renames.paths()
    sandbox.faults.add(kind, "MoveFiles")
    applied = renames(some, apply=True)
    assert not applied.fell_short
    assert len(_asked(sandbox)) == len(some)
    assert applied.run is not None
    renames.undo(applied.run)
    assert renames.paths() == before


def test_a_swap_that_cannot_be_ended_is_taken_back(target: Target, renames: Renames) -> None:
    """Where the second of two files is refused its move, the first is put back under its own name,
    is told so, and there is nothing to be undone.
    """
    sandbox = target.need_sandbox("refuse a move")
    files = {one: sandbox.library.scenes[one].files[0] for one in ("8", "10")}
    stems = {one: file.basename.rpartition(".")[0] for one, file in files.items()}
    sandbox.library.update_scene("8", {"title": stems["10"]})
    sandbox.library.update_scene("10", {"title": stems["8"]})
    before = renames.paths()
    shown = renames(("8", "10"), "{title}.{ext}")
    assert len(shown.moves) == 3
    assert shown.plan is not None
    files["10"].oshash = "0123456789abcdef"
    applied = renames.apply(shown.plan)
    assert [one.done for one in applied.results] == [False, False, False]
    assert "put back" in applied.results[0].reason
    assert renames.paths() == before
    assert applied.run is not None
    assert [one.kind for one in renames.audit(applied.run)] == ["undo", "move"]


def _file(lab: Lab, scene_id: str) -> VideoFile:
    return next(one for one in lab.scenes if one.id == scene_id).files[0]


def _moved(before: dict[str, str], after: dict[str, str]) -> int:
    return sum(before[one] != after[one] for one in before)


def _asked(sandbox: Sandbox) -> list[str]:
    """The files that were asked to be moved, in order."""
    return [
        one.variables["input"]["ids"][0]
        for one in sandbox.mutations
        if one.operation == "MoveFiles"
    ]


def _start(renames: Renames, *words: str) -> subprocess.Popen[str]:
    """A command in a process of its own; a login reaches it by the environment."""
    chosen = renames.carry.chosen()
    where = ("--url", chosen.stash.url, "--state", str(chosen.state.dir))
    return subprocess.Popen(
        [sys.executable, "-m", "stashbot", *words, *where],
        env={**os.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _kill_when(process: subprocess.Popen[str], holds: Callable[[], bool]) -> None:
    """Kills it once something holds; it must not end before."""
    with process:
        while not holds():
            try:
                process.wait(_GLANCE_S)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail("it ended before it could be killed")
        process.kill()

"""Renaming files: as planned, once, and taken back; what cannot be done is named."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from stashbot.errors import ConfigError
from stashbot.flows.rename.rename import (
    RenameReport,
    apply_plan,
    rename,
    resume_rename,
    undo_rename,
)
from stashbot.flows.runs.selection import RunRequest
from stashbot.models import VideoFile
from stashbot.sandbox import Sandbox
from stashbot.store import AuditEntry
from tests.e2e.conftest import StashUnderTest
from tests.e2e.support.other_user import OtherUser
from tests.e2e.support.runs import SceneRuns
from tests.e2e.support.source_cases import SourceCases
from tests.slow_params import slow_params

#: Within each file's own folder, so that no folder is left behind.
BY_ID = "stashbot {id}.{ext}"
_GLANCE_S = 0.002


@dataclass(frozen=True)
class Renames:
    """Renames in a state of the test's own; all of them are taken back with the test."""

    scene_runs: SceneRuns
    other_user: OtherUser

    def __call__(
        self,
        ids: tuple[str, ...],
        template: str = BY_ID,
        *,
        naming: dict[str, Any] | None = None,
        **options: Any,
    ) -> RenameReport:
        """Plan or apply the renaming of the scenes, with settings of ``[naming]``."""
        request = RunRequest(ids=ids)
        return self.scene_runs.with_services(
            lambda services: rename(services, request, template=template, **options),
            naming=naming or {},
        )

    def apply(self, plan: str) -> RenameReport:
        """Carry out a plan that was shown."""
        return self.scene_runs.with_services(lambda services: apply_plan(services, plan))

    def undo(self, run: str | None) -> RenameReport:
        """Take a run back."""
        assert run is not None
        return self.scene_runs.with_services(lambda services: undo_rename(services, run))

    def resume(self, run: str) -> RenameReport:
        """Go on with a run."""
        return self.scene_runs.with_services(lambda services: resume_rename(services, run))

    def runs(self) -> list[str]:
        """Return the runs of this state that renamed, newest first."""
        known = self.scene_runs.query_store(lambda store: store.runs.list())
        return [run.id for run in known if run.kind == "rename"]

    def audit(self, run: str | None) -> tuple[AuditEntry, ...]:
        """Return what was moved in a run, newest first."""
        return self.scene_runs.query_store(lambda store: store.audit.entries(run=run))

    def paths(self) -> dict[str, str]:
        """Return where every file is, by its id."""
        answer = self.other_user.query(
            "query Paths { findScenes(filter: {per_page: -1}) { scenes { files { id path } } } }"
        )
        scenes = answer["findScenes"]["scenes"]
        return {file["id"]: file["path"] for scene in scenes for file in scene["files"]}

    def take_back(self) -> None:
        """Undo what is not undone yet, newest run first."""
        for run in self.runs():
            reverted = self.scene_runs.query_store(lambda store: store.audit.reverted_ids())
            moves = [entry for entry in self.audit(run) if entry.kind == "move"]
            if any(entry.id not in reverted for entry in moves):
                self.undo(run)


@pytest.fixture
def renames(
    run_scenes: SceneRuns, other_user: OtherUser, target: StashUnderTest
) -> Iterator[Renames]:
    """Return the renames; see ``Renames``."""
    made = Renames(run_scenes, other_user)
    yield made
    if target.sandbox is None:
        made.take_back()


@pytest.fixture
def some(source_cases: SourceCases, renames: Renames, target: StashUnderTest) -> tuple[str, ...]:
    """Three scenes whose files can be renamed."""
    ids = tuple(scene.id for scene in source_cases.scenes if len(scene.files) == 1)
    if target.sandbox is not None:
        return ids[:3]
    found = [move.scene_id for move in renames(ids).moves][:3]
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
    assert all(result.done for result in applied.results)
    wanted = {move.file_id: move.target for move in shown.moves}
    assert renames.paths() == {**before, **wanted}
    undone = renames.undo(applied.run)
    assert not undone.is_incomplete
    assert renames.paths() == before


def test_a_plan_that_was_shown_is_carried_out_by_its_id(
    renames: Renames, some: tuple[str, ...]
) -> None:
    """Those of its files that moved meanwhile are named and stay."""
    shown = renames(some)
    assert shown.plan is not None
    moved = renames(some[:1], "stashbot elsewhere {id}.{ext}", apply=True)
    before = renames.paths()
    applied = renames.apply(shown.plan)
    (left,) = [result for result in applied.results if not result.done]
    assert left.scene_id == some[0]
    assert moved.moves[0].target in left.reason
    wanted = {move.file_id: move.target for move in shown.moves if move.scene_id != some[0]}
    assert renames.paths() == {**before, **wanted}
    renames.undo(applied.run)
    assert renames.paths() == before


def test_files_that_swap_their_names_lose_none(
    renames: Renames, some: tuple[str, ...], source_cases: SourceCases, other_user: OtherUser
) -> None:
    """Each bears the other's name afterwards, by way of a free name; then each its own again."""
    first, second = (_file(source_cases, scene_id) for scene_id in some[:2])
    before = renames.paths()
    stems = [file.basename.rpartition(".")[0] for file in (first, second)]
    titles = {scene.id: scene.title or "" for scene in source_cases.scenes}
    if any(stem != stem.strip() or set(stem) & set('<>:"/\\|?*') for stem in stems):
        pytest.skip("the names of these files cannot be titles")
    try:
        other_user.edit(some[0], title=stems[1])
        other_user.edit(some[1], title=stems[0])
        swapped = renames(some[:2], "{title}.{ext}", apply=True)
        assert [move.is_temporary for move in swapped.moves] == [True, False, False]
        assert not swapped.is_incomplete
        assert renames.paths() == {
            **before,
            first.id: before[second.id],
            second.id: before[first.id],
        }
        renames.undo(swapped.run)
        assert renames.paths() == before
    finally:
        for scene_id in some[:2]:
            other_user.edit(scene_id, title=titles[scene_id])


@pytest.mark.parametrize("after", slow_params([2, 1]))
def test_killed_between_its_moves_and_resumed_each_is_made_once(
    target: StashUnderTest, renames: Renames, some: tuple[str, ...], *, after: int
) -> None:
    """Killed when so many moves are made, it makes the others when it is resumed, and no move
    twice: none is reported as not made, and the audit has each once.
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
    assert [result.done for result in resumed.results] == [True] * len(some)
    wanted = {move.file_id: move.target for move in shown.moves}
    assert renames.paths() == {**before, **wanted}
    assert sorted(entry.scene for entry in renames.audit(run)) == sorted(some)
    if target.sandbox is not None:
        assert sorted(_sent(target.sandbox)) == sorted(wanted)
    renames.undo(run)
    assert renames.paths() == before


def test_scenes_of_one_name_are_both_named_and_refused(
    renames: Renames, some: tuple[str, ...]
) -> None:
    """Neither is moved where ``same_name`` is ``refuse``."""
    template = "stashbot same[{code}].{ext}"
    shown = renames(some[:2], template, apply=True, naming={"same_name": "refuse"})
    assert shown.run is None
    reasons = {refusal.scene_id: refusal.reason for refusal in shown.refused}
    assert reasons.keys() == set(some[:2])
    assert f"so would scene {some[1]}" in reasons[some[0]]
    assert f"so would scene {some[0]}" in reasons[some[1]]


@pytest.mark.parametrize("template", slow_params(["../{title}.{ext}", "/{title}.{ext}"]))
def test_a_template_that_leaves_the_library_is_refused(
    renames: Renames, some: tuple[str, ...], template: str
) -> None:
    """The error names the key, and nothing is moved."""
    before = renames.paths()
    with pytest.raises(ConfigError) as refused:
        renames(some, template, apply=True)
    assert refused.value.key == "naming.template"
    assert renames.paths() == before


def test_a_title_does_not_leave_its_folder(target: StashUnderTest, renames: Renames) -> None:
    """A value that looks like a path is only a name."""
    library = target.need_sandbox("hold such a title for certain").library
    library.update_scene("8", {"title": "../../etc/passwd"})
    (move,) = renames(("8",), "{title}.{ext}").moves
    assert move.folder == move.source.rpartition("/")[0]
    assert "/" not in move.basename


def test_all_files_of_a_scene_are_named_and_numbered(
    target: StashUnderTest, renames: Renames
) -> None:
    """The first gets the name, the second the same with a number; undo restores both."""
    library = target.need_sandbox("give a scene another scene's file").library
    library.scenes["8"].files.append(library.scenes.pop("10").files[0])
    before = renames.paths()
    applied = renames(("8",), apply=True)
    targets = [move.target.rpartition("/")[2] for move in applied.moves]
    assert [name.rpartition(".")[0] for name in targets] == ["stashbot 8", "stashbot 8 (2)"]
    assert not applied.is_incomplete
    renames.undo(applied.run)
    assert renames.paths() == before


def test_a_move_that_stash_refuses_is_named_and_the_rest_is_made(
    renames: Renames, some: tuple[str, ...], sandbox: Sandbox
) -> None:
    """Its scene and Stash's reason are reported, and the other files are where they should be."""
    before = renames.paths()
    sandbox.faults.add("graphql_error", "MoveFiles", message="mkdir /media/x: permission denied")
    applied = renames(some, apply=True)
    assert applied.is_incomplete
    (left,) = [result for result in applied.results if not result.done]
    assert left.scene_id == applied.moves[0].scene_id
    assert "permission denied" in left.reason
    wanted = {move.file_id: move.target for move in applied.moves[1:]}
    assert renames.paths() == {**before, **wanted}


@pytest.mark.parametrize("kind", slow_params(["html", "truncated"]))
def test_a_move_whose_answer_is_lost_is_known_to_be_made(
    target: StashUnderTest, renames: Renames, some: tuple[str, ...], kind: Any
) -> None:
    """Stash carried it out: it is reported as made, sent once, and can be taken back."""
    sandbox = target.need_sandbox("spoil an answer")
    before = renames.paths()
    sandbox.faults.add(kind, "MoveFiles")
    applied = renames(some, apply=True)
    assert not applied.is_incomplete
    assert len(_sent(sandbox)) == len(some)
    renames.undo(applied.run)
    assert renames.paths() == before


def test_a_swap_that_cannot_be_ended_is_taken_back(
    target: StashUnderTest, renames: Renames
) -> None:
    """Where the second of two files is refused its move, the first is put back under its own name,
    is reported so, and there is nothing to be undone.
    """
    sandbox = target.need_sandbox("refuse a move")
    files = {key: sandbox.library.scenes[key].files[0] for key in ("8", "10")}
    stems = {key: file.basename.rpartition(".")[0] for key, file in files.items()}
    sandbox.library.update_scene("8", {"title": stems["10"]})
    sandbox.library.update_scene("10", {"title": stems["8"]})
    before = renames.paths()
    shown = renames(("8", "10"), "{title}.{ext}")
    assert len(shown.moves) == 3
    assert shown.plan is not None
    files["10"].oshash = "0123456789abcdef"
    applied = renames.apply(shown.plan)
    assert [result.done for result in applied.results] == [False, False, False]
    assert "put back" in applied.results[0].reason
    assert renames.paths() == before
    assert [entry.kind for entry in renames.audit(applied.run)] == ["undo", "move"]


def _file(source_cases: SourceCases, scene_id: str) -> VideoFile:
    return next(scene for scene in source_cases.scenes if scene.id == scene_id).files[0]


def _moved(before: dict[str, str], after: dict[str, str]) -> int:
    return sum(before[key] != after[key] for key in before)


def _sent(sandbox: Sandbox) -> list[str]:
    """Return the files whose move was sent, in order."""
    return [
        mutation.variables["input"]["ids"][0]
        for mutation in sandbox.mutations
        if mutation.operation == "MoveFiles"
    ]


def _start(renames: Renames, *words: str) -> subprocess.Popen[str]:
    """Start a command in a process of its own; a login reaches it by the environment."""
    chosen = renames.scene_runs.settings()
    where = ("--url", chosen.stash.url, "--state", str(chosen.state.dir))
    return subprocess.Popen(
        [sys.executable, "-m", "stashbot", *words, *where],
        env={**os.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _kill_when(process: subprocess.Popen[str], holds: Callable[[], bool]) -> None:
    """Kill the process once ``holds`` is true; it must not end before."""
    with process:
        while not holds():
            try:
                process.wait(_GLANCE_S)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail("it ended before it could be killed")
        process.kill()

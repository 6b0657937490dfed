"""``stashbot rename``: what it plans is what it moves, and ``--undo`` takes it back."""

from __future__ import annotations

import pytest

from cli.conftest import Call, Called
from stashbot.sandbox import Sandbox

pytestmark = pytest.mark.e2e

BY_ID = ("--template", "Sorted/Scene {id}.{ext}")


def _paths(sandbox: Sandbox) -> dict[str, str]:
    return {f.id: f.path for scene in sandbox.library.scenes.values() for f in scene.files}


@pytest.fixture
def fresh(call: Call, sandbox: Sandbox) -> Call:
    """Commands on the sandbox as it is at first."""
    sandbox.reset()

    def calling(*arguments: object, **variables: str) -> Called:
        return call(*arguments, "--url", sandbox.url, **variables)

    return calling


def test_a_plan_moves_nothing(fresh: Call, sandbox: Sandbox) -> None:
    """Without --apply no file is elsewhere, and there is no run."""
    before = _paths(sandbox)
    planned = fresh("rename", "--ids", "8,10", *BY_ID, "--json")
    assert planned.code == 0, planned
    assert len(planned.document["moves"]) >= 2
    assert planned.document["run"] is None
    assert _paths(sandbox) == before


def test_apply_makes_the_planned_moves_and_undo_takes_them_back(
    fresh: Call, sandbox: Sandbox
) -> None:
    """The files are where the plan said, the audit has each move, and undo restores all paths."""
    before = _paths(sandbox)
    planned = fresh("rename", "--ids", "8,10", *BY_ID, "--json").document["moves"]
    applied = fresh("rename", "--ids", "8,10", *BY_ID, "--apply", "--json")
    assert applied.code == 0, applied
    assert applied.document["moves"] == planned
    wanted = {**before, **{one["file_id"]: one["target"] for one in planned}}
    assert _paths(sandbox) == wanted
    run = applied.document["run"]
    audited = fresh("audit", "--run", run, "--json").out
    assert all(one["target"] in audited for one in planned)
    resumed = fresh("run", "--resume", run)
    assert resumed.code == 2
    assert f"rename --resume {run}" in resumed.err
    repeated = fresh("rename", "--resume", run, "--json")
    assert repeated.document["results"] == applied.document["results"]
    undone = fresh("rename", "--undo", run, "--json")
    assert undone.code == 0, undone
    assert _paths(sandbox) == before
    again = fresh("rename", "--undo", run)
    assert again.code == 2
    assert run in again.err


def test_undo_leaves_a_file_that_was_moved_since(fresh: Call, sandbox: Sandbox) -> None:
    """It is named with where it is, the other goes back, and the exit code tells."""
    before = _paths(sandbox)
    applied = fresh("rename", "--ids", "8,10", *BY_ID, "--apply", "--json").document
    moved = sandbox.library.scenes["8"].files[0]
    moved.path = "/media/elsewhere.mp4"
    undone = fresh("rename", "--undo", applied["run"], "--json")
    assert undone.code == 1
    (left,) = [one for one in undone.document["results"] if not one["done"]]
    assert left["file_id"] == moved.id
    assert "/media/elsewhere.mp4" in left["reason"]
    assert _paths(sandbox) == {**before, moved.id: "/media/elsewhere.mp4"}


def test_two_scenes_of_one_name_are_numbered(fresh: Call) -> None:
    """No two files are planned to one path."""
    template = "Sorted/[{code}]Same.{ext}"
    planned = fresh("rename", "--ids", "8,10", "--template", template, "--json").document
    targets = [one["target"].casefold() for one in planned["moves"]]
    assert len(targets) == len(set(targets)) >= 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--template", "../{title}.{ext}"), "leave the library folder"),
        (("--root", "/elsewhere"), "library folders"),
        (("--root", "/media/../etc"), "library folders"),
        (("--undo", "none"), "none"),
        (("--apply", "--undo", "x"), "--undo"),
        (("--ids", "999999"), "999999"),
    ],
)
def test_bad_input_is_told(fresh: Call, arguments: tuple[str, ...], told: str) -> None:
    """Each ends as bad usage, with what is wrong."""
    ended = fresh("rename", *arguments)
    assert ended.code == 2
    assert told in ended.err

"""``stashbot rename``: its exit codes, its reports, and how its commands lead on to each other.

How files are moved is tested in tests/e2e, how they are named in tests/decide.
"""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.errors import StashUnreachable
from stashbot.sandbox import Sandbox
from stashbot.stash import file_moves
from stashbot.stash.client import StashClient
from tests.cli.conftest import Call, Called

BY_ID = ("--template", "Sorted/Scene {id}.{ext}")


def _paths(sandbox: Sandbox) -> dict[str, str]:
    return {file.id: file.path for scene in sandbox.library.scenes.values() for file in scene.files}


def _not_done(called: Called) -> list[dict[str, Any]]:
    return [result for result in called.document["results"] if not result["done"]]


@pytest.fixture
def fresh(call: Call, sandbox: Sandbox) -> Call:
    """Commands on the sandbox as it is at first."""
    sandbox.reset()

    def calling(*arguments: object, **variables: str) -> Called:
        return call(*arguments, "--url", sandbox.url, **variables)

    return calling


def test_the_commands_lead_on_to_each_other(fresh: Call, sandbox: Sandbox) -> None:
    """Each suggests the next: plan, apply, undo; a run of files is resumed by its own command.

    Resumed or undone a second time, nothing is moved again.
    """
    before = _paths(sandbox)
    planned = fresh("rename", "plan", "--ids", "8,10", *BY_ID)
    assert planned.code == 0, planned
    (line,) = (line for line in planned.out.splitlines() if "rename apply --plan" in line)
    assert _paths(sandbox) == before
    applied = fresh(*line.partition("stashbot ")[2].split(" --url")[0].split(), "--json")
    assert applied.code == 0, applied
    run = applied.document["run"]
    audited = fresh("audit", "--run", run, "--json").out
    assert all(move["target"] in audited for move in applied.document["moves"])
    refused = fresh("run", "--resume", run)
    assert (refused.code, f"rename resume {run}" in refused.err) == (2, True)
    resumed = fresh("rename", "resume", run, "--json")
    assert resumed.document["results"] == applied.document["results"]
    assert fresh("rename", "undo", run).code == 0
    assert _paths(sandbox) == before
    again = fresh("rename", "undo", run)
    assert (again.code, run in again.err) == (2, True)


def test_undo_leaves_a_file_that_was_moved_since(fresh: Call, sandbox: Sandbox) -> None:
    """It is reported with where it is, the other goes back, and the exit code is 1."""
    before = _paths(sandbox)
    applied = fresh("rename", "apply", "--ids", "8,10", *BY_ID, "--json").document
    moved = sandbox.library.scenes["8"].files[0]
    moved.path = "/media/elsewhere.mp4"
    undone = fresh("rename", "undo", applied["run"], "--json")
    assert undone.code == 1
    (left,) = _not_done(undone)
    assert left["file_id"] == moved.id
    assert "/media/elsewhere.mp4" in left["reason"]
    assert _paths(sandbox) == {**before, moved.id: "/media/elsewhere.mp4"}


def test_a_plan_is_applied_as_it_was_shown(fresh: Call, sandbox: Sandbox) -> None:
    """So it is if a new plan would be another by now. The same plan has the same id.

    Applied again, each file is reported as moved meanwhile, and the exit code is 1.
    """
    words = ("rename", "plan", "--ids", "8,10", "--template", "[{title} ]{id}.{ext}", "--json")
    shown = fresh(*words).document
    assert fresh(*words).document["plan"] == shown["plan"]
    sandbox.library.update_scene("8", {"title": "Another by now"})
    applied = fresh("rename", "apply", "--plan", shown["plan"], "--json")
    assert applied.code == 0, applied
    assert applied.document["moves"] == shown["moves"]
    paths = _paths(sandbox)
    assert all(paths[move["file_id"]] == move["target"] for move in shown["moves"])
    again = fresh("rename", "apply", "--plan", shown["plan"])
    assert again.code == 1
    assert "scene 8" in again.out
    assert "moved meanwhile" in again.out


@pytest.mark.parametrize("what", ["replaced", "captioned"])
def test_a_plan_leaves_a_file_that_changed_since(fresh: Call, sandbox: Sandbox, what: str) -> None:
    """The file is reported with its scene and stays, the other is moved, the exit code is 1."""
    shown = fresh("rename", "plan", "--ids", "8,10", *BY_ID, "--json").document
    scene = sandbox.library.scenes["8"]
    before = scene.files[0].path
    if what == "replaced":
        scene.files[0].oshash = "0123456789abcdef"
    else:
        scene.captions = [{"language_code": "de", "caption_type": "srt"}]
    applied = fresh("rename", "apply", "--plan", shown["plan"], "--json")
    assert applied.code == 1, applied
    (left,) = _not_done(applied) + applied.document["refused"]
    assert (left["scene_id"], bool(left["reason"])) == ("8", True)
    targets = {move["scene_id"]: move["target"] for move in shown["moves"]}
    assert (_paths(sandbox)["8"], _paths(sandbox)["10"]) == (before, targets["10"])


def test_files_beside_the_video_are_named(fresh: Call, sandbox: Sandbox) -> None:
    """A scene with captions or a funscript is refused with their names and the next step."""
    scene = sandbox.library.scenes["8"]
    scene.captions = [
        {"language_code": "en", "caption_type": "vtt"},
        {"language_code": "00", "caption_type": "srt"},
    ]
    scene.interactive = True
    stem = scene.files[0].basename.rpartition(".")[0]
    planned = fresh("rename", "plan", "--ids", "8", *BY_ID, "--json").document
    (refused,) = planned["refused"]
    for text in (f"{stem}.en.vtt", f"{stem}.srt", f"{stem}.funscript", "by hand", "scan"):
        assert text in refused["reason"]
    assert (planned["moves"], planned["plan"]) == ([], None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("plan", "--template", "../{title}.{ext}"), "leave the library folder"),
        (("plan", "--root", "/elsewhere"), "library folders"),
        (("plan", "--root", "/media/../etc"), "library folders"),
        (("undo", "none"), "none"),
        (("resume", "none"), "none"),
        (("apply", "--plan", "none"), "no plan none"),
        (("apply", "--plan", "x", "--ids", "8"), "--ids"),
        (("plan", "--ids", "8", "--where", "true"), "--where"),
        (("plan", "--ids", "999999"), "999999"),
    ],
)
def test_bad_input_is_refused(fresh: Call, arguments: tuple[str, ...], message: str) -> None:
    """The exit code is 2, and the error says what is wrong."""
    ended = fresh("rename", *arguments)
    assert (ended.code, message in ended.err) == (2, True), ended


def test_a_run_that_loses_stash_is_resumed(
    fresh: Call, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost at the second of three moves, the exit code is 3; resumed, no move is made twice."""
    before, requested, original = _paths(sandbox), [], file_moves.move_file

    async def lose(client: StashClient, file_id: str, *, folder: str, basename: str) -> None:
        requested.append(file_id)
        if len(requested) > 1:
            raise StashUnreachable("Stash is gone.")
        await original(client, file_id, folder=folder, basename=basename)

    with monkeypatch.context() as patch:
        patch.setattr(file_moves, "move_file", lose)
        lost = fresh("rename", "apply", "--ids", "8,10,11", *BY_ID, PATIENCE__BUDGET_S="0")
        assert lost.code == 3
    run = fresh("metrics", "runs", "--json").document["runs"][0]["id"]
    resumed = fresh("rename", "resume", run, "--json")
    assert resumed.code == 0, resumed
    assert _not_done(resumed) == []
    moved = [mutation.variables["input"]["ids"][0] for mutation in sandbox.mutations]
    assert sorted(moved) == ["10", "11", "8"]
    targets = {move["file_id"]: move["target"] for move in resumed.document["moves"]}
    assert _paths(sandbox) == {**before, **targets}

"""``stashbot rename``: what it plans is what it moves, and ``--undo`` takes it back."""

from __future__ import annotations

import re

import pytest

from stashbot.errors import GraphQLError, StashUnreachable
from stashbot.flows.rename import move_file as moving
from stashbot.sandbox import Sandbox
from stashbot.stash.client import StashClient
from stashbot.stash.file_moves import move_file
from tests.cli.conftest import Call, Called

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
    """No file is elsewhere, and there is no run."""
    before = _paths(sandbox)
    planned = fresh("rename", "plan", "--ids", "8,10", *BY_ID, "--json")
    assert planned.code == 0, planned
    assert len(planned.document["moves"]) >= 2
    assert planned.document["run"] is None
    assert _paths(sandbox) == before


def test_apply_makes_the_planned_moves_and_undo_takes_them_back(
    fresh: Call, sandbox: Sandbox
) -> None:
    """The files are where the plan said, the audit has each move, and undo restores all paths."""
    before = _paths(sandbox)
    planned = fresh("rename", "plan", "--ids", "8,10", *BY_ID, "--json").document["moves"]
    applied = fresh("rename", "apply", "--ids", "8,10", *BY_ID, "--json")
    assert applied.code == 0, applied
    assert applied.document["moves"] == planned
    wanted = {**before, **{one["file_id"]: one["target"] for one in planned}}
    assert _paths(sandbox) == wanted
    run = applied.document["run"]
    audited = fresh("audit", "--run", run, "--json").out
    assert all(one["target"] in audited for one in planned)
    resumed = fresh("run", "--resume", run)
    assert resumed.code == 2
    assert f"rename resume {run}" in resumed.err
    repeated = fresh("rename", "resume", run, "--json")
    assert repeated.document["results"] == applied.document["results"]
    undone = fresh("rename", "undo", run, "--json")
    assert undone.code == 0, undone
    assert _paths(sandbox) == before
    again = fresh("rename", "undo", run)
    assert again.code == 2
    assert run in again.err


def test_undo_leaves_a_file_that_was_moved_since(fresh: Call, sandbox: Sandbox) -> None:
    """It is named with where it is, the other goes back, and the exit code tells."""
    before = _paths(sandbox)
    applied = fresh("rename", "apply", "--ids", "8,10", *BY_ID, "--json").document
    moved = sandbox.library.scenes["8"].files[0]
    moved.path = "/media/elsewhere.mp4"
    undone = fresh("rename", "undo", applied["run"], "--json")
    assert undone.code == 1
    (left,) = [one for one in undone.document["results"] if not one["done"]]
    assert left["file_id"] == moved.id
    assert "/media/elsewhere.mp4" in left["reason"]
    assert _paths(sandbox) == {**before, moved.id: "/media/elsewhere.mp4"}


def test_two_scenes_of_one_name_are_both_refused_where_that_is_asked_for(fresh: Call) -> None:
    """Each is named with the other, and nothing is planned for them."""
    template = "Sorted/[{code}]Same.{ext}"
    asked = ("rename", "plan", "--ids", "8,10", "--template", template, "--json")
    planned = fresh(*asked, NAMING__SAME_NAME="refuse").document
    assert planned["moves"] == []
    reasons = {one["scene_id"]: one["reason"] for one in planned["refused"]}
    assert reasons.keys() == {"8", "10"}
    assert "so would scene 10" in reasons["8"]
    assert "so would scene 8" in reasons["10"]


def test_two_scenes_of_one_name_are_numbered(fresh: Call) -> None:
    """No two files are planned to one path."""
    template = "Sorted/[{code}]Same.{ext}"
    asked = ("rename", "plan", "--ids", "8,10", "--template", template, "--json")
    planned = fresh(*asked).document
    targets = [one["target"].casefold() for one in planned["moves"]]
    assert len(targets) == len(set(targets)) == 2


def test_a_plan_is_carried_out_as_it_was_shown(fresh: Call, sandbox: Sandbox) -> None:
    """Also where a new plan would be another one by now; the same plan has the same id."""
    asked = ("rename", "plan", "--ids", "8,10", "--template", "[{title} ]{id}.{ext}", "--json")
    shown = fresh(*asked).document
    assert fresh(*asked).document["plan"] == shown["plan"]
    sandbox.library.update_scene("8", {"title": "Another by now"})
    applied = fresh("rename", "apply", "--plan", shown["plan"], "--json")
    assert applied.code == 0, applied
    assert applied.document["moves"] == shown["moves"]
    paths = _paths(sandbox)
    assert all(paths[one["file_id"]] == one["target"] for one in shown["moves"])
    again = fresh("rename", "apply", "--plan", shown["plan"])
    assert again.code == 1
    assert "scene 8" in again.out
    assert "moved meanwhile" in again.out


@pytest.mark.parametrize("what", ["moved", "replaced", "captioned"])
def test_a_plan_leaves_what_changed_since(fresh: Call, sandbox: Sandbox, what: str) -> None:
    """The file is named with its scene and stays, the other one moves, and the exit code tells."""
    shown = fresh("rename", "plan", "--ids", "8,10", *BY_ID, "--json").document
    scene = sandbox.library.scenes["8"]
    if what == "moved":
        scene.files[0].path = "/media/elsewhere.mp4"
    elif what == "replaced":
        scene.files[0].oshash = "0123456789abcdef"
    else:
        scene.captions = [{"language_code": "de", "caption_type": "srt"}]
    held = scene.files[0].path
    applied = fresh("rename", "apply", "--plan", shown["plan"], "--json")
    assert applied.code == 1, applied
    left = [one for one in applied.document["results"] if not one["done"]]
    left += applied.document["refused"]
    assert [one["scene_id"] for one in left] == ["8"]
    assert left[0]["reason"]
    paths = _paths(sandbox)
    assert paths["8"] == held
    assert paths["10"] == next(one["target"] for one in shown["moves"] if one["scene_id"] == "10")


def test_files_beside_the_video_are_named(fresh: Call, sandbox: Sandbox) -> None:
    """A scene with captions or a funscript is refused with their names and what to do."""
    scene = sandbox.library.scenes["8"]
    scene.captions = [
        {"language_code": "en", "caption_type": "vtt"},
        {"language_code": "00", "caption_type": "srt"},
    ]
    scene.interactive = True
    stem = scene.files[0].basename.rpartition(".")[0]
    planned = fresh("rename", "plan", "--ids", "8", *BY_ID, "--json").document
    (refused,) = planned["refused"]
    for name in (f"{stem}.en.vtt", f"{stem}.srt", f"{stem}.funscript", "by hand", "scan"):
        assert name in refused["reason"]
    assert (planned["moves"], planned["plan"]) == ([], None)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("plan", "--template", "../{title}.{ext}"), "leave the library folder"),
        (("apply", "--template", "../{title}.{ext}"), "leave the library folder"),
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
def test_bad_input_is_told(fresh: Call, arguments: tuple[str, ...], told: str) -> None:
    """Each ends as bad usage, with what is wrong."""
    ended = fresh("rename", *arguments)
    assert ended.code == 2
    assert told in ended.err


BY_TITLE = ("--template", "Sorted/{title}.{ext}")


def _entitle(sandbox: Sandbox, **titles: str) -> None:
    for scene_id, title in titles.items():
        sandbox.library.update_scene(scene_id.removeprefix("s"), {"title": title})


def test_files_that_swap_their_names_lose_nothing(fresh: Call, sandbox: Sandbox) -> None:
    """Each has the other's name afterwards, by way of a free one, and undo takes that back too."""
    first = {"8": sandbox.library.scenes["8"].files[0], "10": sandbox.library.scenes["10"].files[0]}
    _entitle(sandbox, s8="Harbor", s10="Garden")
    assert fresh("rename", "apply", "--ids", "8,10", *BY_TITLE).code == 0
    named = {key: file.path for key, file in first.items()}
    _entitle(sandbox, s8="Garden", s10="Harbor")
    swapped = fresh("rename", "apply", "--ids", "8,10", *BY_TITLE, "--json")
    assert swapped.code == 0, swapped
    assert {key: file.path for key, file in first.items()} == {
        "8": named["10"],
        "10": named["8"],
    }
    assert len(swapped.document["moves"]) == 3
    assert fresh("rename", "undo", swapped.document["run"]).code == 0
    assert {key: file.path for key, file in first.items()} == named


def test_a_move_that_stash_refuses_stops_no_other(
    fresh: Call, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named with Stash's reason, the other file is moved, and the exit code tells."""
    refused = sandbox.library.scenes["8"].files[0]
    before = refused.path

    async def refuse(client: StashClient, file_id: str, *, folder: str, basename: str) -> None:
        if file_id == refused.id:
            raise GraphQLError("Stash refused it.", messages=["permission denied"])
        await move_file(client, file_id, folder=folder, basename=basename)

    monkeypatch.setattr(moving, "move_file", refuse)
    applied = fresh("rename", "apply", "--ids", "8,10", *BY_ID, "--json")
    assert applied.code == 1
    left = [one for one in applied.document["results"] if not one["done"]]
    assert [(one["file_id"], one["reason"]) for one in left] == [(refused.id, "permission denied")]
    assert refused.path == before
    assert "Sorted/Scene 10" in sandbox.library.scenes["10"].files[0].path


@pytest.mark.parametrize("made", [False, True], ids=["before the move", "after the move"])
def test_a_run_that_is_cut_off_goes_on_and_moves_nothing_twice(
    fresh: Call, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, *, made: bool
) -> None:
    """Stash goes away at the second move, before or after it was made: resumed, the run makes what
    is left, knows what was made, and undo takes all of it back.
    """
    before, asked = _paths(sandbox), []

    async def goes_away(client: StashClient, file_id: str, *, folder: str, basename: str) -> None:
        asked.append(file_id)
        if len(asked) == 2 and not made:
            raise StashUnreachable("Stash is gone.")
        await move_file(client, file_id, folder=folder, basename=basename)
        if len(asked) == 2:
            raise StashUnreachable("Stash is gone.")

    monkeypatch.setattr(moving, "move_file", goes_away)
    cut = fresh("rename", "apply", "--ids", "8,10,11", *BY_ID)
    assert cut.code == 3, cut
    monkeypatch.setattr(moving, "move_file", move_file)
    (run,) = re.findall(r"\d{8}-\d{6}-[0-9a-f]{4}", fresh("audit", "--json").out)[:1]
    sent = len(sandbox.mutations)
    resumed = fresh("rename", "resume", run, "--json")
    assert resumed.code == 0, resumed
    assert all(one["done"] for one in resumed.document["results"])
    assert len(sandbox.mutations) - sent == (1 if made else 2)
    moved = [one for one in _paths(sandbox).values() if "/Sorted/Scene " in one]
    assert len(moved) == len(resumed.document["moves"])
    assert fresh("rename", "undo", run).code == 0
    assert _paths(sandbox) == before

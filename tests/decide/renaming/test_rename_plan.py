"""Moves of many files: distinct paths, an order that works, and none outside of a library."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.renaming.rename_plan import Move, RenamePlan, plan_renames
from stashbot.decide.renaming.safe_names import path_key
from stashbot.decide.renaming.template import compile_template
from stashbot.models import Entity, Scene, VideoFile

TITLE = "{title}.{ext}"


def scene(number: int, path: str, title: str | None, **fields: Any) -> Scene:
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    file = VideoFile(id=f"f{number}", path=path, basename=name)
    return Scene.model_validate({"id": str(number), "title": title, "files": (file,), **fields})


def plan(*scenes: Scene, template: str = TITLE, **more: Any) -> RenamePlan:
    more = {"libraries": ["/v"], **more}
    return plan_renames(scenes, compile_template(template), **more)


def moves(plan: RenamePlan) -> list[tuple[str, str]]:
    return [(move.source, move.target) for move in plan.moves]


def after_moves(moves: tuple[Move, ...], disk: dict[str, str]) -> dict[str, str]:
    """Return the file at each path after the moves; like Stash, it never overwrites a file."""
    files = dict(disk)
    for move in moves:
        file_id = files.pop(move.source)
        assert file_id == move.file_id
        assert path_key(move.target) not in map(path_key, files), "another file has the path"
        files[move.target] = file_id
    return files


def test_template_without_folders_changes_the_name_only() -> None:
    """The file stays in its folder."""
    found = plan(scene(1, "/v/in/a.mp4", "Frozen Pier"))
    assert moves(found) == [("/v/in/a.mp4", "/v/in/Frozen Pier.mp4")]
    assert (found.moves[0].folder, found.moves[0].basename) == ("/v/in", "Frozen Pier.mp4")


def test_folders_are_relative_to_the_library_of_the_file() -> None:
    """If a library is within another, the inner library counts."""
    made = scene(1, "/v/inner/x/a.mp4", "T", studio=Entity(id="1", name="North"))
    found = plan(made, template="{studio}/{title}.{ext}", libraries=["/v", "/v/inner", "/w"])
    assert moves(found) == [("/v/inner/x/a.mp4", "/v/inner/North/T.mp4")]


def test_file_that_has_its_name_is_not_moved() -> None:
    """It is counted as kept."""
    found = plan(scene(1, "/v/T.mp4", "T"))
    assert (found.moves, found.kept) == ((), 1)


def test_scenes_of_the_same_name_are_numbered() -> None:
    """They are numbered in the order of their ids; a file that has the name keeps it."""
    found = plan(scene(10, "/v/c.mp4", "T"), scene(2, "/v/b.mp4", "T"), scene(9, "/v/t.mp4", "X"))
    assert found.targets == {"f2": "/v/T.mp4", "f10": "/v/T (2).mp4", "f9": "/v/X.mp4"}
    kept = plan(scene(2, "/v/b.mp4", "T"), scene(10, "/v/T.mp4", "T"))
    assert kept.targets == {"f2": "/v/T (2).mp4"}


def test_names_that_differ_by_case_are_numbered() -> None:
    """On some disks they would be the same file."""
    found = plan(scene(1, "/v/a.mp4", "Pier"), scene(2, "/v/b.mp4", "PIER"))
    assert found.targets == {"f1": "/v/Pier.mp4", "f2": "/v/PIER (2).mp4"}


def test_path_of_a_file_outside_of_the_plan_is_not_taken() -> None:
    """Nor is the path of a file that was refused a name and stays."""
    found = plan(
        scene(1, "/v/a.mp4", "T"), scene(2, "/v/X.mp4", None), scene(3, "/v/c.mp4", "X"),
        others=["/v/t.MP4", "/v/T (2).mp4"],
    )  # fmt: skip
    assert found.targets == {"f1": "/v/T (3).mp4", "f3": "/v/X (2).mp4"}
    assert [(file.scene_id, file.path) for file in found.refused] == [("2", "/v/X.mp4")]


def test_chain_is_moved_from_its_end() -> None:
    """If A takes the path of B and B that of C, then C moves first."""
    found = plan(scene(1, "/v/A.mp4", "B"), scene(2, "/v/B.mp4", "C"), scene(3, "/v/C.mp4", "D"))
    assert moves(found) == [
        ("/v/C.mp4", "/v/D.mp4"),
        ("/v/B.mp4", "/v/C.mp4"),
        ("/v/A.mp4", "/v/B.mp4"),
    ]


@pytest.mark.parametrize("length", [2, 3, 5])
def test_cycle_is_moved_by_a_temporary_name(length: int) -> None:
    """Of files that swap their names, the first gets a temporary name and its own at the end."""
    letters = "ABCDE"[:length]
    scenes = [
        scene(at + 1, f"/v/{letter}.mp4", letters[(at + 1) % length])
        for at, letter in enumerate(letters)
    ]
    found = plan(*scenes)
    assert [move.is_temporary for move in found.moves] == [True] + [False] * length
    after = after_moves(
        found.moves, {f"/v/{letter}.mp4": f"f{at + 1}" for at, letter in enumerate(letters)}
    )
    assert {file: path for path, file in after.items()} == found.targets


def test_change_of_case_is_moved_by_a_temporary_name() -> None:
    """Where case does not count, the new path is that of the file itself."""
    found = plan(scene(1, "/v/pier.mp4", "Pier"), others=["/v/moving f1.mp4"])
    assert moves(found) == [
        ("/v/pier.mp4", "/v/moving f1 (2).mp4"),
        ("/v/moving f1 (2).mp4", "/v/Pier.mp4"),
    ]


@pytest.mark.parametrize("path", ["/w/a.mp4", "/video/a.mp4", "/v/../w/a.mp4", "a.mp4"])
def test_file_outside_of_the_libraries_is_refused(path: str) -> None:
    """``/video`` is not within ``/v``."""
    found = plan(scene(1, path, "T"))
    assert not found.moves
    assert "library folder" in found.refused[0].reason


def test_folder_that_is_a_file_is_refused() -> None:
    """Stash cannot create a folder where a file is."""
    made = scene(1, "/v/a.mp4", "T", studio=Entity(id="1", name="North"))
    found = plan(made, template="{studio}/{title}.{ext}", others=["/v/north"])
    assert "a file where its folder /v/North would be" in found.refused[0].reason


def test_file_does_not_get_the_path_of_a_folder() -> None:
    """A folder of that path may hold files."""
    found = plan(scene(1, "/v/a.mp4", "T"), others=["/v/T.mp4/inner.mp4"])
    assert found.targets == {"f1": "/v/T (2).mp4"}


def test_windows_paths_stay_windows_paths() -> None:
    """They are recognized by their form; the case of a library folder does not matter."""
    found = plan(
        scene(1, "C:\\V\\in\\a.mp4", "T", studio=Entity(id="1", name="North")),
        template="{studio}/{title}.{ext}",
        libraries=["c:\\v"],
    )
    assert path_key(found.moves[0].target) == "c:\\v\\north\\t.mp4"


def test_files_of_a_scene_are_numbered() -> None:
    """Every file of a scene is named."""
    files = [VideoFile(id=name, path=f"/v/{name}.mp4", basename=f"{name}.mp4") for name in "ab"]
    found = plan(Scene(id="1", title="T", files=tuple(files)))
    assert found.targets == {"a": "/v/T.mp4", "b": "/v/T (2).mp4"}


def test_scenes_of_the_same_name_are_refused_if_set() -> None:
    """The reason names the others. A file that has the name keeps it, and a file whose new path
    belongs to a refused file is refused too.
    """
    found = plan(
        scene(1, "/v/a.mp4", "T"), scene(2, "/v/b.mp4", "t"), scene(3, "/v/c.mp4", "A"),
        scene(4, "/v/d.mp4", "K"), scene(5, "/v/K.mp4", "K"), scene(6, "/v/e.mp4", "F"),
        scene(7, "/v/f.mp4", "O"), scene(8, "/v/g.mp4", "New"),
        others=["/v/O.mp4"], same_name="refuse",
    )  # fmt: skip
    assert {file.scene_id: file.reason.partition(";")[0] for file in found.refused} == {
        "1": "it would have the name /v/T.mp4, and so would scene 2",
        "2": "it would have the name /v/t.mp4, and so would scene 1",
        "3": "a file of scene 1 has the name /v/A.mp4",
        "4": "it would have the name /v/K.mp4, and so would scene 5",
        "6": "a file of scene 7 has the name /v/F.mp4",
        "7": "another file has the name /v/O.mp4",
    }
    assert found.targets == {"f8": "/v/New.mp4"}
    assert found.kept == 1


titles = st.sampled_from(["A", "a", "B", "C", "A (2)", "É", "E\u0301", "../x", "CON", "", "C/D"])
names = st.sampled_from(["A", "B", "C", "A (2)", "b", "é", "x"])
folders = st.sampled_from(["/v", "/v/s", "/w"])


@st.composite
def libraries(draw: st.DrawFn) -> tuple[list[Scene], list[str]]:
    """Scenes and the paths of other files; no two paths may be the same file."""
    paths = draw(
        st.lists(
            st.tuples(folders, names).map(lambda parts: f"{parts[0]}/{parts[1]}.mp4"),
            max_size=9,
            unique_by=path_key,
        )
    )
    others = draw(st.integers(0, 2))
    scenes = [
        scene(at, path, draw(titles), studio={"id": "1", "name": draw(names)})
        for at, path in enumerate(paths[others:], start=1)
    ]
    return scenes, paths[:others]


@given(
    library=libraries(),
    template=st.sampled_from([TITLE, "{studio}/{title}.{ext}"]),
    same_name=st.sampled_from(["refuse", "number"]),
)
def test_plan_can_be_carried_out_and_reversed(
    library: tuple[list[Scene], list[str]], template: str, same_name: str
) -> None:
    """No move takes the path of another file. In the end all files have the planned paths, within
    their libraries, and a second plan has no moves. The reversed moves restore every path.
    """
    scenes, others = library
    found = plan(*scenes, template=template, others=others, same_name=same_name)
    disk = {scene.files[0].path: scene.files[0].id for scene in scenes}
    disk |= dict.fromkeys(others, "other")
    after = after_moves(found.moves, disk)
    paths = {file: path for path, file in after.items()}
    assert {file: paths[file] for file in found.targets} == found.targets
    assert len(set(map(path_key, after))) == len(disk)
    assert all(PurePosixPath(path).is_relative_to("/v") for path in found.targets.values())
    assert len(found.refused) + found.kept + len(found.targets) == len(scenes)
    renamed = [_at_path(scene, paths[scene.files[0].id]) for scene in scenes]
    assert not plan(*renamed, template=template, others=others, same_name=same_name).moves
    back = tuple(
        move.model_copy(update={"source": move.target, "target": move.source})
        for move in reversed(found.moves)
    )
    assert after_moves(back, after) == disk


def _at_path(scene: Scene, path: str) -> Scene:
    place = {"path": path, "basename": PurePosixPath(path).name}
    return scene.model_copy(update={"files": (scene.files[0].model_copy(update=place),)})

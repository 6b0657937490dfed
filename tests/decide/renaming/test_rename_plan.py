"""Plans for many files: distinct paths, steps that can be done, nothing outside of a library."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.renaming.rename_plan import Move, RenamePlan, plan_renames
from stashbot.decide.renaming.safe_names import same_file
from stashbot.decide.renaming.template import compile_template
from stashbot.models import Entity, Scene, VideoFile

TITLE = "{title}.{ext}"


def scene(number: int, path: str, title: str | None, **fields: Any) -> Scene:
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    file = VideoFile(id=f"f{number}", path=path, basename=name)
    return Scene.model_validate({"id": str(number), "title": title, "files": (file,), **fields})


def plan(*made: Scene, template: str = TITLE, **more: Any) -> RenamePlan:
    more = {"libraries": ["/v"], **more}
    return plan_renames(made, compile_template(template), **more)


def steps(found: RenamePlan) -> list[tuple[str, str]]:
    return [(move.source, move.target) for move in found.moves]


def carried_out(moves: tuple[Move, ...], disk: dict[str, str]) -> dict[str, str]:
    """The disk after the moves, one at a time, as Stash does them: it never overwrites a file."""
    held = dict(disk)
    for move in moves:
        file_id = held.pop(move.source)
        assert file_id == move.file_id
        assert same_file(move.target) not in map(same_file, held), "the place is taken"
        held[move.target] = file_id
    return held


def test_a_file_is_moved_within_its_folder() -> None:
    """A template without a slash changes the name only."""
    found = plan(scene(1, "/v/in/a.mp4", "Frozen Pier"))
    assert steps(found) == [("/v/in/a.mp4", "/v/in/Frozen Pier.mp4")]
    assert (found.moves[0].folder, found.moves[0].basename) == ("/v/in", "Frozen Pier.mp4")


def test_a_slash_is_relative_to_the_library_folder_that_holds_the_file() -> None:
    """Of two libraries, one within the other, the inner one."""
    made = scene(1, "/v/inner/x/a.mp4", "T", studio=Entity(id="1", name="North"))
    found = plan(made, template="{studio}/{title}.{ext}", libraries=["/v", "/v/inner", "/w"])
    assert steps(found) == [("/v/inner/x/a.mp4", "/v/inner/North/T.mp4")]


def test_a_file_that_bears_its_name_is_kept() -> None:
    """There is nothing to do."""
    found = plan(scene(1, "/v/T.mp4", "T"))
    assert (found.moves, found.kept) == ((), 1)


def test_two_scenes_of_one_name_are_numbered() -> None:
    """By their ids, as numbers; the one that is there already keeps its place."""
    found = plan(scene(10, "/v/c.mp4", "T"), scene(2, "/v/b.mp4", "T"), scene(9, "/v/t.mp4", "X"))
    assert found.targets == {"f2": "/v/T.mp4", "f10": "/v/T (2).mp4", "f9": "/v/X.mp4"}
    kept = plan(scene(2, "/v/b.mp4", "T"), scene(10, "/v/T.mp4", "T"))
    assert kept.targets == {"f2": "/v/T (2).mp4"}


def test_names_that_differ_by_case_are_one_name() -> None:
    """On some disks they would be one file."""
    found = plan(scene(1, "/v/a.mp4", "Pier"), scene(2, "/v/b.mp4", "PIER"))
    assert found.targets == {"f1": "/v/Pier.mp4", "f2": "/v/PIER (2).mp4"}


def test_a_file_outside_of_the_plan_is_never_overwritten() -> None:
    """Nor one that was refused a name and stays."""
    found = plan(
        scene(1, "/v/a.mp4", "T"), scene(2, "/v/X.mp4", None), scene(3, "/v/c.mp4", "X"),
        others=["/v/t.MP4", "/v/T (2).mp4"],
    )  # fmt: skip
    assert found.targets == {"f1": "/v/T (3).mp4", "f3": "/v/X (2).mp4"}
    assert [(one.scene_id, one.path) for one in found.refused] == [("2", "/v/X.mp4")]


def test_a_chain_is_done_from_its_end() -> None:
    """A takes B's place, B takes C's: C goes first."""
    found = plan(scene(1, "/v/A.mp4", "B"), scene(2, "/v/B.mp4", "C"), scene(3, "/v/C.mp4", "D"))
    assert steps(found) == [
        ("/v/C.mp4", "/v/D.mp4"),
        ("/v/B.mp4", "/v/C.mp4"),
        ("/v/A.mp4", "/v/B.mp4"),
    ]


@pytest.mark.parametrize("length", [2, 3, 5])
def test_a_cycle_goes_by_way_of_a_free_name(length: int) -> None:
    """Files that swap their names: one steps aside, is last, and no name is lost."""
    letters = "ABCDE"[:length]
    made = [
        scene(at + 1, f"/v/{letter}.mp4", letters[(at + 1) % length])
        for at, letter in enumerate(letters)
    ]
    found = plan(*made)
    assert [move.by_way for move in found.moves] == [True] + [False] * length
    after = carried_out(found.moves, {one.files[0].path: one.files[0].id for one in made})
    assert {file: path for path, file in after.items()} == found.targets


def test_a_change_of_case_goes_by_way_of_a_free_name() -> None:
    """Where case does not count, the file itself would be in its own way."""
    found = plan(scene(1, "/v/pier.mp4", "Pier"), others=["/v/moving f1.mp4"])
    assert steps(found) == [
        ("/v/pier.mp4", "/v/moving f1 (2).mp4"),
        ("/v/moving f1 (2).mp4", "/v/Pier.mp4"),
    ]


@pytest.mark.parametrize("path", ["/w/a.mp4", "/video/a.mp4", "/v/../w/a.mp4", "a.mp4"])
def test_a_file_outside_of_the_libraries_is_refused(path: str) -> None:
    """``/video`` is not within ``/v``."""
    found = plan(scene(1, path, "T"))
    assert not found.moves
    assert "library folders" in found.refused[0].reason


def test_a_folder_that_is_a_file_is_refused() -> None:
    """Stash could not make it."""
    made = scene(1, "/v/a.mp4", "T", studio=Entity(id="1", name="North"))
    found = plan(made, template="{studio}/{title}.{ext}", others=["/v/north"])
    assert "a file where its folder /v/North would be" in found.refused[0].reason


def test_a_file_does_not_take_the_name_of_a_folder() -> None:
    """A folder of that name may hold files."""
    found = plan(scene(1, "/v/a.mp4", "T"), others=["/v/T.mp4/inner.mp4"])
    assert found.targets == {"f1": "/v/T (2).mp4"}


def test_windows_paths_stay_windows_paths() -> None:
    """By their form; a library is found whatever the case of its letters."""
    found = plan(
        scene(1, "C:\\V\\in\\a.mp4", "T", studio=Entity(id="1", name="North")),
        template="{studio}/{title}.{ext}",
        libraries=["c:\\v"],
    )
    assert same_file(found.moves[0].target) == "c:\\v\\north\\t.mp4"


def test_every_file_of_a_scene_is_named() -> None:
    """Several files of a scene are told apart by numbers."""
    files = [VideoFile(id=one, path=f"/v/{one}.mp4", basename=f"{one}.mp4") for one in "ab"]
    found = plan(Scene(id="1", title="T", files=tuple(files)))
    assert found.targets == {"a": "/v/T.mp4", "b": "/v/T (2).mp4"}


def test_scenes_of_one_name_are_refused_where_that_is_asked_for() -> None:
    """Both are named; one that has the name keeps it, and whose place was theirs is refused too."""
    found = plan(
        scene(1, "/v/a.mp4", "T"), scene(2, "/v/b.mp4", "t"), scene(3, "/v/c.mp4", "A"),
        scene(4, "/v/d.mp4", "K"), scene(5, "/v/K.mp4", "K"), scene(6, "/v/e.mp4", "F"),
        scene(7, "/v/f.mp4", "O"), scene(8, "/v/g.mp4", "New"),
        others=["/v/O.mp4"], same_name="refuse",
    )  # fmt: skip
    assert {one.scene_id: one.reason.partition(";")[0] for one in found.refused} == {
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
    """Scenes and other files, no two paths of which would be one file."""
    paths = draw(
        st.lists(
            st.tuples(folders, names).map(lambda one: f"{one[0]}/{one[1]}.mp4"),
            max_size=9,
            unique_by=same_file,
        )
    )
    others = draw(st.integers(0, 2))
    made = [
        scene(at, path, draw(titles), studio={"id": "1", "name": draw(names)})
        for at, path in enumerate(paths[others:], start=1)
    ]
    return made, paths[:others]


@given(
    held=libraries(),
    template=st.sampled_from([TITLE, "{studio}/{title}.{ext}"]),
    same_name=st.sampled_from(["refuse", "number"]),
)
def test_a_plan_can_be_carried_out_and_undone(
    held: tuple[list[Scene], list[str]], template: str, same_name: str
) -> None:
    """Step by step no place is taken; in the end all files have the planned paths, inside their
    libraries, and planning again gives nothing to do. The moves back restore every path.
    """
    made, others = held
    found = plan(*made, template=template, others=others, same_name=same_name)
    disk = {one.files[0].path: one.files[0].id for one in made} | dict.fromkeys(others, "other")
    after = carried_out(found.moves, disk)
    at = {file: path for path, file in after.items()}
    assert {file: at[file] for file in found.targets} == found.targets
    assert len(set(map(same_file, after))) == len(disk)
    assert all(PurePosixPath(path).is_relative_to("/v") for path in found.targets.values())
    assert len(found.refused) + found.kept + len(found.targets) == len(made)
    again = [
        one.model_copy(
            update={
                "files": (
                    one.files[0].model_copy(
                        update={
                            "path": at[one.files[0].id],
                            "basename": PurePosixPath(at[one.files[0].id]).name,
                        }
                    ),
                )
            }
        )
        for one in made
    ]
    assert not plan(*again, template=template, others=others, same_name=same_name).moves
    assert carried_out(found.undone(), after) == disk

"""From a template to moves: which file goes where, in an order in which every step can be done.

No two files are planned to one path, also not to paths that differ by case only: scenes of one name
are refused it, or the second gets `` (2)``, as asked for; the files of one scene are always
numbered. A path that a file outside of the plan has is never taken. A file goes before another
takes its place; files that swap their names go by way of a name that is free. Making the plan again
after it was carried out gives no moves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Literal

from stashbot.decide.renaming.safe_names import same_file
from stashbot.decide.renaming.template import FileName, NameRefused, Template
from stashbot.models import Model, Scene, VideoFile

SameName = Literal["refuse", "number"]


class Move(Model):
    """A step of a plan: Stash moves a file. ``by_way`` is a stop of a file that will move on."""

    scene_id: str
    file_id: str
    source: str
    target: str
    by_way: bool = False

    @property
    def folder(self) -> str:
        """The folder that the file is moved to."""
        return str(_path(self.target).parent)

    @property
    def basename(self) -> str:
        """The name that the file gets."""
        return _path(self.target).name


class NotRenamed(Model):
    """A file that stays where it is, and why."""

    scene_id: str
    file_id: str
    path: str
    reason: str


class RenamePlan(Model):
    """Moves in the order in which they are to be made, and files that are refused a name.

    ``kept`` counts the files that bear their name already.
    """

    moves: tuple[Move, ...] = ()
    refused: tuple[NotRenamed, ...] = ()
    kept: int = 0

    @property
    def targets(self) -> dict[str, str]:
        """Where each file ends, by its id."""
        return {move.file_id: move.target for move in self.moves}

    def undone(self) -> tuple[Move, ...]:
        """The moves that take all files back."""
        return tuple(
            move.model_copy(update={"source": move.target, "target": move.source})
            for move in reversed(self.moves)
        )


class _Item(Model):
    scene_id: str
    file_id: str
    path: str
    folder: str
    name: FileName

    def at(self, number: int, most_bytes: int) -> str:
        """The path for the ``number``-th file of this name."""
        return str(_path(self.folder) / self.name.numbered(number, most_bytes))


def plan_renames(
    scenes: Iterable[Scene],
    template: Template,
    *,
    libraries: Sequence[str],
    others: Iterable[str] = (),
    most_bytes: int = 255,
    same_name: SameName = "number",
) -> RenamePlan:
    """Where the template puts every file of ``scenes``.

    ``libraries`` are Stash's library folders; a file outside of them is refused, and no file leaves
    the one that holds it. ``others`` are the paths of all other files that Stash knows.
    ``same_name`` says what becomes of files of several scenes that would have one path.
    """
    found = sorted(scenes, key=lambda one: (len(one.id), one.id))
    strangers = {same_file(path) for path in others}
    known = strangers | {same_file(file.path) for scene in found for file in scene.files}
    items: list[_Item] = []
    refused: list[NotRenamed] = []
    for scene, file in [(one, file) for one in found for file in one.files]:
        try:
            name = template.name(scene, file, most_bytes)
            items.append(_item(scene, file, name, libraries=libraries, known=known))
        except NameRefused as error:
            refused.append(
                NotRenamed(scene_id=scene.id, file_id=file.id, path=file.path, reason=str(error))
            )
    if same_name == "refuse":
        items, clashing = _without_clashes(items, strangers, refused, most_bytes)
        refused += clashing
    taken = strangers | {same_file(one.path) for one in refused}
    taken |= _folders([*known, *(one.at(1, most_bytes) for one in items)])
    targets: dict[str, str] = {}
    for group in _groups(items, most_bytes):
        assigned = _assigned(group, taken, most_bytes)
        targets |= assigned
        taken |= {same_file(target) for target in assigned.values()}
    moving = [one for one in items if targets[one.file_id] != one.path]
    return RenamePlan(
        moves=tuple(_ordered(moving, targets, known | taken, most_bytes)),
        refused=tuple(refused),
        kept=len(items) - len(moving),
    )


def _item(
    scene: Scene, file: VideoFile, name: FileName, *, libraries: Sequence[str], known: set[str]
) -> _Item:
    """The file with the folder of its name.

    Raises:
        NameRefused: there is no place for it.
    """
    path = _path(file.path)
    roots = [_path(root) for root in libraries if path.is_relative_to(_path(root))]
    if not roots or ".." in path.parts:
        raise NameRefused("it is in none of Stash's library folders")
    folder = path.parent
    if name.folders is not None:
        folder = max(roots, key=lambda root: len(root.parts)).joinpath(*name.folders)
    if not known.isdisjoint(same_file(str(one)) for one in (folder, *folder.parents)):
        raise NameRefused(f"there is a file where its folder {folder} would be")
    return _Item(scene_id=scene.id, file_id=file.id, path=file.path, folder=str(folder), name=name)


def _without_clashes(
    items: Sequence[_Item], strangers: set[str], refused: Sequence[NotRenamed], most_bytes: int
) -> tuple[list[_Item], list[NotRenamed]]:
    """The files that have their path to themselves, and the others.

    A file that is refused stays, so that no other can have its place.
    """
    left, clashing = list(items), list[NotRenamed]()
    while True:
        stays = {same_file(one.path): one.scene_id for one in (*refused, *clashing)}
        stays |= dict.fromkeys(strangers, "")
        found = [
            NotRenamed(scene_id=one.scene_id, file_id=one.file_id, path=one.path, reason=why)
            for group in _groups(left, most_bytes)
            for one in group
            if (why := _clash(one, group, stays, most_bytes))
        ]
        if not found:
            return left, clashing
        clashing += found
        gone = {one.file_id for one in found}
        left = [one for one in left if one.file_id not in gone]


def _clash(item: _Item, group: Sequence[_Item], stays: Mapping[str, str], most_bytes: int) -> str:
    """Why a file cannot have the path that the template gives it; empty if it can."""
    target = item.at(1, most_bytes)
    if (holder := stays.get(same_file(target))) is not None:
        whose = f"a file of scene {holder}" if holder else "another file"
        return f"{whose} has the name {target}"
    there = {one.scene_id for one in group if same_file(one.path) == same_file(target)}
    others = dict.fromkeys(one.scene_id for one in group if one.scene_id != item.scene_id)
    if not others or item.scene_id in there:
        return ""
    scenes = f"scene {next(iter(others))}" if len(others) == 1 else f"scenes {', '.join(others)}"
    return (
        f"it would have the name {target}, and so would {scenes}; a template with "
        "{id} tells them apart"
    )


def _groups(items: Sequence[_Item], most_bytes: int) -> Iterator[list[_Item]]:
    """Items that are planned to one path, by that path, so that every plan goes the same way."""
    groups: dict[str, list[_Item]] = defaultdict(list)
    for item in items:
        groups[same_file(item.at(1, most_bytes))].append(item)
    return (groups[key] for key in sorted(groups))


def _assigned(group: Sequence[_Item], taken: set[str], most_bytes: int) -> dict[str, str]:
    """A free path for each of a group, by file: who is at one of them keeps it."""
    free: dict[str, int] = {}
    for number in count(1):
        if len(free) == len(group):
            break
        key = same_file(group[0].at(number, most_bytes))
        if key not in taken:
            free[key] = number
    places: dict[str, str] = {}
    for item in group:
        if same_file(item.path) in free and item.path not in places.values():
            places[item.file_id] = same_file(item.path)
    left = (key for key in free if key not in places.values())
    targets = {}
    for item in group:
        key = places.get(item.file_id) or next(left)
        own = item.at(free[key], most_bytes)
        same = same_file(own) == key
        targets[item.file_id] = own if same else group[0].at(free[key], most_bytes)
    return targets


def _ordered(
    moving: Sequence[_Item], targets: Mapping[str, str], known: set[str], most_bytes: int
) -> Iterator[Move]:
    """Each file after the one that is in its place; of a cycle, one goes by way of a free name."""
    held = {same_file(item.path): item for item in moving}
    done: set[str] = set()
    for item in moving:
        chain = [] if item.file_id in done else [item]
        round_trip, by_way = False, ""
        while chain:
            before = held.get(same_file(targets[chain[-1].file_id]))
            if before is None or before.file_id in done:
                break
            # Paths are planned once, so only the first of a chain can come again.
            round_trip = before is chain[0]
            if round_trip:
                break
            chain.append(before)
        done |= {one.file_id for one in chain}
        if round_trip:
            by_way = _free(item, known, most_bytes)
            yield _move(item, item.path, by_way, by_way=True)
        for one in reversed(chain):
            start = by_way if round_trip and one is item else one.path
            yield _move(one, start, targets[one.file_id])


def _free(item: _Item, known: set[str], most_bytes: int) -> str:
    """A path in the file's folder that nothing has and nothing will have."""
    path = _path(item.path)
    way = item.name.model_copy(update={"stem": f"moving {item.file_id}"})
    paths = (str(path.parent / way.numbered(number, most_bytes)) for number in count(1))
    return next(one for one in paths if same_file(one) not in known)


def _move(item: _Item, source: str, target: str, *, by_way: bool = False) -> Move:
    return Move(
        scene_id=item.scene_id, file_id=item.file_id, source=source, target=target, by_way=by_way
    )


def _folders(paths: Iterable[str]) -> set[str]:
    return {same_file(str(parent)) for path in paths for parent in _path(path).parents}


def _path(text: str) -> PurePath:
    """A path of the system that Stash runs on, which its form tells."""
    windows = "\\" in text and not text.startswith("/")
    return PureWindowsPath(text) if windows else PurePosixPath(text)

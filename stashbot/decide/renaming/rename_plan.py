"""Plan the moves that name files by a template, in an order in which each can be made.

No two files get the same path, nor paths that differ by case only. If the files of several scenes
would have the same name, all are refused it or the second gets `` (2)``, as the settings say; the
files of a single scene are always numbered. The path of a file outside of the plan is never taken.
A file moves away before another takes its path; files that swap their names move by a temporary
name. After the plan is carried out, the same template gives no moves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Literal

from stashbot.decide.renaming.safe_names import path_key
from stashbot.decide.renaming.template import FileName, Template
from stashbot.errors import NameRefused
from stashbot.models import Model, Scene, VideoFile

SameName = Literal["refuse", "number"]


class Move(Model):
    """A move of a file by Stash; from a target that ``is_temporary`` the file moves on."""

    scene_id: str
    file_id: str
    source: str
    target: str
    is_temporary: bool = False

    @property
    def folder(self) -> str:
        """The folder that the file is moved to."""
        return str(_path(self.target).parent)

    @property
    def basename(self) -> str:
        """The name of the file after the move."""
        return _path(self.target).name


class NotRenamed(Model):
    """A file that is not moved, and why."""

    scene_id: str
    file_id: str
    path: str
    reason: str


class RenamePlan(Model):
    """The moves in their order, and the files that are refused a name.

    ``kept`` counts the files that have their name already.
    """

    moves: tuple[Move, ...] = ()
    refused: tuple[NotRenamed, ...] = ()
    kept: int = 0

    @property
    def targets(self) -> dict[str, str]:
        """The final path of each file, by its id."""
        return {move.file_id: move.target for move in self.moves}


class _Item(Model):
    scene_id: str
    file_id: str
    path: str
    folder: str
    name: FileName

    def at(self, number: int, max_bytes: int) -> str:
        """Return the path of the ``number``-th file of this name."""
        return str(_path(self.folder) / self.name.numbered(number, max_bytes))


def plan_renames(
    scenes: Iterable[Scene],
    template: Template,
    *,
    libraries: Sequence[str],
    others: Iterable[str] = (),
    max_bytes: int = 255,
    same_name: SameName = "number",
) -> RenamePlan:
    """Plan the moves of every file of ``scenes``.

    ``libraries`` are Stash's library folders; a file outside of them is refused, and no file leaves
    its library folder. ``others`` are the paths of all other files that Stash knows.
    ``same_name`` decides about files of several scenes that would have the same path.
    """
    in_order = sorted(scenes, key=lambda scene: (len(scene.id), scene.id))  # by number
    foreign = {path_key(path) for path in others}
    known = foreign | {path_key(file.path) for scene in in_order for file in scene.files}
    items: list[_Item] = []
    refused: list[NotRenamed] = []
    files = ((scene, file) for scene in in_order for file in scene.files)
    for scene, file in files:
        try:
            name = template.name(scene, file, max_bytes)
            items.append(_item(scene, file, name, libraries=libraries, known=known))
        except NameRefused as error:
            refused.append(
                NotRenamed(scene_id=scene.id, file_id=file.id, path=file.path, reason=str(error))
            )
    if same_name == "refuse":
        items, clashing = _without_clashes(items, foreign, refused, max_bytes)
        refused += clashing
    taken = foreign | {path_key(file.path) for file in refused}
    taken |= _folders([*known, *(item.at(1, max_bytes) for item in items)])
    targets: dict[str, str] = {}
    for group in _groups(items, max_bytes):
        assigned = _assign_paths(group, taken, max_bytes)
        targets |= assigned
        taken |= {path_key(target) for target in assigned.values()}
    moving = [item for item in items if targets[item.file_id] != item.path]
    return RenamePlan(
        moves=tuple(_order_moves(moving, targets, known | taken, max_bytes)),
        refused=tuple(refused),
        kept=len(items) - len(moving),
    )


def _item(
    scene: Scene, file: VideoFile, name: FileName, *, libraries: Sequence[str], known: set[str]
) -> _Item:
    """Return the file with the folder that it goes to.

    Raises:
        NameRefused: The file is outside of the libraries, or a file is where its folder would be.
    """
    path = _path(file.path)
    roots = [_path(root) for root in libraries if path.is_relative_to(_path(root))]
    if not roots or ".." in path.parts:
        raise NameRefused("it is not in a library folder of Stash")
    folder = path.parent
    if name.folders is not None:
        folder = max(roots, key=lambda root: len(root.parts)).joinpath(*name.folders)
    if not known.isdisjoint(path_key(str(part)) for part in (folder, *folder.parents)):
        raise NameRefused(f"there is a file where its folder {folder} would be")
    return _Item(scene_id=scene.id, file_id=file.id, path=file.path, folder=str(folder), name=name)


def _without_clashes(
    items: Sequence[_Item], foreign: set[str], refused: Sequence[NotRenamed], max_bytes: int
) -> tuple[list[_Item], list[NotRenamed]]:
    """Return the files that no other file would share a path with, and the others.

    A refused file stays where it is and so keeps its path from others; hence the loop.
    """
    left, clashing = list(items), list[NotRenamed]()
    while True:
        owners = {path_key(file.path): file.scene_id for file in (*refused, *clashing)}
        owners |= dict.fromkeys(foreign, "")
        clashes = [
            NotRenamed(scene_id=item.scene_id, file_id=item.file_id, path=item.path, reason=reason)
            for group in _groups(left, max_bytes)
            for item in group
            if (reason := _clash(item, group, owners, max_bytes))
        ]
        if not clashes:
            return left, clashing
        clashing += clashes
        refused_ids = {clash.file_id for clash in clashes}
        left = [item for item in left if item.file_id not in refused_ids]


def _clash(item: _Item, group: Sequence[_Item], owners: Mapping[str, str], max_bytes: int) -> str:
    """Return why a file cannot have the path that the template gives it; empty if it can."""
    target = item.at(1, max_bytes)
    if (owner := owners.get(path_key(target))) is not None:
        file = f"a file of scene {owner}" if owner else "another file"
        return f"{file} has the name {target}"
    in_place = {other.scene_id for other in group if path_key(other.path) == path_key(target)}
    others = dict.fromkeys(other.scene_id for other in group if other.scene_id != item.scene_id)
    if not others or item.scene_id in in_place:
        return ""
    scenes = f"scene {next(iter(others))}" if len(others) == 1 else f"scenes {', '.join(others)}"
    return (
        f"it would have the name {target}, and so would {scenes}; "
        "add {id} to the template to tell them apart"
    )


def _groups(items: Sequence[_Item], max_bytes: int) -> Iterator[list[_Item]]:
    """Yield the files that would have the same path, in the order of the paths."""
    groups: dict[str, list[_Item]] = defaultdict(list)
    for item in items:
        groups[path_key(item.at(1, max_bytes))].append(item)
    return (groups[key] for key in sorted(groups))


def _assign_paths(group: Sequence[_Item], taken: set[str], max_bytes: int) -> dict[str, str]:
    """Return a free path for each file of a group; a file that is at such a path keeps it."""
    free: dict[str, int] = {}
    for number in count(1):
        if len(free) == len(group):
            break
        key = path_key(group[0].at(number, max_bytes))
        if key not in taken:
            free[key] = number
    kept: dict[str, str] = {}
    for item in group:
        if path_key(item.path) in free and item.path not in kept.values():
            kept[item.file_id] = path_key(item.path)
    left = (key for key in free if key not in kept.values())
    targets = {}
    for item in group:
        key = kept.get(item.file_id) or next(left)
        # The free path was found with the name of the first file, from which this may differ.
        own = item.at(free[key], max_bytes)
        is_free = path_key(own) == key
        targets[item.file_id] = own if is_free else group[0].at(free[key], max_bytes)
    return targets


def _order_moves(
    moving: Sequence[_Item], targets: Mapping[str, str], known: set[str], max_bytes: int
) -> Iterator[Move]:
    """Yield the move of each file after that of the file in its place.

    In a cycle, the first file moves by a temporary name.
    """
    by_path = {path_key(item.path): item for item in moving}
    done: set[str] = set()
    for item in moving:
        chain = [] if item.file_id in done else [item]
        is_cycle, temporary = False, ""
        while chain:
            blocking = by_path.get(path_key(targets[chain[-1].file_id]))
            if blocking is None or blocking.file_id in done:
                break
            # Each path is assigned once, so only the first file of a chain can come again.
            is_cycle = blocking is chain[0]
            if is_cycle:
                break
            chain.append(blocking)
        done |= {link.file_id for link in chain}
        if is_cycle:
            temporary = _temporary_path(item, known, max_bytes)
            yield _move(item, item.path, temporary, is_temporary=True)
        for link in reversed(chain):
            source = temporary if is_cycle and link is item else link.path
            yield _move(link, source, targets[link.file_id])


def _temporary_path(item: _Item, known: set[str], max_bytes: int) -> str:
    """Return a path in the file's folder that no file has or gets."""
    folder = _path(item.path).parent
    name = item.name.model_copy(update={"stem": f"moving {item.file_id}"})
    paths = (str(folder / name.numbered(number, max_bytes)) for number in count(1))
    return next(path for path in paths if path_key(path) not in known)


def _move(item: _Item, source: str, target: str, *, is_temporary: bool = False) -> Move:
    return Move(
        scene_id=item.scene_id,
        file_id=item.file_id,
        source=source,
        target=target,
        is_temporary=is_temporary,
    )


def _folders(paths: Iterable[str]) -> set[str]:
    return {path_key(str(parent)) for path in paths for parent in _path(path).parents}


def _path(text: str) -> PurePath:
    """Return a path of the system that Stash runs on, as the form of the text shows."""
    windows = "\\" in text and not text.startswith("/")
    return PureWindowsPath(text) if windows else PurePosixPath(text)

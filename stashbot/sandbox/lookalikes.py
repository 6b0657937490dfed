"""Search for duplicates: scenes with similar perceptual hashes and durations."""

from __future__ import annotations

from collections.abc import Iterable

from stashbot.sandbox.context import Info, library_of
from stashbot.sandbox.records import FileRecord, SceneRecord


def find_duplicate_scenes(
    _root: object,
    info: Info,
    *,
    distance: int | None = None,
    duration_diff: float | None = None,
) -> list[list[SceneRecord]]:
    """Return the answer to ``findDuplicateScenes``.

    Without ``duration_diff``, durations are not compared.
    """
    span = -1.0 if duration_diff is None else duration_diff
    return lookalikes(library_of(info).scenes.values(), distance=distance or 0, span=span)


def lookalikes(
    scenes: Iterable[SceneRecord], *, distance: int, span: float
) -> list[list[SceneRecord]]:
    """Return sets of similar scenes, in the order of the scenes.

    Hashes differ by at most ``distance`` bits, durations by at most ``span`` seconds. With a
    negative ``span``, durations are not compared.
    """
    sets: list[list[SceneRecord]] = []
    for scene in scenes:
        if not scene.files:
            continue
        near = [
            group for group in sets if any(_alike(scene, other, distance, span) for other in group)
        ]
        kept = [group for group in sets if group not in near]
        sets = [*kept, [other for group in near for other in group] + [scene]]
    return [group for group in sets if len(group) > 1]


def _alike(scene: SceneRecord, other: SceneRecord, distance: int, span: float) -> bool:
    first, second = scene.files[0], other.files[0]
    near = span < 0 or abs(first.duration - second.duration) <= span
    return near and _bits_between(first, second) <= distance


def _bits_between(first: FileRecord, second: FileRecord) -> int:
    return (int(first.phash, 16) ^ int(second.phash, 16)).bit_count()

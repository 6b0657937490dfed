"""Which scenes look alike: their perceptual hashes differ in few bits, their lengths by little."""

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
    """The answer to ``findDuplicateScenes``; any length will do without ``duration_diff``."""
    span = -1.0 if duration_diff is None else duration_diff
    return lookalikes(library_of(info).scenes.values(), distance=distance or 0, span=span)


def lookalikes(
    scenes: Iterable[SceneRecord], *, distance: int, span: float
) -> list[list[SceneRecord]]:
    """Sets of scenes of which each looks like another one, in the order of the scenes.

    ``distance`` counts bits, ``span`` seconds; a negative one allows any length.
    """
    sets: list[list[SceneRecord]] = []
    for scene in scenes:
        if not scene.files:
            continue
        near = [one for one in sets if any(_alike(scene, held, distance, span) for held in one)]
        kept = [one for one in sets if one not in near]
        sets = [*kept, [held for one in near for held in one] + [scene]]
    return [one for one in sets if len(one) > 1]


def _alike(one: SceneRecord, other: SceneRecord, distance: int, span: float) -> bool:
    first, second = one.files[0], other.files[0]
    near = span < 0 or abs(first.duration - second.duration) <= span
    return near and _bits_between(first, second) <= distance


def _bits_between(first: FileRecord, second: FileRecord) -> int:
    return (int(first.phash, 16) ^ int(second.phash, 16)).bit_count()

"""Where the numbered rectangles of a marked screenshot go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from stashbot.flows.checks.report_diff import Verdict
from stashbot.flows.checks.tour.key_check import Box

#: The size of a number's label in CSS pixels of the screenshot, for one digit and each further
#: one. A report shows pictures at about two thirds of their size, and labels at their own.
_LABEL_HEIGHT = 22
_LABEL_WIDTH = 16
_DIGIT_WIDTH = 9
#: Where on its box a label may sit, in shares of the width and height, the best first.
_SPOTS = tuple(product((0.0, 1.0, 0.5), (0.0, 1.0, 0.5)))


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A box of the row ``number``, with the middle of its label, in percent of the picture."""

    number: int
    verdict: Verdict
    name: str
    x: float
    y: float
    width: float
    height: float
    label_x: float
    label_y: float
    first: bool


@dataclass(frozen=True, kw_only=True)
class Marked:
    """What a row wants to have marked."""

    number: int
    verdict: Verdict
    name: str
    boxes: Sequence[Box]


def marks(rows: Iterable[Marked], width: int, height: int) -> tuple[Mark, ...]:
    """The marks of a picture of this size, large ones first, so that small ones lie on top.

    Boxes that the picture does not show, and those without extent, have none; a box that it shows
    in part is cut at its edge. Labels keep out of each other's way where there is room.
    """
    drawn = [
        (row, box, place == 0)
        for row in rows
        for place, box in enumerate(_shown(row.boxes, width, height))
    ]
    drawn.sort(key=lambda one: -one[1][2] * one[1][3])
    # Small boxes have few places for a label, so they choose first.
    taken: list[Box] = []
    labels = [_label(row.number, box, width, height, taken) for row, box, _ in reversed(drawn)]
    return tuple(
        Mark(
            number=row.number,
            verdict=row.verdict,
            name=row.name,
            x=_percent(left, width),
            y=_percent(top, height),
            width=_percent(wide, width),
            height=_percent(high, height),
            label_x=_percent(label[0], width),
            label_y=_percent(label[1], height),
            first=first,
        )
        for (row, (left, top, wide, high), first), label in zip(
            drawn, reversed(labels), strict=True
        )
    )


def _shown(boxes: Iterable[Box], width: int, height: int) -> list[Box]:
    cut = []
    for left, top, wide, high in boxes:
        from_x, to_x = max(0, left), min(width, left + wide)
        from_y, to_y = max(0, top), min(height, top + high)
        if to_x > from_x and to_y > from_y:
            cut.append((from_x, from_y, to_x - from_x, to_y - from_y))
    return cut


def _label(number: int, box: Box, width: int, height: int, taken: list[Box]) -> tuple[float, float]:
    """The middle of the label: the first spot on the box that is free, else the freest."""
    wide = _LABEL_WIDTH + _DIGIT_WIDTH * (len(str(number)) - 1)
    spots = [_spot(box, spot, wide, (width, height)) for spot in _SPOTS]
    best = min(spots, key=lambda spot: sum(_overlap(spot, other) for other in taken))
    taken.append(best)
    return best[0] + best[2] / 2, best[1] + best[3] / 2


def _spot(box: Box, spot: tuple[float, float], wide: int, picture: tuple[int, int]) -> Box:
    (left, top, box_width, box_height), (width, height) = box, picture
    x = left + spot[0] * box_width - wide / 2
    y = top + spot[1] * box_height - _LABEL_HEIGHT / 2
    x, y = min(max(x, 0), max(width - wide, 0)), min(max(y, 0), max(height - _LABEL_HEIGHT, 0))
    return round(x), round(y), wide, _LABEL_HEIGHT


def _overlap(one: Box, other: Box) -> int:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(across, 0) * max(down, 0)


def _percent(length: float, whole: int) -> float:
    return round(100 * length / whole, 3)

"""Where the numbered rectangles of a marked screenshot go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from stashbot.browser.actions import Box
from stashbot.flows.checks.report_diff import KeyVerdict

#: The size of a number's label in CSS pixels of the screenshot, for the first and for each further
#: digit. A report shows pictures at about two thirds of their size, and labels at full size.
_LABEL_HEIGHT = 22
_LABEL_WIDTH = 16
_DIGIT_WIDTH = 9
#: Where on its box a label may be, in shares of the width and height, the best first.
_SPOTS = tuple(product((0.0, 1.0, 0.5), (0.0, 1.0, 0.5)))


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A box of the row ``number`` and the middle of its label, in percent of the picture.

    ``first`` is set for the first box of a row.
    """

    number: int
    verdict: KeyVerdict
    name: str
    x: float
    y: float
    width: float
    height: float
    label_x: float
    label_y: float
    first: bool


@dataclass(frozen=True, kw_only=True)
class MarkedRow:
    """A row of the table, and the boxes of its elements."""

    number: int
    verdict: KeyVerdict
    name: str
    boxes: Sequence[Box]


def place_marks(rows: Iterable[MarkedRow], width: int, height: int) -> tuple[Mark, ...]:
    """Return the marks of a picture, large ones first, so that small ones are on top.

    Boxes outside the picture and those without extent get none; a box that is partly inside is cut
    at the edge. Labels keep out of each other's way where there is room.
    """
    drawn = [
        (row, box, place == 0)
        for row in rows
        for place, box in enumerate(_boxes_inside(row.boxes, width, height))
    ]
    drawn.sort(key=lambda entry: -_area(entry[1]))
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
            width=_percent(box_width, width),
            height=_percent(box_height, height),
            label_x=_percent(label[0], width),
            label_y=_percent(label[1], height),
            first=first,
        )
        for (row, (left, top, box_width, box_height), first), label in zip(
            drawn, reversed(labels), strict=True
        )
    )


def _area(box: Box) -> int:
    return box[2] * box[3]


def _boxes_inside(boxes: Iterable[Box], width: int, height: int) -> list[Box]:
    inside = []
    for left, top, box_width, box_height in boxes:
        from_x, to_x = max(0, left), min(width, left + box_width)
        from_y, to_y = max(0, top), min(height, top + box_height)
        if to_x > from_x and to_y > from_y:
            inside.append((from_x, from_y, to_x - from_x, to_y - from_y))
    return inside


def _label(number: int, box: Box, width: int, height: int, taken: list[Box]) -> tuple[float, float]:
    """Return the middle of the label, at the spot on the box that overlaps least."""
    label_width = _LABEL_WIDTH + _DIGIT_WIDTH * (len(str(number)) - 1)
    spots = [_spot(box, spot, label_width, (width, height)) for spot in _SPOTS]
    best = min(spots, key=lambda spot: sum(_overlap(spot, other) for other in taken))
    taken.append(best)
    return best[0] + best[2] / 2, best[1] + best[3] / 2


def _spot(box: Box, spot: tuple[float, float], label_width: int, picture: tuple[int, int]) -> Box:
    (left, top, box_width, box_height), (width, height) = box, picture
    x = left + spot[0] * box_width - label_width / 2
    y = top + spot[1] * box_height - _LABEL_HEIGHT / 2
    x = min(max(x, 0), max(width - label_width, 0))
    y = min(max(y, 0), max(height - _LABEL_HEIGHT, 0))
    return round(x), round(y), label_width, _LABEL_HEIGHT


def _overlap(first: Box, second: Box) -> int:
    """Return the area that two boxes share."""
    across = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    down = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    return max(across, 0) * max(down, 0)


def _percent(length: float, whole: int) -> float:
    return round(100 * length / whole, 3)

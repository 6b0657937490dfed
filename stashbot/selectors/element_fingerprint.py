"""Fingerprints of elements, and the similarity of two of them.

A fingerprint does not depend on the language of the UI and has none of the owner's data: of texts
only the shape, of addresses only the pattern, numbers as ``#``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Literal

from pydantic import Field

from stashbot.models import Model

#: Classes that say in which state an element is, not which element it is; full matches. The in-page
#: helper gets them too, so that it makes no selector of them.
TRANSIENT = (
    *("css-.*", "show", "showing", "hide", "hiding", "hidden", "fade", "in", "out"),
    *("active", "selected", "checked", "disabled", "enabled", "open", "opened", "closed"),
    *("focus.*", "hover.*", "collaps.*", "loading", "loaded", "dragging", "animat.*"),
    *("organized", "not-organized", "is-valid", "is-invalid", "was-validated", "dirty"),
    *(r".*--is-.*", r".*-(enter|exit|appear)(-active|-done)?", "success", "danger", "warning"),
)
#: Classes for layout; they hardly distinguish elements.
LAYOUT = (
    r"(m|p)[trblxy]?-(\w+-)?(\d|auto)",
    r"(col|row|w|h|d|flex|float|align|justify|text|order|offset|position|no|overflow)(-.*)?",
    *("clearfix", "bg-.*", "border-.*"),
)
#: Classes of the style library, too common to name an element alone.
GENERIC = (
    r"(btn|form|input-group|dropdown|modal|nav|tab|row|col|card|badge|container|custom)(-.*)?",
    r"(list-group|alert|toast|table|page|pagination|svg-inline|fa|media|popover|tooltip)(-.*)?",
    *("close", "minimal", "text-input", "ModalComponent", "ModalFooter"),
)
#: Icons that say in which state an element is.
STATE_ICONS = (
    *("check", "xmark", "times", "chevron-.*", "caret-.*", "angle-.*", "eye.*", "toggle-.*"),
    *("sort.*", "arrow-(up|down).*", "spinner", "circle-notch", "play", "pause", "volume-.*"),
)
#: How much each part of a fingerprint counts. Parts that the wanted fingerprint does not have are
#: left out, and the others share their weight.
WEIGHTS: Mapping[str, float] = {
    "id": 0.18,
    "marks": 0.20,
    "classes": 0.15,
    "icons": 0.12,
    "path": 0.14,
    "inside": 0.08,
    "tag": 0.08,
    "neighbours": 0.07,
    "attributes": 0.06,
    "role": 0.04,
    "text": 0.03,
    "index": 0.02,
}
#: Attributes that name the element; with ``data-*`` they are its marks.
_MARKS = frozenset({"name", "for", "href", "src"})
#: The factor for an element in other surroundings of the same kind, such as another field's row.
_ELSEWHERE = 0.65
_LAYOUT_WEIGHT = 0.25
#: The factor for a new class that shares words with a missing class, such as ``scene-header`` with
#: ``scene-title``.
_RENAMED = 0.5
#: Pairs of class lists whose similarity is cached: the elements of a page share most of theirs.
_CACHED = 4096
#: How many ancestors with names of their own are compared, from the nearest on.
_AROUND = 3
#: The weight of an ancestor, relative to the next nearer.
_NEARER = 0.8
#: Dialogs that share at least this much of their marks are the same.
_SAME_DIALOG = 0.5
#: Tags that a release may exchange for each other.
_KIN_TAGS = (frozenset({"button", "a", "input"}), frozenset({"div", "section", "span", "form"}))


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_transient, _layout, _common, _state_icon = map(
    _any_of, (TRANSIENT, LAYOUT, (*LAYOUT, *GENERIC), STATE_ICONS)
)


class Outline(Model):
    """An element beside or around the element of a fingerprint."""

    tag: str
    id: str | None = None
    classes: tuple[str, ...] = ()
    data: dict[str, str] = Field(default_factory=dict)

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """The id and the ``data-*`` attributes, as ``#id`` and ``name=value``."""
        marks = (f"{name}={value}" for name, value in self.data.items())
        return (*((f"#{self.id}",) if self.id else ()), *marks)

    @cached_property
    def own_names(self) -> frozenset[str]:
        """The marks, and the classes that are neither transient nor common."""
        classes = (name for name in _lasting(self.classes) if not _common.fullmatch(name))
        return frozenset({*classes, *self.marks})


class Fingerprint(Model):
    """An element: what it is, what is inside, and where it is.

    ``attributes`` are ``data-*`` and a few others, ``*`` for a value that is text. ``icons`` are
    the names of icons inside, ``inside`` other names there, ``path`` the ancestors from the nearest
    on, ``index`` the place among siblings of the same tag. ``dialog`` has the marks of the dialog
    around it; ``None`` outside of dialogs.
    """

    tag: str
    id: str | None = None
    classes: tuple[str, ...] = ()
    attributes: dict[str, str] = Field(default_factory=dict)
    role: str | None = None
    text: str = ""
    icons: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    before: Outline | None = None
    after: Outline | None = None
    path: tuple[Outline, ...] = ()
    index: int = 0
    dialog: tuple[str, ...] | None = None


def similarity(
    wanted: Fingerprint, other: Fingerprint, count: Literal["unique", "many"] = "unique"
) -> float:
    """Return how similar ``other`` is to ``wanted``, from 0 to 1; 1 for the same.

    Among ``many`` elements the place in the list does not matter, so neighbours and index do not
    count.
    """
    parts = _parts(wanted, other)
    if count == "many":
        parts = {name: part for name, part in parts.items() if name not in {"neighbours", "index"}}
    whole = sum(WEIGHTS[name] for name in parts)
    alike = min(1.0, sum(WEIGHTS[name] * part for name, part in parts.items()) / whole)
    return alike * (_ELSEWHERE if _elsewhere(wanted.path, other.path) else 1.0)


def same_dialog(wanted: Fingerprint, other: Fingerprint) -> bool:
    """Say whether both are in the same dialog, or both in none.

    A dialog that lost a part of its marks is still the same.
    """
    if wanted.dialog is None or other.dialog is None:
        return wanted.dialog is other.dialog
    return _overlap(wanted.dialog, other.dialog) >= _SAME_DIALOG


def names_of(fingerprint: Fingerprint) -> frozenset[str]:
    """Return ids, classes and attribute values in, of and around the element."""
    own = {fingerprint.id, *fingerprint.classes, *fingerprint.attributes.values()}
    own |= set(fingerprint.inside)
    around = {
        name
        for outline in fingerprint.path
        for name in (outline.id, *outline.classes, *outline.data.values())
    }
    return frozenset(name for name in own | around if name)


def is_transient(name: str) -> bool:
    """Say whether the class stands for a state rather than for an element."""
    return _transient.fullmatch(name) is not None


def _parts(wanted: Fingerprint, other: Fingerprint) -> dict[str, float]:
    """Return the similarity of each part that ``wanted`` has, from 0 to 1."""
    parts = {
        "tag": _tag(wanted.tag, other.tag),
        "neighbours": (
            _neighbour(wanted.before, other.before) + _neighbour(wanted.after, other.after)
        )
        / 2,
        "index": 1 / (1 + abs(wanted.index - other.index)),
    }
    if wanted.id and not _is_counter(wanted.id):
        parts["id"] = float(wanted.id == other.id)
    if marks := _marks(wanted, named=True):
        parts["marks"] = _overlap(marks, _marks(other, named=True))
    if attributes := _marks(wanted, named=False):
        parts["attributes"] = _overlap(attributes, _marks(other, named=False))
    if classes := _lasting(wanted.classes):
        parts["classes"] = _classes(classes, _lasting(other.classes))
    if wanted.role:
        parts["role"] = float(wanted.role == other.role)
    icons, others = _lasting_icons(wanted), _lasting_icons(other)
    if icons or others:
        parts["icons"] = _overlap(icons, others)
    if wanted.inside:
        parts["inside"] = _overlap(wanted.inside, other.inside)
    if wanted.text:
        parts["text"] = float(wanted.text == other.text)
    if wanted.path:
        parts["path"] = _path(wanted.path, other.path)
    return parts


def _tag(wanted: str, other: str) -> float:
    if wanted == other:
        return 1.0
    return 0.5 if any({wanted, other} <= kin for kin in _KIN_TAGS) else 0.0


def _marks(fingerprint: Fingerprint, *, named: bool) -> list[str]:
    return [
        f"{name}={value}"
        for name, value in fingerprint.attributes.items()
        if (name in _MARKS or name.startswith("data-")) is named
    ]


@lru_cache(_CACHED)
def _lasting(classes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in classes if not is_transient(name))


def _overlap(wanted: Sequence[str], other: Sequence[str]) -> float:
    """Return the share of names that both have, of all names; 1 if there are none."""
    union = set(wanted) | set(other)
    return len(set(wanted) & set(other)) / len(union) if union else 1.0


def _lasting_icons(fingerprint: Fingerprint) -> list[str]:
    return [name for name in fingerprint.icons if not _state_icon.fullmatch(name)]


@lru_cache(_CACHED)
def _classes(wanted: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Return the weighted share of classes that both have.

    A renamed class counts half of the share of its words that stayed.
    """

    def weight(name: str) -> float:
        return _LAYOUT_WEIGHT if _layout.fullmatch(name) else 1.0

    gone, new = set(wanted) - set(other), set(other) - set(wanted)
    shared = sum(map(weight, set(wanted) & set(other)))
    shared += sum(
        weight(name) * _RENAMED * max((_words(name, other_name) for other_name in new), default=0.0)
        for name in gone
    )
    union = sum(map(weight, set(wanted) | set(other)))
    # As many gone as new: these are renamed, so that each pair counts once.
    renamed = sum(map(weight, new)) if len(gone) == len(new) else 0.0
    return shared / (union - renamed) if union - renamed else 1.0


def _words(wanted: str, other: str) -> float:
    return _overlap(re.split(r"[-_]+", wanted), re.split(r"[-_]+", other))


def _neighbour(wanted: Outline | None, other: Outline | None) -> float:
    if wanted is None or other is None:
        return float(wanted is other)
    return _outline(wanted, other)


def _outline(wanted: Outline, other: Outline) -> float:
    """Compare tag and classes, and with the same weight the marks, if there are any."""
    classes = _classes(_lasting(wanted.classes), _lasting(other.classes))
    alike = (_tag(wanted.tag, other.tag) + classes) / 2
    if not wanted.marks and not other.marks:
        return alike
    return (alike + _overlap(wanted.marks, other.marks)) / 2


def _elsewhere(wanted: Sequence[Outline], other: Sequence[Outline]) -> bool:
    """Say whether the surroundings have other data, or lack most of the names."""
    data, other_data = (
        {name: value for outline in reversed(path) for name, value in outline.data.items()}
        for path in (wanted, other)
    )
    if any(other_data.get(name, value) != value for name, value in data.items()):
        return True
    around = {name for outline in other for name in outline.own_names}
    near = [outline.own_names for outline in wanted if outline.own_names][:_AROUND]
    return sum(bool(names & around) for names in near) < len(near) / 2


def _is_counter(name: str) -> bool:
    """Say whether the id has a number, which counts elements rather than names this."""
    return "#" in name


def _path(wanted: Sequence[Outline], other: Sequence[Outline]) -> float:
    """Compare ancestors by their best alignment in order.

    An added ancestor only shifts the others. Near ancestors, and those with names of their own,
    count most.
    """
    weights = [
        _NEARER**place * (1.0 if ancestor.own_names else 0.4)
        for place, ancestor in enumerate(wanted)
    ]
    # best[i]: the highest score for the wanted ancestors so far and the first i of the others
    best = [0.0] * (len(other) + 1)
    for ancestor, weight in zip(wanted, weights, strict=True):
        row = [0.0]
        for column, other_ancestor in enumerate(other):
            aligned = best[column] + weight * _outline(ancestor, other_ancestor)
            row.append(max(aligned, best[column + 1], row[column]))
        best = row
    return best[-1] / sum(weights)

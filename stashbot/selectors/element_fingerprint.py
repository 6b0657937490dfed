"""What an element looked like on a good day, and how much another element is like it.

A fingerprint holds nothing that depends on the language of the UI and nothing of the owner's data:
of texts only the shape, of addresses only the pattern, numbers as ``#``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Literal

from pydantic import Field

from stashbot.models import Model

#: Classes that say in which state an element is, not which element it is; full matches. The page
#: gets them with each question, so that no selector is made of one either.
TRANSIENT = (
    *("css-.*", "show", "showing", "hide", "hiding", "hidden", "fade", "in", "out"),
    *("active", "selected", "checked", "disabled", "enabled", "open", "opened", "closed"),
    *("focus.*", "hover.*", "collaps.*", "loading", "loaded", "dragging", "animat.*"),
    *("organized", "not-organized", "is-valid", "is-invalid", "was-validated", "dirty"),
    *(r".*--is-.*", r".*-(enter|exit|appear)(-active|-done)?", "success", "danger", "warning"),
)
#: Classes that lay out; they hardly tell one element from another.
LAYOUT = (
    r"(m|p)[trblxy]?-(\w+-)?(\d|auto)",
    r"(col|row|w|h|d|flex|float|align|justify|text|order|offset|position|no|overflow)(-.*)?",
    *("clearfix", "bg-.*", "border-.*"),
)
#: Classes of the style library: too common to name anything alone.
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
#: How much each part counts. Parts that the wanted fingerprint does not have are left out, and the
#: others share their weight.
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
#: An element inside something else of the same kind, such as another field's row, is another one.
_ELSEWHERE = 0.65
_LAYOUT_WEIGHT = 0.25
#: A class that shares words with one that went, such as ``scene-title`` with ``scene-header``.
_RENAMED = 0.5
#: Pairs of class lists whose likeness is remembered: the elements of a page share most of theirs.
_REMEMBERED = 4096
#: Ancestors with a name of their own that are compared, from the nearest on.
_AROUND = 3
_NEARER = 0.8
_SAME_DIALOG = 0.5
_KIN_TAGS = (frozenset({"button", "a", "input"}), frozenset({"div", "section", "span", "form"}))


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns))


_transient, _layout, _common, _state_icon = map(
    _any, (TRANSIENT, LAYOUT, (*LAYOUT, *GENERIC), STATE_ICONS)
)


class Outline(Model):
    """An element beside or around the one of a fingerprint."""

    tag: str
    id: str | None = None
    classes: tuple[str, ...] = ()
    data: dict[str, str] = Field(default_factory=dict)

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """Its id and its ``data-*`` attributes, as ``#id`` and ``name=value``."""
        marks = (f"{name}={value}" for name, value in self.data.items())
        return (*((f"#{self.id}",) if self.id else ()), *marks)

    @cached_property
    def own_names(self) -> frozenset[str]:
        """Its marks, and those of its classes that are neither of the hour nor common."""
        classes = (name for name in _lasting(self.classes) if not _common.fullmatch(name))
        return frozenset({*classes, *self.marks})


class Fingerprint(Model):
    """An element: what it is, what is inside, and where it stands.

    ``attributes`` are ``data-*`` and a few others, ``*`` for a value that is text. ``icons`` are
    names of icons inside, ``inside`` other names there, ``path`` the ancestors from the nearest on,
    ``index`` the place among siblings of the same tag. ``dialog`` lists what the dialog around it
    is known by; ``None`` outside of dialogs.
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
    """How like ``other`` is to ``wanted``, from 0 to 1; 1 for the same.

    One of ``many`` is as good in any place of the list, so its neighbours and index do not count.
    """
    parts = _parts(wanted, other)
    if count == "many":
        parts = {name: part for name, part in parts.items() if name not in {"neighbours", "index"}}
    whole = sum(WEIGHTS[name] for name in parts)
    likeness = min(1.0, sum(WEIGHTS[name] * part for name, part in parts.items()) / whole)
    return likeness * (_ELSEWHERE if _elsewhere(wanted.path, other.path) else 1.0)


def same_dialog(wanted: Fingerprint, other: Fingerprint) -> bool:
    """Whether both stand in the same dialog, or both in none.

    A dialog that lost one of the things it was known by is still the same.
    """
    if wanted.dialog is None or other.dialog is None:
        return wanted.dialog is other.dialog
    return _overlap(wanted.dialog, other.dialog) >= _SAME_DIALOG


def names_of(fingerprint: Fingerprint) -> frozenset[str]:
    """Ids, classes and values of attributes of the element, and of what is in and around it."""
    own = {fingerprint.id, *fingerprint.classes, *fingerprint.attributes.values()}
    own |= set(fingerprint.inside)
    around = {
        name
        for outline in fingerprint.path
        for name in (outline.id, *outline.classes, *outline.data.values())
    }
    return frozenset(name for name in own | around if name)


def is_transient(name: str) -> bool:
    """Whether the class tells a state, not an element."""
    return _transient.fullmatch(name) is not None


def _parts(wanted: Fingerprint, other: Fingerprint) -> dict[str, float]:
    """Each part that ``wanted`` has, from 0 to 1."""
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


def _tag(one: str, other: str) -> float:
    if one == other:
        return 1.0
    return 0.5 if any({one, other} <= kin for kin in _KIN_TAGS) else 0.0


def _marks(fingerprint: Fingerprint, *, named: bool) -> list[str]:
    return [
        f"{name}={value}"
        for name, value in fingerprint.attributes.items()
        if (name in _MARKS or name.startswith("data-")) is named
    ]


@lru_cache(_REMEMBERED)
def _lasting(classes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in classes if not is_transient(name))


def _overlap(one: Sequence[str], other: Sequence[str]) -> float:
    union = set(one) | set(other)
    return len(set(one) & set(other)) / len(union) if union else 1.0


def _lasting_icons(fingerprint: Fingerprint) -> list[str]:
    return [name for name in fingerprint.icons if not _state_icon.fullmatch(name)]


@lru_cache(_REMEMBERED)
def _classes(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """What both share of all; a renamed class counts by half of the words that stayed."""

    def weight(name: str) -> float:
        return _LAYOUT_WEIGHT if _layout.fullmatch(name) else 1.0

    gone, new = set(one) - set(other), set(other) - set(one)
    shared = sum(map(weight, set(one) & set(other)))
    shared += sum(
        weight(name) * _RENAMED * max((_words(name, late) for late in new), default=0.0)
        for name in gone
    )
    union = sum(map(weight, set(one) | set(other)))
    renamed = sum(map(weight, new)) if len(gone) == len(new) else 0.0
    return shared / (union - renamed) if union - renamed else 1.0


def _words(one: str, other: str) -> float:
    return _overlap(re.split(r"[-_]+", one), re.split(r"[-_]+", other))


def _neighbour(one: Outline | None, other: Outline | None) -> float:
    if one is None or other is None:
        return float(one is other)
    return _outline(one, other)


def _outline(one: Outline, other: Outline) -> float:
    """Half by what names it, half by tag and classes; by tag and classes alone if nothing does."""
    looks = (
        _tag(one.tag, other.tag) + _classes(_lasting(one.classes), _lasting(other.classes))
    ) / 2
    return (looks + _overlap(one.marks, other.marks)) / 2 if one.marks or other.marks else looks


def _elsewhere(wanted: Sequence[Outline], other: Sequence[Outline]) -> bool:
    """Whether what names the surroundings names others there, or is mostly missing."""
    here, there = (
        {k: v for one in reversed(path) for k, v in one.data.items()} for path in (wanted, other)
    )
    if any(there.get(name, value) != value for name, value in here.items()):
        return True
    around = {name for outline in other for name in outline.own_names}
    near = [outline.own_names for outline in wanted if outline.own_names][:_AROUND]
    return sum(bool(names & around) for names in near) < len(near) / 2


def _is_counter(name: str) -> bool:
    """Whether the id counts elements: it is of the hour, not of the element."""
    return "#" in name


def _path(wanted: Sequence[Outline], other: Sequence[Outline]) -> float:
    """The best alignment in order: an ancestor more or less shifts the others, no more.

    Near ancestors, and those that have a name, count most.
    """
    weights = [_NEARER**place * (1.0 if one.own_names else 0.4) for place, one in enumerate(wanted)]
    best = [0.0] * (len(other) + 1)
    for one, weight in zip(wanted, weights, strict=True):
        row = [0.0]
        for column, outline in enumerate(other):
            taken = best[column] + weight * _outline(one, outline)
            row.append(max(taken, best[column + 1], row[column]))
        best = row
    return best[-1] / sum(weights)

"""Filters saved in Stash, turned into what ``findScenes`` takes.

Stash keeps a saved filter in the form of its own filter dialog; the page turns it into a
``SceneFilterType`` before it asks. The same is done here, criterion by criterion. A criterion of
an unknown form is refused: leaving it out would let through scenes that the owner left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, JsonValue

from stashbot.errors import UsageError
from stashbot.models import Model

_BOOLEANS = frozenset({"organized", "interactive", "performer_favorite"})
_PLAIN_STRINGS = frozenset({"has_markers", "is_missing"})
_TRUTH = {"true": True, "false": False}
_NULL_TESTS = frozenset({"IS_NULL", "NOT_NULL"})
_ID_LISTS = frozenset(
    {"studios", "performers", "tags", "performer_tags", "groups", "movies", "galleries"}
)
#: Criteria whose text the page translates before it asks, or that hold no text.
_COINED = _BOOLEANS | _ID_LISTS | {"resolution", "captions", "duplicated"}
_WITHOUT_DEPTH = frozenset({"performers", "galleries", "movies"})
_WITH_EXCLUDES = frozenset({"INCLUDES", "INCLUDES_ALL"})
_RESOLUTIONS = {
    "144p": "VERY_LOW",
    "240p": "LOW",
    "360p": "R360P",
    "480p": "STANDARD",
    "540p": "WEB_HD",
    "720p": "STANDARD_HD",
    "1080p": "FULL_HD",
    "1440p": "QUAD_HD",
    "4k": "FOUR_K",
    "5k": "FIVE_K",
    "6k": "SIX_K",
    "7k": "SEVEN_K",
    "8k": "EIGHT_K",
    "huge": "HUGE",
}
_RANGE = frozenset({"value", "value2"})


class SavedFilter(Model):
    """A saved filter: ``scene_filter`` is a ``SceneFilterType``, ``text`` the search text."""

    name: str
    scene_filter: dict[str, JsonValue] = Field(default_factory=dict)
    text: str = ""


def saved_filter_from(item: Mapping[str, Any]) -> SavedFilter:
    """The filter of one ``SavedFilter`` of Stash (``name``, ``find_filter``, ``object_filter``).

    Raises:
        UsageError: it holds a criterion of a form that is not known here.
    """
    name = item["name"]
    return SavedFilter(
        name=name,
        scene_filter={
            kind: _criterion(name, kind, saved)
            for kind, saved in (item.get("object_filter") or {}).items()
        },
        text=(item.get("find_filter") or {}).get("q") or "",
    )


def _criterion(name: str, kind: str, saved: Any) -> JsonValue:
    if isinstance(saved, dict):
        value: Any = saved.get("value")
        modifier = saved.get("modifier") or "EQUALS"
        for read in (_special, _structured, _plain):
            found = read(kind, value, modifier)
            if found is not None:
                return found
    raise _refused(name, kind)


def _special(kind: str, value: Any, modifier: str) -> JsonValue | None:
    """The criteria whose form does not follow from their value."""
    found: JsonValue | None = None
    truth = _TRUTH.get(str(value).lower())
    if kind in _BOOLEANS:
        found = truth
    elif kind in _PLAIN_STRINGS and isinstance(value, str):
        found = value
    elif kind == "duplicated" and truth is not None:
        found = {"duplicated": truth}
    elif kind == "resolution" and str(value).lower() in _RESOLUTIONS:
        found = {"value": _RESOLUTIONS[str(value).lower()], "modifier": modifier}
    elif kind == "orientation" and isinstance(value, list):
        found = {"value": [str(one).upper() for one in value]}
    elif kind == "stash_id_endpoint" and isinstance(value, dict):
        found = {
            "endpoint": value.get("endpoint") or "",
            "stash_id": value.get("stashID") or "",
            "modifier": modifier,
        }
    elif kind == "phash_distance" and isinstance(value, dict):
        given = {key: one for key, one in value.items() if one is not None}
        found = {"modifier": modifier, **given}
    return found


def _structured(kind: str, value: Any, modifier: str) -> JsonValue | None:
    """Lists of labelled ids, and ranges."""
    if kind in _ID_LISTS:
        if isinstance(value, list):
            value = {"items": value}
        elif value is None and modifier in _NULL_TESTS:
            value = {}
        return _labelled(kind, value, modifier) if isinstance(value, dict) else None
    if isinstance(value, dict) and value.keys() <= _RANGE:
        return _range(value, modifier)
    return None


def _plain(kind: str, value: Any, modifier: str) -> JsonValue | None:
    """Texts, bare numbers of old filters, and null tests without a value."""
    if isinstance(value, str) and kind not in _COINED:
        return {"value": value, "modifier": modifier}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _range({"value": value}, modifier)
    if value is None and modifier in _NULL_TESTS:
        return {"value": "", "modifier": modifier}
    return None


def _labelled(kind: str, value: Mapping[str, Any], modifier: str) -> JsonValue:
    """Studios, performers, tags, groups: ids instead of labels."""
    found: dict[str, JsonValue] = {
        "value": [str(one["id"]) for one in value.get("items") or ()],
        "modifier": modifier,
    }
    if modifier in _WITH_EXCLUDES:
        found["excludes"] = [str(one["id"]) for one in value.get("excluded") or ()]
    if kind not in _WITHOUT_DEPTH:
        found["depth"] = 0 if modifier == "EQUALS" else value.get("depth") or 0
    return found


def _range(value: Mapping[str, Any], modifier: str) -> JsonValue:
    """Numbers, durations, dates and times."""
    empty = "" if isinstance(value.get("value"), str) else 0
    found: dict[str, JsonValue] = {"value": value.get("value") or empty, "modifier": modifier}
    if value.get("value2") is not None:
        found["value2"] = value["value2"]
    return found


def _refused(name: str, kind: str) -> UsageError:
    return UsageError(
        f"The saved filter {name!r} uses {kind!r} in a form that cannot be carried over.",
        hint="Save it without that criterion, and give the rest with --where.",
        filter=name,
        criterion=kind,
    )

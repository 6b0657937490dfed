"""Filters saved in Stash, converted to the ``SceneFilterType`` of ``findScenes``.

Stash keeps a saved filter in the form of its filter dialog, and its page converts it before each
query. This module does the same, criterion by criterion. A criterion in an unknown form is
refused, because leaving it out would let through scenes that the filter excludes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, JsonValue

from stashbot.errors import SavedFilterError
from stashbot.models import Model

_BOOLEANS = frozenset({"organized", "interactive", "performer_favorite"})
_PLAIN_STRINGS = frozenset({"has_markers", "is_missing"})
_TRUTH = {"true": True, "false": False}
_NULL_TESTS = frozenset({"IS_NULL", "NOT_NULL"})
_ID_LISTS = frozenset(
    {"studios", "performers", "tags", "performer_tags", "groups", "movies", "galleries"}
)
#: Criteria whose text the page translates before it sends it, or that hold no text.
_NOT_PLAIN = _BOOLEANS | _ID_LISTS | {"resolution", "captions", "duplicated"}
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
    """A saved filter as a ``SceneFilterType`` and a search text."""

    name: str
    scene_filter: dict[str, JsonValue] = Field(default_factory=dict)
    text: str = ""


def saved_filter_from(item: Mapping[str, Any]) -> SavedFilter:
    """Convert a ``SavedFilter`` of Stash (``name``, ``find_filter``, ``object_filter``).

    Raises:
        SavedFilterError: a criterion has an unknown form.
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
        for convert in (_special, _structured, _plain):
            criterion = convert(kind, value, modifier)
            if criterion is not None:
                return criterion
    raise _unknown_form(name, kind)


def _special(kind: str, value: Any, modifier: str) -> JsonValue | None:
    """Convert a criterion whose form does not follow from its value."""
    criterion: JsonValue | None = None
    truth = _TRUTH.get(str(value).lower())
    if kind in _BOOLEANS:
        criterion = truth
    elif kind in _PLAIN_STRINGS and isinstance(value, str):
        criterion = value
    elif kind == "duplicated" and truth is not None:
        criterion = {"duplicated": truth}
    elif kind == "resolution" and str(value).lower() in _RESOLUTIONS:
        criterion = {"value": _RESOLUTIONS[str(value).lower()], "modifier": modifier}
    elif kind == "orientation" and isinstance(value, list):
        criterion = {"value": [str(orientation).upper() for orientation in value]}
    elif kind == "stash_id_endpoint" and isinstance(value, dict):
        criterion = {
            "endpoint": value.get("endpoint") or "",
            "stash_id": value.get("stashID") or "",
            "modifier": modifier,
        }
    elif kind == "phash_distance" and isinstance(value, dict):
        given = {key: part for key, part in value.items() if part is not None}
        criterion = {"modifier": modifier, **given}
    return criterion


def _structured(kind: str, value: Any, modifier: str) -> JsonValue | None:
    """Convert a list of labelled ids, or a range."""
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
    """Convert a text, a bare number of an old filter, or a null test without a value."""
    if isinstance(value, str) and kind not in _NOT_PLAIN:
        return {"value": value, "modifier": modifier}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _range({"value": value}, modifier)
    if value is None and modifier in _NULL_TESTS:
        return {"value": "", "modifier": modifier}
    return None


def _labelled(kind: str, value: Mapping[str, Any], modifier: str) -> JsonValue:
    """Convert a criterion of studios, performers, tags, groups or galleries to their ids."""
    criterion: dict[str, JsonValue] = {
        "value": [str(item["id"]) for item in value.get("items") or ()],
        "modifier": modifier,
    }
    if modifier in _WITH_EXCLUDES:
        criterion["excludes"] = [str(item["id"]) for item in value.get("excluded") or ()]
    if kind not in _WITHOUT_DEPTH:
        criterion["depth"] = 0 if modifier == "EQUALS" else value.get("depth") or 0
    return criterion


def _range(value: Mapping[str, Any], modifier: str) -> JsonValue:
    """Convert a number, duration, date or time, or two of them."""
    empty = "" if isinstance(value.get("value"), str) else 0
    criterion: dict[str, JsonValue] = {
        "value": value.get("value") or empty,
        "modifier": modifier,
    }
    if value.get("value2") is not None:
        criterion["value2"] = value["value2"]
    return criterion


def _unknown_form(name: str, kind: str) -> SavedFilterError:
    return SavedFilterError(
        f"The saved filter {name!r} uses {kind!r} in an unknown form.",
        hint="Save it without that criterion, and give the criterion with --where.",
        filter_name=name,
        criterion=kind,
    )

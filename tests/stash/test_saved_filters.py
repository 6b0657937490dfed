"""Saved filters: each kind of criterion as Stash's page would send it, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.errors import UsageError
from stashbot.stash.saved_filters import saved_filter_from

LABELS = [{"id": "1", "label": "Northlight"}, {"id": "4", "label": "Meadow"}]


def converted(kind: str, saved: Any) -> Any:
    return saved_filter_from({"name": "F", "object_filter": {kind: saved}}).scene_filter[kind]


@pytest.mark.parametrize(
    ("kind", "saved", "sent"),
    [
        ("organized", {"value": "false", "modifier": "EQUALS"}, False),
        ("organized", {"value": "true"}, True),
        ("interactive", {"value": True}, True),
        ("has_markers", {"value": "false", "modifier": "EQUALS"}, "false"),
        ("is_missing", {"value": "studio", "modifier": "EQUALS"}, "studio"),
        ("duplicated", {"value": "true", "modifier": "EQUALS"}, {"duplicated": True}),
        (
            "path",
            {"value": "clips", "modifier": "INCLUDES"},
            {"value": "clips", "modifier": "INCLUDES"},
        ),
        ("title", {"modifier": "IS_NULL"}, {"value": "", "modifier": "IS_NULL"}),
        (
            "rating100",
            {"value": {"value": 60}, "modifier": "GREATER_THAN"},
            {"value": 60, "modifier": "GREATER_THAN"},
        ),
        ("rating100", {"value": {}, "modifier": "IS_NULL"}, {"value": 0, "modifier": "IS_NULL"}),
        (
            "duration",
            {"value": {"value": 1, "value2": 9}, "modifier": "BETWEEN"},
            {"value": 1, "value2": 9, "modifier": "BETWEEN"},
        ),
        (
            "performer_count",
            {"value": 2, "modifier": "EQUALS"},
            {"value": 2, "modifier": "EQUALS"},
        ),
        (
            "date",
            {"value": {"value": "2024-01-01"}, "modifier": "LESS_THAN"},
            {"value": "2024-01-01", "modifier": "LESS_THAN"},
        ),
        (
            "date",
            {"value": {"value": ""}, "modifier": "IS_NULL"},
            {"value": "", "modifier": "IS_NULL"},
        ),
        (
            "studios",
            {
                "value": {"items": LABELS[:1], "excluded": LABELS[1:], "depth": -1},
                "modifier": "INCLUDES",
            },
            {"value": ["1"], "excludes": ["4"], "depth": -1, "modifier": "INCLUDES"},
        ),
        (
            "performers",
            {"value": {"items": LABELS, "excluded": []}, "modifier": "INCLUDES_ALL"},
            {"value": ["1", "4"], "excludes": [], "modifier": "INCLUDES_ALL"},
        ),
        (
            "tags",
            {"value": {"items": LABELS, "excluded": LABELS, "depth": 3}, "modifier": "EQUALS"},
            {"value": ["1", "4"], "depth": 0, "modifier": "EQUALS"},
        ),
        ("movies", {"value": LABELS, "modifier": "EXCLUDES"}, None),
        ("galleries", {"modifier": "IS_NULL"}, {"value": [], "modifier": "IS_NULL"}),
        (
            "resolution",
            {"value": "1080p", "modifier": "LESS_THAN"},
            {"value": "FULL_HD", "modifier": "LESS_THAN"},
        ),
        ("orientation", {"value": ["Landscape", "Square"]}, {"value": ["LANDSCAPE", "SQUARE"]}),
        (
            "stash_id_endpoint",
            {"value": {"endpoint": "e", "stashID": "s"}, "modifier": "EQUALS"},
            {"endpoint": "e", "stash_id": "s", "modifier": "EQUALS"},
        ),
        (
            "phash_distance",
            {"value": {"value": "abc", "distance": 4}, "modifier": "EQUALS"},
            {"value": "abc", "distance": 4, "modifier": "EQUALS"},
        ),
    ],
)
def test_each_kind_becomes_what_the_page_sends(kind: str, saved: Any, sent: Any) -> None:
    """Checked against Stash 0.28, 0.29 and 0.30, which accepted each of these forms."""
    expected = {"value": ["1", "4"], "modifier": "EXCLUDES"} if sent is None else sent
    assert converted(kind, saved) == expected


@pytest.mark.parametrize(
    ("kind", "saved"),
    [
        ("captions", {"value": "English", "modifier": "INCLUDES"}),
        ("resolution", {"value": "3p", "modifier": "EQUALS"}),
        ("organized", {"value": "maybe"}),
        ("organized", {"value": {"a": 1}}),
        ("title", {"value": {"words": ["a"]}}),
        ("studios", {"value": "Northlight"}),
        ("custom", ["x"]),
    ],
)
def test_an_unknown_form_is_refused_by_name(kind: str, saved: Any) -> None:
    """Left out, it would let through scenes that the owner left out: so it is an error."""
    with pytest.raises(UsageError, match=kind) as caught:
        converted(kind, saved)
    assert caught.value.fields == {"filter": "F", "criterion": kind}


def test_the_search_text_comes_along() -> None:
    """A saved search text is part of the filter; no criteria pass everything."""
    found = saved_filter_from({"name": "F", "find_filter": {"q": "rain"}, "object_filter": None})
    assert (found.text, found.scene_filter) == ("rain", {})
    assert saved_filter_from({"name": "F", "find_filter": None}).text == ""

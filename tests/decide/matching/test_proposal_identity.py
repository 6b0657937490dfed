"""Proposals that are the same, however they are written."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.decide.matching.proposal_identity import is_same_answer, normalized_content
from stashbot.models import Proposal

BASE: dict[str, Any] = {
    "source": "Catalog",
    "title": "Frozen Pier",
    "date": "2024-01-13",
    "urls": ("https://a.example/1", "https://b.example/2"),
    "studio": {"name": "Northlight"},
    "performers": ({"name": "Ada Sample"}, {"name": "Ben Placeholder"}),
    "duration": 600.2,
    "cover": "ab" * 32,
}


def content(**fields: Any) -> dict[str, Any]:
    return normalized_content(Proposal.model_validate({**BASE, **fields}))


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "FROZEN PIER!"},
        {"performers": ({"name": "Ben Placeholder"}, {"name": "ada sample"})},
        {"urls": ("https://b.example/2/", "https://A.example/1")},
        {"studio": {"name": "North-Light", "stored_id": "4"}},
        {"duration": 599.8},
        {"cover": "cd" * 32},
    ],
    ids=str,
)
def test_same_content_in_another_form(fields: dict[str, Any]) -> None:
    """Case, punctuation, order, Stash's matches, fractions of seconds and pictures do not count."""
    assert content(**fields) == content()


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "Archive"},
        {"title": "Frozen Pier 2"},
        {"title": "!!!"},
        {"date": "2024-01-14"},
        {"performers": ({"name": "Ada Sample"},)},
        {"studio": None},
        {"urls": ("https://a.example/1",)},
        {"tags": ({"name": "Snow"},)},
        {"duration": 605.0},
        {"stash_id": {"endpoint": "https://box.example", "stash_id": "1"}},
    ],
    ids=str,
)
def test_other_content(fields: dict[str, Any]) -> None:
    """A different fact makes another proposal."""
    assert content(**fields) != content()


def test_titles_without_letters_are_told_apart() -> None:
    """They have no letters to compare, so their signs count."""
    assert content(title="!!!") != content(title="???")


def test_a_cleaned_proposal_is_the_answer_that_it_was_cleaned_from() -> None:
    """Rules of cleaning may change; a rejected answer stays rejected."""
    given = Proposal(source="Alpha", title="Q&amp;A -", date="Jan 1, 2024")
    cleaned = given.model_copy(update={"title": "Q&A", "date": "2024-01-01", "in_dialog": given})
    assert normalized_content(cleaned) == normalized_content(given)


@pytest.mark.parametrize(
    ("candidate", "is_same"),
    [
        ({"title": "Low Tide"}, True),
        ({"title": "LOW TIDE!", "date": "2024-01-13"}, True),
        ({"title": "Low Tide", "date": "2024-01-14"}, False),
        ({"title": "Low Tide", "studio": {"name": "Southlight"}}, False),
        ({"title": "Low Tide", "code": "NL-2"}, False),
        ({"title": "High Tide"}, False),
        ({}, False),
        # pages decide where both have them, whatever the titles
        ({"title": "Tide", "urls": ("http://www.northlight.example/v/1/",)}, True),
        ({"title": "Low Tide", "urls": ("https://northlight.example/v/2",)}, False),
    ],
)
def test_a_candidate_is_the_rejected_answer_as_far_as_it_tells(
    candidate: dict[str, Any], is_same: bool
) -> None:
    """A candidate of a search has fewer fields than the answer that was rejected in full."""
    rejected = Proposal.model_validate(
        {
            "source": "Alpha",
            "title": "Low Tide",
            "date": "2024-01-13",
            "code": "NL-1",
            "studio": {"name": "Northlight"},
            "urls": ("https://northlight.example/v/1",),
        }
    )
    assert is_same_answer(Proposal.model_validate({"source": "Alpha", **candidate}), rejected) is (
        is_same
    )

"""Which scenes count as known to a source, and are not filled from their names."""

from __future__ import annotations

from typing import Literal

import pytest

from stashbot.flows.cleanup.cleanup import why_known
from stashbot.models import Attempt, Outcome, SceneResult


def result(
    outcome: Outcome, *answers: Literal["accepted", "low", "nothing", "failed"]
) -> SceneResult:
    attempts = tuple(Attempt(source="Alpha", result=answer) for answer in answers)
    return SceneResult(id="1", outcome=outcome, source="Alpha", attempts=attempts)


NOTHING = result(Outcome.SKIPPED, "nothing", "nothing")
CLEANED = result(Outcome.APPLIED)


@pytest.mark.parametrize(
    ("past", "known"),
    [
        ((NOTHING,), ""),
        ((CLEANED, NOTHING), ""),
        ((result(Outcome.SKIPPED, "low"),), ""),
        ((result(Outcome.SKIPPED, "accepted"),), "Alpha knows it"),
        ((result(Outcome.APPLIED, "accepted"), NOTHING), "Alpha knows it"),
        ((result(Outcome.TRIAGED, "low"),), "Alpha knows it"),
        ((result(Outcome.FAILED, "failed"),), "a source failed"),
    ],
)
def test_the_last_run_that_asked_sources_decides(past: tuple[SceneResult, ...], known: str) -> None:
    """A clean-up asks none; a proposal that a person rejected is no knowledge."""
    found = why_known(past, named=False)
    assert found.startswith(known) if known else found == ""


def test_a_scene_that_was_never_asked_about_must_be_named() -> None:
    """Otherwise a source may still know it."""
    assert "run `stashbot run` first" in why_known((), named=False)
    assert why_known((), named=True) == ""

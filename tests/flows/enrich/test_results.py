"""The words and the memory of a scene that no source knew."""

from __future__ import annotations

from typing import Literal

import pytest

from stashbot.flows.enrich.results import was_scraped
from stashbot.flows.enrich.workflow import explain_no_result
from stashbot.models import Attempt, Outcome, SceneResult, ScrapeQuery

Answer = Literal["accepted", "low", "nothing", "failed", "not_asked"]


def test_a_source_that_was_not_asked_did_not_find_nothing() -> None:
    """The reason names it apart, with why, and says that the scene stays due."""
    attempts = [
        Attempt(source="Alpha", result="nothing"),
        Attempt(
            source="Alpha", result="nothing", query=ScrapeQuery(method="query", text="Low Tide")
        ),
        Attempt(source="Beta", result="not_asked", detail="it failed for 3 scenes in a row"),
    ]
    assert explain_no_result(attempts) == (
        "nothing found by Alpha, searched for 'Low Tide'; "
        "Beta was not asked: it failed for 3 scenes in a row; the scene stays due"
    )
    assert explain_no_result(attempts[:1]) == "nothing found by Alpha"


def test_a_rejected_answer_is_not_nothing() -> None:
    """The reason says that a person decided on it."""
    attempts = [
        Attempt(source="Alpha", result="rejected"),
        Attempt(source="Beta", result="nothing"),
    ]
    assert explain_no_result(attempts) == (
        "what Alpha proposes was rejected in triage before; nothing found by Beta"
    )


@pytest.mark.parametrize(
    ("outcome", "answers", "scraped"),
    [
        (Outcome.SKIPPED, ("nothing",), True),
        (Outcome.TRIAGED, ("low",), True),
        (Outcome.SKIPPED, ("nothing", "not_asked"), False),
        (Outcome.TRIAGED, ("low", "failed"), False),
        (Outcome.FAILED, ("failed",), False),
        (Outcome.APPLIED, ("failed", "accepted"), True),
        (Outcome.SKIPPED, (), False),
    ],
)
def test_a_scene_stays_due_while_a_source_could_not_be_asked(
    outcome: Outcome, answers: tuple[Answer, ...], scraped: bool
) -> None:
    """Unless it was applied: then another source knew it."""
    attempts = tuple(Attempt(source="Alpha", result=answer) for answer in answers)
    assert was_scraped(SceneResult(id="1", outcome=outcome, attempts=attempts)) is scraped

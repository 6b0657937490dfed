"""Operations become the JSON that the in-page helper reads, and failures become errors."""

from __future__ import annotations

import pytest

from stashbot.browser import actions
from stashbot.browser.failures import Failure, error_of
from stashbot.browser.operations import Outcome, targets_of, to_page, with_targets
from stashbot.errors import (
    AnswerTimeout,
    ElementAbsent,
    ElementCovered,
    ElementNotReady,
    PageBroken,
    PageError,
)
from stashbot.selectors import FilledStrategy, Target


def _target(key: str = "toy.button", css: str = "#button") -> Target:
    strategies = (FilledStrategy(css=css),)
    return Target(key=key, access="read", count="unique", visible=True, strategies=strategies)


BUTTON = _target()
FIELD = _target("toy.field", "#field")


def test_an_operation_is_written_with_its_name_and_arguments() -> None:
    """Targets are written as the helper reads them."""
    assert to_page(actions.set_value(FIELD, "text", 100), timeout=4000) == {
        "do": "setValue",
        "target": {
            "key": "toy.field",
            "values": {},
            "unique": True,
            "visible": True,
            "strategies": [{"css": "#field", "text": None, "nth": None}],
        },
        "value": "text",
        "timeout": 100,
    }


def test_a_timeout_that_is_not_given_is_the_default() -> None:
    """In nested operations too; a given timeout stays, even 0."""
    program = [
        actions.click(BUTTON),
        actions.wait(BUTTON, "attached", 0),
        actions.unless(actions.present(FIELD), actions.click(BUTTON)),
    ]
    click, wait, unless = to_page(program, timeout=1234)
    assert (click["timeout"], wait["timeout"]) == (1234, 0)
    assert unless["operations"][0]["timeout"] == 1234


def test_conditions_are_written_by_kind() -> None:
    """A negated condition contains the other."""
    assert to_page(actions.negated(actions.answered("SceneUpdate", {"id": "1"})), timeout=1) == {
        "is": "not",
        "condition": {"is": "answered", "operation": "SceneUpdate", "variables": {"id": "1"}},
    }


def test_targets_are_found_and_replaced_wherever_they_are() -> None:
    """In lists, conditions and nested operations; the operation itself is not changed."""
    nested = actions.unless(actions.present(FIELD), actions.click(BUTTON, nth=2))
    race = actions.race(actions.absent(FIELD), actions.present(BUTTON))
    assert [target.key for target in targets_of(nested)] == ["toy.field", "toy.button"]
    assert [target.key for target in targets_of(race)] == ["toy.field", "toy.button"]

    def change(target: Target) -> Target:
        return _target("toy.healed", "#healed") if target == BUTTON else target

    changed = with_targets(nested, change)
    assert [target.key for target in targets_of(changed)] == ["toy.field", "toy.healed"]
    assert to_page(changed, timeout=1)["operations"][0]["nth"] == 2
    assert [target.key for target in targets_of(nested)] == ["toy.field", "toy.button"]


@pytest.mark.parametrize(
    ("reported", "kind", "message"),
    [
        (
            {"kind": "not-ready", "key": "toy.it", "reasons": {"#it": "hidden"}, "waited": 9},
            ElementNotReady,
            "toy.it did not get ready on /scenes within 9 ms (#it: hidden).",
        ),
        (
            {"kind": "not-ready", "key": "toy.it", "reasons": {"#it": "absent"}, "waited": 9},
            ElementAbsent,
            "toy.it did not get ready on /scenes within 9 ms (#it: absent).",
        ),
        (
            {
                "kind": "not-ready",
                "key": "toy.it",
                "reasons": {"#it": "covered by div.toast", "button": "absent"},
                "waited": 9,
            },
            ElementCovered,
            "toy.it did not get ready on /scenes within 9 ms "
            "(#it: covered by div.toast; button: absent).",
        ),
        (
            {"kind": "not-filled", "key": "toy.it", "shown": ["a"], "wanted": ["b"]},
            ElementNotReady,
            "toy.it on /scenes holds ['a'], not ['b'].",
        ),
        (
            {"kind": "no-answer", "operation": "Scrape", "sent": True, "waited": 9},
            AnswerTimeout,
            "Scrape on /scenes: no answer came within 9 ms.",
        ),
        (
            {"kind": "none-of", "conditions": ["present a.b", "not present c.d"], "waited": 9},
            ElementNotReady,
            "None of the expected states came on /scenes within 9 ms: "
            "present a.b, not present c.d.",
        ),
        (
            {"kind": "broken", "shown": ["Failed to fetch\n module"], "waited": 700},
            PageBroken,
            "Stash shows an error on /scenes after 700 ms: Failed to fetch module",
        ),
        (
            {"kind": "script", "detail": "x is 1"},
            PageError,
            "The in-page helper failed on /scenes: x is 1.",
        ),
    ],
)
def test_a_failure_becomes_an_error_that_says_what_was_wrong(
    reported: dict[str, object], kind: type[PageError], message: str
) -> None:
    """Fields that this version does not know do not matter."""
    outcome = Outcome.from_page(
        {"failure": {**reported, "path": "/scenes", "unheard": 1}, "results": [True], "since": 3}
    )
    assert (outcome.results, outcome.since) == ((True,), 3)
    assert isinstance(outcome.failure, Failure)
    error = error_of(outcome.failure)
    assert type(error) is kind
    assert error.message == message

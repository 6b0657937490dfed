"""The registry finds in every recorded state of every release what it found on the real Stash."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from playwright.async_api import Page

from stashbot.browser import actions
from stashbot.flows.checks.tour.key_check import OUTLINED
from stashbot.selectors import Registry, SelectorSet
from tests.contract.conftest import FOLDERS, RecordedState, recorded_states

LOOK = """(wires) => {
  const targets = wires.map((target) => ({ target, expected: null }));
  return window.__stashbot.run([{ do: "check", targets, ms: 0, timeout: 0 }]);
}"""


@pytest.fixture(scope="session", autouse=True)
def _helper(stage: Page, runner: asyncio.Runner) -> None:
    runner.run(stage.evaluate(actions.helper_script()))


@cache
def selectors_of(release: tuple[int, int]) -> SelectorSet:
    """The registry for a release."""
    return Registry.load().for_release(release)


def test_three_releases_are_recorded() -> None:
    """There are recordings of three releases at least, the newest of the registry included."""
    releases = {RecordedState(folder, "").release for folder in FOLDERS}
    assert len(releases) >= 3
    assert Registry.load().releases.newest in releases


@pytest.mark.parametrize("state", recorded_states(), ids=str)
def test_every_key_resolves(
    state: RecordedState,
    show: Callable[[RecordedState], dict[str, Any]],
    stage: Page,
    runner: asyncio.Runner,
) -> None:
    """Each key finds as many elements in the recorded state as it found on the real Stash.

    A key that the registry lost, or that finds more or fewer than it did, fails here by name. Of
    many alike a recording holds the first ``OUTLINED``, and those that stand beside them.
    """
    recorded = show(state)
    selectors = selectors_of(state.release)
    known = set(selectors.in_state(state.name))
    asked = [one for one in recorded["keys"] if one["key"] in known]
    assert {one["key"] for one in recorded["keys"]} <= known, "keys that the registry lost"
    targets = [selectors.target(one["key"], **one["values"]) for one in asked]
    outcome = runner.run(stage.evaluate(LOOK, [target.wire() for target in targets]))
    wrong = {}
    (seen,) = outcome["results"]
    for one, target, found in zip(asked, targets, seen["found"], strict=True):
        count = served(found["answers"], unique=target.count == "unique")
        if not (count == one["count"] or OUTLINED <= count <= one["count"]):
            wrong[one["key"], *one["values"].values()] = (count, one["count"])
    assert not wrong


def served(answers: list[dict[str, int]], *, unique: bool) -> int:
    """How many elements the strategy that serves finds, hidden ones included."""
    counts = [int(answer["count"]) for answer in answers]
    return next((n for n in counts if n and not (unique and n > 1)), max(counts))


def test_every_state_is_recorded_for_the_newest_release() -> None:
    """The newest release's recording has every state to which the registry knows a way."""
    registry = Registry.load()
    newest = registry.for_release(registry.releases.newest)
    recorded = {one.name for one in recorded_states() if one.release == newest.release}
    ways = {name for name, state in newest.states.items() if state.reachable}
    assert ways - recorded <= set()

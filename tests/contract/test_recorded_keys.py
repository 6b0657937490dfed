"""The registry finds the recorded elements in every recorded state of every release."""

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

COUNT_KEYS = """(wires) => {
  const keys = wires.map((target) => ({ target, expected: null }));
  return window.__stashbot.run([{ do: "countKeys", keys, idleMs: 0, timeout: 0 }]);
}"""


@pytest.fixture(scope="session", autouse=True)
def _helper(stage: Page, runner: asyncio.Runner) -> None:
    runner.run(stage.evaluate(actions.helper_script()))


@cache
def selectors_of(release: tuple[int, int]) -> SelectorSet:
    """Return the selectors for a release."""
    return Registry.load().for_release(release)


def test_three_releases_are_recorded() -> None:
    """At least three releases are recorded, among them the newest of the registry."""
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

    A key that the registry lost, or whose count differs, is named. Of many like elements a
    recording holds the first ``OUTLINED`` and their neighbours.
    """
    recorded = show(state)
    selectors = selectors_of(state.release)
    known = set(selectors.in_state(state.name))
    entries = [entry for entry in recorded["keys"] if entry["key"] in known]
    assert {entry["key"] for entry in recorded["keys"]} <= known, "keys that the registry lost"
    targets = [selectors.target(entry["key"], **entry["values"]) for entry in entries]
    outcome = runner.run(stage.evaluate(COUNT_KEYS, [target.to_page() for target in targets]))
    wrong = {}
    (result,) = outcome["results"]
    for entry, target, found in zip(entries, targets, result["keys"], strict=True):
        count = served_count(found["strategies"], unique=target.count == "unique")
        if not (count == entry["count"] or OUTLINED <= count <= entry["count"]):
            wrong[entry["key"], *entry["values"].values()] = (count, entry["count"])
    assert not wrong


def served_count(answers: list[dict[str, int]], *, unique: bool) -> int:
    """Return the count of the strategy that serves, hidden elements included."""
    counts = [int(answer["count"]) for answer in answers]
    return next((n for n in counts if n and not (unique and n > 1)), max(counts))


def test_every_state_is_recorded_for_the_newest_release() -> None:
    """The newest recording has every state to which the registry knows a route."""
    registry = Registry.load()
    newest = registry.for_release(registry.releases.newest)
    recorded = {state.name for state in recorded_states() if state.release == newest.release}
    reachable = {name for name, state in newest.states.items() if state.reachable}
    assert reachable <= recorded

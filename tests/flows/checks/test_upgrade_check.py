"""Comparison of the smoke tests of two servers: what an upgrade would break."""

from __future__ import annotations

import pytest

from stashbot.flows.checks.save_rehearsal import SmokeStep
from stashbot.flows.checks.smoke import SmokeReport
from stashbot.flows.checks.tour.key_check import StateCheck, StrategyResult
from stashbot.flows.checks.upgrade_check import UpgradeReport, compare_servers
from stashbot.selectors import Registry
from stashbot.selectors.element_fingerprint import Fingerprint
from tests.reports.build import broken, finding, report, state

REGISTRY = Registry.load()


def _smoke(*states: StateCheck, steps: tuple[SmokeStep, ...] = ()) -> SmokeReport:
    selectors = report(*states)
    return SmokeReport(
        version=selectors.version,
        url=selectors.url,
        started=selectors.started,
        steps=steps,
        selectors=selectors,
    )


def _compare(here: StateCheck, there: StateCheck) -> UpgradeReport:
    return compare_servers(_smoke(here), _smoke(there), REGISTRY)


def _key(**values: object) -> StateCheck:
    return state("scene", finding("scene.tabs", **values))


def test_a_key_that_breaks_is_reported_with_its_capabilities() -> None:
    """A key that holds here only breaks; a key that holds there only is fixed, which is fine."""
    holds = state("edit-form", finding("edit_form.save"))
    lost = state("edit-form", broken("edit_form.save"))
    upgrade = _compare(holds, lost)
    assert [(key.key, key.kind) for key in upgrade.keys] == [("edit_form.save", "breaks")]
    assert [loss.capability for loss in upgrade.capabilities] == ["open a scene", "save"]
    assert not upgrade.ok
    upgrade = _compare(lost, holds)
    assert [(key.key, key.kind) for key in upgrade.keys] == [("edit_form.save", "fixes")]
    assert upgrade.ok
    assert _compare(lost, lost).keys == ()


def test_another_strategy_is_reported_and_breaks_nothing() -> None:
    """Strategies are compared without the values filled in."""
    upgrade = _compare(_key(), _key(strategy=2))
    (key,) = upgrade.keys
    assert (key.kind, key.here, key.there) == ("strategy", ".a", ".b")
    assert upgrade.ok
    filled = [
        _key(values={"id": scene}, results=(StrategyResult(css=f"#n{scene}", count=1, visible=1),))
        for scene in ("7", "12")
    ]
    assert _compare(*filled).keys == ()


def test_another_appearance_is_reported_and_breaks_nothing() -> None:
    """Elements are compared by their likeness."""
    link = _key(fingerprints=[Fingerprint(tag="a", id="x", classes=("one",))])
    button = _key(fingerprints=[Fingerprint(tag="button", id="y", classes=("two",))])
    assert _compare(link, link).keys == ()
    upgrade = _compare(link, button)
    assert [key.kind for key in upgrade.keys] == ["appearance"]
    assert upgrade.ok


@pytest.mark.parametrize("lacks", [True, False])
def test_a_lost_state_breaks_unless_the_server_lacks_what_it_needs(lacks: bool) -> None:
    """It is reported either way; a state that only the other server shows is fine."""
    here = _key()
    there = state("scene", reached=False, missing_prerequisite=lacks, why="a reason")
    upgrade = _compare(here, there)
    (lost,) = upgrade.states
    assert (lost.only, lost.why, lost.breaks) == ("here", "a reason", not lacks)
    assert upgrade.ok is lacks
    assert [found.only for found in _compare(there, here).states] == ["there"]


@pytest.mark.parametrize(
    ("verdict", "capabilities"), [("failed", ["rehearsal, save"]), ("skipped", [])]
)
def test_a_step_that_fails_there_only_breaks(verdict: str, capabilities: list[str]) -> None:
    """A failed step of the other server's dry run is a lost capability, a skipped one is not."""
    here = _smoke(steps=(SmokeStep(name="save", verdict="ok"),))
    step = SmokeStep.model_validate({"name": "save", "verdict": verdict, "detail": "why"})
    upgrade = compare_servers(here, _smoke(steps=(step,)), REGISTRY)
    assert [loss.capability for loss in upgrade.capabilities] == capabilities

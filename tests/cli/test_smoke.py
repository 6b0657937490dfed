"""``smoke``: its verdict as an exit code, its reports, and the rehearsal of an upgrade."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from stashbot.flows.checks.save_rehearsal import STEPS, SmokeStep
from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.flows.checks.smoke import SmokeReport
from stashbot.flows.checks.tour.key_check import Finding, StateCheck, Way
from stashbot.flows.checks.upgrade_check import Rehearsal, compare
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.selectors import Registry
from stashbot.selectors.element_fingerprint import Fingerprint
from tests.cli.conftest import Call

REGISTRY = Registry.load()


@pytest.mark.e2e
def test_smoke_is_green_and_writes_its_reports(
    call: Call, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Exit code 0; JSON, JUnit and HTML tell of the same test; nothing was written to Stash."""
    junit, html = tmp_path / "smoke.xml", tmp_path / "selectors.html"
    arguments = ("--quick", "--scene", "2", "--json", "--junit", junit, "--html", html)
    called = call("smoke", "--url", sandbox.url, *arguments)
    assert called.code == 0, called
    document = called.document
    assert document["ok"]
    assert document["unchanged"]
    assert [step["name"] for step in document["steps"]] == ["selectors", *STEPS, "unchanged"]
    assert document["scene"] == "2"
    cases = ET.parse(junit).getroot().findall("testsuite[@name='smoke']/testcase")  # noqa: S314
    assert [case.get("name") for case in cases] == ["selectors", *STEPS, "unchanged"]
    assert "edit_form.save" in html.read_text(encoding="utf-8")
    assert sandbox.mutations == []


@pytest.mark.e2e
def test_smoke_says_what_broke(call: Call, sandbox: Sandbox) -> None:
    """Exit code 1; the key and the step that it broke are named."""
    sandbox.faults.add_page("rename", ".organized-button", "other-button")
    try:
        called = call("smoke", "--url", sandbox.url, "--quick")
    finally:
        sandbox.faults.clear()
    assert called.code == 1, called
    assert "scene: scene.organized absent" in called.out
    assert "It fell short." in called.out


@pytest.mark.slow
@pytest.mark.e2e
def test_an_older_release_fails_the_rehearsal(call: Call, sandbox: Sandbox) -> None:
    """Going back to 0.28 would break the apply, and the exit code is 1; scraping stays."""
    with Sandbox(SandboxOptions(release="0.28")) as old:
        arguments = ("--quick", "--against", old.url, "--json")
        called = call("smoke", "--url", sandbox.url, *arguments)
        assert old.mutations == []
    assert called.code == 1, called
    document = called.document
    assert [flow["flow"] for flow in document["flows"]] == ["apply by the dialog", "create"]
    assert "scrape_dialog.keep" in document["flows"][0]["why"]
    assert not [key for key in document["keys"] if key["kind"] == "breaks"]
    assert "strategy" in {key["kind"] for key in document["keys"]}


def test_what_smoke_cannot_do(call: Call, sandbox: Sandbox, tmp_path: Path) -> None:
    """An unknown scene or source, and options that do not go together, are told at once."""
    smoke = ("smoke", "--url", sandbox.url)
    for arguments, told in (
        (("--scene", "999"), "no scene 999"),
        (("--source", "Moon"), "no source 'Moon'"),
        (("--against-api-key-file", tmp_path / "key"), "goes with --against"),
        (("--against", sandbox.url, "--junit", "x"), "--junit"),
        (("--against", sandbox.url, "--against-api-key-file", tmp_path / "key"), "cannot be read"),
    ):
        called = call(*smoke, *arguments, BROWSER__PATH="/nonexistent")
        assert (called.code, told in called.err) == (2, True), called


def _finding(key: str, **values: Any) -> Finding:
    given = {"access": "read", "expected": "1", "ok": True, "strategy": 1, "count": 1}
    ways = (Way(css=".first", count=1, visible=1), Way(css=".second", count=1, visible=1))
    return Finding(**{"key": key, "ways": ways, **given, **values})


def _broken(key: str) -> Finding:
    return _finding(key, ok=False, strategy=None, count=0, why="absent")


def _state(state: str, *findings: Finding, **values: Any) -> StateCheck:
    return StateCheck(**{"state": state, "reached": True, "findings": findings, **values})


def _report(
    *states: StateCheck, release: str = "0.30", steps: Sequence[SmokeStep] = ()
) -> SmokeReport:
    selectors = SelectorReport(
        version=f"v{release}.0",
        release=release,
        exact=True,
        url="http://127.0.0.1",
        profile="session",
        viewport=(1280, 800),
        started="2026-01-01T00:00:00+00:00",
        states=states,
    )
    return SmokeReport(
        version=selectors.version,
        url=selectors.url,
        started=selectors.started,
        steps=tuple(steps),
        selectors=selectors,
    )


def _compared(here: StateCheck, there: StateCheck) -> Rehearsal:
    return compare(_report(here), _report(there), REGISTRY)


def test_a_key_that_breaks_is_told_with_its_flow() -> None:
    """What holds here and not there breaks; the other way round it mends, which is no fault."""
    holds = _state("edit-form", _finding("edit_form.save"))
    broken = _state("edit-form", _broken("edit_form.save"))
    rehearsal = _compared(holds, broken)
    assert [(one.key, one.kind) for one in rehearsal.keys] == [("edit_form.save", "breaks")]
    assert [one.flow for one in rehearsal.flows] == ["open a scene", "save"]
    assert not rehearsal.ok
    rehearsal = _compared(broken, holds)
    assert [(one.key, one.kind) for one in rehearsal.keys] == [("edit_form.save", "mends")]
    assert rehearsal.ok
    assert _compared(broken, broken).keys == ()


def test_another_strategy_and_other_looks_are_told_and_no_fault() -> None:
    """The strategies are compared without the values filled in; elements by their likeness."""
    one = _state("scene", _finding("scene.tabs"))
    other = _state("scene", _finding("scene.tabs", strategy=2))
    rehearsal = _compared(one, other)
    assert [(key.kind, key.here, key.there) for key in rehearsal.keys] == [
        ("strategy", ".first", ".second")
    ]
    assert rehearsal.ok
    alike = [Fingerprint(tag="a", id="x", classes=("one",))]
    unlike = [Fingerprint(tag="button", id="y", classes=("two",))]
    one = _state("scene", _finding("scene.tabs", fingerprints=alike))
    other = _state("scene", _finding("scene.tabs", fingerprints=unlike))
    assert _compared(one, one).keys == ()
    assert [key.kind for key in _compared(one, other).keys] == ["looks"]
    filled = [
        _state(
            "scene",
            _finding(
                "scene.tab", values={"id": scene}, ways=(Way(css=f"#n{scene}", count=1, visible=1),)
            ),
        )
        for scene in ("7", "12")
    ]
    assert _compared(*filled).keys == ()


@pytest.mark.parametrize(("lacking", "ok"), [(True, True), (False, False)])
def test_a_state_that_is_lost_breaks_unless_the_server_lacks_what_it_needs(
    lacking: bool, ok: bool
) -> None:
    """A state that was shown here and is out of reach there is told either way."""
    here = _state("scene", _finding("scene.tabs"))
    there = _state("scene", reached=False, lacking=lacking, why="a reason")
    rehearsal = _compared(here, there)
    assert [(one.only, one.why, one.breaks) for one in rehearsal.states] == [
        ("here", "a reason", not ok)
    ]
    assert rehearsal.ok is ok
    assert [one.only for one in _compared(there, here).states] == ["there"]


def test_a_step_that_works_here_only_breaks() -> None:
    """A failed step of the other server's dry run counts, a skipped one does not."""
    fine = _report(steps=[SmokeStep(name="save", verdict="ok")])
    for verdict, flows in (("failed", ["dry run, save"]), ("skipped", [])):
        step = SmokeStep.model_validate({"name": "save", "verdict": verdict, "detail": "why"})
        other = _report(steps=[step])
        assert [one.flow for one in compare(fine, other, REGISTRY).flows] == flows

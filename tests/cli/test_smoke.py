"""``stashbot smoke``: exit codes, wording and report files.

The smoke test itself is tested in tests/e2e, the comparison of two servers in tests/flows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from stashbot.flows.checks import smoke
from stashbot.flows.checks.save_rehearsal import SmokeStep
from stashbot.flows.checks.smoke import SmokeReport
from stashbot.flows.checks.tour.key_check import StateCheck
from stashbot.sandbox import Sandbox, SandboxOptions
from tests.cli.conftest import Call
from tests.reports.build import broken, finding, report, state

HOLDS = state("scene", finding("scene.organized"))
BROKEN = state("scene", broken("scene.organized"))


def _smoke_report(checked: StateCheck, verdict: str, detail: str = "") -> SmokeReport:
    selectors = report(checked)
    step = {"name": "selectors", "verdict": verdict, "detail": detail}
    return SmokeReport(
        version=selectors.version,
        url=selectors.url,
        started=selectors.started,
        steps=(SmokeStep.model_validate(step), SmokeStep(name="unchanged", verdict="ok")),
        selectors=selectors,
        scene="2",
    )


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the report that the smoke test gives, and the options that it was called with."""
    found: dict[str, Any] = {"report": _smoke_report(HOLDS, "ok")}

    async def run_smoke(_settings: object, **options: Any) -> SmokeReport:
        found.update(options)
        result: SmokeReport = found["report"]
        return result

    monkeypatch.setattr(smoke, "smoke", run_smoke)
    return found


def test_a_passed_test_writes_its_reports(
    call: Call, given: dict[str, Any], tmp_path: Path
) -> None:
    """The exit code is 0; JSON, JUnit and HTML hold the same report."""
    junit, html = tmp_path / "smoke.xml", tmp_path / "selectors.html"
    words = ("--quick", "--scene", "2", "--source", "Alpha", "--junit", junit, "--html", html)
    called = call("smoke", *words, "--json")
    assert (called.code, called.document["ok"]) == (0, True), called
    assert [step["name"] for step in called.document["steps"]] == ["selectors", "unchanged"]
    cases = ET.parse(junit).getroot().findall("testsuite[@name='smoke']/testcase")  # noqa: S314
    assert [case.get("name") for case in cases] == ["selectors", "unchanged"]
    assert "scene.organized" in html.read_text(encoding="utf-8")
    assert (given["scene_id"], given["source"], given["full"]) == ("2", "Alpha", False)
    assert "All checks passed." in call("smoke").out


def test_a_failed_test_names_the_key(call: Call, given: dict[str, Any]) -> None:
    """The exit code is 1, and the step is shown with the key that it failed on."""
    given["report"] = _smoke_report(BROKEN, "failed", "scene: scene.organized absent")
    called = call("smoke")
    assert called.code == 1, called
    assert "scene: scene.organized absent" in called.out
    assert "Some checks failed." in called.out


@pytest.mark.slow
@pytest.mark.browser
def test_an_older_release_fails_the_rehearsal(call: Call, sandbox: Sandbox) -> None:
    """Going back to 0.28 would break the apply, and the exit code is 1; scraping stays."""
    with Sandbox(SandboxOptions(release="0.28")) as old:
        arguments = ("--quick", "--against", old.url, "--json")
        called = call("smoke", "--url", sandbox.url, *arguments)
        assert old.mutations == []
    assert called.code == 1, called
    document = called.document
    assert [lost["capability"] for lost in document["capabilities"]] == [
        "apply by the dialog",
        "create",
    ]
    assert "scrape_dialog.keep" in document["capabilities"][0]["why"]
    assert not [key for key in document["keys"] if key["kind"] == "breaks"]
    assert "strategy" in {key["kind"] for key in document["keys"]}


def test_bad_input_is_refused(call: Call, sandbox: Sandbox, tmp_path: Path) -> None:
    """An unknown scene or source, or options that exclude each other, are refused at once."""
    smoke = ("smoke", "--url", sandbox.url)
    for arguments, message in (
        (("--scene", "999"), "no scene 999"),
        (("--source", "Moon"), "no source 'Moon'"),
        (("--against-api-key-file", tmp_path / "key"), "needs --against"),
        (("--against", sandbox.url, "--junit", "x"), "--junit"),
        (("--against", sandbox.url, "--against-api-key-file", tmp_path / "key"), "cannot be read"),
    ):
        called = call(*smoke, *arguments, BROWSER__PATH="/nonexistent")
        assert (called.code, message in called.err) == (2, True), called

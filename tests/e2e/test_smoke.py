"""The smoke test: by pytest in an empty folder, and by hand where something is wrong on purpose."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from stashbot.browser.graphql_request import GraphQLRequest
from stashbot.browser.launch import BrowserHost
from stashbot.browser.wire_guard import OperationPermit, PermittedWrite, Send, WireGuard
from stashbot.flows.checks import save_rehearsal, smoke
from stashbot.flows.checks.save_rehearsal import STEPS
from stashbot.flows.checks.selector_check import QUICK_STATES, check_selectors
from stashbot.flows.checks.smoke import SmokeReport
from stashbot.sandbox import Sandbox, SandboxOptions, queries
from stashbot.sandbox.sources import AUTO_TAG_ID, SOURCES
from stashbot.settings import load_settings
from tests.e2e.conftest import ReadScenes, Run, StashUnderTest
from tests.e2e.support.other_user import OtherUser
from tests.e2e.support.runs import lend_browser

Smoke = Callable[..., SmokeReport]
Pytest = Callable[..., tuple[int, str, dict[str, str]]]

_WHOLE = ("selector-files", "rehearsal", "leaves-everything-as-found")


@pytest.fixture
def in_a_folder(target: StashUnderTest, tmp_path: Path) -> Pytest:
    """Run pytest in a folder that has no tests, or some that the test has written there.

    Gives its exit code, what it printed, and the outcomes by name.
    """

    def carry_out(*arguments: str) -> tuple[int, str, dict[str, str]]:
        report = tmp_path / "report.xml"
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no"]
        ended = subprocess.run(
            [*command, "--stash-url", target.url, f"--junitxml={report}", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        output = ended.stdout + ended.stderr
        assert report.exists(), output
        cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 # pytest's own
        return ended.returncode, output, {str(case.get("name")): _outcome(case) for case in cases}

    return carry_out


def _outcome(case: ET.Element) -> str:
    return next((found.tag for found in case if found.tag in {"failure", "skipped"}), "passed")


@pytest.fixture
def smoking(host: BrowserHost, run: Run[Any], tmp_path: Path) -> Smoke:
    """Carries out a smoke test in this process, on the shared browser."""

    def carry_out(url: str, **given: Any) -> SmokeReport:
        settings = load_settings(None, {"stash": {"url": url}, "state": {"dir": tmp_path}})
        with lend_browser(host):
            report: SmokeReport = run(smoke.smoke(settings, **{"states": (), **given}))
        return report

    return carry_out


def _verdicts(report: SmokeReport) -> dict[str, str]:
    return {step.name: step.verdict for step in report.steps}


def test_pytest_smokes_a_stash_from_an_empty_folder(
    in_a_folder: Pytest, target: StashUnderTest, tmp_path: Path
) -> None:
    """``-m smoke`` needs no test file: an item a state, and Stash is as it was before."""
    before = list(target.sandbox.mutations) if target.sandbox else []
    code, output, items = in_a_folder("-m", "smoke", "--stash-quick")
    assert code == 0, output
    assert items == dict.fromkeys((*QUICK_STATES, *_WHOLE), "passed"), output
    assert [file.name for file in tmp_path.iterdir()] == ["report.xml"]
    assert not target.sandbox or target.sandbox.mutations == before


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_pytest_smokes_every_state(in_a_folder: Pytest) -> None:
    """All states are items; what a state needs and the server lacks is skipped, with the reason."""
    code, output, items = in_a_folder("-m", "smoke", "-rs")
    assert code == 0, output
    assert len(items) > len(QUICK_STATES) + len(_WHOLE)
    assert "failure" not in items.values()
    assert {items[name] for name in _WHOLE} == {"passed"}


@pytest.mark.slow
def test_a_renamed_class_turns_exactly_that_states_item_red(
    in_a_folder: Pytest, target: StashUnderTest
) -> None:
    """The item names the key, and what each of its strategies found; all other items are green."""
    sandbox = target.need_sandbox("rename a class")
    sandbox.faults.add_page("rename", ".btn-danger", "btn-grave")
    try:
        code, output, items = in_a_folder("-m", "smoke", "--stash-quick")
    finally:
        sandbox.faults.clear()
    assert code == 1, output
    assert [name for name, outcome in items.items() if outcome == "failure"] == ["edit-form"], (
        output
    )
    assert "edit_form.delete (write): absent" in output
    css = "#scene-edit-details .edit-buttons > .edit-button.btn-danger"
    assert f"1. {css}: 0 found, 0 visible" in output


@pytest.mark.slow
def test_only_what_is_selected_is_carried_out(in_a_folder: Pytest) -> None:
    """``-k`` picks states: no other is visited, and no dry run asks a source."""
    code, output, items = in_a_folder("-m", "smoke", "-k", "shell")
    assert code == 0, output
    assert items == {"shell": "passed"}
    code, output, items = in_a_folder("-m", "smoke", "--collect-only", "-q")
    assert code == 0, output
    assert "smoke::scene-list" in output
    assert items == {}


@pytest.mark.slow
def test_a_page_for_tests_of_ones_own(
    in_a_folder: Pytest, tmp_path: Path, other_user: OtherUser
) -> None:
    """``stash_page`` is logged in and knows its address, and no write leaves it by wire or socket.

    It works beside pytest-playwright's own pages, and is traced like them.
    """
    scene = next(name for name in other_user.everything() if name.startswith("scene ")).split()[1]
    (tmp_path / "test_own.py").write_text(_OWN.replace("SCENE", scene), encoding="utf-8")
    before = other_user.everything()
    code, output, items = in_a_folder("--tracing=on")
    assert code == 0, output
    assert list(items.values()) == ["passed", "passed"]
    assert list(tmp_path.glob("test-results/**/*.zip")), output
    assert other_user.everything() == before


_OWN = """
def test_edit(stash_page, stash_selectors, stash_settings, stash_blocked_writes):
    def at(key):
        return stash_page.locator(stash_selectors.target(key).strategies[0].css)

    stash_page.goto("/scenes/SCENE")
    at("scene.edit_tab").click()
    stash_page.locator("#title").fill("never saved")
    with stash_page.expect_response(lambda answer: answer.status == 403):
        at("edit_form.save").click()
    assert [write.operation for write in stash_blocked_writes] == ["SceneUpdate"]
    assert stash_blocked_writes[0].variables["input"]["title"] == "never saved"
    send = '''() => fetch("/graphql", {method: "POST", body: JSON.stringify(
        {query: "mutation { metadataScan(input: {}) }"})}).then(answer => answer.status)'''
    assert stash_page.evaluate(send) == 403
    assert stash_page.url.endswith("/scenes/SCENE")


def test_plain(page, stash_url):
    page.set_content(f"<b>{stash_url}</b>")
    assert page.locator("b").inner_text() == stash_url
"""


def test_the_dry_run_goes_all_the_way_to_the_wire(
    smoking: Smoke, target: StashUnderTest, read_scenes: ReadScenes
) -> None:
    """All steps are ok: Save was clicked, and what it sent was the plan, and was stopped."""
    before = read_scenes()
    report = smoking(target.url)
    assert _verdicts(report) == {
        "selectors": "skipped",
        **dict.fromkeys(STEPS, "ok"),
        "unchanged": "ok",
    }, report.steps
    assert report.scene
    assert report.source
    assert read_scenes() == before


def test_a_write_that_gets_through_is_noticed(
    smoking: Smoke, target: StashUnderTest, scenes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a guard that stops nothing Save fails, and scene and fields of the change are named."""
    target.need_sandbox("be written to by mistake")
    del scenes  # put back after the test

    async def let_through(_guard: WireGuard, request: GraphQLRequest) -> Send:
        return Send(
            operation=request.operation,
            document=request.document,
            variables=request.variables,
            write=PermittedWrite(OperationPermit(frozenset())),
        )

    monkeypatch.setattr(WireGuard, "_judge_write", let_through)
    report = smoking(target.url)
    assert (_verdicts(report)["save"], _verdicts(report)["unchanged"]) == ("failed", "failed")
    assert not report.ok
    assert not report.unchanged
    changed = next(line for line in report.changed if line.startswith(f"scene {report.scene}: "))
    assert {"title", "updated_at"} <= set(changed.partition(": ")[2].split(", "))


def test_somebody_elses_change_is_named(
    smoking: Smoke,
    target: StashUnderTest,
    other_user: OtherUser,
    scenes: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A scene that changes behind its back while it looks is reported with scene and field."""
    scene_id, scene = next(iter(scenes.items()))

    async def meanwhile(*arguments: Any, **options: Any) -> Any:
        other_user.edit(scene_id, rating100=37 if scene.rating100 != 37 else 38)
        return await check_selectors(*arguments, **options)

    monkeypatch.setattr(smoke, "check_selectors", meanwhile)
    report = smoking(target.url, rehearse_save=False)
    assert f"scene {scene_id}: rating100, updated_at" in report.changed
    assert _verdicts(report)["unchanged"] == "failed"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (("rename", ".organized-button", "moved-button"), "scene.organized"),
        pytest.param(
            ("duplicate", "#scene-edit-details .edit-buttons > .edit-button.btn-primary"),
            "Several",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_buttons_that_are_not_there_once_fail_the_dry_run(
    smoking: Smoke, target: StashUnderTest, fault: tuple[Any, ...], reason: str
) -> None:
    """Without its organized button, or with two Saves, a step fails and nothing is clicked."""
    sandbox = target.need_sandbox("lose a button")
    sandbox.faults.add_page(*fault)
    try:
        report = smoking(target.url)
    finally:
        sandbox.faults.clear()
    assert reason in next(step.detail for step in report.steps if step.verdict == "failed")
    verdicts = _verdicts(report)
    assert verdicts["save"] == "skipped"
    assert verdicts["unchanged"] == "ok"


def test_no_source_is_said(
    smoking: Smoke, target: StashUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a source the scrape is skipped and says so; Save is proven by a typed title."""
    sandbox = target.need_sandbox("have no source")
    monkeypatch.setattr(
        queries, "SOURCES", tuple(each for each in SOURCES if each.id == AUTO_TAG_ID)
    )
    report = smoking(sandbox.url)
    verdicts = _verdicts(report)
    assert (verdicts["scrape"], verdicts["apply"], verdicts["save"]) == ("skipped", "skipped", "ok")
    assert "no scraper" in str(report.step("scrape"))
    assert report.ok


def test_sources_with_nothing_new_are_passed_over(
    smoking: Smoke, target: StashUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source that failed or had nothing is named, and the dry run goes on without a source."""
    sandbox = target.need_sandbox("have sources that know nothing")
    useless = tuple(each for each in SOURCES if each.id in {"broken", "empty"})
    monkeypatch.setattr(queries, "SOURCES", useless)
    monkeypatch.setattr(save_rehearsal, "SCENES", 1)
    report = smoking(sandbox.url)
    scrape = report.step("scrape")
    assert scrape is not None
    assert scrape.verdict == "skipped"
    assert {source.name for source in useless} <= set(
        scrape.detail.replace("(", " ").replace(":", " ").split()
    ), scrape.detail
    assert _verdicts(report)["save"] == "ok"


def test_no_scene_is_said(smoking: Smoke, target: StashUnderTest) -> None:
    """A Stash without scenes: every step of the dry run is skipped, and that is no failure."""
    target.need_sandbox("be empty")
    with Sandbox(SandboxOptions(scenes=1)) as empty:
        empty.library.scenes.clear()
        report = smoking(empty.url, states=("scene",))
    verdicts = _verdicts(report)
    assert {verdicts[name] for name in STEPS} == {"skipped"}
    assert "Stash has no scene" in str(report.step("open"))
    assert report.ok
    assert report.selectors.states[0].missing_prerequisite


@pytest.mark.slow
def test_an_old_release_is_smoked_as_far_as_it_goes(smoking: Smoke, target: StashUnderTest) -> None:
    """Before 0.30 the dialog is opened and cancelled, not applied; Save is proven all the same."""
    target.need_sandbox("be of an older release")
    with Sandbox(SandboxOptions(release="0.28")) as old:
        report = smoking(old.url)
        assert old.mutations == []
    verdicts = _verdicts(report)
    assert (verdicts["scrape"], verdicts["apply"], verdicts["save"]) == ("ok", "skipped", "ok")
    assert "0.28" in str(report.step("apply"))
    assert report.ok

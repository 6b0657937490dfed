"""Runs from the command line, on the practice Stash."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from stashbot.models import RunReport
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.sandbox.options import Release
from tests.cli.conftest import Call
from tests.slow_params import slow_params

pytestmark = pytest.mark.browser

KNOWN = "8"
"""A scene whose file name agrees with AlphaSource's proposal."""
FAILING = "22"
"""A scene at which AlphaSource fails."""
UNKNOWN = "26"
"""A scene that AlphaSource knows, and whose file name says nothing."""


HOSTILE = "1"
"""A scene for which GammaSource proposes a cover, and entities that Stash lacks."""
FIELDS = {
    *("title", "code", "details", "director", "urls", "date", "performers", "tags", "organized")
}
COVER = {"FIELDS__COVER": "overwrite", "CREATION__MAX_NEW_ENTITIES": "0"}
#: The name of its file says another studio than that source.
ANY_STUDIO = {"CONTRADICTIONS__STUDIO": "false"}


@pytest.fixture(autouse=True)
def _fresh(sandbox: Sandbox) -> None:
    sandbox.reset()


@pytest.mark.slow
def test_a_dry_run_plans_what_the_run_then_does(call: Call, sandbox: Sandbox) -> None:
    """The dry run writes nothing and its JSON is the report; the run makes the planned changes."""
    words = (
        "run",
        "--url",
        sandbox.url,
        "--ids",
        f"{KNOWN},{UNKNOWN}",
        "--sources",
        "AlphaSource",
        "--json",
    )
    called = call(*words, "--dry-run")
    assert called.code == 0, called
    plan = RunReport.model_validate(called.document)
    assert plan.dry_run
    assert {scene.id: scene.outcome for scene in plan.scenes} == {
        KNOWN: "planned",
        UNKNOWN: "triaged",
    }
    assert sandbox.mutations == []
    assert call("triage", "list", "--json").document == []

    called = call(*words)
    assert called.code == 0, called
    report = RunReport.model_validate(called.document)
    assert report.totals == {
        "scenes": 2,
        "applied": 1,
        "triaged": 1,
        "skipped": 0,
        "failed": 0,
        "planned": 0,
    }
    done, planned = report.scenes[0], plan.scenes[0]
    assert (done.changes, done.source, done.score) == (
        planned.changes,
        "AlphaSource",
        planned.score,
    )
    assert done.evidence == planned.evidence
    changed = call("audit", "--json", "--run", "last").document
    assert {entry["field"]: [entry["before"], entry["after"]] for entry in changed} == {
        name: list(values) for name, values in done.changes.items()
    }

    called = call("run", "--url", sandbox.url, "--resume", report.run)
    assert called.code == 0, called
    assert "1 applied, 1 triaged" in called.out


@pytest.mark.parametrize("release", slow_params(["0.28", "0.29"]))
def test_before_0_30_the_form_is_filled_by_hand(call: Call, release: Release) -> None:
    """Rows of the dialog have no names there: all fields are written except the cover.

    The cover, which only the dialog sets, is reported as omitted; the dry run says the same.
    """
    words = ("run", "--ids", HOSTILE, "--sources", "GammaSource", "--json", "--url")
    with Sandbox(SandboxOptions(release=release, release_notes=False)) as old:
        dry = RunReport.model_validate(
            call(*words, old.url, "--dry-run", **COVER, **ANY_STUDIO).document
        )
        wet = RunReport.model_validate(call(*words, old.url, **COVER, **ANY_STUDIO).document)
        sent = [
            mutation.variables["input"]
            for mutation in old.mutations
            if mutation.operation == "SceneUpdate"
        ]
    (planned,), (done,) = dry.scenes, wet.scenes
    assert done.outcome == "applied", done.reason
    assert done.changes == planned.changes
    assert {*done.changes} == FIELDS
    assert "cover" in {omission.name for omission in done.omitted}
    assert sorted(sent[-1]) == ["id", "organized"]
    assert len(sent) == 2
    assert "cover_image" not in sent[0]


def test_a_line_per_scene_and_the_next_commands(call: Call, sandbox: Sandbox) -> None:
    """Without a terminal each scene is a line, as they end; then totals, reasons and commands.

    A scene that failed makes the exit code 1.
    """
    called = call(
        *("run", "--url", sandbox.url, "--ids", f"{FAILING},{KNOWN}", "--workers", "1"),
        *("--sources", "AlphaSource", "--no-organize"),
    )
    assert called.code == 1, called
    lines = called.out.splitlines()
    assert lines[0].endswith(": 2 scenes")
    known, failing = sorted(lines[1:3], key=lambda line: line.split()[1])
    assert known.split()[1:3] == ["applied", KNOWN]
    assert failing.split()[1:3] == ["failed", FAILING]
    assert "title, code, urls, date" in known
    assert "organized" not in known
    assert "2 scenes: 1 applied, 1 failed" in called.out
    assert "; AlphaSource failed: " not in called.out  # asked in two ways, named once
    assert "could not unmarshal json" in called.out
    run = lines[0].split()[1].rstrip(":")
    assert f"stashbot failures --run {run} --url {sandbox.url}" in called.out
    assert f"stashbot audit --run {run} --url {sandbox.url}" in called.out

    counts = call("failures", "--json").document["counts"]
    assert counts == [{"phase": "scrape", "reason": "ScrapeFailed", "count": 1}]
    shown = call("failures", "--run", run).out
    assert "could not unmarshal json" in shown
    folder = Path(next(line for line in shown.splitlines() if "artifacts" in line).strip())
    assert (folder / "screenshot.png").stat().st_size > 0
    assert (Path(".stashbot") / "logs" / "stashbot.log").is_file()


def test_nothing_to_do(call: Call, sandbox: Sandbox) -> None:
    """A run that selects no scene says so and ends well, without a browser."""
    words = ("run", "--url", sandbox.url, "--where", 'title == "none of them"')
    called = call(*words, BROWSER__PATH="/nonexistent")
    assert (called.code, called.out.startswith("Nothing to do")) == (0, True)
    assert call(*words, "--json").document["totals"]["scenes"] == 0


@contextmanager
def _started(url: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a run in a process of its own, after its first scene."""
    words = ["--url", url, "--ids", "8,11,14", "--sources", "SlowSource,AlphaSource", *arguments]
    with subprocess.Popen(
        [sys.executable, "-m", "stashbot", "run", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert any(line.startswith("1/3") for line in process.stdout), process.communicate()
        yield process


@pytest.mark.slow
def test_stash_that_goes_away(call: Call, tmp_path: Path) -> None:
    """A Stash that is lost on the way stops the run with exit code 3 and says how to go on."""
    del call, tmp_path  # an empty folder
    with ExitStack() as stack:
        running = stack.enter_context(Sandbox(SandboxOptions(release_notes=False)))
        process = stack.enter_context(_started(running.url))
        running.__exit__(None, None, None)
        _, err = process.communicate(timeout=90)
    assert process.returncode == 3, err
    assert "The run stopped, " in err
    assert "stashbot run --resume " in err
    assert "Traceback" not in err


def _applied(sandbox: Sandbox) -> list[str]:
    """Return the scenes of all updates that were applied, in order."""
    return [mutation.variables["input"]["id"] for mutation in sandbox.mutations if mutation.applied]


def test_ctrl_c_and_resume(call: Call, sandbox: Sandbox) -> None:
    """Ctrl-C ends with 130 and the command to go on with, which does the rest and nothing twice."""
    with _started(sandbox.url) as process:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    assert "Stopping: the steps in progress end first" in out
    assert "Traceback" not in err
    resume = err.rstrip().rsplit("Go on with: stashbot ", 1)[1].split()
    before = _applied(sandbox)

    called = call(*resume, "--json")
    assert called.code == 0, called
    assert called.document["totals"]["applied"] == 3
    done = _applied(sandbox)
    assert sorted(done) == sorted(["8", "11", "14"] * 2)
    assert len(before) < len(done)

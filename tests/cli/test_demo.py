"""``stashbot demo`` and ``sandbox``."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

import httpx
import pytest

import stashbot.sandbox
from stashbot.sandbox import Sandbox
from tests.cli.conftest import Call

#: A scene that is applied, a scene whose source fails, and a scene that goes to triage.
SCENES = ("8", "22", "26")


class SmallSandbox(Sandbox):
    """A practice Stash with three of its scenes."""

    def __enter__(self) -> Self:
        running = super().__enter__()
        for scene_id in [*running.library.scenes]:
            if scene_id not in SCENES:
                del running.library.scenes[scene_id]
        return running


@pytest.mark.browser
def test_the_demo_shows_every_outcome_and_the_next_commands(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows a scene of each outcome with its evidence, and the exit code is 0.

    The suggested commands work on its state, which stays after it has ended.
    """
    monkeypatch.setattr(stashbot.sandbox, "Sandbox", SmallSandbox)
    called = call("demo", "--state", tmp_path / "state")
    assert called.code == 0, called
    for text in (
        "A practice Stash with 3 invented scenes",
        "Applied, because",
        "Left for you to decide, because",
        "Failed, because",
        "0.40 of 0.40",
        "Look around:",
    ):
        assert text in called.out
    suggested = [
        line.split("stashbot ", 1)[1] for line in called.out.splitlines() if "  stashbot " in line
    ]
    reading = [line for line in suggested if not line.startswith("run --incomplete")]
    assert {line.split()[0] for line in reading} == {"failures", "triage", "audit", "metrics"}
    for line in reading:
        assert call(*line.split()).code == 0, line

    again = call("demo", "--state", tmp_path / "state", "--json")
    assert again.code == 2
    assert "a new state folder" in again.document["error"]["message"]


def test_a_taken_port_is_refused(call: Call) -> None:
    """The exit code is 2, and the error says that the port is taken."""
    with subprocess.Popen(
        [sys.executable, "-m", "stashbot", "sandbox", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        url = _address(process)["url"]
        called = call("demo", "--port", url.rsplit(":", 1)[1])
        process.send_signal(signal.SIGINT)
        process.wait(20)
    assert (called.code, "is taken" in called.err) == (2, True)


def test_the_sandbox_runs_until_ctrl_c(call: Call) -> None:
    """It prints its address and login, asks for that login, and shows the language; Ctrl-C: 0."""
    del call  # moves to an empty folder without settings
    options = ("--port", "0", "--login", "--language", "de-DE", "--json")
    with subprocess.Popen(
        [sys.executable, "-m", "stashbot", "sandbox", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        given = _address(process)
        assert httpx.get(f"{given['url']}/scenes").status_code in {302, 401}
        form = {"username": given["username"], "password": given["password"]}
        with httpx.Client(base_url=given["url"]) as client:
            assert client.post("/login", data=form).status_code == 200
            query = {"query": "query { configuration { interface { language } } }"}
            answer = client.post("/graphql", json=query).json()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert answer["data"]["configuration"]["interface"]["language"] == "de-DE"
    assert (process.returncode, err) == (0, "")


def _address(process: subprocess.Popen[str]) -> dict[str, str]:
    """Read the document that ``sandbox --json`` prints before it waits."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("}"):
            break
    document: dict[str, str] = json.loads("".join(lines))
    return document

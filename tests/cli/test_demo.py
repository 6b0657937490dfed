"""``demo`` and ``sandbox``: the practice Stash for people."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Call


@pytest.mark.e2e
def test_the_demo_shows_every_outcome_and_where_to_look(call: Call, tmp_path: Path) -> None:
    """The demo ends well, shows one scene of each outcome with what decided, and its state stays.

    The commands that it names work on that state after it has ended.
    """
    called = call("demo", "--state", tmp_path / "state")
    assert called.code == 0, called
    for words in (
        "A practice Stash with 26 invented scenes",
        "Applied, because",
        "Left for you to judge, because",
        "Failed, because",
        "0.40 of 0.40",
        "Look around:",
    ):
        assert words in called.out
    named = [
        line.split("stashbot ", 1)[1] for line in called.out.splitlines() if "  stashbot " in line
    ]
    assert {line.split()[0] for line in named} == {"failures", "triage", "audit", "metrics"}
    for line in named:
        assert call(*line.split()).code == 0, line

    again = call("demo", "--state", tmp_path / "state", "--json")
    assert again.code == 2
    assert "a state folder of its own" in again.document["error"]["message"]


def test_the_demo_names_a_taken_port(call: Call) -> None:
    """A port that something else holds is a usage error."""
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
    """It prints address and login, asks for that login, speaks the language, and ends with 0."""
    del call  # an empty folder, and no settings
    options = ("--port", "0", "--login", "--language", "de-DE", "--json")
    with subprocess.Popen(
        [sys.executable, "-m", "stashbot", "sandbox", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        told = _address(process)
        assert httpx.get(f"{told['url']}/scenes").status_code in {302, 401}
        form = {"username": told["username"], "password": told["password"]}
        with httpx.Client(base_url=told["url"]) as client:
            assert client.post("/login", data=form).status_code == 200
            query = {"query": "query { configuration { interface { language } } }"}
            answer = client.post("/graphql", json=query).json()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert answer["data"]["configuration"]["interface"]["language"] == "de-DE"
    assert (process.returncode, err) == (0, "")


def _address(process: subprocess.Popen[str]) -> dict[str, str]:
    """What ``sandbox --json`` prints before it waits."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("}"):
            break
    told: dict[str, str] = json.loads("".join(lines))
    return told

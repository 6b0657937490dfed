"""The GitHub workflows can be read, and so can every script in them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from graphql import parse

FOLDER = Path(__file__).parents[1] / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
SMOKE = FOLDER / "stash-smoke.yml"


def _steps(file: Path) -> Iterator[dict[str, Any]]:
    for job in yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"].values():
        yield from job["steps"]


def _scripts(file: Path) -> list[str]:
    return [str(step["run"]) for step in _steps(file) if "run" in step]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_script_of_a_workflow_parses(file: Path) -> None:
    """Each step is an action or a script, and bash can read each script."""
    assert all(("uses" in step) != ("run" in step) for step in _steps(file))
    for script in _scripts(file):
        plain = re.sub(r"\$\{\{.*?\}\}", "value", script)
        checked = subprocess.run(
            ["bash", "-n"], input=plain, capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stderr


def test_the_smoke_workflow_sends_valid_graphql() -> None:
    """Every document that it sends parses."""
    text = "\n".join(_scripts(SMOKE))
    bodies = [json.loads(body) for body in re.findall(r"ask '(\{.*\})'", text)]
    documents = [body["query"] for body in bodies] + re.findall(r'query: "(.+)",', text)
    assert {"setup", "metadataScan", "findScenes"} <= set(re.findall(r"\w+", " ".join(documents)))
    for document in documents:
        parse(document)

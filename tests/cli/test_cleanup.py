"""``stashbot cleanup``: what is sure is written in the edit form, and nothing else."""

from __future__ import annotations

import pytest

from stashbot.sandbox import Sandbox
from tests.cli.conftest import Call

pytestmark = pytest.mark.e2e


def test_a_title_is_put_in_order_once(call: Call, sandbox: Sandbox) -> None:
    """The dry run changes nothing and says what the wet run writes; then all is in order."""
    sandbox.reset()
    sandbox.library.update_scene("8", {"title": "a  walk in THE_rain"})
    asked = ("cleanup", "--ids", "8", "--url", sandbox.url, "--json")
    (planned,) = call(*asked, "--dry-run").document["scenes"]
    assert planned["outcome"] == "planned"
    assert sandbox.library.scenes["8"].title == "a  walk in THE_rain"
    done = call(*asked)
    assert done.code == 0, done
    (applied,) = done.document["scenes"]
    assert applied["outcome"] == "applied"
    assert applied["changes"] == planned["changes"]
    assert applied["changes"]["title"][1] == "A Walk in the Rain"
    assert sandbox.library.scenes["8"].title == planned["changes"]["title"][1]
    audited = call("audit", "--run", done.document["run"], "--url", sandbox.url, "--json")
    assert "cleanup" in audited.out
    (again,) = call(*asked).document["scenes"]
    assert (again["outcome"], again["reason"]) == ("skipped", "it is in order")

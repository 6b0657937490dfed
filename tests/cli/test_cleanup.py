"""``stashbot cleanup``: titles are normalized in the edit form."""

from __future__ import annotations

import pytest

from stashbot.sandbox import Sandbox
from tests.cli.conftest import Call

pytestmark = pytest.mark.browser


def test_a_title_is_normalized(call: Call, sandbox: Sandbox) -> None:
    """The run writes what its dry run planned, and leaves a scene that is in order alone."""
    sandbox.reset()
    sandbox.library.update_scene("8", {"title": "a  walk in THE_rain"})
    sandbox.library.update_scene("10", {"title": "A Walk in the Rain"})
    words = ("cleanup", "--ids", "8,10", "--url", sandbox.url, "--json")
    planned, _ = call(*words, "--dry-run").document["scenes"]
    assert planned["outcome"] == "planned"
    assert sandbox.mutations == []
    done = call(*words)
    assert done.code == 0, done
    applied, skipped = done.document["scenes"]
    assert (applied["outcome"], applied["changes"]) == ("applied", planned["changes"])
    assert applied["changes"]["title"] == ["a  walk in THE_rain", "A Walk in the Rain"]
    assert sandbox.library.scenes["8"].title == "A Walk in the Rain"
    assert (skipped["outcome"], skipped["reason"]) == ("skipped", "it is in order")
    audited = call("audit", "--run", done.document["run"], "--url", sandbox.url, "--json")
    assert "cleanup" in audited.out

"""``stashbot cleanup``: titles are normalized in the edit form."""

from __future__ import annotations

import pytest

from stashbot.sandbox import Sandbox
from tests.cli.conftest import Call

pytestmark = pytest.mark.browser


def test_a_scene_that_no_source_knows_is_filled_from_its_name(call: Call, sandbox: Sandbox) -> None:
    """First in a dry run; undo takes it back."""
    sandbox.reset()
    words = ("cleanup", "--from-name", "--url", sandbox.url, "--json")
    planned = call(*words, "--ids", "8", "--dry-run").document["scenes"][0]
    assert planned["outcome"] == "planned"
    assert sandbox.mutations == []
    done = call(*words, "--ids", "8")
    (applied,) = done.document["scenes"]
    assert (applied["outcome"], applied["changes"]) == ("applied", planned["changes"])
    scene = sandbox.library.scenes["8"]
    assert (scene.title, scene.date) == ("Morning Walk", "2023-05-04")
    assert scene.studio_id is not None
    assert sandbox.library.studios[scene.studio_id].name == "Harbor Films"
    assert not scene.organized
    assert call("undo", "--run", done.document["run"], "--url", sandbox.url).code == 0
    scene = sandbox.library.scenes["8"]
    assert (scene.title, scene.date, scene.studio_id) == ("", None, None)


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

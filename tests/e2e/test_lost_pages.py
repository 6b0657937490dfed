"""Pages and browsers that end in the middle of a scene are replaced, and the scene goes on."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import ReadScenes, StashUnderTest
from tests.e2e.support.outcomes import assert_applied, writes
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import SourceCases
from tests.slow_params import slow_params


@pytest.mark.parametrize("moment", slow_params(("SceneUpdate", "ScrapeSingleScene")))
def test_a_page_that_crashes_is_replaced(
    moment: str, source_cases: SourceCases, run_scenes: SceneRuns, read_scenes: ReadScenes
) -> None:
    """The renderer dies while it waits for an answer; the scene is applied, and so is the next."""
    cases, hooks = source_cases.pair("trusted"), RunHooks()
    hooks.when_sent(moment, hooks.crash)
    finished = run_scenes(request_for(*cases), hooks=hooks, run={"workers": 1})
    assert "the page crashed" in hooks.sessions[0].console
    after = read_scenes()
    for case, result in zip(cases, finished.report.scenes, strict=True):
        assert_applied(result, case, after)


@pytest.mark.parametrize("moment", slow_params(("SceneUpdate", "ScrapeSingleScene")))
def test_a_browser_that_is_killed_is_replaced(
    moment: str,
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    read_scenes: ReadScenes,
    target: StashUnderTest,
) -> None:
    """All pages of both workers die at once; each scene goes on in another browser."""
    cases, hooks = source_cases.pair("trusted"), RunHooks(own_browser=True)
    hooks.when_sent(moment, lambda _: hooks.kill_browser())
    finished = run_scenes(request_for(*cases), hooks=hooks)
    after = read_scenes()
    results = {result.id: result for result in finished.report.scenes}
    for case in cases:
        assert_applied(results[case.scene.id], case, after)
        if target.sandbox is not None:
            assert writes(target.sandbox, case.scene.id) == ["save", "organize"]

"""Runs through a proxy that spoils answers: nothing wrong, doubled, unrecorded or unfinished.

``bench/faults.py`` is the long form, on any practice Stash.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from stashbot.browser.launch import BrowserHost
from stashbot.sandbox import Sandbox
from tests.e2e.conftest import Run
from tests.e2e.support import snapshot
from tests.e2e.support.runs import SHORT_PAUSES
from tests.e2e.support.source_cases import SourceCases
from tests.slow_params import slow_params

BENCH = Path(__file__).parents[2] / "bench"
#: A save that is carried out and answered by a proxy, one that is not, and a scrape's answer.
FEW = ("502 after", "locked", "shortened")
#: Spoils nearly everything that a scene needs, but ends: each fault is drawn anew.
RATES = {"SceneUpdate": 0.6, "ScrapeSingleScene": 0.6, "FindScene": 0.1}
VALUES = dict.fromkeys(("code", "details", "director", "urls", "date", "studio"))
BLANK: dict[str, Any] = {
    **VALUES, "title": None, "organized": False, "performers": [], "tags": [], "groups": [],
}  # fmt: skip


@pytest.fixture(scope="module")
def faults() -> Iterator[ModuleType]:
    """Yield the bench."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCH))
        yield importlib.import_module("faults")
    for name in ("faults", "fault_proxy", "reset"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("kinds", slow_params([(FEW,), (None,)], ids=["few", "all"]))
def test_faults_leave_no_trace(
    kinds: tuple[str, ...] | None,
    faults: ModuleType,
    sandbox: Sandbox,
    source_cases: SourceCases,
    scenes: snapshot.Snapshot,
    *,
    host: BrowserHost,
    run: Run[Any],
) -> None:
    """Scenes, audit and what Stash was sent are those of a calm run, whatever was spoiled."""
    del scenes  # put back afterwards
    cases = source_cases.some("trusted", 2 if kinds else 6)
    campaign = faults.Campaign(
        url=sandbox.url,
        scenes=tuple(case.scene.id for case in cases),
        sources=(cases[0].source.name,),
        patience=SHORT_PAUSES,
        browser=host,
    )
    calm, applicable = run(campaign.calm())
    assert set(applicable) == {case.scene.id for case in cases}
    proxy = faults.FaultProxy(
        sandbox.url, kinds=kinds or faults.KINDS, seed=3, rates=RATES, other_rate=0
    )
    with proxy:
        row = run(campaign.under(proxy, "mixed", calm, applicable))
    assert row.injected >= len(cases)
    assert (row.wrong, row.doubled, row.unrecorded, row.unfinished) == ((), (), (), ()), row


def test_the_comparison_sees_what_is_wrong_or_unrecorded(faults: ModuleType) -> None:
    """A value of neither run, and a value without an audit row; blank values need none."""
    calm = {"1": {**BLANK, "title": "Calm", "date": "2024-01-13"}, "2": {**BLANK, "code": "A-1"}}
    blank = {"1": BLANK, "2": BLANK}
    half_done = {"1": {**BLANK, "title": "Calm"}, "2": BLANK}
    other = {"1": {**BLANK, "title": "Other"}, "2": {**BLANK, "code": "A-1"}}
    assert faults.wrong_scenes(half_done, calm, blank) == ()
    assert faults.wrong_scenes(other, calm, blank) == ("1",)
    audited = frozenset({("1", "title")})
    assert faults.unrecorded_values(half_done, blank, audited) == ()
    assert faults.unrecorded_values(other, blank, audited) == ("2 code",)

"""``stashbot refresh list`` and ``stashbot run --stale``: the oldest scenes, and no others."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stashbot.models import Outcome
from stashbot.sandbox import Sandbox
from stashbot.store import Store
from tests.cli.conftest import Call

MONTH = timedelta(days=30)
OLD, OLDER, ORGANIZED, FRESH = "8", "10", "9", "11"
"""Scenes that AlphaSource knows; Stash has ``ORGANIZED`` as organized."""


def _remember(folder: Path, sandbox: Sandbox, ages: dict[str, timedelta]) -> None:
    async def main() -> None:
        url = f"sqlite:///{folder / '.stashbot' / 'stashbot.sqlite'}"
        async with Store(url, server=sandbox.url) as store:
            for scene, age in ages.items():
                scraped_at = datetime.now(UTC) - age
                await store.scenes.update(
                    scene, scraped_at=scraped_at, last_outcome=Outcome.APPLIED
                )

    asyncio.run(main())


@pytest.fixture
def aged(call: Call, tmp_path: Path, sandbox: Sandbox) -> Call:
    """All scenes were scraped just now, but for three: 13, 15 and 14 months ago."""
    sandbox.reset()
    ages = dict.fromkeys(sandbox.library.scenes, timedelta()) | {FRESH: MONTH * 11}
    ages |= {OLD: MONTH * 13, OLDER: MONTH * 15, ORGANIZED: MONTH * 14}
    _remember(tmp_path, sandbox, ages)
    return call


def test_never_scraped_ones_without_a_state(call: Call, sandbox: Sandbox) -> None:
    """Before any run every scene is due, a run's worth is listed, and no state is made."""
    sandbox.reset()
    words = ("refresh", "list", "--url", sandbox.url)
    found = call(*words, "--json").document
    assert [scene["id"] for scene in found["scenes"]] == list(sandbox.library.scenes)
    limited = call(*words, "--json", "--limit", "3").document
    assert [scene["id"] for scene in limited["scenes"]] == ["1", "2", "3"]
    assert limited["waiting"] == len(sandbox.library.scenes) - 3
    assert "never" in call(*words, "--limit", "3").out
    assert not Path(".stashbot").exists()


def test_the_oldest_first(aged: Call, sandbox: Sandbox) -> None:
    """Only those beyond the limit of months are listed, organized ones too, the oldest first."""
    words = ("refresh", "list", "--url", sandbox.url)
    found = aged(*words, "--json").document
    assert [scene["id"] for scene in found["scenes"]] == [OLDER, ORGANIZED, OLD]
    assert found["waiting"] == 0
    shown = aged(*words, "--limit", "2").out
    assert "2 scenes not scraped for 12 months, and 1 more wait." in shown
    assert f"stashbot run --stale --limit 2 --url {sandbox.url}" in shown
    assert "Every scene was scraped within 20 months." in aged(*words, REFRESH__MONTHS="20").out


@pytest.mark.browser
@pytest.mark.slow
def test_a_run_takes_them_and_they_are_fresh(aged: Call, sandbox: Sandbox) -> None:
    """``run --stale`` scrapes those that the list names, in its order, and organized ones too.

    A selection narrows them; afterwards they are due no more. A dry run leaves them due.
    """
    words = ("run", "--stale", "--url", sandbox.url, "--sources", "AlphaSource", "--json")
    narrowed = aged(*words, "--dry-run", "--ids", f"{FRESH},{OLD}").document
    assert [scene["id"] for scene in narrowed["scenes"]] == [OLD]
    done = aged(*words, "--limit", "2").document
    assert [scene["id"] for scene in done["scenes"]] == [OLDER, ORGANIZED]
    assert all(scene["attempts"] for scene in done["scenes"])
    left = aged("refresh", "list", "--url", sandbox.url, "--json").document
    assert [scene["id"] for scene in left["scenes"]] == [OLD]

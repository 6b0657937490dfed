"""Source statistics, scene states, timings and the key-value table."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta

import pytest
from pydantic import JsonValue

from stashbot.errors import UnreadableState
from stashbot.models import BudgetReport, Outcome
from stashbot.store import Store
from tests.store.conftest import START, Clock, Use, spoil


def test_a_source_counts_once_a_scene_and_run(use: Use) -> None:
    """A repeated step changes nothing; another scene, run or source counts for itself."""

    async def work(store: Store) -> None:
        keys = ["studio:Alpha", "*"]
        assert await store.count_source("r", "1", "X", keys=keys, ok=True)
        assert not await store.count_source("r", "1", "X", keys=keys, ok=True)
        assert not await store.count_source("r", "1", "X", keys=keys, ok=False)
        assert await store.count_source("r", "2", "X", keys=keys, ok=False)
        assert await store.count_source("s", "1", "X", keys=["*"], ok=True)
        assert await store.count_source("r", "1", "Y", keys=["*"], ok=True)
        counts = [(s.key, s.source, s.ok, s.fail) for s in await store.source_stats()]
        assert counts == [("*", "X", 2, 1), ("*", "Y", 1, 0), ("studio:Alpha", "X", 1, 1)]
        half = await store.source_stats(["studio:Alpha"])
        assert [(one.weighed_ok, one.weighed_fail) for one in half] == [(1.0, 1.0)]
        assert len(await store.source_stats(["studio:Alpha", "none"])) == 1
        assert await store.source_stats([]) == ()

    use(work)


def test_counts_are_not_lost_between_writers(use: Use) -> None:
    """Fifty answers counted at the same time are fifty."""

    async def work(store: Store) -> int:
        await asyncio.gather(
            *(store.count_source("r", str(i), "X", keys=["*"], ok=i % 2 == 0) for i in range(50))
        )
        (stat,) = await store.source_stats()
        return stat.ok * 100 + stat.fail

    assert use(work) == 2525


def test_a_scene_state_keeps_what_is_not_given(use: Use, clock: Clock) -> None:
    """Scraping does not forget that the scene was organized."""

    async def work(store: Store) -> None:
        assert (await store.scene_state("1")).last_outcome is None
        await store.set_scene_state("1", organized_at=START)
        clock.go_on(hours=1)
        await store.set_scene_state("1", scraped_at=clock.now, last_outcome=Outcome.TRIAGED)
        await store.set_scene_state("1")
        state = await store.scene_state("1")
        assert (state.organized_at, state.scraped_at) == (START, clock.now)
        assert state.last_outcome is Outcome.TRIAGED
        many = [str(number) for number in range(2000)]
        assert await store.scene_states(many) == {"1": state}

    use(work)


def test_timings_become_a_budget_report(use: Use) -> None:
    """At the budget is within it; percentiles are times that occurred; no times is all zeros."""

    async def work(store: Store) -> dict[str, BudgetReport]:
        for scene, elapsed in enumerate((100, 200, 300, 8000, 8001)):
            await store.add_timing("r", str(scene), "scrape", 1, label="X")
            await store.add_timing("r", str(scene), "scrape", elapsed, label="X")
        await store.add_timing("r", "0", "scrape", 50, label="Y")
        await store.add_timing("other", "0", "scrape", 99_999)
        assert sorted((await store.timings(run="r"))["scrape"]) == [50, 100, 200, 300, 8000, 8001]
        assert len((await store.timings())["scrape"]) == 7
        return await store.budget_report("r", {"scrape": 8000, "apply": 3000})

    report = use(work)
    assert report["scrape"] == BudgetReport(
        phase="scrape", budget_ms=8000, count=6, over=1, p50_ms=200, p95_ms=8001, max_ms=8001
    )
    assert report["apply"] == BudgetReport(phase="apply", budget_ms=3000)


def test_values_are_kept_by_namespace_and_key(use: Use) -> None:
    """Any JSON value comes back as it was; namespaces do not meet."""
    values: list[JsonValue] = [None, True, 0, 1.5, "✓ \x00", [], {"a": [1, {"b": None}]}]

    async def work(store: Store) -> None:
        for value in values:
            await store.kv_set("a", "key", value)
            assert await store.kv_get("a", "key", "default") == value
        assert await store.kv_get("b", "key", "default") == "default"
        await store.kv_set("a", "first", 1)
        assert await store.kv_items("a") == {"first": 1, "key": values[-1]}
        await store.kv_delete("a", "key")
        await store.kv_delete("a", "key")
        assert await store.kv_items("a") == {"first": 1}

    use(work)


def test_values_expire(use: Use, clock: Clock) -> None:
    """A second before it is there, at the moment it is gone, and the sweep removes the row."""

    async def work(store: Store) -> None:
        await store.kv_set("n", "short", 1, ttl_s=60)
        await store.kv_set("n", "long", 2)
        clock.go_on(seconds=59)
        assert await store.kv_items("n") == {"long": 2, "short": 1}
        clock.go_on(seconds=1)
        assert await store.kv_get("n", "short") is None
        assert await store.kv_items("n") == {"long": 2}
        assert await store.kv_sweep() == 1
        assert await store.kv_sweep() == 0
        assert await store.kv_get("n", "long") == 2

    use(work)


def test_one_of_many_adds(use: Use, clock: Clock) -> None:
    """Of twenty that try at once one succeeds; after expiry the next may."""

    async def work(store: Store) -> None:
        tries = [store.kv_add("n", "k", number, ttl_s=10) for number in range(20)]
        assert sum(await asyncio.gather(*tries)) == 1
        clock.now += timedelta(seconds=10)
        assert await store.kv_add("n", "k", "next")
        assert await store.kv_get("n", "k") == "next"

    use(work)


_COUNT = """
import asyncio, sys
from stashbot.store import Store
async def main():
    async with Store(sys.argv[1]) as store:
        for _ in range(40):
            await store.kv_update("n", "count", lambda value: value + 1, default=0)
asyncio.run(main())
"""


def test_processes_update_one_value(url: str, use: Use) -> None:
    """Three processes that each add one forty times make a hundred and twenty."""
    processes = [subprocess.Popen([sys.executable, "-c", _COUNT, url]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert use(lambda store: store.kv_get("n", "count")) == 120


def test_an_unreadable_value_is_named_and_kept(use: Use, url: str) -> None:
    """The error names namespace and key; other values are read, and no update overwrites it."""

    async def fill(store: Store) -> None:
        await store.kv_set("n", "bad", 1)
        await store.kv_set("n", "good", 2)

    async def read(store: Store) -> None:
        assert await store.kv_get("n", "good") == 2
        for call in (
            store.kv_get("n", "bad"),
            store.kv_items("n"),
            store.kv_update("n", "bad", lambda _: 3),
        ):
            with pytest.raises(UnreadableState, match="Row n/bad of stashbot_kv") as caught:
                await call
            assert caught.value.fields["row"] == "n/bad"
        await store.kv_set("n", "bad", "written anew")
        assert await store.kv_get("n", "bad") == "written anew"

    use(fill)
    spoil(url, "UPDATE stashbot_kv SET value = '{oops' WHERE key = 'bad'")
    use(read)

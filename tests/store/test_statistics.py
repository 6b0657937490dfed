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
        assert await store.sources.count("r", "1", "X", keys=keys, ok=True)
        assert not await store.sources.count("r", "1", "X", keys=keys, ok=True)
        assert not await store.sources.count("r", "1", "X", keys=keys, ok=False)
        assert await store.sources.count("r", "2", "X", keys=keys, ok=False)
        assert not await store.sources.count("r", "2", "X", keys=keys, ok=False)
        assert await store.sources.count("s", "1", "X", keys=["*"], ok=True)
        assert await store.sources.count("r", "1", "Y", keys=["*"], ok=True)
        counts = [(s.key, s.source, s.ok, s.fail) for s in await store.sources.stats()]
        assert counts == [("*", "X", 2, 1), ("*", "Y", 1, 0), ("studio:Alpha", "X", 1, 1)]
        (half,) = await store.sources.stats(["studio:Alpha"])
        assert (half.weighted_ok, half.weighted_fail) == (1.0, 1.0)
        assert len(await store.sources.stats(["studio:Alpha", "none"])) == 1
        assert await store.sources.stats([]) == ()

    use(work)


def test_a_source_that_finds_by_search_is_a_success(use: Use, clock: Clock) -> None:
    """Its best answer for a scene counts, once; the failures before leave no trace."""

    async def work(store: Store) -> None:
        half_life = timedelta(hours=1)

        async def count(scene: str, *, ok: bool) -> bool:
            return await store.sources.count(
                "r", scene, "X", keys=["*"], ok=ok, half_life=half_life
            )

        assert await count("0", ok=False)
        assert await count("1", ok=False)
        clock.go_on(hours=1)
        assert not await count("1", ok=False)
        assert await count("1", ok=True)
        assert not await count("1", ok=True)
        assert not await count("1", ok=False)
        (stat,) = await store.sources.stats()
        assert (stat.ok, stat.fail) == (1, 1)
        assert (stat.weighted_ok, stat.weighted_fail) == (1.0, 0.5)

    use(work)


def test_searches_at_the_same_time_are_one_success(use: Use) -> None:
    """Twenty that improve the same failure at once count it once."""

    async def work(store: Store) -> None:
        await store.sources.count("r", "1", "X", keys=["*"], ok=False)
        improved = await asyncio.gather(
            *(store.sources.count("r", "1", "X", keys=["*"], ok=True) for _ in range(20))
        )
        assert sum(improved) == 1
        (stat,) = await store.sources.stats()
        assert (stat.ok, stat.fail, stat.weighted_fail) == (1, 0, 0.0)

    use(work)


def test_counts_are_not_lost_between_writers(use: Use) -> None:
    """Fifty answers counted at the same time are fifty."""

    async def work(store: Store) -> int:
        await asyncio.gather(
            *(store.sources.count("r", str(i), "X", keys=["*"], ok=i % 2 == 0) for i in range(50))
        )
        (stat,) = await store.sources.stats()
        return stat.ok * 100 + stat.fail

    assert use(work) == 2525


def test_a_scene_state_keeps_what_is_not_given(use: Use, clock: Clock) -> None:
    """Scraping does not forget that the scene was organized."""

    async def work(store: Store) -> None:
        assert (await store.scenes.get("1")).last_outcome is None
        await store.scenes.update("1", organized_at=START)
        clock.go_on(hours=1)
        await store.scenes.update("1", scraped_at=clock.now, last_outcome=Outcome.TRIAGED)
        await store.scenes.update("1")
        state = await store.scenes.get("1")
        assert (state.organized_at, state.scraped_at) == (START, clock.now)
        assert state.last_outcome is Outcome.TRIAGED
        many = [str(number) for number in range(2000)]
        assert await store.scenes.get_many(many) == {"1": state}

    use(work)


def test_timings_become_a_budget_report(use: Use) -> None:
    """At the budget is within it; percentiles are times that occurred; no times is all zeros."""

    async def work(store: Store) -> dict[str, BudgetReport]:
        for scene, elapsed in enumerate((100, 200, 300, 8000, 8001)):
            await store.timings.add("r", str(scene), "scrape", 1, label="X")
            await store.timings.add("r", str(scene), "scrape", elapsed, label="X")
        await store.timings.add("r", "0", "scrape", 50, label="Y")
        await store.timings.add("other", "0", "scrape", 99_999)
        assert sorted((await store.timings.by_phase(run="r"))["scrape"]) == [
            50,
            100,
            200,
            300,
            8000,
            8001,
        ]
        assert len((await store.timings.by_phase())["scrape"]) == 7
        return await store.timings.budgets("r", {"scrape": 8000, "apply": 3000})

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
            await store.kv.set("a", "key", value)
            assert await store.kv.get("a", "key", "default") == value
        assert await store.kv.get("b", "key", "default") == "default"
        await store.kv.set("a", "first", 1)
        assert await store.kv.items("a") == {"first": 1, "key": values[-1]}

    use(work)


def test_values_expire(use: Use, url: str, clock: Clock) -> None:
    """A second before it is there, at the moment it is gone; the next writer removes the row."""

    async def work(store: Store) -> None:
        await store.kv.set("n", "short", 1, ttl_s=60)
        await store.kv.set("n", "long", 2)
        clock.go_on(seconds=59)
        assert await store.kv.items("n") == {"long": 2, "short": 1}
        clock.go_on(seconds=1)
        assert await store.kv.get("n", "short") is None
        assert await store.kv.items("n") == {"long": 2}
        async with Store(url, create=False, clock=clock):
            pass
        async with Store(url, clock=clock):
            pass
        assert await store.kv.sweep() == 0
        assert await store.kv.get("n", "long") == 2
        await store.kv.set("n", "short", 1, ttl_s=60)
        clock.go_on(seconds=60)
        assert await store.kv.sweep() == 1

    use(work)


_COUNT = """
import asyncio, sys
from stashbot.store import Store
async def main():
    async with Store(sys.argv[1]) as store:
        for _ in range(60):
            await store.kv.update("n", "count", lambda value: value + 1, default=0)
asyncio.run(main())
"""


def test_processes_update_one_value(url: str, use: Use) -> None:
    """Two processes that each add 1 sixty times make 120."""
    processes = [subprocess.Popen([sys.executable, "-c", _COUNT, url]) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert use(lambda store: store.kv.get("n", "count")) == 120


def test_an_unreadable_value_is_named_and_kept(use: Use, url: str) -> None:
    """The error names namespace and key; other values are read, and no update overwrites it."""

    async def fill(store: Store) -> None:
        await store.kv.set("n", "bad", 1)
        await store.kv.set("n", "good", 2)

    async def read(store: Store) -> None:
        assert await store.kv.get("n", "good") == 2
        for call in (
            store.kv.get("n", "bad"),
            store.kv.items("n"),
            store.kv.update("n", "bad", lambda _: 3),
        ):
            with pytest.raises(UnreadableState, match="Row n/bad of stashbot_kv") as caught:
                await call
            assert caught.value.row == "n/bad"
        await store.kv.set("n", "bad", "written anew")
        assert await store.kv.get("n", "bad") == "written anew"

    use(fill)
    spoil(url, "UPDATE stashbot_kv SET value = '{oops' WHERE key = 'bad'")
    use(read)

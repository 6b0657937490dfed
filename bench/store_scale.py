"""The speed of the store during a run of many scenes: milliseconds per call, by database.

As a script it prints a table and writes bench/out/store_scale.json::

    python bench/store_scale.py [--scenes 100000] [--no-postgres]

Postgres is measured on a throw-away server without fsync, if this machine has the binaries.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from stashbot.models import Attempt, Evidence, Outcome, SceneResult
from stashbot.store import EventKind, NewEvent, Store
from stashbot.testing import postgres

ROOT = Path(__file__).parents[1]
OUT = ROOT / "bench" / "out" / "store_scale.json"
REPEATS = 40
SAVES = 5_000
OUTCOMES = (Outcome.APPLIED, Outcome.TRIAGED, Outcome.SKIPPED, Outcome.FAILED)
Figures = dict[str, float]


def result(number: int) -> SceneResult:
    """Return a result of the usual size, 1.3 KB of JSON."""
    evidence = tuple(
        Evidence(signal=signal, points=0.2, weight=0.4, note="close, but not the same")
        for signal in ("title", "date", "studio", "performers")
    )
    return SceneResult(
        id=str(number),
        name=f"Scene {number}",
        outcome=OUTCOMES[number % len(OUTCOMES)],
        source="Alpha",
        score=0.8,
        evidence=evidence,
        changes={"title": (None, "Low Tide"), "details": (None, "a sentence or two " * 20)},
        attempts=(Attempt(source="Alpha", result="accepted", score=0.8),),
    )


async def measure(database_url: str, scenes: int) -> Figures:
    """Return the 95th percentile of each call, in milliseconds, during a run of many scenes."""
    figures: Figures = {}

    async def times(name: str, call: Callable[[], Awaitable[object]], repeats: int) -> None:
        elapsed = []
        for _ in range(repeats):
            started = time.perf_counter()
            await call()
            elapsed.append((time.perf_counter() - started) * 1000)
        figures[name] = round(sorted(elapsed)[int(len(elapsed) * 0.95) - 1], 2)

    async with Store(database_url) as store:
        runs, now = store.runs, store.clock()
        ids = [str(number) for number in range(1, scenes + 1)]
        await times("runs.add", lambda: runs.add(ids, kind="enrich", run_id="r"), 1)
        for start in range(0, scenes // 2, 1000):
            await runs.mark_queued("r", ids[start : start + 1000])
        saved = iter(range(1, SAVES + 1))
        await times("results.save", lambda: store.results.save("r", result(next(saved))), SAVES)
        events = [
            NewEvent(run="r", scene=str(number % 500), kind=EventKind.PHASE, at=now)
            for number in range(20_000)
        ]
        await store.events.add(events)
        for name, call in {
            "results.totals": lambda: store.results.totals("r"),
            "results.of_run, the last 50": lambda: store.results.of_run("r", after_seq=SAVES - 50),
            "runs.remaining": lambda: runs.remaining("r"),
            "runs.waiting_scenes(100)": lambda: runs.waiting_scenes("r", limit=100),
            "runs.unfinished_scenes(100)": lambda: runs.unfinished_scenes("r", limit=100),
            "runs.list": lambda: runs.list(last=20),
            "events.add of 10": lambda: store.events.add(events[:10]),
            "events.current of 20,000": store.events.current,
        }.items():
            await times(name, call, REPEATS)
    return figures


def main() -> None:
    """Measure both databases, print a table and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=100_000)
    parser.add_argument("--no-postgres", action="store_true")
    options = parser.parse_args()
    found: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'state.sqlite'}"
        found["sqlite"] = asyncio.run(measure(url, options.scenes))
    if not options.no_postgres and postgres.binaries() is not None:
        with postgres.running_server() as server:
            url = postgres.new_database(server)
            found["postgres"] = asyncio.run(measure(url, options.scenes))
    print(f"{'p95 in ms':<32}" + "".join(f"{name:>12}" for name in found))
    for name in found["sqlite"]:
        print(f"{name:<32}" + "".join(f"{figures[name]:>12.1f}" for figures in found.values()))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"scenes": options.scenes, "p95_ms": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()

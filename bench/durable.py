"""What durability costs: milliseconds a step, a flow and a store call, and how fast a run resumes.

As a script it prints a table and writes bench/out/durable.json::

    python bench/durable.py [--no-postgres]

Postgres is measured on a throw-away server without fsync, if this machine has the binaries. Every
figure is the median of its repetitions; the longest stall is how late a 1 ms ticker on the event
loop was at worst, while flows ran two at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import multiprocessing
import os
import platform
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from stashbot.engine import Engine, Flow, changing_step, flow, step
from stashbot.store import Store

ROOT = Path(__file__).parents[1]
OUT = ROOT / "bench" / "out" / "durable.json"
STEPS = 25
FLOWS = 40
REPEATS = 5
Figures = dict[str, float]


async def _nothing() -> None:
    return None


async def _true() -> bool:
    return True


@flow("bench-empty")
async def empty() -> None:
    """A flow without steps."""


@flow("bench-steps")
async def steps() -> None:
    """A flow of plain steps."""
    for number in range(STEPS):
        await step(f"step {number}", _nothing)


@flow("bench-changes")
async def changes() -> None:
    """A flow of changing steps."""
    for number in range(STEPS):
        await changing_step(f"step {number}", find=_nothing, act=_true)


def _die_once(mark: Path) -> float:
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return time.time()


@flow("bench-dies")
async def dies(mark: str) -> float:
    """A flow of steps whose process kills itself once at the last; when it got there again."""
    for number in range(STEPS):
        await step(f"step {number}", _nothing)

    return await step("die", lambda: asyncio.to_thread(_die_once, Path(mark)))


def open_engine(url: str, folder: Path, run: str = "bench") -> Engine:
    """An engine on the database."""
    return Engine(database_url=url, executor_id=run, state_dir=folder)


async def measure_steps(url: str, folder: Path) -> Figures:
    """The cost of flows and steps, one at a time and two at a time."""
    started = time.perf_counter()
    async with open_engine(url, folder) as engine:
        figures: Figures = {"open on a new database": _ms(started)}
        number = iter(range(10_000))

        async def once(kind: Flow[[], None]) -> float:
            begun = time.perf_counter()
            await engine.run(kind, flow_id=f"bench:{next(number)}")
            return _ms(begun)

        for kind in (empty, steps, changes):
            await once(kind)
        flow_ms = statistics.median([await once(empty) for _ in range(FLOWS)])
        figures["flow"] = flow_ms
        for name, kind in (("step", steps), ("changing step", changes)):
            times = [await once(kind) for _ in range(REPEATS)]
            figures[name] = (statistics.median(times) - flow_ms) / STEPS
        async with _stalls() as stalls:
            begun = time.perf_counter()
            await asyncio.gather(*(_in_turn(once, REPEATS) for _ in range(2)))
            figures["step, two flows at a time"] = _ms(begun) / (2 * REPEATS * STEPS)
        figures["longest stall of the loop"] = max(stalls)
        started = time.perf_counter()
        await engine.run(empty, flow_id="bench:0")
        figures["recorded result"] = _ms(started)
        started = time.perf_counter()
    figures["close"] = _ms(started)
    return figures


async def _in_turn(once: Callable[[Flow[[], None]], Awaitable[float]], count: int) -> None:
    for _ in range(count):
        await once(steps)


@asynccontextmanager
async def _stalls() -> AsyncIterator[list[float]]:
    late = [0.0]

    async def tick() -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.001)
            late.append(_ms(begun) - 1)

    task = asyncio.create_task(tick())
    yield late
    task.cancel()


def _live(url: str, folder: str, out: str) -> None:
    async def resume() -> tuple[float, float]:
        opening = time.time()
        async with open_engine(url, Path(folder), "resumed") as engine:
            opened = time.time()
            passed = await engine.run(dies, flow_id="resumed:1", args=(str(Path(folder, "mark")),))
        return (opened - opening) * 1000, (passed - opened) * 1000

    Path(out).write_text(json.dumps(asyncio.run(resume())))


def measure_resume(url: str, folder: Path) -> Figures:
    """From the call for an interrupted flow to its first new step, after ``kill -9``."""
    processes = multiprocessing.get_context("spawn")
    out = folder / "out.json"
    for expected in (-signal.SIGKILL, 0):
        process = processes.Process(target=_live, args=(url, str(folder), str(out)))
        process.start()
        process.join()
        if process.exitcode != expected:
            raise RuntimeError(f"the process ended with {process.exitcode}")
    opened, passed = json.loads(out.read_text())
    return {"open after a kill": opened, f"resume past {STEPS} recorded steps": passed}


async def measure_store(url: str) -> Figures:
    """A write and a read of the store."""
    async with Store(url) as store:
        writes, reads = [], []
        for number in range(300):
            started = time.perf_counter()
            await store.kv_set("bench", "key", number)
            writes.append(_ms(started))
            started = time.perf_counter()
            await store.kv_get("bench", "key")
            reads.append(_ms(started))
    return {"store write": statistics.median(writes), "store read": statistics.median(reads)}


def measure(new_url: Iterator[str]) -> Figures:
    """All figures of one kind of database; each URL is of an empty one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = asyncio.run(measure_steps(next(new_url), folder))
        resumes = []
        for number in range(REPEATS):
            place = folder / str(number)
            place.mkdir()
            resumes.append(measure_resume(next(new_url), place))
        for key in resumes[0]:
            figures[key] = statistics.median(resume[key] for resume in resumes)
        figures.update(asyncio.run(measure_store(next(new_url))))
    return {key: round(value, 2) for key, value in figures.items()}


def _ms(since: float) -> float:
    return (time.perf_counter() - since) * 1000


def _sqlite_urls(folder: Path) -> Iterator[str]:
    for number in range(100):
        place = folder / f"db{number}"
        place.mkdir()
        yield f"sqlite:///{place / 'state.sqlite'}"


@contextmanager
def _postgres_urls() -> Iterator[Iterator[str] | None]:
    sys.path.insert(0, str(ROOT))
    postgres = importlib.import_module("tests.store.postgres")

    if postgres.binaries() is None:
        yield None
        return
    with postgres.running_server() as server:
        yield (postgres.new_database(server) for _ in range(100))


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--no-postgres", action="store_true", help="measure SQLite only")
    options = parser.parse_args()
    results: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as name:
        results["SQLite"] = measure(_sqlite_urls(Path(name)))
    if not options.no_postgres:
        with _postgres_urls() as urls:
            if urls is not None:
                results["Postgres"] = measure(urls)
    print(f"{'milliseconds':34}" + "".join(f"{kind:>12}" for kind in results))
    for key in results["SQLite"]:
        print(f"{key:34}" + "".join(f"{figures[key]:12.2f}" for figures in results.values()))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    about = {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cpus": os.cpu_count(),
        "load": [round(value, 2) for value in os.getloadavg()],
    }
    OUT.write_text(json.dumps({"about": about, "ms": results}, indent=2) + "\n")
    print(f"written to {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

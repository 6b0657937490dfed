"""Measure durable runs: steps, scenes, large runs, progress, several workers, a take-over.

As a script it prints a table and writes bench/out/engine.json::

    python bench/engine.py [--only steps,submit,progress,workers,takeover,idle] [--no-postgres]

Nothing but the state is real: workflows of plain steps and a change stand for scenes. Postgres is
measured on a throw-away server without fsync, if this machine has the binaries. Times are of this
machine and its load, which is in the JSON; compare figures of one run of this script only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import platform
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from loguru import logger
from store_scale import result as usual_result

from stashbot.engine import Engine, Execution, Workflow, scene_workflow
from stashbot.models import Outcome, SceneResult
from stashbot.store import EventKind, NewEvent, RunStatus, Store, WorkerState
from stashbot.testing import postgres

ROOT = Path(__file__).parents[1]
OUT = ROOT / "bench" / "out" / "engine.json"
SPAWN = multiprocessing.get_context("spawn")
PAGES = 2
#: As many as a state keeps.
EVENTS = 10_000
PHASES = ("read", "scrape", "apply", "save", "organize", "applied")
Figures = dict[str, float]
UrlOf = Callable[[], str]


# -- scenes without a page


@dataclass
class Toy:
    """The pages of a worker, and the notes of its workflows."""

    store: Store
    steps: int = 3
    wait_s: float = 0.0
    notes: Path | None = None
    step_ms: list[float] = field(default_factory=list)
    pages: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PAGES))

    def note(self, scene_id: str) -> None:
        """Write down that this process begins to work on a scene."""
        if self.notes is not None:
            with self.notes.open("a") as opened:
                opened.write(f"{time.monotonic()} {os.getpid()} {scene_id}\n")


class ToyChange:
    """A change that never took effect before."""

    name = "change"

    async def find(self) -> bool | None:
        """Return that it did not happen yet."""
        return None

    async def apply(self) -> bool:
        """Return that it has happened."""
        return True


async def _nothing() -> bool:
    return True


@scene_workflow("enrich")
async def toy_scene(execution: Execution, run_id: str, scene_id: str) -> SceneResult:
    """Wait on a page as for a slow source, take plain steps and make a change."""
    toy: Toy = execution.services
    toy.note(scene_id)
    if toy.wait_s:
        async with toy.pages:
            await execution.step("scrape", lambda: asyncio.sleep(toy.wait_s, True))
    begun = time.perf_counter()
    for number in range(toy.steps):
        await execution.step(f"step {number}", _nothing)
    await execution.change(ToyChange())
    toy.step_ms.append(_ms(begun))
    result = SceneResult(id=scene_id, outcome=Outcome.APPLIED)

    async def finish() -> bool:
        return await toy.store.results.save(run_id, result)

    await execution.step("finish", finish)
    return result


WORKFLOWS: tuple[Workflow, ...] = (toy_scene,)


@asynccontextmanager
async def worker(
    url: str, folder: Path, *, takeover_s: float = 30.0, **toy: Any
) -> AsyncIterator[Toy]:
    """Open a state and be a worker on it."""
    async with Store(url) as store:
        shared = Toy(store, **toy)
        async with Engine(
            shared,
            store,
            WORKFLOWS,
            state_dir=folder,
            pages=PAGES,
            takeover_s=takeover_s,
            handle_signals=False,
        ):
            yield shared


def be_worker(url: str, folder: str, takeover_s: float, toy: dict[str, Any]) -> None:
    """Be a worker until killed."""
    _quiet()

    async def main() -> None:
        async with worker(url, Path(folder), takeover_s=takeover_s, **toy):
            await asyncio.Event().wait()

    asyncio.run(main())


@contextmanager
def workers(
    number: int, url: str, folder: Path, *, takeover_s: float = 30.0, **toy: Any
) -> Iterator[list[SpawnProcess]]:
    """Start worker processes and wait until all are at work; kill them in the end."""
    started = [
        SPAWN.Process(target=be_worker, args=(url, str(folder / str(index)), takeover_s, toy))
        for index in range(number)
    ]
    for process in started:
        process.start()
    try:
        asyncio.run(_until_live(url, {process.pid for process in started}))
        yield started
    finally:
        for process in started:
            process.kill()
            process.join()


async def _until_live(url: str, pids: set[int | None]) -> None:
    async with Store(url) as store:
        while True:
            live = await store.workers.list(state=WorkerState.LIVE)
            # A worker that has raised its beat has an open engine.
            if pids <= {found.pid for found in live if found.beat > 0}:
                return
            await asyncio.sleep(0.05)


async def until_over(store: Store, run_id: str, every_s: float = 0.02) -> None:
    """Return when the run is over."""
    while (await store.runs.get(run_id)).status is not RunStatus.DONE:  # noqa: ASYNC110 # rows
        await asyncio.sleep(every_s)


async def submit(store: Store, scenes: int) -> str:
    """Write the rows of a run and return its id."""
    return (await store.runs.add([str(n) for n in range(scenes)], kind="enrich")).id


# -- the figures


async def measure_steps(url: str, folder: Path) -> Figures:
    """Return the time of a step, of a scene in a run, and from submitting to the first result."""
    figures: Figures = {}
    async with worker(url, folder) as toy:
        medians = {}
        for steps in (3, 23):
            toy.steps = steps
            toy.step_ms.clear()
            for _ in range(15):
                await until_over(toy.store, await submit(toy.store, 1), every_s=0.005)
            medians[steps] = statistics.median(toy.step_ms)
        figures["a step"] = (medians[23] - medians[3]) / 20
        figures["3 steps and a change"] = medians[3]
        toy.steps = 3
        begun = time.perf_counter()
        await until_over(toy.store, await submit(toy.store, 1), every_s=0.005)
        figures["a run of a single scene"] = _ms(begun)
        scenes = 100
        begun = time.perf_counter()
        await until_over(toy.store, await submit(toy.store, scenes))
        figures["a scene of a run of 100"] = _ms(begun) / scenes
    return figures


def submit_in_process(url: str, scenes: int, out: str) -> None:
    """Submit a large run in a process whose memory shows nothing else."""

    async def main() -> tuple[float, float]:
        ids = [str(number) for number in range(scenes)]
        async with Store(url) as store:
            await store.runs.list(last=1)
            before = _peak_mb()
            begun = time.perf_counter()
            await store.runs.add(ids, kind="enrich")
            return _ms(begun), _peak_mb() - before

    Path(out).write_text(json.dumps(asyncio.run(main())))


def measure_submit(url: str, folder: Path, scenes: int) -> Figures:
    """Return time and memory of submitting a large run."""
    out = folder / "submit.json"
    process = SPAWN.Process(target=submit_in_process, args=(url, scenes, str(out)))
    process.start()
    process.join()
    elapsed_ms, peak_mb = json.loads(out.read_text())
    return {f"submit {scenes:,} scenes": elapsed_ms, "its peak of memory, MB": peak_mb}


async def measure_progress(url: str, scenes: int, reads: int = 200) -> Figures:
    """Return how long reading a large run's progress takes while half of it is done.

    A read is what a dashboard shows: the run, its totals, what is being done, the newest events and
    the newest results. A worker goes on saving results meanwhile.
    """
    async with Store(url) as store:
        run_id = await submit(store, scenes)
        numbers = iter(range(scenes))
        for _ in range(scenes // 2):
            await store.results.save(run_id, usual_result(next(numbers)))
        for scene_id in range(EVENTS // len(PHASES)):
            await store.events.add(_events(store, run_id, scene_id))
        writing = asyncio.create_task(_write(store, run_id, numbers))
        elapsed: dict[str, list[float]] = {"dashboard": [], "terminal": []}
        result_seq = await store.results.last_seq(run_id)
        event_seq = await store.events.last_seq()
        for _ in range(reads):
            begun = time.perf_counter()
            await store.runs.get(run_id)
            await store.results.totals(run_id)
            await store.events.current(run_id)
            await store.events.after(event_seq - 50, run=run_id)
            await store.results.of_run(run_id, after_seq=result_seq - 50, limit=100)
            elapsed["dashboard"].append(_ms(begun))
            begun = time.perf_counter()
            await store.runs.get(run_id)
            for event in await store.events.after(event_seq, run=run_id):
                event_seq = event.seq
            for saved in await store.results.of_run(run_id, after_seq=result_seq):
                result_seq = saved.seq
            elapsed["terminal"].append(_ms(begun))
        writing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writing
    return {
        f"progress for a {reader}, {name}": _quantile(times, share)
        for reader, times in elapsed.items()
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }


def _events(store: Store, run_id: str, number: int) -> list[NewEvent]:
    """Return the events of a scene; every thousandth is in progress still."""
    phases = PHASES[:2] if number % 1000 == 0 else PHASES
    return [
        NewEvent(
            run=run_id,
            scene=str(number),
            kind=EventKind.RESULT if phase == "applied" else EventKind.PHASE,
            name=f"Scene {number}",
            phase=phase,
            at=store.clock(),
        )
        for phase in phases
    ]


async def _write(store: Store, run_id: str, numbers: Iterator[int]) -> None:
    """Do what a worker with two pages writes: a result and some events each quarter of a second."""
    for number in numbers:
        await store.results.save(run_id, usual_result(number))
        await store.events.add(_events(store, run_id, number))
        await asyncio.sleep(0.25)


def measure_workers(url_of: UrlOf, folder: Path) -> Figures:
    """Return how long 1, 2 and 4 workers take for a run whose sources answer after 2 s."""
    figures: Figures = {}

    async def serve(url: str) -> float:
        async with Store(url) as store:
            begun = time.perf_counter()
            await until_over(store, await submit(store, 60))
            return time.perf_counter() - begun

    for number in (1, 2, 4):
        url = url_of()
        with workers(number, url, folder / f"workers-{number}", wait_s=2.0):
            figures[f"60 slow scenes, {number} worker(s), s"] = asyncio.run(serve(url))
    alone = figures["60 slow scenes, 1 worker(s), s"]
    for number in (2, 4):
        took = figures[f"60 slow scenes, {number} worker(s), s"]
        figures[f"throughput of {number} workers, times that of 1"] = alone / took
    return figures


def measure_takeover(url_of: UrlOf, folder: Path) -> Figures:
    """Return the time from killing a worker until another begins a scene of it."""
    figures: Figures = {}
    for takeover_s in (2.0, 30.0):
        url = url_of()
        place = folder / f"takeover-{takeover_s:g}"
        place.mkdir()
        notes = place / "notes"
        options: dict[str, Any] = {"takeover_s": takeover_s, "wait_s": 1.0, "notes": notes}
        with workers(2, url, place, **options) as (victim, _other):
            asyncio.run(_submit_to(url, 400))
            time.sleep(3)
            killed_at = time.monotonic()
            victim.kill()
            begun = _begun_by(notes, victim.pid) - asyncio.run(_done(url))
            while not (again := _begun_again(notes, victim.pid, begun)):
                time.sleep(0.05)
        figures[f"takeover with takeover_s = {takeover_s:g}, s"] = min(again) - killed_at
    return figures


async def _submit_to(url: str, scenes: int) -> None:
    async with Store(url) as store:
        await submit(store, scenes)


async def _done(url: str) -> set[str]:
    async with Store(url) as store:
        (run,) = await store.runs.list(last=1)
        return {saved.result.id for saved in await store.results.of_run(run.id)}


def _notes(file: Path) -> Iterator[tuple[float, int, str]]:
    for line in file.read_text().splitlines():
        at, pid, scene_id = line.split()
        yield float(at), int(pid), scene_id


def _begun_by(file: Path, pid: int | None) -> set[str]:
    return {scene_id for _at, by, scene_id in _notes(file) if by == pid}


def _begun_again(file: Path, victim: int | None, scenes: set[str]) -> list[float]:
    return [at for at, by, scene_id in _notes(file) if by != victim and scene_id in scenes]


def idle_in_process(url: str, folder: str, out: str) -> None:
    """Be a worker without work for 20 s and note what share of a core that took."""
    _quiet()

    async def main() -> float:
        async with worker(url, Path(folder)):
            await asyncio.sleep(2)
            before, begun = time.process_time(), time.perf_counter()
            await asyncio.sleep(20)
            return (time.process_time() - before) / (time.perf_counter() - begun) * 100

    Path(out).write_text(json.dumps(asyncio.run(main())))


def measure_idle(url: str, folder: Path) -> Figures:
    """Return the share of a core that an idle worker takes."""
    out = folder / "idle.json"
    process = SPAWN.Process(target=idle_in_process, args=(url, str(folder / "idle"), str(out)))
    process.start()
    process.join()
    return {"an idle worker, % of a core": json.loads(out.read_text())}


# -- the script


PARTS: dict[str, Callable[[UrlOf, Path, int], Figures]] = {
    "steps": lambda url_of, folder, _: asyncio.run(measure_steps(url_of(), folder)),
    "submit": lambda url_of, folder, scenes: measure_submit(url_of(), folder, scenes),
    "progress": lambda url_of, _, scenes: asyncio.run(measure_progress(url_of(), scenes)),
    "workers": lambda url_of, folder, _: measure_workers(url_of, folder),
    "takeover": lambda url_of, folder, _: measure_takeover(url_of, folder),
    "idle": lambda url_of, folder, _: measure_idle(url_of(), folder),
}
#: A SQLite state has a single worker.
POSTGRES_ONLY = ("workers", "takeover")


def measure(
    database: str, url_of: UrlOf, parts: list[str], scenes: int
) -> tuple[Figures, dict[str, list[float]]]:
    """Return the figures of a database, and the machine's load during each part."""
    figures: Figures = {}
    loads: dict[str, list[float]] = {}
    for part in parts:
        if database == "sqlite" and part in POSTGRES_ONLY:
            continue
        print(f"{database}: {part}", file=sys.stderr)
        loads[part] = [round(os.getloadavg()[0], 1)]
        with tempfile.TemporaryDirectory() as folder:
            figures |= PARTS[part](url_of, Path(folder), scenes)
        loads[part].append(round(os.getloadavg()[0], 1))
    return {name: round(value, 2) for name, value in figures.items()}, loads


def sqlite_urls(folder: Path) -> UrlOf:
    """Return what gives the URL of a new file each time."""
    numbers = iter(range(1000))

    def url() -> str:
        place = folder / str(next(numbers))
        place.mkdir()
        return f"sqlite:///{place / 'state.sqlite'}"

    return url


@contextmanager
def postgres_urls() -> Iterator[UrlOf | None]:
    """Yield what gives the URL of a new database each time; ``None`` without a server."""
    if postgres.binaries() is None:
        yield None
        return
    with postgres.running_server() as server:
        yield lambda: str(postgres.new_database(server))


def _ms(since: float) -> float:
    return (time.perf_counter() - since) * 1000


def _quantile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _quiet() -> None:
    logger.remove()
    logger.add(sys.stderr, level="ERROR")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--scenes", type=int, default=100_000, help="of the large run")
    parser.add_argument("--no-postgres", action="store_true", help="measure SQLite only")
    options = parser.parse_args()
    parts = options.only.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    _quiet()
    found: dict[str, Figures] = {}
    loads: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        found["sqlite"], loads["sqlite"] = measure(
            "sqlite", sqlite_urls(Path(folder)), parts, options.scenes
        )
    if not options.no_postgres:
        with postgres_urls() as url_of:
            if url_of is not None:
                found["postgres"], loads["postgres"] = measure(
                    "postgres", url_of, parts, options.scenes
                )
    names = dict.fromkeys(name for figures in found.values() for name in figures)
    print(f"{'ms where nothing else is said':44}" + "".join(f"{name:>12}" for name in found))
    for name in names:
        cells = (f"{f[name]:12.2f}" if name in f else f"{'-':>12}" for f in found.values())
        print(f"{name:44}" + "".join(cells))
    OUT.parent.mkdir(exist_ok=True)
    about = {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cpus": os.cpu_count(),
        "load": loads,
    }
    OUT.write_text(json.dumps({"about": about, "figures": found}, indent=2) + "\n")
    print(f"written to {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

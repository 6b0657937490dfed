"""Seconds per scene: stashbot beside a hand-written Playwright script, on the same server.

Both make the same clicks on the same scenes: open, scrape from a single source, apply, save,
organize. stashbot's figure includes scoring, the wire guard, verification and checkpoints. The
first scene of each page includes the load of the app and does not count.

::

    python bench/enrich.py --url http://127.0.0.1:9999 --source AlphaSource [--slow SlowSource]

Rounds alternate, so that both meet the same load of the machine; the table shows their medians.
Writes ``bench/out/enrich.json``. Scenes are blanked before each round: use a practice server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import baseline
import reset

from stashbot.decide.matching.scene_facts import read_scene_facts
from stashbot.decide.matching.scoring import score_proposal
from stashbot.errors import ScrapeFailed
from stashbot.flows.runs.driver import RunObserver, start_run
from stashbot.flows.runs.selection import RunRequest, prepare_enrich
from stashbot.flows.workflows import WORKFLOWS
from stashbot.logs import set_up_logging
from stashbot.models import Outcome
from stashbot.redaction import Scrubber
from stashbot.services import open_services
from stashbot.settings import Settings, load_settings
from stashbot.stash.client import open_stash

OUT = Path(__file__).parent / "out" / "enrich.json"


async def trusted_scenes(settings: Settings, source_name: str, most: int) -> list[str]:
    """Return up to ``most`` scenes whose proposal from the source is trusted."""
    found: list[str] = []
    async with open_stash(settings.stash) as client:
        (source,) = await client.resolve_sources([source_name])
        async for scene in client.iter_scenes():
            try:
                proposals = await client.scrape_single_scene(source, scene.id)
            except ScrapeFailed:
                continue
            facts = read_scene_facts(scene, settings.filenames)
            if proposals and score_proposal(proposals[0], facts, settings.weights).accepted:
                found.append(scene.id)
            if len(found) == most:
                break
    return found


def blank(url: str, ids: list[str]) -> None:
    """Remove all metadata of the scenes, as after a scan."""
    reset.blank(url, ids)


async def stashbot_seconds(settings: Settings, ids: list[str], source: str, pages: int) -> float:
    """Return seconds per scene by throughput, once every page has loaded the app."""
    ends: list[float] = []
    with tempfile.TemporaryDirectory() as state:
        chosen = settings.model_copy(
            update={
                "state": settings.state.model_copy(update={"dir": Path(state), "database": None}),
                "run": settings.run.model_copy(update={"workers": pages}),
            }
        )
        request = RunRequest(ids=tuple(ids), sources=(source,))
        async with open_services(chosen, WORKFLOWS, redactor=Scrubber()) as services:
            outcome = await start_run(
                services,
                lambda services: prepare_enrich(services, request),
                RunObserver(on_result=lambda _result: ends.append(time.monotonic())),
            )
    missed = [scene for scene in outcome.report.scenes if scene.outcome is not Outcome.APPLIED]
    if missed:
        why = "; ".join(f"{scene.id}: {scene.outcome.value} {scene.reason}" for scene in missed)
        sys.exit(f"not all scenes were applied, so there is nothing to compare: {why}")
    return (ends[-1] - ends[pages - 1]) / (len(ends) - pages)


async def script_seconds(url: str, ids: list[str], source: str, pages: int) -> float:
    """Return seconds per scene of the hand-written script."""
    seconds = await baseline.run(url, ids, source, pages)
    return statistics.mean(seconds[pages:]) / pages


async def compare(
    settings: Settings, ids: list[str], source: str, pages: int, rounds: int
) -> dict[str, float]:
    """Return the medians over alternating rounds, and their ratio."""
    url = settings.stash.url
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        blank(url, ids)
        theirs.append(await script_seconds(url, ids, source, pages))
        blank(url, ids)
        ours.append(await stashbot_seconds(settings, ids, source, pages))
    blank(url, ids)
    script, bot = statistics.median(theirs), statistics.median(ours)
    return {"script_s": script, "stashbot_s": bot, "ratio": bot / script}


async def measure(args: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Compare with each given source, with 1 and 2 pages."""
    settings = load_settings(None, {"stash": {"url": args.url}})
    reset.hush(args.url)
    results: dict[str, dict[str, float]] = {}
    for source in [args.source, *([args.slow] if args.slow else [])]:
        ids = await trusted_scenes(settings, source, args.scenes)
        print(f"{source}: {len(ids)} scenes", file=sys.stderr)
        for pages in (1, 2):
            results[f"{source}, {pages} page(s)"] = await compare(
                settings, ids, source, pages, args.rounds
            )
    return results


def main() -> None:
    """Measure, print the table and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--source", default="AlphaSource")
    parser.add_argument("--slow", help="a source that takes about 2 s to answer")
    parser.add_argument("--scenes", type=int, default=18)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    set_up_logging(scrubber=Scrubber(), level="WARNING")
    results = asyncio.run(measure(args))
    print(f"{'':32}{'script s':>10}{'stashbot s':>12}{'ratio':>8}")
    for name, row in results.items():
        print(f"{name:32}{row['script_s']:10.2f}{row['stashbot_s']:12.2f}{row['ratio']:8.2f}")
    for source in (args.source, args.slow):
        single, double = (results.get(f"{source}, {pages} page(s)") for pages in (1, 2))
        if single and double:
            script = single["script_s"] / double["script_s"]
            bot = single["stashbot_s"] / double["stashbot_s"]
            print(f"gain by a second page, {source}: script x{script:.2f}, stashbot x{bot:.2f}")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

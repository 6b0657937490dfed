"""Seconds a scene: stashbot against a hand-written Playwright script, on the same server.

Both make the same clicks on the same scenes, one after the other in one run: open, scrape from one
source, apply, save, organize. stashbot's figure includes its gates, the wire guard, verification
and checkpoints. The first scene of each page holds the load of the app and does not count.

::

    python bench/enrich.py --url http://127.0.0.1:9999 --source AlphaSource [--slow SlowSource]

Rounds alternate, so that both meet the same load of the machine; the table shows medians of rounds.
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

from stashbot.decide.matching.filename_parser import known_of
from stashbot.decide.matching.scoring import judge
from stashbot.errors import ScrapeFailed
from stashbot.flows.runs.driver import Progress, Request, carry_out
from stashbot.logs import set_up_logging
from stashbot.models import Outcome
from stashbot.redaction import Scrubber
from stashbot.settings import Settings, load_settings
from stashbot.stash.client import open_stash

OUT = Path(__file__).parent / "out" / "enrich.json"


async def trusted_scenes(settings: Settings, source_name: str, most: int) -> list[str]:
    """Scenes whose proposal from the source is trusted while they are blank."""
    found: list[str] = []
    async with open_stash(settings.stash) as client:
        (source,) = await client.resolve_sources([source_name])
        async for scene in client.iter_scenes():
            try:
                proposals = await client.scrape_single_scene(source, scene.id)
            except ScrapeFailed:
                continue
            known = known_of(scene, settings.filenames)
            if proposals and judge(proposals[0], known, settings.weights).accepted:
                found.append(scene.id)
            if len(found) == most:
                break
    return found


def blank(url: str, ids: list[str]) -> None:
    """The scenes without any data, as after a scan."""
    reset.blank(url, ids)


async def stashbot_seconds(settings: Settings, ids: list[str], source: str, pages: int) -> float:
    """Seconds a scene of throughput, from the first results on."""
    ends: list[float] = []
    with tempfile.TemporaryDirectory() as state:
        chosen = settings.model_copy(
            update={
                "state": settings.state.model_copy(update={"dir": Path(state), "database": None}),
                "run": settings.run.model_copy(update={"workers": pages}),
            }
        )
        finished = await carry_out(
            chosen,
            Request(ids=tuple(ids), sources=(source,)),
            Progress(on_result=lambda _result: ends.append(time.monotonic())),
        )
    missed = [one for one in finished.report.scenes if one.outcome is not Outcome.APPLIED]
    if missed:
        told = "; ".join(f"{one.id}: {one.outcome.value} {one.reason}" for one in missed)
        sys.exit(f"not all scenes were applied, so there is nothing to compare: {told}")
    return (ends[-1] - ends[pages - 1]) / (len(ends) - pages)


async def script_seconds(url: str, ids: list[str], source: str, pages: int) -> float:
    """The same for the hand-written script."""
    seconds = await baseline.run(url, ids, source, pages)
    return statistics.mean(seconds[pages:]) / pages


async def compare(
    settings: Settings, ids: list[str], source: str, pages: int, rounds: int
) -> dict[str, float]:
    """Medians over alternating rounds, and their ratio."""
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
    """All comparisons that were asked for."""
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
    """Measures, prints the table and writes the JSON."""
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
        one, two = (results.get(f"{source}, {pages} page(s)") for pages in (1, 2))
        if one and two:
            script, bot = one["script_s"] / two["script_s"], one["stashbot_s"] / two["stashbot_s"]
            print(f"two pages against one, {source}: script x{script:.2f}, stashbot x{bot:.2f}")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

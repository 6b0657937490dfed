"""The command line of ``bench/selectors.py``."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import selector_matrix as matrix
import selector_mutations as mutations

from stashbot.flows.checks.selector_check import check_selectors
from stashbot.logs import set_up_logging
from stashbot.redaction import Scrubber
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.settings import load_settings

OUT = Path(__file__).parent / "out"


def main(description: str) -> None:
    """Measure, print the table, and write the JSON file."""
    parser = argparse.ArgumentParser(
        prog="selectors.py",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subs = parser.add_subparsers(dest="what", required=True)
    sub = subs.add_parser("matrix")
    sub.add_argument("--url", nargs="*", default=[])
    sub.add_argument("--release", nargs="*", default=list(matrix.RELEASES), help="of sandboxes")
    sub.add_argument("--rows", nargs="*", default=[*matrix.LANGUAGES, *matrix.LOOKS])
    sub.add_argument(
        "--viewports", nargs="*", default=["x".join(map(str, v)) for v in matrix.VIEWPORTS]
    )
    sub.add_argument(
        "--profile", choices=["session", "user"], help="the profile of the themes; by default both"
    )
    sub.add_argument("--states", nargs="*")
    sub.add_argument("--quick", action="store_true", help=f"only {', '.join(matrix.QUICK)}")
    sub = subs.add_parser("mutations")
    sub.add_argument("--only", help="mutations of keys with this beginning")
    sub = subs.add_parser("time")
    sub.add_argument("--url", nargs="*", default=[])
    sub.add_argument("--rounds", type=int, default=3)
    for sub in subs.choices.values():
        sub.add_argument("--out", type=Path)
    args = parser.parse_args()
    set_up_logging(scrubber=Scrubber(), level="WARNING")
    tables = {"matrix": _matrix, "mutations": _mutations, "time": _time}
    results = asyncio.run(tables[args.what](args))
    file: Path = args.out or OUT / f"selectors-{args.what}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")


async def _matrix(args: argparse.Namespace) -> dict[str, Any]:
    viewports = [_size(size) for size in args.viewports]
    wanted = [
        cell
        for cell in matrix.cells(args.rows, viewports)
        if cell.row in matrix.LANGUAGES or args.profile in {None, cell.profile}
    ]
    states = args.states or (matrix.QUICK if args.quick else None)
    results = []
    print(matrix.HEADER)
    async for result in matrix.measure(args.url, args.release, wanted, states):
        results.append(result)
        print(matrix.line(result), flush=True)
    totals = matrix.as_json(results)
    print(
        f"{totals['holding']} of {totals['cells']} cells hold in full; "
        f"{totals['keys_holding']} of {totals['keys']} keys."
    )
    return totals


def _size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


async def _mutations(args: argparse.Namespace) -> dict[str, Any]:
    results = []
    print(mutations.HEADER)
    async for result in mutations.measure(args.only or ""):
        results.append(result)
        print(mutations.line(result), flush=True)
    document = mutations.as_json(results)
    print(*(f"{name:44}{number:5}" for name, number in document["totals"].items()), sep="\n")
    return document


async def _time(args: argparse.Namespace) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        urls = args.url or [stack.enter_context(Sandbox(SandboxOptions())).url]
        for url in urls:
            settings = load_settings(None, {"stash": {"url": url}, "state": {"dir": folder}})
            seconds, loads = [], []
            for _ in range(args.rounds):
                loads.append(os.getloadavg()[0])
                began = time.monotonic()
                report = await check_selectors(settings)
                seconds.append(time.monotonic() - began)
            keys = sum(len(state.findings) for state in report.states)
            reached = sum(state.reached for state in report.states)
            where = url if args.url else "sandbox"
            figures[where] = {
                "release": report.version,
                "seconds": [round(duration, 1) for duration in seconds],
                "median": round(statistics.median(seconds), 1),
                "load": [round(load, 1) for load in loads],
                "states": reached,
                "keys": keys,
            }
            print(where, *(f"{name} {value}" for name, value in figures[where].items()), sep="\n  ")
    return figures

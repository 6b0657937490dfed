"""Time until ``stashbot --help`` and the like answer, beside the import of typer and rich alone.

    python bench/startup.py [--runs N]

Prints the median of N runs (10) of each, in seconds, and the ratio to the import. Runs of all are
interleaved, so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

COMPLETION = {"_STASHBOT_COMPLETE": "complete_bash", "COMP_WORDS": "stashbot run --w"}
STASHBOT = (sys.executable, "-m", "stashbot")
CASES: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "import typer, rich": ((sys.executable, "-c", "import typer, rich"), {}),
    "--version": ((*STASHBOT, "--version"), {}),
    "--help": ((*STASHBOT, "--help"), {}),
    "run --help": ((*STASHBOT, "run", "--help"), {}),
    "triage accept --help": ((*STASHBOT, "triage", "accept", "--help"), {}),
    "completion": (STASHBOT, {**COMPLETION, "COMP_CWORD": "2"}),
}


def main() -> None:
    """Time all cases in turn and print their medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(runs):
        for name, (command, variables) in CASES.items():
            times[name].append(_time(command, variables))
    baseline = statistics.median(times["import typer, rich"])
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name:<22}{median:6.3f} s {median / baseline:6.2f} x")


def _time(command: tuple[str, ...], variables: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, env={**os.environ, **variables}, check=True, capture_output=True)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()

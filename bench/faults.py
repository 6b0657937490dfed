"""Faults between stashbot and a Stash: what is wrong, doubled, unrecorded or unfinished afterwards.

A calm run over some scenes shows what belongs into them. Then runs over the same scenes, blanked
before each, go through a proxy that spoils requests by seed (``fault_proxy``): each kind of fault
in a run of its own, then all of them mixed, until enough faults are injected. A run that stops is
resumed. Then scenes, audit and the proxy's count of saves are compared::

    python bench/faults.py --url http://127.0.0.1:9999 [--scenes 18] [--faults 500] [--outage 60]

wrong: scenes with a value that is neither blank nor the calm run's. doubled: saves with the same
content that Stash carried out twice. unrecorded: values in Stash without an audit row. unfinished:
scenes that the calm run applied and the run, after all resumes, did not. ``--outage`` adds a run
in which every request is answered 502 for so many seconds.

Writes ``bench/out/faults.json``. It blanks scenes and writes to them: use a practice server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import reset
from fault_proxy import KINDS, FaultProxy

from stashbot.browser.launch import BrowserHost
from stashbot.errors import Interrupted, StashbotError
from stashbot.flows.runs.driver import RunOutcome, resume_run, start_run
from stashbot.flows.runs.selection import RunRequest, prepare_enrich
from stashbot.flows.workflows import WORKFLOWS
from stashbot.logs import set_up_logging
from stashbot.models import Outcome
from stashbot.redaction import Scrubber
from stashbot.services import open_services
from stashbot.settings import load_settings
from stashbot.store import Store

OUT = Path(__file__).parent / "out" / "faults.json"
#: A run that stops more often than this is not resumed again.
MAX_RESUMES = 40
PATIENCE = {"budget_s": 90, "first_pause_s": 0.2, "longest_pause_s": 5}
#: The fields of a scene, as the audit names them, by what ``reset.read`` calls them.
FIELDS = {
    "title": "title", "code": "code", "details": "details", "director": "director",
    "urls": "urls", "date": "date", "organized": "organized", "studio": "studio",
    "performers": "performers", "tags": "tags", "groups": "groups",
}  # fmt: skip
Scenes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """The outcome of a run under a kind of fault."""

    kind: str
    injected: int
    wrong: tuple[str, ...]
    doubled: tuple[str, ...]
    unrecorded: tuple[str, ...]
    unfinished: tuple[str, ...]
    applicable: int
    resumes: int
    seconds: float
    reasons: tuple[str, ...] = ()


def wrong_scenes(held: Scenes, calm: Scenes, blank: Scenes) -> tuple[str, ...]:
    """Return the scenes with a value that is neither the blank nor the calm run's."""
    return tuple(
        scene_id
        for scene_id, values in held.items()
        if any(values[f] not in (calm[scene_id][f], blank[scene_id][f]) for f in FIELDS)
    )


def unrecorded_values(
    held: Scenes, blank: Scenes, audited: frozenset[tuple[str, str]]
) -> tuple[str, ...]:
    """Return ``scene field`` of the values that were written and stand in no audit row."""
    return tuple(
        f"{scene_id} {name}"
        for scene_id, values in held.items()
        for key, name in FIELDS.items()
        if values[key] != blank[scene_id][key] and (scene_id, name) not in audited
    )


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """Runs over the same scenes of a practice Stash, calm and under faults.

    ``browser`` is one that runs already; without it each run starts its own.
    """

    url: str
    scenes: tuple[str, ...]
    sources: tuple[str, ...] = ()
    workers: int = 2
    patience: Mapping[str, Any] = field(default_factory=lambda: PATIENCE)
    browser: BrowserHost | None = None

    async def calm(self) -> tuple[Scenes, tuple[str, ...]]:
        """Return the scenes after a run without faults, and which of them were applied."""
        reset.blank(self.url, self.scenes)
        with tempfile.TemporaryDirectory() as state:
            outcome, _ = await self._run(self.url, Path(state))
        applied = [r.id for r in outcome.report.scenes if r.outcome is Outcome.APPLIED]
        return reset.read(self.url, self.scenes), tuple(applied)

    async def under(
        self, proxy: FaultProxy, kind: str, calm: Scenes, applicable: Sequence[str]
    ) -> Row:
        """Run through the proxy, resume until the run is done, and compare."""
        reset.blank(self.url, self.scenes)
        blank = reset.read(self.url, self.scenes)
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as state:
            outcome, resumes = await self._run(proxy.url, Path(state))
            seconds = time.monotonic() - began
            audited = await self._audited(f"sqlite:///{state}/stashbot.sqlite")
        held = reset.read(self.url, self.scenes)
        results = {result.id: result for result in outcome.report.scenes}
        unfinished = tuple(
            scene_id
            for scene_id in applicable
            if scene_id not in results or results[scene_id].outcome is not Outcome.APPLIED
        )
        return Row(
            kind=kind,
            injected=proxy.injected.total(),
            wrong=wrong_scenes(held, calm, blank),
            doubled=tuple(save for save, count in proxy.saves.items() if count > 1),
            unrecorded=unrecorded_values(held, blank, audited),
            unfinished=unfinished,
            applicable=len(applicable),
            resumes=resumes,
            seconds=round(seconds, 1),
            reasons=tuple(
                f"{scene_id}: {results[scene_id].reason if scene_id in results else 'no result'}"
                for scene_id in unfinished
            ),
        )

    async def _run(self, url: str, state: Path) -> tuple[RunOutcome, int]:
        """Run, and resume as long as the run stops before its end."""
        settings = load_settings(
            None,
            {
                "stash": {"url": url},
                "state": {"dir": state},
                "run": {"workers": self.workers},
                "patience": dict(self.patience),
            },
        )
        request = RunRequest(ids=self.scenes, sources=self.sources)
        outcome: RunOutcome | None = None
        for resumes in range(MAX_RESUMES):
            try:
                async with open_services(
                    settings, WORKFLOWS, redactor=Scrubber(), browser=self.browser
                ) as services:
                    if outcome is None:
                        outcome = await start_run(services, lambda s: prepare_enrich(s, request))
                    else:
                        outcome = await resume_run(services, outcome.report.run)
            except StashbotError as error:  # before the run, such as a 401 at the login
                print(f"  stopped: {error.message}", file=sys.stderr)
                continue
            if outcome.stopped_by is None:
                return outcome, resumes
            if isinstance(outcome.stopped_by, Interrupted):
                sys.exit("Stopped.")
            print(f"  stopped: {outcome.stopped_by.message}", file=sys.stderr)
        if outcome is None:
            sys.exit("No run could begin through the proxy.")
        return outcome, MAX_RESUMES

    async def _audited(self, url: str) -> frozenset[tuple[str, str]]:
        async with Store(url, create=False) as store:
            entries = await store.audit.entries()
        return frozenset((entry.scene, entry.field) for entry in entries)


def table(rows: Sequence[Row]) -> str:
    """Return the rows and their sums as a text table."""
    head = ("fault", "injected", "wrong", "doubled", "unrecorded", "unfinished", "resumes", "s")
    lines = [
        (
            row.kind, row.injected, len(row.wrong), len(row.doubled), len(row.unrecorded),
            f"{len(row.unfinished)}/{row.applicable}", row.resumes, row.seconds,
        )
        for row in rows
    ]  # fmt: skip
    lost = sum(len(row.unfinished) for row in rows)
    total = sum(row.applicable for row in rows)
    lines.append((
        "sum", sum(r.injected for r in rows), sum(len(r.wrong) for r in rows),
        sum(len(r.doubled) for r in rows), sum(len(r.unrecorded) for r in rows),
        f"{lost}/{total}", sum(r.resumes for r in rows), round(sum(r.seconds for r in rows), 1),
    ))  # fmt: skip
    texts = [[str(cell) for cell in line] for line in (head, *lines)]
    widths = [max(len(line[i]) for line in texts) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if not i else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in texts
    )


async def measure(campaign: Campaign, kinds: Sequence[str], faults: int, outage_s: float) -> Any:
    """Return the rows: a kind each, an outage, and mixed runs until there are enough faults."""
    calm, applicable = await campaign.calm()
    print(f"calm: {len(applicable)} of {len(campaign.scenes)} scenes applied", file=sys.stderr)
    rows: list[Row] = []

    async def add(kind: str, proxy: FaultProxy, *, outage: float = 0.0) -> None:
        with proxy:
            if outage:
                threading.Timer(8.0, lambda: setattr(proxy, "is_down", True)).start()
                threading.Timer(8.0 + outage, lambda: setattr(proxy, "is_down", False)).start()
            rows.append(await campaign.under(proxy, kind, calm, applicable))
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
        print(table(rows[-1:]), *rows[-1].reasons, sep="\n", file=sys.stderr)

    proxy = FaultProxy(campaign.url)
    if outage_s:
        await add(f"502 for {outage_s:g} s", replace(proxy, kinds=()), outage=outage_s)
    for seed, kind in enumerate(kinds):
        await add(kind, replace(proxy, kinds=(kind,), seed=seed))
    seed = len(kinds)
    while sum(row.injected for row in rows) < faults:
        await add(f"mixed, seed {seed}", replace(proxy, seed=seed))
        seed += 1
    return rows


def main() -> None:
    """Run the campaign on the Stash given on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:9999")
    parser.add_argument("--scenes", type=int, default=18)
    parser.add_argument("--sources", nargs="*", default=[])
    parser.add_argument("--faults", type=int, default=500, help="at least so many in all")
    parser.add_argument("--outage", type=float, default=60, help="seconds of 502; 0 for none")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    given = parser.parse_args()
    set_up_logging(scrubber=Scrubber(), level="ERROR")
    reset.hush(given.url)
    campaign = Campaign(
        url=given.url,
        scenes=tuple(str(number) for number in range(1, given.scenes + 1)),
        sources=tuple(given.sources),
    )
    rows = asyncio.run(measure(campaign, given.kinds, given.faults, given.outage))
    print(table(rows))


if __name__ == "__main__":
    main()

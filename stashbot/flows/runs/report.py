"""The report of a run, as far as it got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from stashbot.flows.runs.options import RunOptions
from stashbot.models import OmissionKind, Outcome, RunReport, SceneResult
from stashbot.settings import Settings
from stashbot.store import Run, Store

#: The outcomes of scenes whose omissions are final, and not those of a proposal in doubt.
_SETTLED = frozenset({Outcome.APPLIED, Outcome.PLANNED, Outcome.SKIPPED})


async def report_of(store: Store, run: Run, settings: Settings) -> RunReport:
    """Return the report of a run: scenes in the run's order, totals, what was left out, budgets."""
    scenes = await store.results.in_order(run.id)
    counts = Counter(result.outcome for result in scenes)
    return RunReport(
        run=run.id,
        dry_run=run.dry_run,
        scenes=scenes,
        totals={
            "scenes": run.scene_count,
            **{outcome.value: counts[outcome] for outcome in Outcome},
        },
        left_out=count_left_out(scenes),
        budgets=await store.timings.budgets(run.id, settings.budgets.by_phase),
        outages=await store.outages.of_run(run.id),
        asked_lately=RunOptions.model_validate(run.options).asked_lately,
    )


def count_left_out(results: Iterable[SceneResult]) -> dict[str, dict[str, int]]:
    """Return by field the names that Stash lacks, most frequent first, each with its scenes."""
    counts: dict[str, Counter[str]] = {}
    for result in results:
        if result.outcome not in _SETTLED:
            continue
        for omission in result.omitted:
            if omission.kind is OmissionKind.NOT_IN_STASH:
                counts.setdefault(omission.field.value, Counter())[omission.name] += 1
    return {
        field: dict(sorted(names.items(), key=lambda pair: (-pair[1], pair[0])))
        for field, names in sorted(counts.items())
    }

"""The smoke test of a running Stash: does all that stashbot needs hold there? Nothing is changed.

The tour of all states with every selector key, one dry run of scrape, apply and save, and the
proof that every scene is afterwards as it was before.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import computed_field

from stashbot.flows.checks.save_rehearsal import SCENES, DryRun, SmokeStep
from stashbot.flows.checks.selector_check import (
    KEYS_ONLY,
    QUICK_STATES,
    SelectorReport,
    check_selectors,
)
from stashbot.flows.checks.tour.tour import Looks
from stashbot.flows.runs.context import open_pages
from stashbot.models import Model, Scene, Source
from stashbot.selectors import Registry
from stashbot.settings import Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.stash.library_snapshot import census
from stashbot.stash.scenes import existing_scene, first_scenes
from stashbot.stash.server_summary import survey

SELECTORS = "selectors"
UNCHANGED = "unchanged"


class SmokeReport(Model):
    """What a smoke test found. ``changed`` says what was another in Stash after it than before."""

    version: str
    url: str
    started: str
    elapsed_ms: int = 0
    steps: tuple[SmokeStep, ...]
    selectors: SelectorReport
    scene: str = ""
    source: str = ""
    changed: tuple[str, ...] = ()

    def step(self, name: str) -> SmokeStep | None:
        """The step of that name, if it was asked for."""
        return next((step for step in self.steps if step.name == name), None)

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def unchanged(self) -> bool:
        """Whether Stash is as it was before."""
        return not self.changed

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def ok(self) -> bool:
        """Whether no step failed; what the server gives no occasion for is skipped."""
        return not any(step.verdict == "failed" for step in self.steps)


async def smoke(
    settings: Settings,
    *,
    scene_id: str | None = None,
    source: str | None = None,
    full: bool = True,
    states: Sequence[str] | None = None,
    dry_run: bool = True,
    looks: Looks = KEYS_ONLY,
) -> SmokeReport:
    """Carries out the smoke test.

    ``full`` visits all states, else a few of a scene's page; ``states`` are those to visit
    otherwise, and may be none. The dry run takes ``scene_id`` and ``source`` if they are given.

    Raises:
        UnknownScene: Stash has no such scene.
        UnknownSource: Stash has no such source.
        UsageError: there is no such state.
        UnreachableError: Stash or the browser is not there.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    wanted = states if states is not None else None if full else QUICK_STATES
    async with open_stash(settings.stash) as client:
        scenes = await _scenes(client, scene_id)
        sources = await client.resolve_sources((source,) if source else settings.run.sources)
        held, counted = await survey(client), await census(client)
        ended = time.monotonic()
        report = await check_selectors(settings, scene_id=scene_id, states=wanted, looks=looks)
        steps = [_selector_step(report, _ms(ended))]
        dry = None
        if dry_run:
            dry = await _dry_run(settings, client, scenes, sources, chosen=source is not None)
            steps += dry.steps
        ended = time.monotonic()
        changed = (*counted.changes(await census(client)), *held.changes(await survey(client)))
        steps.append(_unchanged_step(len(counted.scenes), changed, _ms(ended)))
        return SmokeReport(
            version=client.server.version,
            url=settings.stash.url,
            started=started.isoformat(timespec="seconds"),
            elapsed_ms=_ms(clock),
            steps=tuple(steps),
            selectors=report,
            scene=dry.scene.id if dry and dry.scene else report.scene,
            source=dry.source.name if dry and dry.source else "",
            changed=changed,
        )


async def _dry_run(
    settings: Settings,
    client: StashClient,
    scenes: Sequence[Scene],
    sources: Sequence[Source],
    *,
    chosen: bool,
) -> DryRun:
    registry = Registry.load(settings.selectors.folder, problems=[])
    selectors = registry.for_release(client.server.release)
    async with open_pages(settings, client, selectors, read_only=True) as pool:
        session = await pool.acquire()
        try:
            dry = DryRun(session, client, settings, scenes, sources, chosen)
            await dry.carry_out()
        finally:
            await pool.discard(session)
    return dry


async def _scenes(client: StashClient, scene_id: str | None) -> tuple[Scene, ...]:
    """The scene that was asked for; else some that lack much, for which a source has something new.

    Those that are not organized go first.
    """
    if scene_id is not None:
        return (await existing_scene(client, scene_id),)
    lacking = reversed(await first_scenes(client))
    return tuple(sorted(lacking, key=lambda scene: scene.organized))[:SCENES]


def _selector_step(report: SelectorReport, elapsed_ms: int) -> SmokeStep:
    findings = [one for state in report.states for one in state.findings]
    reached = sum(state.reached for state in report.states)
    told = [
        f"{len(findings) - len(report.broken)} of {len(findings)} checks hold in "
        f"{reached} of {len(report.states)} states"
    ]
    told += [
        f"{state.state}: {one.name} {one.why}" for state in report.states for one in state.broken
    ]
    told += [f"{state.state} was not reached: {state.why}" for state in report.failed]
    told += report.problems
    failed = bool(report.broken or report.failed or report.problems)
    return SmokeStep(
        name=SELECTORS,
        verdict="failed" if failed else "ok" if findings else "skipped",
        detail="; ".join(told),
        elapsed_ms=elapsed_ms,
    )


def _unchanged_step(scenes: int, changed: Sequence[str], elapsed_ms: int) -> SmokeStep:
    told = f"{scenes} scenes are as they were, field by field, and so is all else"
    return SmokeStep(
        name=UNCHANGED,
        verdict="failed" if changed else "ok",
        detail="; ".join(changed) or told,
        elapsed_ms=elapsed_ms,
    )


def _ms(since: float) -> int:
    return round((time.monotonic() - since) * 1000)

"""The smoke test of a running Stash: does all that stashbot needs work there? Nothing is changed.

It checks every selector key in its state, rehearses a scrape, apply and save with the write
stopped, and proves that every scene is as it was before.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import computed_field

from stashbot.browser.wire_guard import WritePolicy
from stashbot.flows.checks.save_rehearsal import SCENES, SaveRehearsal, SmokeStep
from stashbot.flows.checks.selector_check import (
    CAPTURE_NOTHING,
    QUICK_STATES,
    SelectorReport,
    check_selectors,
)
from stashbot.flows.checks.tour.tour import Captures
from stashbot.models import Model, Scene, Source
from stashbot.selectors import Registry
from stashbot.services import open_pages
from stashbot.settings import Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.stash.library_snapshot import summarize_server, take_scene_snapshot

SELECTORS = "selectors"
UNCHANGED = "unchanged"


class SmokeReport(Model):
    """The result of a smoke test. ``changed`` says what differs in Stash after it."""

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
        """Return the step of that name, if it was part of the test."""
        return next((step for step in self.steps if step.name == name), None)

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def unchanged(self) -> bool:
        """Whether Stash is as it was before."""
        return not self.changed

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def ok(self) -> bool:
        """Whether no step failed; steps that the server gives no occasion for are skipped."""
        return not any(step.verdict == "failed" for step in self.steps)


async def smoke(
    settings: Settings,
    *,
    scene_id: str | None = None,
    source: str | None = None,
    full: bool = True,
    states: Sequence[str] | None = None,
    rehearse_save: bool = True,
    captures: Captures = CAPTURE_NOTHING,
) -> SmokeReport:
    """Carry out the smoke test.

    ``full`` visits all states, otherwise a few of a scene's page; ``states`` names other ones, and
    may be empty. The rehearsal takes ``scene_id`` and ``source`` if they are given.

    Raises:
        UnknownScene: Stash has no such scene.
        UnknownSource: Stash has no such source.
        UsageError: there is no such state.
        UnreachableError: Stash or the browser is not there.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    if states is None and not full:
        states = QUICK_STATES
    async with open_stash(settings.stash) as client:
        scenes = await _choose_scenes(client, scene_id)
        sources = await client.resolve_sources((source,) if source else settings.run.sources)
        server_before, scenes_before = (
            await summarize_server(client),
            await take_scene_snapshot(client),
        )
        step_clock = time.monotonic()
        report = await check_selectors(
            settings, scene_id=scene_id, states=states, captures=captures
        )
        steps = [_selector_step(report, _ms_since(step_clock))]
        rehearsal = None
        if rehearse_save:
            rehearsal = await _rehearse(
                settings, client, scenes, sources, is_chosen=source is not None
            )
            steps += rehearsal.steps
        step_clock = time.monotonic()
        changed = (
            *scenes_before.changes(await take_scene_snapshot(client)),
            *server_before.changes(await summarize_server(client)),
        )
        steps.append(_unchanged_step(len(scenes_before.scenes), changed, _ms_since(step_clock)))
        return SmokeReport(
            version=client.server.version,
            url=settings.stash.url,
            started=started.isoformat(timespec="seconds"),
            elapsed_ms=_ms_since(clock),
            steps=tuple(steps),
            selectors=report,
            scene=rehearsal.scene.id if rehearsal and rehearsal.scene else report.scene,
            source=rehearsal.source.name if rehearsal and rehearsal.source else "",
            changed=changed,
        )


async def _rehearse(
    settings: Settings,
    client: StashClient,
    scenes: Sequence[Scene],
    sources: Sequence[Source],
    *,
    is_chosen: bool,
) -> SaveRehearsal:
    registry = Registry.load(settings.selectors.folder, problems=[])
    selectors = registry.for_release(client.server.release)
    async with open_pages(settings, client, selectors) as pool:
        session = await pool.acquire(WritePolicy.BLOCKED)
        try:
            rehearsal = SaveRehearsal(session, client, settings, scenes, sources, is_chosen)
            await rehearsal.run()
        finally:
            await pool.discard(session)
    return rehearsal


async def _choose_scenes(client: StashClient, scene_id: str | None) -> tuple[Scene, ...]:
    """Return the scenes to rehearse with.

    Without ``scene_id`` these are scenes with little data, which sources may add to, and the ones
    that are not organized first.
    """
    if scene_id is not None:
        return (await client.get_scene(scene_id),)
    poorest = reversed(await client.richest_scenes())
    return tuple(sorted(poorest, key=lambda scene: scene.organized))[:SCENES]


def _selector_step(report: SelectorReport, elapsed_ms: int) -> SmokeStep:
    findings = [finding for state in report.states for finding in state.findings]
    reached = sum(state.reached for state in report.states)
    details = [
        f"{len(findings) - len(report.broken)} of {len(findings)} checks hold in "
        f"{reached} of {len(report.states)} states"
    ]
    details += [
        f"{state.state}: {finding.name} {finding.why}"
        for state in report.states
        for finding in state.broken
    ]
    details += [f"{state.state} was not reached: {state.why}" for state in report.failed]
    details += report.problems
    failed = bool(report.broken or report.failed or report.problems)
    return SmokeStep(
        name=SELECTORS,
        verdict="failed" if failed else "ok" if findings else "skipped",
        detail="; ".join(details),
        elapsed_ms=elapsed_ms,
    )


def _unchanged_step(scenes: int, changed: Sequence[str], elapsed_ms: int) -> SmokeStep:
    unchanged = f"{scenes} scenes are as they were, field by field, and so is all else"
    return SmokeStep(
        name=UNCHANGED,
        verdict="failed" if changed else "ok",
        detail="; ".join(changed) or unchanged,
        elapsed_ms=elapsed_ms,
    )


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)

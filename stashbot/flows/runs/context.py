"""The context that the workflows of a run share, looked up by the run's id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loguru import logger
from pydantic import Field

from stashbot.decide.matching.scene_facts import SceneFacts, read_scene_facts
from stashbot.decide.matching.scoring import score_proposal
from stashbot.decide.rules.rule_set import RuleSet
from stashbot.decide.scheduling.budgets import BudgetWatch
from stashbot.decide.sources.ranking import SourceCounts, SourceHistory
from stashbot.errors import OverBudget, StashbotError
from stashbot.flows.runs.options import RunOptions
from stashbot.models import Judgement, Model, Proposal, Scene, SceneResult, SourceOutage
from stashbot.services import Services
from stashbot.settings import Settings
from stashbot.stash.client import StashClient
from stashbot.stash.entity_library import EntityLibrary
from stashbot.store import EventKind, NewEvent, Run, Store


class RunSnapshot(Model):
    """The data that was read when a run began, kept with it: all workers decide by the same.

    ``tallies`` are the counts of the sources' answers; ``missing_tags`` for how many scenes each
    tag was proposed that Stash does not have.
    """

    tallies: tuple[SourceCounts, ...] = ()
    missing_tags: dict[str, int] = Field(default_factory=dict)


async def take_snapshot(services: Services) -> RunSnapshot:
    """Return what is known now, for a run that begins."""
    stats = await services.store.sources.stats()
    return RunSnapshot(
        tallies=tuple(stat.weighted for stat in stats),
        missing_tags=await services.store.missing_tags.counts(),
    )


@dataclass
class RunContext:
    """The options, rules and history of a run, as all its scenes see them.

    ``entities`` are the library's by kind; a dry run adds what it would have created, so that
    later scenes link to it.
    """

    services: Services
    run_id: str
    began: datetime
    options: RunOptions
    rules: RuleSet
    history: SourceHistory
    missing_tags: dict[str, int]
    budgets: BudgetWatch
    entities: EntityLibrary = field(init=False)

    async def judge(self, proposal: Proposal, facts: SceneFacts) -> Judgement:
        """Judge a proposal by the settings of the run and the names of the library."""
        return score_proposal(
            proposal,
            facts,
            self.options.weights,
            self.options.contradictions,
            await self.entities.names(),
        )

    @property
    def settings(self) -> Settings:
        """Return the settings of this process; what a run must keep is in ``options``."""
        return self.services.settings

    @property
    def store(self) -> Store:
        """Return the state."""
        return self.services.store

    @property
    def stash(self) -> StashClient:
        """Return the client of Stash."""
        return self.services.stash

    def __post_init__(self) -> None:
        self.entities = EntityLibrary(self.services.stash)

    async def record_timing(
        self, scene_id: str, phase: str, elapsed_ms: int, *, label: str = ""
    ) -> None:
        """Write down how long a phase took; stop the run if it is too slow too often."""
        services = self.services
        await services.store.timings.add(self.run_id, scene_id, phase, elapsed_ms, label=label)
        if not self.budgets.exceeded(phase, elapsed_ms):
            return
        settings = services.settings.budgets
        budget_ms = settings.by_phase[phase]
        await services.working_engine.stop_run(
            self.run_id,
            OverBudget(
                f"{phase} took longer than its budget of {budget_ms / 1000:g} s "
                f"{settings.stop_after} times in a row.",
                hint="See `stashbot metrics phases`; [budgets] stop_after sets when a run stops.",
                phase=phase,
                budget_ms=budget_ms,
            ),
        )

    def facts(self, scene: Scene) -> SceneFacts:
        """Return what decisions about a scene rest on: its metadata and its file name, as read."""
        return read_scene_facts(scene, self.options.filenames, self.options.routing)

    def report_phase(self, scene_id: str, name: str, phase: str, detail: str = "") -> None:
        """Let every reader of the run see what is being done with a scene."""
        self.services.events.add(
            NewEvent(
                run=self.run_id,
                scene=scene_id,
                worker=self.services.worker_name,
                kind=EventKind.PHASE,
                name=name,
                phase=phase,
                detail=detail,
                at=self.store.clock(),
            )
        )

    async def outage_of(self, source: str) -> SourceOutage | None:
        """Return why not to ask the source at this moment; ``None`` if it can be."""
        outages = await self.store.outages.of_run(self.run_id)
        return next((outage for outage in outages if outage.source == source), None)

    def report_outage(self, outage: SourceOutage) -> None:
        """Let every reader of the run see that the run asks a source no more."""
        logger.info("{} is not asked: {}: {}", outage.source, outage.reason, outage.detail)
        self.services.events.add(
            NewEvent(
                run=self.run_id,
                worker=self.services.worker_name,
                kind=EventKind.OUTAGE,
                name=outage.source,
                detail=f"{outage.reason}: {outage.detail}",
                at=self.store.clock(),
            )
        )

    def report_result(self, result: SceneResult) -> None:
        """Let every reader of the run see that a scene has ended."""
        self.services.events.add(
            NewEvent(
                run=self.run_id,
                scene=result.id,
                worker=self.services.worker_name,
                kind=EventKind.RESULT,
                name=result.name,
                phase=result.outcome.value,
                at=self.store.clock(),
            )
        )


async def run_context(services: Services, run_id: str) -> RunContext:
    """Return the context of a run; it is read once and kept while this process serves the run.

    Raises:
        UnknownRun: the state does not hold the run.
        ConfigError: the rules that are kept with the run are wrong.
    """
    found: Any = services.run_contexts.get(run_id)
    if found is None:
        run = await services.store.runs.get(run_id)
        snapshot = RunSnapshot.model_validate(await services.store.runs.snapshot(run_id) or {})
        # Another scene of the run may have been faster: all scenes share a context.
        found = services.run_contexts.setdefault(run_id, _context(services, run, snapshot))
    context: RunContext = found
    return context


def forget_ended(services: Services, active: Iterable[str]) -> None:
    """Drop the contexts of runs that are over."""
    for run_id in services.run_contexts.keys() - set(active):
        del services.run_contexts[run_id]


def _context(services: Services, run: Run, snapshot: RunSnapshot) -> RunContext:
    options = RunOptions.model_validate(run.options)
    return RunContext(
        services=services,
        run_id=run.id,
        began=run.started,
        options=options,
        rules=options.rules.compile(),
        history=SourceHistory(snapshot.tallies),
        missing_tags=snapshot.missing_tags,
        budgets=BudgetWatch(services.settings.budgets),
    )


def report_pause(
    services: Services, run_id: str, workflow_id: str, fault: StashbotError, seconds: float
) -> None:
    """Let every reader of the run see that a scene waits for a fault to pass."""
    scene_id = workflow_id.removeprefix(f"{run_id}:")
    services.events.add(
        NewEvent(
            run=run_id,
            scene=scene_id,
            worker=services.worker_name,
            kind=EventKind.PHASE,
            name=f"scene {scene_id}",
            phase="wait",
            detail=f"{fault.message} Next try in {seconds:.0f} s.",
            at=services.store.clock(),
        )
    )

"""Asking one source about one scene through the page, and judging what it says."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from stashbot.decide.matching.filename_parser import known_of
from stashbot.decide.matching.scoring import judge
from stashbot.decide.matching.search_candidates import doubted
from stashbot.decide.planning.dialog_plan import from_source, surely_opens
from stashbot.errors import AnswerTimeout, ScrapeFailed
from stashbot.flows.enrich.build_plan import plan_for
from stashbot.flows.enrich.source_order import keys_of
from stashbot.flows.enrich.steps.ask_source import ask
from stashbot.flows.runs.context import Lease, Runtime
from stashbot.models import (
    Attempt,
    Judgement,
    Model,
    Plan,
    Proposal,
    Question,
    Scene,
    Source,
)
from stashbot.pages.scrape_dialog import ScrapeDialog
from stashbot.pages.scrape_menu import ScraperMenus

Result = Literal["accepted", "low", "nothing", "failed"]


class Scraped(Model):
    """What a source gave: the attempt, and the judged proposal if there was one."""

    attempt: Attempt
    proposal: Proposal | None = None
    judgement: Judgement | None = None
    plan: Plan | None = None
    merged: tuple[Proposal, ...] = ()

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """What the plan was made of: one proposal, or the several that were ``merged``."""
        return self.merged or ((self.proposal,) if self.proposal else ())

    @property
    def accepted(self) -> bool:
        """Whether the proposal is trusted."""
        return self.attempt.result == "accepted"


@dataclass
class Scraping:
    """One source, one scene. A trusted proposal's results dialog is left open for the save, unless
    the source is not ``alone`` and others are asked before.
    """

    runtime: Runtime
    lease: Lease
    run_id: str
    scene: Scene
    source: Source
    question: Question = field(default_factory=Question)
    alone: bool = True

    async def act(self) -> Scraped:
        """Scrapes, judges and plans; writes down what the source gave, in the same step.

        Raises:
            PageError: the page, not the source, is what failed.
        """
        await self.lease.show(self.scene)
        started = time.monotonic()
        try:
            answer = await ask(self.runtime, self.lease, self.scene, self.source, self.question)
        except ScrapeFailed as error:
            return await self._note(started, "failed", detail=error.message)
        except AnswerTimeout as error:
            if error.fields.get("sent") is False:
                raise
            self.lease.fresh = True  # its late answer must not meet another scene
            await self.runtime.client.server_info()  # Stash itself may be gone
            return await self._note(started, "failed", detail=error.message)
        proposal = answer.proposal
        if proposal is None:
            return await self._note(started, "nothing")
        if proposal.is_empty:
            await self._close_dialog(expected=False)
            return await self._note(started, "nothing")
        options = self.runtime.options
        judgement = judge(proposal, known_of(self.scene, options.filenames), options.weights)
        if answer.doubt is not None:
            judgement = doubted(judgement, answer.doubt)
        plan = await plan_for(self.runtime, self.scene, (proposal,))
        if not (judgement.accepted and self.alone and from_source(plan)) or options.dry_run:
            await self._close_dialog(expected=surely_opens(plan, proposal))
        result: Result = "accepted" if judgement.accepted else "low"
        return await self._note(started, result, found=(proposal, judgement, plan))

    async def _close_dialog(self, *, expected: bool) -> None:
        """Cancels the results dialog; when none is sure to come, after the page came to rest."""
        session = await self.lease.page()
        dialog = ScrapeDialog(session)
        if expected:
            await dialog.wait()
        elif not await ScraperMenus(session).settled():
            self.lease.dialog = None
            return
        await dialog.cancel()
        self.lease.dialog = None

    async def _note(
        self,
        started: float,
        result: Result,
        *,
        detail: str = "",
        found: tuple[Proposal, Judgement, Plan] | None = None,
    ) -> Scraped:
        elapsed_ms = round((time.monotonic() - started) * 1000)
        await self._count(result, elapsed_ms)
        proposal, judgement, plan = found or (None, None, None)
        attempt = Attempt(
            source=self.source.name,
            asked=self.question,
            result=result,
            score=judgement.score if judgement else None,
            detail=detail,
            elapsed_ms=elapsed_ms,
        )
        return Scraped(attempt=attempt, proposal=proposal, judgement=judgement, plan=plan)

    async def _count(self, result: Result, elapsed_ms: int) -> None:
        """Statistics of the source under the scene's studio; a dry run leaves none but times.

        Nor do several that read one address: which of them did is not known.
        """
        store = self.runtime.store
        name = self.source.name
        await self.runtime.timed(self.run_id, self.scene.id, "scrape", elapsed_ms, label=name)
        if self.runtime.options.dry_run or not self.source.key:
            return
        options = self.runtime.options
        await store.count_source(
            self.run_id,
            self.scene.id,
            name,
            keys=keys_of(self.scene, options).together,
            ok=result == "accepted",
            half_life=timedelta(days=options.routing.half_life_days),
        )

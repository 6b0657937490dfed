"""Ask a source about a scene through the page, and judge its answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from stashbot.decide.intake.doubts import doubts_about, with_doubts
from stashbot.decide.intake.proposal_cleaning import says_nothing
from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.matching.search_candidates import with_close_rival
from stashbot.decide.planning.dialog_plan import dialog_will_open, has_source_changes
from stashbot.decide.sources.ranking import route_keys
from stashbot.errors import AnswerTimeout, RequestNotSent, ScrapeFailed
from stashbot.flows.enrich.basis import Basis
from stashbot.flows.enrich.build_plan import build_plan
from stashbot.flows.enrich.scene_editor import SceneEditor
from stashbot.flows.enrich.steps.ask_source import SourceAnswer, ask_source
from stashbot.flows.runs.context import RunContext
from stashbot.models import (
    Attempt,
    Judgement,
    Model,
    Plan,
    Proposal,
    ScrapeQuery,
    Source,
    SourceOutage,
)
from stashbot.pages.scrape_dialog import ScrapeDialog
from stashbot.pages.scrape_menu import ScrapeMenu

#: Scenes that a doubt names.
_MAX_SCENES = 3
Result = Literal["accepted", "low", "nothing", "rejected", "failed"]


class ScrapeResult(Model):
    """The answer of a source: the attempt, and the judged proposal if there was one.

    ``merged`` are the proposals of several sources, where the plan was made of several. ``outage``
    is set if the source is not to be asked for now, because it failed.
    """

    attempt: Attempt
    proposal: Proposal | None = None
    judgement: Judgement | None = None
    plan: Plan | None = None
    merged: tuple[Proposal, ...] = ()
    outage: SourceOutage | None = None

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """Return the proposals that the plan was made of."""
        return self.merged or ((self.proposal,) if self.proposal else ())

    @property
    def accepted(self) -> bool:
        """Return whether the proposal is trusted."""
        return self.attempt.result == "accepted"

    @property
    def basis(self) -> Basis:
        """Return what a scene's result that rests on this answer shows of it."""
        judgement = self.judgement
        return Basis(
            source=self.attempt.source,
            score=judgement.score if judgement else None,
            evidence=judgement.evidence if judgement else (),
            contradictions=judgement.contradictions if judgement else (),
            name_parts=judgement.name if judgement else (),
            plan=self.plan,
            cleanings=tuple(note for known in self.proposals for note in known.cleanings),
        )


@dataclass
class ScrapeStep:
    """Asks a source about a scene.

    The results dialog of a trusted proposal stays open for the save, unless other sources are asked
    before it, which ``is_single_source`` excludes.
    """

    context: RunContext
    editor: SceneEditor
    facts: SceneFacts
    source: Source
    query: ScrapeQuery = field(default_factory=ScrapeQuery)
    is_single_source: bool = True

    async def run(self) -> ScrapeResult:
        """Scrape, judge and plan; count the source's answer in the same step.

        Raises:
            PageError: the page, not the source, is what failed.
        """
        await self.editor.open(self.facts.scene)
        # Other scenes may have met the source's failure while this scene waited for a page.
        if (outage := await self.context.outage_of(self.source.name)) is not None:
            return self.not_asked(outage)
        started = time.monotonic()
        try:
            answer = await ask_source(
                self.context, self.editor, self.facts, self.source, self.query
            )
        except ScrapeFailed as error:
            return await self._result(started, "failed", detail=error.message)
        except RequestNotSent:
            raise
        except AnswerTimeout as error:
            # The late answer must not meet another scene; and Stash itself may be gone.
            self.editor.needs_reload()
            await self.context.stash.server_info()
            return await self._result(started, "failed", detail=error.message)
        return await self._judge(answer, started)

    async def _judge(self, answer: SourceAnswer, started: float) -> ScrapeResult:
        """Judge an answer and plan over it; leave its dialog open only for the save."""
        proposal = answer.proposal
        if proposal is None:
            return await self._result(started, "rejected" if answer.rejected else "nothing")
        if says_nothing(proposal, self.facts.scene):
            await self._close_dialog(will_open=False)
            return await self._result(started, "nothing")
        if await self.context.store.triage.was_rejected(self.facts.scene.id, proposal):
            await self._close_dialog(will_open=False)
            return await self._result(started, "rejected")
        options = self.context.options
        judgement = await self.context.judge(proposal, self.facts)
        if answer.close_rival is not None:
            judgement = with_close_rival(judgement, answer.close_rival)
            judgement = judgement.model_copy(update={"rivals": answer.rivals})
        plan = await build_plan(self.context, self.facts, (proposal,))
        doubts = (*doubts_about(proposal, plan), *await self._repeated(proposal, judgement))
        judgement = with_doubts(judgement, doubts)
        saves_next = judgement.accepted and self.is_single_source and has_source_changes(plan)
        if not saves_next or options.dry_run:
            await self._close_dialog(will_open=dialog_will_open(plan, proposal))
        result: Result = "accepted" if judgement.accepted else "low"
        return await self._result(started, result, judged=(proposal, judgement, plan))

    def not_asked(self, outage: SourceOutage) -> ScrapeResult:
        """Return the result for a source that is not to be asked for now."""
        attempt = Attempt(
            source=self.source.name, query=self.query, result="not_asked", detail=outage.reason
        )
        return ScrapeResult(attempt=attempt, outage=outage)

    async def _repeated(self, proposal: Proposal, judgement: Judgement) -> tuple[str, ...]:
        """Return a doubt if other scenes of the run got this answer, and this one does not bear it.

        A site's front page is an answer for any address. A scene whose own title or code is the
        proposal's may be a second copy of the same video.
        """
        scenes = await self.context.store.answers.add(
            self.context.run_id, self.facts.scene.id, proposal
        )
        is_borne_out = any(
            signal.points for signal in judgement.evidence if signal.signal in {"title", "code"}
        )
        if not scenes or is_borne_out:
            return ()
        shown = ", ".join(scenes[:_MAX_SCENES]) + (" and others" if scenes[_MAX_SCENES:] else "")
        return (
            f"{proposal.source} gave the same answer for scene {shown} of this run: it may be the "
            "front page of a site",
        )

    async def _close_dialog(self, *, will_open: bool) -> None:
        """Cancel the results dialog; where none is sure to open, once the page is idle."""
        session = await self.editor.session()
        dialog = ScrapeDialog(session)
        if will_open:
            await dialog.wait()
        elif not await ScrapeMenu(session).wait_for_dialog_or_idle():
            self.editor.dialog_closed()
            return
        await dialog.cancel()
        self.editor.dialog_closed()

    async def _result(
        self,
        started: float,
        result: Result,
        *,
        detail: str = "",
        judged: tuple[Proposal, Judgement, Plan] | None = None,
    ) -> ScrapeResult:
        elapsed_ms = round((time.monotonic() - started) * 1000)
        await self._count(result, elapsed_ms)
        outage = await self._note_failure(detail) if result == "failed" else None
        if result != "failed":
            await self.context.store.outages.add_answer(self.context.run_id, self.source.name)
        proposal, judgement, plan = judged or (None, None, None)
        attempt = Attempt(
            source=self.source.name,
            query=self.query,
            result=result,
            score=judgement.score if judgement else None,
            detail=detail,
            elapsed_ms=elapsed_ms,
        )
        return ScrapeResult(
            attempt=attempt, proposal=proposal, judgement=judgement, plan=plan, outage=outage
        )

    async def _note_failure(self, detail: str) -> SourceOutage | None:
        """Count the failure; if the source is not asked from now on, say so once for the run."""
        outage, begins = await self.context.store.outages.add_failure(
            self.context.run_id,
            self.source.name,
            self.facts.scene.id,
            detail=detail.removeprefix(f"{self.source.name} failed: "),
            settings=self.context.options.source_limits,
        )
        if outage is not None and begins:
            self.context.report_outage(outage)
        return outage

    async def _count(self, result: Result, elapsed_ms: int) -> None:
        """Count the answer under the scene's studio and series; a dry run counts times only.

        Several sources that read one address are not counted: which of them did is not known.
        """
        name, options = self.source.name, self.context.options
        label = name if self.query.method == "fragment" else f"{name} by {self.query.method}"
        await self.context.record_timing(self.facts.scene.id, "scrape", elapsed_ms, label=label)
        if options.dry_run or not self.source.key:
            return
        await self.context.store.sources.count(
            self.context.run_id,
            self.facts.scene.id,
            name,
            keys=route_keys(self.facts).all_keys,
            ok=result == "accepted",
            half_life=timedelta(days=options.routing.half_life_days),
        )

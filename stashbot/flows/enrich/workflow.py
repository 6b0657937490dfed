"""Enrich a scene: ask sources, judge, plan, apply, save, verify, organize, write down.

The results dialog stays open between the scrape that was trusted and the save; when the process
dies in between, the form is filled from the recorded plan instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.matching.scoring import explain_low_score
from stashbot.decide.sources.questions import SourceQuestion, question_rounds
from stashbot.engine import Execution, scene_workflow
from stashbot.errors import SaveMismatch, ScrapeFailed
from stashbot.flows.enrich.build_plan import build_plan
from stashbot.flows.enrich.results import changes_of
from stashbot.flows.enrich.scene_workflow import SceneWorkflow
from stashbot.flows.enrich.source_order import source_order
from stashbot.flows.enrich.steps.scrape import ScrapeResult, ScrapeStep
from stashbot.models import (
    Attempt,
    Outcome,
    Plan,
    Recommendation,
    Scene,
    SceneResult,
    Source,
    SourceOutage,
)
from stashbot.store.triage import scene_digest, scene_values

#: How often a wait for a source looks whether the run stops, in seconds.
_STOP_CHECK_S = 1.0
_NOTHING_TO_ASK = (
    "there is nothing to ask: no source takes its file, none reads its addresses, and there is no "
    "title to search for"
)


@scene_workflow("enrich")
async def enrich_scene(execution: Execution, run_id: str, scene_id: str) -> SceneResult:
    """Enrich a scene of a run."""
    return await EnrichWorkflow.execute(execution, run_id, scene_id)


class EnrichWorkflow(SceneWorkflow):
    """Asks sources until enough are trusted, and applies what they propose."""

    trusted: ScrapeResult | None = None
    #: The sources that are not asked for now, by name.
    outages: dict[str, SourceOutage]

    async def work(self, scene: Scene) -> SceneResult:
        """Ask round by round; apply what is trusted, else keep the best answer for a person."""
        options = self.context.options
        facts = self.context.facts(scene)
        sources = await self._sources(facts)
        others = [s for s in (*options.others, *options.all_sources) if s not in sources]
        best: ScrapeResult | None = None
        for questions in question_rounds(facts, sources, options.by, excluded=others):
            trusted, untrusted = await self._ask(facts, questions)
            if trusted:
                return await self._apply(scene, await self._merged(facts, trusted))
            if untrusted is not None and _is_better(untrusted, best):
                best = untrusted
            if best is not None and not _is_no_match(best):
                break
        if best is not None:
            return await self._handle_untrusted(scene, best)
        if result := await self._by_rules(facts):
            return result
        return self._no_result()

    # -- asking

    async def _sources(self, facts: SceneFacts) -> list[Source]:
        """Return the sources that rules choose; else the run's, the most successful first."""
        order = await self.execution.step("route", lambda: source_order(self.context, facts))
        self.outages = {outage.source: outage for outage in order.outages}
        by_name = {source.name: source for source in self.context.options.all_sources}
        return [by_name[name] for name in order.sources]

    async def _ask(
        self, facts: SceneFacts, questions: Sequence[SourceQuestion]
    ) -> tuple[list[ScrapeResult], ScrapeResult | None]:
        """Return the trusted answers, no more than are wanted, and the best of the others."""
        trusted: list[ScrapeResult] = []
        best: ScrapeResult | None = None
        for question in questions:
            answer = await self._scrape_if_asked(question, facts)
            if answer.accepted:
                trusted.append(answer)
                if len(trusted) >= self.context.options.consensus.sources_wanted:
                    break
            elif _is_worth_a_look(answer) and _is_better(answer, best):
                best = answer
        return trusted, best

    async def _scrape_if_asked(self, question: SourceQuestion, facts: SceneFacts) -> ScrapeResult:
        """Return the source's answer, or that the source is not asked for now.

        A source that limits requests is waited for if that does not take long, and asked again.
        """
        name = question.source.name
        if not await self._wait_for(name):
            answer = self._scrape_step(question, facts).not_asked(self.outages[name])
        else:
            answer = await self._scrape(question, facts)
            if answer.outage is not None:
                self.outages[name] = answer.outage
                if await self._wait_for(name):
                    answer = await self._scrape(question, facts, again=True)
        if answer.outage is not None:
            self.outages[name] = answer.outage
        self.source_answers.append(answer.attempt)
        return answer

    async def _wait_for(self, source: str) -> bool:
        """Wait until the source may be asked; return whether it may be within ``max_wait_s``."""
        outage = self.outages.get(source)
        if outage is None:
            return True
        until, limits = outage.retry_at, self.context.options.source_limits
        if until is None or until > self.context.store.clock() + timedelta(
            seconds=limits.max_wait_s
        ):
            return False
        self.begin_phase("wait", source)
        while (left := (until - self.context.store.clock()).total_seconds()) > 0:
            self.execution.raise_if_stopping()
            await asyncio.sleep(min(left, _STOP_CHECK_S))
        del self.outages[source]
        return True

    async def _scrape(
        self, question: SourceQuestion, facts: SceneFacts, *, again: bool = False
    ) -> ScrapeResult:
        source, query = question.source, question.question
        self.begin_phase("scrape", " ".join(filter(None, (source.name, query.description))))
        name = "scrape" if query.method == "fragment" else query.method
        return await self.execution.step(
            ":".join(filter(None, (name, source.name, query.text, "again" if again else ""))),
            self._scrape_step(question, facts).run,
            attempts=self.max_attempts,
            on_retry=self.editor.recover,
        )

    def _scrape_step(self, question: SourceQuestion, facts: SceneFacts) -> ScrapeStep:
        return ScrapeStep(
            self.context,
            self.editor,
            facts,
            question.source,
            question.question,
            is_single_source=self.context.options.consensus.sources_wanted == 1,
        )

    # -- applying what is trusted

    async def _merged(self, facts: SceneFacts, trusted: list[ScrapeResult]) -> ScrapeResult:
        """Return an answer made of several; its judgement is that of the first."""
        first = trusted[0]
        proposals = tuple(answer.proposal for answer in trusted if answer.proposal is not None)
        if len(proposals) == 1:
            return first
        plan = await self.execution.step(
            "merge", lambda: build_plan(self.context, facts, proposals)
        )
        attempt = first.attempt.model_copy(update={"source": plan.source})
        return first.model_copy(update={"attempt": attempt, "plan": plan, "merged": proposals})

    async def _apply(self, scene: Scene, trusted: ScrapeResult) -> SceneResult:
        assert trusted.plan is not None  # noqa: S101 # accepted answers have a plan
        self.trusted = trusted
        proposals = trusted.proposals
        return await self.apply_plan(
            scene,
            trusted.plan,
            replan=lambda fresh: build_plan(self.context, self.context.facts(fresh), proposals),
            proposals=proposals,
            basis=trusted.basis,
        )

    async def _by_rules(self, facts: SceneFacts) -> SceneResult | None:
        """Apply what rules alone bring to a scene that no source knows, if they bring anything."""

        async def plan_over(fresh: Scene) -> Plan:
            return await build_plan(self.context, self.context.facts(fresh), ())

        if not self.context.rules.rules:
            return None
        plan = await self.execution.step("rules", lambda: build_plan(self.context, facts, ()))
        if not plan.changes and not plan.organize:
            return None
        return await self.apply_plan(facts.scene, plan, replan=plan_over)

    async def on_save_mismatch(
        self, scene: Scene, plan: Plan, mismatch: SaveMismatch
    ) -> SceneResult:
        """Let a person look at a scene that Stash took otherwise than planned."""
        if self.trusted is None:  # a plan of rules alone has no proposal to judge
            raise mismatch
        await self.execution.step("mismatch", lambda: self.keep_artifacts(mismatch))
        result = await self._to_triage(scene, self.trusted, reason=str(mismatch))
        saved = self.written or plan
        return result.model_copy(update={"changes": changes_of(saved)})

    # -- what is not trusted

    async def _handle_untrusted(self, scene: Scene, best: ScrapeResult) -> SceneResult:
        assert best.judgement is not None  # noqa: S101 # only judged proposals come here
        threshold = self.context.options.weights.threshold
        reason = explain_low_score(best.judgement, threshold)
        return await self._to_triage(scene, best, reason=reason)

    async def _to_triage(self, scene: Scene, answer: ScrapeResult, *, reason: str) -> SceneResult:
        if not self.context.options.dry_run:
            await self.execution.step("triage", lambda: self._open_entry(scene, answer))
        return self.result(Outcome.TRIAGED, basis=answer.basis, reason=reason)

    async def _open_entry(self, scene: Scene, answer: ScrapeResult) -> bool:
        assert answer.proposal is not None and answer.judgement is not None  # noqa: S101, PT018 # judged
        entry = await self.context.store.triage.open(
            self.run_id,
            scene.id,
            proposal=answer.proposal,
            judgement=answer.judgement,
            scene_digest=scene_digest(scene),
            scene_values=scene_values(scene),
        )
        return entry is not None

    def _no_result(self) -> SceneResult:
        """Return the result of a scene that no source knows.

        Raises:
            ScrapeFailed: a source might know it, but failed.
        """
        failed = [answer for answer in self.source_answers if answer.result == "failed"]
        if failed:
            details = (
                "; ".join(dict.fromkeys(answer.detail.rstrip(". ") for answer in failed)) + "."
            )
            self.begin_phase("scrape")
            raise ScrapeFailed(details, hint="Is the scraper up to date?", source=failed[0].source)
        if not self.source_answers:
            return self.result(Outcome.SKIPPED, reason=_NOTHING_TO_ASK)
        return self.result(Outcome.SKIPPED, reason=explain_no_result(self.source_answers))


def explain_no_result(attempts: Sequence[Attempt]) -> str:
    """Return who found nothing, what was rejected before, and who was not asked at all."""
    asked = [attempt for attempt in attempts if attempt.result not in {"not_asked", "rejected"}]
    rejected = dict.fromkeys(a.source for a in attempts if a.result == "rejected")
    parts = [f"what {source} proposes was rejected in triage before" for source in rejected]
    if asked:
        labels = dict.fromkeys(a.query.description for a in asked if a.query.description)
        names = ", ".join(dict.fromkeys(attempt.source for attempt in asked))
        parts.append(f"nothing found by {names}{', ' if labels else ''}{' or '.join(labels)}")
    unasked = {a.source: a.detail for a in attempts if a.result == "not_asked"}
    parts += [f"{source} was not asked: {detail}" for source, detail in unasked.items()]
    if unasked:
        parts.append("the scene stays due")
    return "; ".join(parts)


def _is_worth_a_look(answer: ScrapeResult) -> bool:
    """Return whether a person should see it: a search that misses finds other scenes."""
    if answer.judgement is None:
        return False
    return answer.attempt.query.method != "query" or not _is_no_match(answer)


def _is_no_match(answer: ScrapeResult) -> bool:
    assert answer.judgement is not None  # noqa: S101 # only judged answers are compared
    return answer.judgement.recommendation is Recommendation.NONE


def _is_better(answer: ScrapeResult, best: ScrapeResult | None) -> bool:
    if best is None or best.judgement is None or answer.judgement is None:
        return best is None
    return answer.judgement.score > best.judgement.score

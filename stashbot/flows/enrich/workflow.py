"""Enrich one scene: scrape, judge, apply, save, verify, organize, write down.

Each scene is one durable flow. The scrape dialog stays open between the scrape that was trusted and
the save; when the process dies in between, the form is filled from the recorded plan instead.
"""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.decide.matching.scoring import why_low
from stashbot.decide.sources.questions import Asking, rounds
from stashbot.engine import flow, step
from stashbot.errors import SaveMismatch, ScrapeFailed
from stashbot.flows.enrich.build_plan import plan_for
from stashbot.flows.enrich.scene_workflow import SceneWork, changes_of
from stashbot.flows.enrich.source_order import route
from stashbot.flows.enrich.steps.scrape import Scraped, Scraping
from stashbot.flows.runs.context import Runtime
from stashbot.models import Outcome, Plan, Recommendation, Scene, SceneResult, Source
from stashbot.store.triage import fingerprint, seen_values

_NOTHING_TO_ASK = (
    "there is nothing to ask: no source takes its file, no address of it is one that a source "
    "scrapes, and no title is there to search for"
)


@flow("enrich-scene")
async def enrich_scene(run_id: str, scene_id: str) -> SceneResult:
    """Carries one scene through a run and gives its line of the report.

    Raises:
        UnreachableError: Stash or the browser is gone; the flow can be resumed.
    """
    runtime = Runtime.get()
    async with runtime.lease() as lease:
        return await _Enrichment(runtime, lease, run_id, scene_id).carry_out()


class _Enrichment(SceneWork):
    """Asks sources until enough are trusted, and carries out what they say."""

    async def work(self, scene: Scene) -> SceneResult:
        options = self.runtime.options
        sources = await self._sources(scene)
        others = [one for one in (*options.others, *options.askable) if one not in sources]
        asked = rounds(scene, sources, options.by, options.filenames, others=others)
        best: Scraped | None = None
        for askings in asked:
            accepted, found = await self._ask(scene, askings)
            if accepted:
                return await self._apply(scene, await self._merged(scene, accepted))
            if found is not None and _better(found, best):
                best = found
            if best is not None and not _hardly_fits(best):
                break
        if best is not None:
            return await self._untrusted(scene, best)
        if wanted := await self._by_rules(scene):
            return wanted
        return self._nothing()

    async def _by_rules(self, scene: Scene) -> SceneResult | None:
        """What rules alone bring to a scene that no source knows; they organize by name only."""

        async def plan_over(fresh: Scene) -> Plan:
            return await plan_for(self.runtime, fresh, ())

        if not self.runtime.rules.rules:
            return None
        plan = await step("rules", lambda: plan_over(scene))
        if not plan.changes and not plan.organize:
            return None
        return await self.carry(scene, plan, replan=plan_over)

    async def _ask(
        self, scene: Scene, askings: Sequence[Asking]
    ) -> tuple[list[Scraped], Scraped | None]:
        """The trusted answers, no more than are wanted, and the best of the others."""
        accepted: list[Scraped] = []
        best: Scraped | None = None
        for asking in askings:
            scraped = await self._try(asking, scene)
            self.attempts.append(scraped.attempt)
            if scraped.accepted:
                accepted.append(scraped)
                if len(accepted) >= self.runtime.options.consensus.ask:
                    break
            elif _is_worth_a_look(scraped) and _better(scraped, best):
                best = scraped
        return accepted, best

    async def _sources(self, scene: Scene) -> list[Source]:
        """Those that rules choose; else the run's, the most successful for such scenes first."""
        found = await step("route", lambda: route(self.runtime, scene))
        by_name = {source.name: source for source in self.runtime.options.askable}
        return [by_name[name] for name in found.sources]

    async def _try(self, asking: Asking, scene: Scene) -> Scraped:
        source, question = asking.source, asking.question
        self.enter("scrape", " ".join(filter(None, (source.name, question.told))))
        name = "scrape" if question.by == "fragment" else question.by
        return await step(
            ":".join(filter(None, (name, source.name, question.text))),
            Scraping(
                self.runtime,
                self.lease,
                self.run_id,
                scene,
                source,
                question,
                alone=self.runtime.options.consensus.ask == 1,
            ).act,
            attempts=self.tries,
            on_retry=self.lease.recover,
        )

    async def _merged(self, scene: Scene, accepted: list[Scraped]) -> Scraped:
        """One result of several trusted ones; the judgement is that of the first."""
        first = accepted[0]
        proposals = tuple(one.proposal for one in accepted if one.proposal is not None)
        if len(proposals) == 1:
            return first
        plan = await step("merge", lambda: plan_for(self.runtime, scene, proposals))
        attempt = first.attempt.model_copy(update={"source": plan.source})
        return first.model_copy(update={"attempt": attempt, "plan": plan, "merged": proposals})

    async def _apply(self, scene: Scene, scraped: Scraped) -> SceneResult:
        assert scraped.plan is not None  # noqa: S101 # accepted
        proposals = scraped.proposals
        return await self.carry(
            scene,
            scraped.plan,
            replan=lambda fresh: plan_for(self.runtime, fresh, proposals),
            proposals=proposals,
            found=scraped,
        )

    # -- what was not trusted

    async def _untrusted(self, scene: Scene, best: Scraped) -> SceneResult:
        assert best.judgement is not None  # noqa: S101 # only judged proposals come here
        if await step("turned-down", lambda: self._turned_down(scene, best)):
            why = f"what {best.attempt.source} proposes was turned down in triage before"
            return self.result(Outcome.SKIPPED, found=best, reason=why)
        return await self._triaged(scene, best, reason=why_low(best.judgement))

    def _nothing(self) -> SceneResult:
        """No source knows the scene.

        Raises:
            ScrapeFailed: one of them might have, but failed.
        """
        failed = [one for one in self.attempts if one.result == "failed"]
        if failed:
            told = "; ".join(one.detail.rstrip(". ") for one in failed) + "."
            self.enter("scrape")
            raise ScrapeFailed(told, hint="Is the scraper up to date?", source=failed[0].source)
        if not self.attempts:
            return self.result(Outcome.SKIPPED, reason=_NOTHING_TO_ASK)
        asked = dict.fromkeys(one.source for one in self.attempts)
        ways = dict.fromkeys(one.asked.told for one in self.attempts if one.asked.told)
        reason = f"nothing found by {', '.join(asked)}"
        if ways:
            reason += f", {' or '.join(ways)}"
        return self.result(Outcome.SKIPPED, reason=reason)

    async def distrusted(
        self, scene: Scene, plan: Plan, found: Scraped | None, mismatch: SaveMismatch
    ) -> SceneResult:
        """A person looks at what Stash took otherwise than planned."""
        assert found is not None  # noqa: S101 # every plan of this flow comes from sources
        await step("mismatch", lambda: self.keep_evidence(mismatch))
        result = await self._triaged(scene, found, reason=str(mismatch))
        return result.model_copy(update={"changes": changes_of(plan)})

    async def _triaged(self, scene: Scene, scraped: Scraped, *, reason: str) -> SceneResult:
        if not self.runtime.options.dry_run:
            await step("triage", lambda: self._open_triage(scene, scraped))
        return self.result(Outcome.TRIAGED, found=scraped, reason=reason)

    async def _turned_down(self, scene: Scene, scraped: Scraped) -> bool:
        assert scraped.proposal is not None  # noqa: S101 # judged
        return await self.runtime.store.turned_down(scene.id, scraped.proposal)

    async def _open_triage(self, scene: Scene, scraped: Scraped) -> bool:
        assert scraped.proposal is not None and scraped.judgement is not None  # noqa: S101, PT018 # judged
        entry = await self.runtime.store.add_triage(
            self.run_id,
            scene.id,
            proposal=scraped.proposal,
            judgement=scraped.judgement,
            fingerprint=fingerprint(scene),
            seen=seen_values(scene),
        )
        return entry is not None


def _is_worth_a_look(scraped: Scraped) -> bool:
    """Whether a person should see it: a search that misses finds other scenes, as searches do."""
    if scraped.judgement is None:
        return False
    return scraped.attempt.asked.by != "query" or not _hardly_fits(scraped)


def _hardly_fits(scraped: Scraped) -> bool:
    assert scraped.judgement is not None  # noqa: S101 # only what is judged is compared
    return scraped.judgement.recommendation is Recommendation.NONE


def _better(scraped: Scraped, best: Scraped | None) -> bool:
    if best is None or best.judgement is None or scraped.judgement is None:
        return best is None
    return scraped.judgement.score > best.judgement.score

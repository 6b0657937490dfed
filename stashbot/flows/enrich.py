"""Enrich one scene: scrape, judge, apply, save, verify, organize, write down.

Each scene is one durable flow. Its steps read or change Stash; between steps it decides by their
recorded values only. The scrape dialog stays open between the scrape that was trusted and the
save; when the process dies in between, the form is filled from the recorded plan instead.
"""

from __future__ import annotations

import time

from loguru import logger
from pydantic import JsonValue

from stashbot.decide.confidence import why_low
from stashbot.engine import changing_step, flow, step
from stashbot.errors import (
    BadAnswer,
    GraphQLError,
    PageError,
    SaveMismatch,
    ScrapeFailed,
    StaleForm,
)
from stashbot.flows.planning import dialog_proposal, plan_for
from stashbot.flows.routing import route
from stashbot.flows.runtime import Doing, Lease, Runtime
from stashbot.flows.saving import Organizing, Saved, Saving
from stashbot.flows.scraping import Scraped, Scraping
from stashbot.models import (
    Attempt,
    FieldName,
    Outcome,
    Plan,
    Proposal,
    Scene,
    SceneResult,
    Source,
)
from stashbot.store.triage import fingerprint

#: How often a scene is read and judged anew because somebody else changed it meanwhile.
MAX_REPLANS = 3


@flow("enrich-scene")
async def enrich_scene(run_id: str, scene_id: str) -> SceneResult:
    """Carries one scene through a run and gives its line of the report.

    Raises:
        UnreachableError: Stash or the browser is gone; the flow can be resumed.
    """
    runtime = Runtime.get()
    async with runtime.lease() as lease:
        return await _Enrichment(runtime, lease, run_id, scene_id).carry_out()


class _Enrichment:
    """One scene's way through a run."""

    def __init__(self, runtime: Runtime, lease: Lease, run_id: str, scene_id: str) -> None:
        self.runtime = runtime
        self.lease = lease
        self.run_id = run_id
        self.scene_id = scene_id
        self.phase = "read"
        self.name = ""
        self.attempts: list[Attempt] = []
        self.written: Plan | None = None
        self.started = time.monotonic()
        self.tries = runtime.settings.run.attempts

    async def carry_out(self) -> SceneResult:
        """The scene's result, written down; failures keep their evidence."""
        try:
            result = await self._outcome()
        except (PageError, GraphQLError, BadAnswer) as error:
            failure = error
            logger.info("scene {} failed in {}: {}", self.scene_id, self.phase, failure)
            return await step("fail", lambda: self._record_failure(failure))
        return await step("finish", lambda: self._record(result))

    async def _outcome(self) -> SceneResult:
        scene = await step("before", lambda: self.runtime.client.find_scene(self.scene_id))
        if scene is None:
            return self._result(Outcome.SKIPPED, reason="the scene is no longer in Stash")
        self.name = scene.display_name
        if scene.organized and self.runtime.options.skip_organized:
            return self._result(Outcome.SKIPPED, reason="it was organized meanwhile")
        accepted: list[Scraped] = []
        best: Scraped | None = None
        for source in await self._sources(scene):
            scraped = await self._try(source, scene)
            self.attempts.append(scraped.attempt)
            if scraped.accepted:
                accepted.append(scraped)
                if len(accepted) >= self.runtime.options.consensus.ask:
                    break
            elif scraped.judgement is not None and _better(scraped, best):
                best = scraped
        if accepted:
            return await self._carry_out_plan(scene, await self._merged(scene, accepted))
        return await self._untrusted(scene, best)

    async def _sources(self, scene: Scene) -> list[Source]:
        """The run's sources, the most successful for scenes like this one first."""
        found = await step("route", lambda: route(self.runtime, scene))
        by_name = {source.name: source for source in self.runtime.options.sources}
        return [by_name[name] for name in found.sources]

    async def _merged(self, scene: Scene, accepted: list[Scraped]) -> Scraped:
        """One result of several trusted ones; the judgement is that of the first."""
        first = accepted[0]
        proposals = tuple(one.proposal for one in accepted if one.proposal is not None)
        if len(proposals) == 1:
            return first
        plan = await step("merge", lambda: plan_for(self.runtime, scene, proposals))
        attempt = first.attempt.model_copy(update={"source": plan.source})
        return first.model_copy(update={"attempt": attempt, "plan": plan, "merged": proposals})

    # -- scraping and judging

    async def _try(self, source: Source, scene: Scene) -> Scraped:
        self._enter("scrape", source.name)
        return await step(
            f"scrape:{source.name}",
            Scraping(
                self.runtime,
                self.lease,
                self.run_id,
                scene,
                source,
                alone=self.runtime.options.consensus.ask == 1,
            ).act,
            attempts=self.tries,
            on_retry=self.lease.recover,
        )

    # -- carrying out

    async def _carry_out_plan(self, scene: Scene, scraped: Scraped) -> SceneResult:
        assert scraped.plan is not None  # noqa: S101 # accepted
        plan, proposals = scraped.plan, scraped.proposals
        if not plan.changes and not plan.organize:
            return self._result(
                Outcome.SKIPPED, scraped=scraped, reason="Stash holds all of it already"
            )
        if self.runtime.options.dry_run:
            return self._result(Outcome.PLANNED, scraped=scraped, plan=plan)
        for replan in range(MAX_REPLANS):
            try:
                await self._save(plan, proposals, suffix="" if replan == 0 else f":{replan}")
                break
            except StaleForm as stale:
                logger.info("scene {}: {}", scene.id, stale.message)
                await self.lease.drop()
                found = await step(f"before:{replan + 1}", lambda: self._replanned(proposals))
                if found is None or (found.changes == () and not found.organize):
                    return self._result(
                        Outcome.SKIPPED, scraped=scraped, reason="somebody else filled it meanwhile"
                    )
                plan = found
            except SaveMismatch as mismatch:
                return await self._distrusted(scene, scraped, plan, mismatch)
        else:
            return self._result(
                Outcome.SKIPPED,
                scraped=scraped,
                reason="somebody else keeps changing this scene",
            )
        return self._result(Outcome.APPLIED, scraped=scraped, plan=plan)

    async def _save(self, plan: Plan, proposals: tuple[Proposal, ...], *, suffix: str) -> None:
        if plan.changes:
            self._enter("save")
            shown = dialog_proposal(plan, proposals)
            saving = Saving(self.runtime, self.lease, self.run_id, plan, shown)
            saved: Saved = await changing_step(
                f"save{suffix}",
                find=saving.find,
                act=saving.act,
                attempts=self.tries,
                on_retry=self.lease.recover,
            )
            self.written = plan.model_copy(update={"organize": False})
            logger.debug("scene {} saved in {} ms", self.scene_id, saved.elapsed_ms)
        if plan.organize:
            self._enter("organize")
            organizing = Organizing(self.runtime, self.lease, self.run_id, plan)
            await changing_step(
                f"organize{suffix}",
                find=organizing.find,
                act=organizing.act,
                attempts=self.tries,
                on_retry=self.lease.recover,
            )

    async def _replanned(self, proposals: tuple[Proposal, ...]) -> Plan | None:
        fresh = await self.runtime.client.find_scene(self.scene_id)
        return None if fresh is None else await plan_for(self.runtime, fresh, proposals)

    # -- what was not trusted

    async def _untrusted(self, scene: Scene, best: Scraped | None) -> SceneResult:
        if best is not None:
            assert best.judgement is not None  # noqa: S101 # only judged proposals come here
            return await self._triaged(scene, best, reason=why_low(best.judgement))
        failed = [one for one in self.attempts if one.result == "failed"]
        if failed:
            told = " ".join(one.detail for one in failed)
            self._enter("scrape")
            raise ScrapeFailed(told, hint="Is the scraper up to date?", source=failed[0].source)
        asked = ", ".join(one.source for one in self.attempts) or "no source"
        return self._result(Outcome.SKIPPED, reason=f"nothing found by {asked}")

    async def _distrusted(
        self, scene: Scene, scraped: Scraped, plan: Plan, mismatch: SaveMismatch
    ) -> SceneResult:
        await step("mismatch", lambda: self._keep_evidence(mismatch))
        result = await self._triaged(scene, scraped, reason=str(mismatch))
        return result.model_copy(update={"changes": _changes(plan)})

    async def _triaged(self, scene: Scene, scraped: Scraped, *, reason: str) -> SceneResult:
        if not self.runtime.options.dry_run:
            await step("triage", lambda: self._open_triage(scene, scraped))
        return self._result(Outcome.TRIAGED, scraped=scraped, reason=reason)

    async def _open_triage(self, scene: Scene, scraped: Scraped) -> bool:
        assert scraped.proposal is not None and scraped.judgement is not None  # noqa: S101, PT018 # judged
        entry = await self.runtime.store.add_triage(
            self.run_id,
            scene.id,
            proposal=scraped.proposal,
            judgement=scraped.judgement,
            fingerprint=fingerprint(scene),
        )
        return entry is not None

    # -- writing down

    async def _record(self, result: SceneResult) -> SceneResult:
        store, now = self.runtime.store, self.runtime.store.clock()
        if not self.runtime.options.dry_run:
            scraped = any(attempt.result != "failed" for attempt in self.attempts)
            organized = result.outcome is Outcome.APPLIED and self.runtime.options.organize
            await store.set_scene_state(
                self.scene_id,
                scraped_at=now if scraped else None,
                last_outcome=result.outcome,
                organized_at=now if organized else None,
            )
        await store.save_result(self.run_id, result)
        return result

    async def _record_failure(self, error: PageError | GraphQLError | BadAnswer) -> SceneResult:
        kept = await self._keep_evidence(error)
        failed = self._result(Outcome.FAILED, plan=self.written, reason=str(error))
        result = failed.model_copy(update={"evidence_dir": kept})
        return await self._record(result)

    async def _keep_evidence(self, error: PageError | GraphQLError | BadAnswer) -> str | None:
        session = self.lease.session
        folder = await self.runtime.evidence.capture(
            session.page if session else None,
            run_id=self.run_id,
            scene_id=self.scene_id,
            phase=self.phase,
            error=error,
            console=list(session.console) if session else [],
            exchanges=list(session.exchanges) if session else [],
            trace=session is not None and session.traced,
        )
        if session is not None:
            session.traced = self.lease.traced_in_full = False
        if not isinstance(error, ScrapeFailed):
            await self.lease.drop()
        kept = None if folder is None else str(folder)
        await self.runtime.store.add_failure(
            self.run_id,
            self.scene_id,
            phase=self.phase,
            reason=type(error).__name__,
            detail=str(error),
            evidence_dir=kept,
        )
        return kept

    def _enter(self, phase: str, detail: str = "") -> None:
        self.phase = phase
        self.runtime.on_phase(
            Doing(scene=self.scene_id, name=self.name, phase=phase, detail=detail)
        )

    def _result(
        self,
        outcome: Outcome,
        *,
        scraped: Scraped | None = None,
        plan: Plan | None = None,
        reason: str = "",
    ) -> SceneResult:
        judgement = scraped.judgement if scraped else None
        chosen = plan or (scraped.plan if scraped else None)
        return SceneResult(
            id=self.scene_id,
            name=self.name,
            outcome=outcome,
            source=scraped.attempt.source if scraped else None,
            score=judgement.score if judgement else None,
            evidence=judgement.evidence if judgement else (),
            changes=_changes(plan) if plan else {},
            left_out=chosen.left_out if chosen else (),
            attempts=tuple(self.attempts),
            elapsed_ms=round((time.monotonic() - self.started) * 1000),
            reason=reason,
        )


def _better(scraped: Scraped, best: Scraped | None) -> bool:
    if best is None or best.judgement is None or scraped.judgement is None:
        return best is None
    return scraped.judgement.score > best.judgement.score


def _changes(plan: Plan) -> dict[str, tuple[JsonValue, JsonValue]]:
    changes = {change.field.value: (change.before, change.after) for change in plan.changes}
    if plan.organize:
        changes[FieldName.ORGANIZED.value] = (False, True)
    return changes

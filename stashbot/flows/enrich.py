"""Enrich one scene: scrape, judge, apply, save, verify, organize, write down.

Each scene is one durable flow. Its steps read or change Stash; between steps it decides by their
recorded values only. The scrape dialog stays open between the scrape that was trusted and the
save; when the process dies in between, the form is filled from the recorded plan instead.
"""

from __future__ import annotations

import asyncio
import time
from typing import Literal

from loguru import logger
from pydantic import JsonValue

from stashbot.decide.confidence import UNKNOWN, judge
from stashbot.decide.dialog import surely_opens
from stashbot.decide.fields import make_plan
from stashbot.decide.filenames import known_of
from stashbot.engine import changing_step, flow, step
from stashbot.errors import (
    AnswerTimeout,
    BadAnswer,
    GraphQLError,
    PageError,
    SaveMismatch,
    ScrapeFailed,
    StaleForm,
)
from stashbot.flows.runtime import Doing, Lease, Runtime
from stashbot.flows.saving import Organizing, Saved, Saving
from stashbot.models import (
    Attempt,
    FieldName,
    FieldPolicy,
    Judgement,
    Known,
    Model,
    Outcome,
    Plan,
    Proposal,
    Scene,
    SceneResult,
    Source,
)
from stashbot.pages.scrape_dialog import ScrapeDialog
from stashbot.pages.scrapers import Exchange, ScraperMenus
from stashbot.stash.proposals import parse_scrape_answer
from stashbot.store.triage import fingerprint

#: How often a scene is read and judged anew because somebody else changed it meanwhile.
MAX_REPLANS = 3


class Scraped(Model):
    """What one source gave: the attempt, and the judged proposal if there was one."""

    attempt: Attempt
    proposal: Proposal | None = None
    judgement: Judgement | None = None
    plan: Plan | None = None

    @property
    def accepted(self) -> bool:
        """Whether the proposal is trusted."""
        return self.attempt.result == "accepted"


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
        best: Scraped | None = None
        for source in self.runtime.options.sources:
            scraped = await self._try(source, scene)
            self.attempts.append(scraped.attempt)
            if scraped.accepted:
                return await self._carry_out_plan(scene, scraped)
            if scraped.judgement is not None and _better(scraped, best):
                best = scraped
        return await self._untrusted(scene, best)

    # -- scraping and judging

    async def _try(self, source: Source, scene: Scene) -> Scraped:
        self._enter("scrape", source.name)
        return await step(
            f"scrape:{source.name}",
            lambda: self._scrape(source, scene),
            attempts=self.tries,
            on_retry=self.lease.recover,
        )

    async def _scrape(self, source: Source, scene: Scene) -> Scraped:
        settings = self.runtime.settings
        session = await self.lease.show(scene)
        started = time.monotonic()
        try:
            exchange = await ScraperMenus(session).scrape(
                source, scene.id, settings.browser.scrape_ms
            )
            proposal = _proposal_of(source, exchange)
        except (ScrapeFailed, AnswerTimeout) as error:
            if isinstance(error, AnswerTimeout):
                self.lease.fresh = True  # its late answer must not meet another scene
                await self.runtime.client.server_info()  # Stash itself may be gone
            return await self._scraped(source, scene, started, "failed", detail=error.message)
        if proposal is None:
            return await self._scraped(source, scene, started, "nothing")
        self.lease.dialog = source.name
        if proposal.is_empty:
            await self._close_dialog(expected=False)
            return await self._scraped(source, scene, started, "nothing")
        known = known_of(scene, settings.filenames)
        judgement = judge(proposal, known, settings.weights)
        plan = await self._plan(scene, proposal)
        if not judgement.accepted or self.runtime.options.dry_run or not plan.changes:
            await self._close_dialog(expected=surely_opens(plan, proposal))
        return await self._scraped(
            source,
            scene,
            started,
            "accepted" if judgement.accepted else "low",
            found=(proposal, judgement, plan),
            known=known,
        )

    async def _scraped(
        self,
        source: Source,
        scene: Scene,
        started: float,
        result: Literal["accepted", "low", "nothing", "failed"],
        *,
        detail: str = "",
        found: tuple[Proposal, Judgement, Plan] | None = None,
        known: Known | None = None,
    ) -> Scraped:
        """Writes down what the source gave, in the same step."""
        store = self.runtime.store
        elapsed_ms = round((time.monotonic() - started) * 1000)
        keys = [f"{(known and known.studio) or 'nostudio'}|noseries"]
        ok = result == "accepted"
        await store.count_source(self.run_id, scene.id, source.name, keys=keys, ok=ok)
        await store.add_timing(self.run_id, scene.id, "scrape", elapsed_ms, label=source.name)
        proposal, judgement, plan = found or (None, None, None)
        attempt = Attempt(
            source=source.name,
            result=result,
            score=judgement.score if judgement else None,
            detail=detail,
            elapsed_ms=elapsed_ms,
        )
        return Scraped(attempt=attempt, proposal=proposal, judgement=judgement, plan=plan)

    async def _plan(self, scene: Scene, proposal: Proposal) -> Plan:
        """The plan over this before-image, with entities under the names that Stash has."""
        client = self.runtime.client
        named = {
            FieldName.STUDIO: (proposal.studio,) if proposal.studio else (),
            FieldName.PERFORMERS: proposal.performers,
            FieldName.TAGS: proposal.tags,
            FieldName.GROUPS: proposal.groups,
        }
        found = await asyncio.gather(
            *(
                client.entity_names(name, [one.stored_id for one in entities if one.stored_id])
                for name, entities in named.items()
            )
        )
        policies = self.runtime.settings.fields
        shows_cover = proposal.cover and policies.cover is not FieldPolicy.KEEP
        return make_plan(
            scene,
            proposal,
            policies,
            organize=self.runtime.options.organize,
            cover=await client.cover_sha256(scene) if shows_cover else None,
            lookups={
                (name, key): shown
                for name, names in zip(named, found, strict=True)
                for key, shown in names.items()
            },
        )

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

    # -- carrying out

    async def _carry_out_plan(self, scene: Scene, scraped: Scraped) -> SceneResult:
        assert scraped.plan is not None and scraped.proposal is not None  # noqa: S101, PT018 # accepted
        plan, proposal = scraped.plan, scraped.proposal
        if self.runtime.options.dry_run:
            return self._result(Outcome.PLANNED, scraped=scraped, plan=plan)
        for replan in range(MAX_REPLANS):
            try:
                await self._save(plan, proposal, suffix="" if replan == 0 else f":{replan}")
                break
            except StaleForm as stale:
                logger.info("scene {}: {}", scene.id, stale.message)
                await self.lease.drop()
                found = await step(f"before:{replan + 1}", lambda: self._replanned(proposal))
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
        if not plan.changes and not plan.organize:
            return self._result(
                Outcome.SKIPPED, scraped=scraped, reason="Stash holds all of it already"
            )
        return self._result(Outcome.APPLIED, scraped=scraped, plan=plan)

    async def _save(self, plan: Plan, proposal: Proposal, *, suffix: str) -> None:
        if plan.changes:
            self._enter("save")
            saving = Saving(self.runtime, self.lease, self.run_id, plan, proposal)
            saved: Saved = await changing_step(
                f"save{suffix}",
                find=saving.find,
                act=saving.act,
                attempts=self.tries,
                on_retry=self.lease.recover,
            )
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

    async def _replanned(self, proposal: Proposal) -> Plan | None:
        fresh = await self.runtime.client.find_scene(self.scene_id)
        return None if fresh is None else await self._plan(fresh, proposal)

    # -- what was not trusted

    async def _untrusted(self, scene: Scene, best: Scraped | None) -> SceneResult:
        if best is not None:
            return await self._triaged(scene, best, reason=_why_low(best))
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
        result = self._result(Outcome.FAILED, reason=str(error)).model_copy(
            update={"evidence_dir": kept}
        )
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


def _proposal_of(source: Source, exchange: Exchange) -> Proposal | None:
    if exchange.state == "failed":
        raise AnswerTimeout(
            f"The answer to {exchange.operation} was lost: {exchange.detail}.",
            operation=exchange.operation,
            waited_ms=exchange.elapsed_ms,
        )
    if exchange.payload is None:
        raise ScrapeFailed(
            f"{source.name}: Stash's answer ({exchange.status}) is no JSON: {exchange.detail}",
            source=source.name,
            detail=exchange.detail,
        )
    proposals = parse_scrape_answer(source, exchange.payload)
    return proposals[0] if proposals else None


def _better(scraped: Scraped, best: Scraped | None) -> bool:
    if best is None or best.judgement is None or scraped.judgement is None:
        return best is None
    return scraped.judgement.score > best.judgement.score


def _why_low(scraped: Scraped) -> str:
    assert scraped.judgement is not None  # noqa: S101 # only judged proposals come here
    evidence = scraped.judgement.evidence
    told = [one.note for one in evidence if one.note not in {"", UNKNOWN}]
    if unknown := [one.signal for one in evidence if one.note == UNKNOWN]:
        told.append(f"nothing to compare for {', '.join(unknown)}")
    why = f" ({'; '.join(told)})" if told else ""
    return f"score {scraped.judgement.score:g} is below the threshold{why}"


def _changes(plan: Plan) -> dict[str, tuple[JsonValue, JsonValue]]:
    changes = {change.field.value: (change.before, change.after) for change in plan.changes}
    if plan.organize:
        changes[FieldName.ORGANIZED.value] = (False, True)
    return changes

"""What every flow over one scene shares: carrying out a plan, writing down, keeping evidence.

A flow's steps read or change Stash; between steps it decides by their recorded values only, so that
a flow that was killed goes on where it was.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from loguru import logger
from pydantic import JsonValue

from stashbot.decide.planning.entity_index import LibraryEntity
from stashbot.decide.planning.plan_edits import NEW
from stashbot.engine import changing_step, step
from stashbot.errors import (
    BadAnswer,
    ConfigError,
    GraphQLError,
    PageError,
    SaveMismatch,
    ScrapeFailed,
    StaleForm,
)
from stashbot.flows.enrich.build_plan import dialog_proposal, naming, with_ids
from stashbot.flows.enrich.steps.create_entity import Created, Creating
from stashbot.flows.enrich.steps.notify import Telling, Told, problems
from stashbot.flows.enrich.steps.save import Organizing, Saved, Saving
from stashbot.flows.runs.context import Doing, Lease, Runtime
from stashbot.models import (
    Attempt,
    FieldName,
    Outcome,
    Plan,
    Proposal,
    Scene,
    SceneResult,
)

if TYPE_CHECKING:
    from stashbot.flows.enrich.steps.scrape import Scraped

#: How often a scene is read and judged anew because somebody else changed it meanwhile.
MAX_REPLANS = 3
#: What fails one scene and lets the run go on.
Failure = PageError | GraphQLError | BadAnswer | ConfigError
Replan = Callable[[Scene], Awaitable[Plan]]


class SceneWork(ABC):
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
        self.created: list[str] = []
        self.started = time.monotonic()
        self.tries = runtime.settings.run.attempts

    async def carry_out(self) -> SceneResult:
        """The scene's result, written down; failures keep their evidence."""
        try:
            result = await self._outcome()
        except (PageError, GraphQLError, BadAnswer, ConfigError) as error:
            failure = error
            logger.info("scene {} failed in {}: {}", self.scene_id, self.phase, failure)
            return await step("fail", lambda: self._record_failure(failure))
        return await step("finish", lambda: self._record(result))

    async def _outcome(self) -> SceneResult:
        scene = await step("before", lambda: self.runtime.client.find_scene(self.scene_id))
        if scene is None:
            return self.result(Outcome.SKIPPED, reason="the scene is no longer in Stash")
        self.name = scene.display_name
        if scene.organized and self.runtime.options.skip_organized:
            return self.result(Outcome.SKIPPED, reason="it was organized meanwhile")
        return await self.work(scene)

    @abstractmethod
    async def work(self, scene: Scene) -> SceneResult:
        """What is done with the scene, which is as it was when the flow began."""

    async def distrusted(
        self, scene: Scene, plan: Plan, found: Scraped | None, mismatch: SaveMismatch
    ) -> SceneResult:
        """What becomes of a scene whose save Stash answered and does not hold: it has failed.

        Raises:
            SaveMismatch: the ``mismatch``.
        """
        del scene, plan, found
        raise mismatch

    # -- carrying out

    async def carry(
        self,
        scene: Scene,
        plan: Plan,
        *,
        replan: Replan,
        proposals: tuple[Proposal, ...] = (),
        found: Scraped | None = None,
    ) -> SceneResult:
        """Creates what ``plan`` needs, saves it and organizes; a dry run says so only.

        ``proposals`` are those that the plan was made of, so that a results dialog may help;
        ``replan`` makes the plan anew over a scene that somebody else changed meanwhile.
        """
        if not plan.changes and not plan.organize:
            return self.result(
                Outcome.SKIPPED, found=found, plan=plan, reason="Stash holds all of it already"
            )
        if self.runtime.options.dry_run:
            for one in plan.create:
                foreseen = LibraryEntity(id=f"{NEW}{one.name}", name=one.name)
                await self.runtime.libraries.foresee(one.field, foreseen)
            return self.result(Outcome.PLANNED, found=found, plan=plan)
        if created := await self._create(plan, proposals):
            plan = await step("created", lambda: replan(scene))
            proposals = tuple(with_ids(one, created) for one in proposals)
        for turn in range(MAX_REPLANS):
            try:
                await self._save(plan, proposals, suffix="" if turn == 0 else f":{turn}")
                break
            except StaleForm as stale:
                logger.info("scene {}: {}", scene.id, stale.message)
                await self.lease.drop()
                fresh = await step(f"before:{turn + 1}", lambda: self._replanned(replan))
                if fresh is None or (fresh.changes == () and not fresh.organize):
                    return self.result(
                        Outcome.SKIPPED, found=found, reason="somebody else filled it meanwhile"
                    )
                plan = fresh
            except SaveMismatch as mismatch:
                return await self.distrusted(scene, plan, found, mismatch)
        else:
            return self.result(
                Outcome.SKIPPED, found=found, reason="somebody else keeps changing this scene"
            )
        return self.result(Outcome.APPLIED, found=found, plan=plan, reason=await self._tell(plan))

    async def _tell(self, plan: Plan) -> str:
        """Tells the plan's web addresses of the save; what did not get there."""
        told: list[Told] = []
        for number, url in enumerate(plan.webhooks):
            self.enter("webhook")
            telling = Telling(self.runtime, self.run_id, plan, self.name, url)
            told.append(await step(f"webhook:{number}", telling.act))
        return problems(told)

    async def _create(
        self, plan: Plan, proposals: tuple[Proposal, ...]
    ) -> dict[tuple[FieldName, str], str]:
        """Creates what the plan needs first; ids by field and name."""
        ids: dict[tuple[FieldName, str], str] = {}
        named = [(entity, naming(entity, proposals)) for entity in plan.create]
        # those that the open dialog creates go first: the others leave the page
        for entity, proposal in sorted(named, key=lambda one: one[1] is None):
            self.enter("create", entity.name)
            creating = Creating(
                self.runtime, self.lease, self.run_id, self.scene_id, entity, proposal
            )
            created: Created = await changing_step(
                creating.step,
                find=creating.find,
                act=creating.act,
                attempts=self.tries,
                on_retry=self.lease.recover,
            )
            ids[entity.field, entity.name] = created.id
            if not created.found:
                self.created.append(entity.told)
        return ids

    async def _save(self, plan: Plan, proposals: tuple[Proposal, ...], *, suffix: str) -> None:
        if plan.changes:
            self.enter("save")
            shown = dialog_proposal(plan, proposals) if proposals else None
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
            self.enter("organize")
            organizing = Organizing(self.runtime, self.lease, self.run_id, plan)
            await changing_step(
                f"organize{suffix}",
                find=organizing.find,
                act=organizing.act,
                attempts=self.tries,
                on_retry=self.lease.recover,
            )

    async def _replanned(self, replan: Replan) -> Plan | None:
        fresh = await self.runtime.client.find_scene(self.scene_id)
        return None if fresh is None else await replan(fresh)

    # -- writing down

    async def _record(self, result: SceneResult) -> SceneResult:
        store, now = self.runtime.store, self.runtime.store.clock()
        if not self.runtime.options.dry_run:
            scraped = any(attempt.result != "failed" for attempt in self.attempts)
            organized = result.outcome is Outcome.APPLIED and "organized" in result.changes
            await store.set_scene_state(
                self.scene_id,
                scraped_at=now if scraped else None,
                last_outcome=result.outcome,
                organized_at=now if organized else None,
            )
        await store.save_result(self.run_id, result)
        return result

    async def _record_failure(self, error: Failure) -> SceneResult:
        kept = await self.keep_evidence(error)
        failed = self.result(Outcome.FAILED, plan=self.written, reason=str(error))
        result = failed.model_copy(update={"evidence_dir": kept, "source": None})
        return await self._record(result)

    async def keep_evidence(self, error: Failure) -> str | None:
        """Keeps what the page shows, and writes the failure down; the folder, if there is one."""
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

    def enter(self, phase: str, detail: str = "") -> None:
        """Says what is being done from here on."""
        self.phase = phase
        self.runtime.on_phase(
            Doing(scene=self.scene_id, name=self.name, phase=phase, detail=detail)
        )

    def result(
        self,
        outcome: Outcome,
        *,
        found: Scraped | None = None,
        plan: Plan | None = None,
        reason: str = "",
    ) -> SceneResult:
        """The line of the report; ``found`` is what a source said, ``plan`` what is made of it."""
        judgement = found.judgement if found else None
        chosen = plan or (found.plan if found else None)
        source = found.attempt.source if found else plan.source if plan else None
        return SceneResult(
            id=self.scene_id,
            name=self.name,
            outcome=outcome,
            source=source,
            score=judgement.score if judgement else None,
            evidence=judgement.evidence if judgement else (),
            changes=changes_of(plan) if plan else {},
            left_out=chosen.left_out if chosen else (),
            created=tuple(self.created or [one.told for one in (plan.create if plan else ())]),
            rules=chosen.rules if chosen else (),
            attempts=tuple(self.attempts),
            elapsed_ms=round((time.monotonic() - self.started) * 1000),
            reason=reason,
        )


def changes_of(plan: Plan) -> dict[str, tuple[JsonValue, JsonValue]]:
    """What a plan changes, as a report tells it: before and after, by field."""
    changes = {change.field.value: (change.before, change.after) for change in plan.changes}
    if plan.organize:
        changes[FieldName.ORGANIZED.value] = (False, True)
    return changes

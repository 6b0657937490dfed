"""The way of a scene through a run, as all kinds of runs share it.

Read the scene, do the run's work, write the result down. The steps read or change Stash; between
steps a workflow decides by their recorded values only, so that a killed workflow goes on where
it was.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable

from loguru import logger

from stashbot.browser.wire_guard import WritePolicy
from stashbot.decide.planning.dialog_plan import choose_dialog
from stashbot.decide.planning.entity_index import LibraryEntity
from stashbot.decide.planning.entity_linking import first_to_name, with_created_ids
from stashbot.decide.planning.plan_edits import NEW_ID_PREFIX
from stashbot.engine import Execution
from stashbot.errors import (
    BadAnswer,
    ConfigError,
    GraphQLError,
    PageError,
    SaveMismatch,
    ScrapeFailed,
    StaleForm,
)
from stashbot.flows.enrich.basis import Basis
from stashbot.flows.enrich.late_links import LateLink, LateLinks
from stashbot.flows.enrich.results import changes_of, was_scraped
from stashbot.flows.enrich.scene_editor import SceneEditor, scene_editor
from stashbot.flows.enrich.steps.create_entity import CreateEntity
from stashbot.flows.enrich.steps.notify import DeliveryResult, SendWebhook, delivery_failures
from stashbot.flows.enrich.steps.save import MarkOrganized, SavePlan
from stashbot.flows.enrich.waiting_tag import sync_waiting_tag
from stashbot.flows.runs.context import RunContext, run_context
from stashbot.models import (
    Attempt,
    EntityKind,
    Outcome,
    Plan,
    Proposal,
    Scene,
    SceneResult,
)

#: How often a scene is read and planned anew because somebody else changed it meanwhile.
MAX_REPLANS = 3
#: The kinds of runs that open or close triage entries.
_TRIAGING = frozenset({"enrich", "accept"})
#: Errors that fail a scene and let the run go on.
Failure = PageError | GraphQLError | BadAnswer | ConfigError
#: Makes the plan anew over a scene that somebody else changed meanwhile.
Replan = Callable[[Scene], Awaitable[Plan]]


class SceneWorkflow(ABC):
    """A scene's way through a run; ``work`` is what a kind of run does with it."""

    def __init__(
        self, execution: Execution, context: RunContext, editor: SceneEditor, scene_id: str
    ) -> None:
        self.execution = execution
        self.context = context
        self.editor = editor
        self.run_id = context.run_id
        self.scene_id = scene_id
        self.phase = "read"
        self.name = ""
        self.source_answers: list[Attempt] = []
        self.written: Plan | None = None
        self.created: list[str] = []
        self.new_entities: list[LateLink] = []
        #: The plan of proposals that the scene got, or has already.
        self.settled: Plan | None = None
        self.started = time.monotonic()
        self.max_attempts = context.settings.run.attempts

    @classmethod
    async def execute(cls, execution: Execution, run_id: str, scene_id: str) -> SceneResult:
        """Take a scene through its run, and return its line of the report.

        Raises:
            Suspended: Stash or the browser is gone, or the run stops; the workflow can be resumed.
        """
        context = await run_context(execution.services, run_id)
        policy = WritePolicy.BLOCKED if context.options.dry_run else WritePolicy.PLANNED
        async with scene_editor(context.services, write_policy=policy) as editor:
            return await cls(execution, context, editor, scene_id).run()

    async def run(self) -> SceneResult:
        """Return the scene's result, written down; a failure keeps what the page showed."""
        try:
            result = await self._outcome()
            if self.settled is not None and not self.context.options.dry_run:
                result = await LateLinks(self, self.settled).carry_out(result)
            if self._may_wait:
                await sync_waiting_tag(self)
        except (PageError, GraphQLError, BadAnswer, ConfigError) as error:
            failure = error
            logger.info("scene {} failed in {}: {}", self.scene_id, self.phase, failure)
            return await self.execution.step("fail", lambda: self._record_failure(failure))
        await self.editor.release()  # the next scene can have the page while this is written down
        return await self.execution.step("finish", lambda: self._record(result))

    @property
    def _may_wait(self) -> bool:
        """Whether the run opens or closes triage entries, and marks scenes that have such."""
        options = self.context.options
        return bool(options.triage_tag) and not options.dry_run and options.kind in _TRIAGING

    async def _outcome(self) -> SceneResult:
        self.begin_phase("read")
        scene = await self.execution.step(
            "before", lambda: self.context.stash.find_scene(self.scene_id)
        )
        if scene is None:
            return self.result(Outcome.SKIPPED, reason="the scene is no longer in Stash")
        self.name = scene.display_name
        if scene.organized and self.context.options.skip_organized:
            return self.result(Outcome.SKIPPED, reason="it was organized meanwhile")
        return await self.work(scene)

    @abstractmethod
    async def work(self, scene: Scene) -> SceneResult:
        """Do the run's work with the scene, which is as it was when the workflow began."""

    async def on_save_mismatch(
        self, scene: Scene, plan: Plan, mismatch: SaveMismatch
    ) -> SceneResult:
        """Return the result of a scene that does not hold what Stash answered to its save.

        Raises:
            SaveMismatch: the ``mismatch``, where it counts as a failure of the scene.
        """
        del scene, plan
        raise mismatch

    # -- applying a plan

    async def apply_plan(
        self,
        scene: Scene,
        plan: Plan,
        *,
        replan: Replan,
        proposals: tuple[Proposal, ...] = (),
        basis: Basis | None = None,
    ) -> SceneResult:
        """Create what the plan needs, save it and organize; a dry run only says so.

        ``proposals`` are those that the plan was made of: a results dialog may help to apply them.
        """
        if not plan.changes and not plan.organize:
            self.settled = plan if proposals else None
            return self.result(
                Outcome.SKIPPED, basis=basis, plan=plan, reason="Stash holds all of it already"
            )
        if self.context.options.dry_run:
            await self._remember_created(plan)
            return self.result(Outcome.PLANNED, basis=basis, plan=plan)
        if created := await self._create(plan, proposals):
            plan = await self.execution.step("created", lambda: replan(scene))
            proposals = tuple(with_created_ids(proposal, created) for proposal in proposals)
        for turn in range(MAX_REPLANS):
            try:
                await self._save(plan, proposals, turn=turn)
            except StaleForm as stale:
                logger.info("scene {}: {}", scene.id, stale.message)
                await self.editor.discard()
                fresh = await self._replanned(replan, turn + 1)
                if fresh is None or (not fresh.changes and not fresh.organize):
                    reason = "somebody else filled it meanwhile"
                    return self.result(Outcome.SKIPPED, basis=basis, reason=reason)
                plan = fresh
            except SaveMismatch as mismatch:
                return await self.on_save_mismatch(scene, plan, mismatch)
            else:
                self.settled = plan if proposals else None
                failures = await self._send_webhooks(plan)
                return self.result(Outcome.APPLIED, basis=basis, plan=plan, reason=failures)
        reason = "somebody else keeps changing this scene"
        return self.result(Outcome.SKIPPED, basis=basis, reason=reason)

    async def _remember_created(self, plan: Plan) -> None:
        """Let later scenes of a dry run link to what this scene would create."""
        for entity in plan.create:
            planned = LibraryEntity(id=f"{NEW_ID_PREFIX}{entity.name}", name=entity.name)
            await self.context.entities.add_planned(entity.kind, planned)

    async def _send_webhooks(self, plan: Plan) -> str:
        """Send the plan's webhooks; return which of them failed, as a sentence."""
        deliveries: list[DeliveryResult] = []
        if plan.webhooks:
            await self.editor.release()
        for number, url in enumerate(plan.webhooks):
            self.begin_phase("webhook")
            webhook = SendWebhook(self.context, plan, self.name, url)
            deliveries.append(await self.execution.step(f"webhook:{number}", webhook.send))
        return delivery_failures(deliveries)

    async def _create(
        self, plan: Plan, proposals: tuple[Proposal, ...]
    ) -> dict[tuple[EntityKind, str], str]:
        """Create what the plan needs first; return the ids by kind and name."""
        ids: dict[tuple[EntityKind, str], str] = {}
        named = [(entity, first_to_name(entity, proposals)) for entity in plan.create]
        # What the open dialog creates goes first: everything else leaves the page.
        for entity, proposal in sorted(named, key=lambda pair: pair[1] is None):
            self.begin_phase("create", entity.name)
            created = await self.execution.change(
                CreateEntity(
                    self.execution, self.context, self.editor, self.scene_id, entity, proposal
                ),
                attempts=self.max_attempts,
                on_retry=self.editor.recover,
            )
            ids[entity.kind, entity.name] = created.id
            if not created.found:
                self.created.append(entity.label)
                new = LateLink(scene="", kind=entity.kind, id=created.id, name=entity.name)
                self.new_entities.append(new)
        return ids

    async def _save(self, plan: Plan, proposals: tuple[Proposal, ...], *, turn: int) -> None:
        if plan.changes:
            self.begin_phase("save")
            dialog = choose_dialog(plan, proposals) if proposals else None
            saved_plan = plan.model_copy(update={"organize": False})
            try:
                saved = await self.execution.change(
                    SavePlan(self.execution, self.context, self.editor, plan, dialog, turn=turn),
                    attempts=self.max_attempts,
                    on_retry=self.editor.recover,
                )
            except SaveMismatch:
                self.written = saved_plan
                raise
            self.written = saved_plan
            logger.debug("scene {} saved in {} ms", self.scene_id, saved.elapsed_ms)
        if plan.organize:
            self.begin_phase("organize")
            await self.execution.change(
                MarkOrganized(self.execution, self.context, self.editor, plan, turn=turn),
                attempts=self.max_attempts,
                on_retry=self.editor.recover,
            )

    async def _replanned(self, replan: Replan, turn: int) -> Plan | None:
        async def plan_anew() -> Plan | None:
            fresh = await self.context.stash.find_scene(self.scene_id)
            return None if fresh is None else await replan(fresh)

        return await self.execution.step(f"before:{turn}", plan_anew)

    # -- writing down

    async def _record(self, result: SceneResult) -> SceneResult:
        store = self.context.store
        if not self.context.options.dry_run and self.context.options.kind != "mark":
            now = store.clock()
            scraped = was_scraped(result)
            organized = result.outcome is Outcome.APPLIED and "organized" in result.changes
            await store.scenes.update(
                self.scene_id,
                scraped_at=now if scraped else None,
                last_outcome=result.outcome,
                organized_at=now if organized else None,
                asked_with=self.context.options.asking_digest if scraped else None,
            )
        await store.results.save(self.run_id, result)
        self.context.report_result(result)
        return result

    async def _record_failure(self, error: Failure) -> SceneResult:
        folder = await self.keep_artifacts(error)
        failed = self.result(Outcome.FAILED, plan=self.written, reason=str(error))
        return await self._record(
            failed.model_copy(update={"artifacts_dir": folder, "source": None})
        )

    async def keep_artifacts(self, error: Failure) -> str | None:
        """Keep what the page shows and write the failure down; return the folder, if any."""
        session = self.editor.current
        folder = await self.context.services.artifacts.capture(
            session.page if session else None,
            run_id=self.run_id,
            scene_id=self.scene_id,
            phase=self.phase,
            error=error,
            console=list(session.console) if session else [],
            exchanges=list(session.door.exchanges) if session else [],
            trace=session is not None and session.traced,
        )
        self.editor.trace_was_kept()
        if not isinstance(error, ScrapeFailed):
            await self.editor.discard()
        kept = None if folder is None else str(folder)
        await self.context.store.failures.add(
            self.run_id,
            self.scene_id,
            phase=self.phase,
            reason=type(error).__name__,
            detail=str(error),
            artifacts_dir=kept,
        )
        return kept

    def begin_phase(self, phase: str, detail: str = "") -> None:
        """Report what is being done with the scene from here on."""
        self.phase = phase
        self.context.report_phase(self.scene_id, self.name, phase, detail)

    def result(
        self,
        outcome: Outcome,
        *,
        basis: Basis | None = None,
        plan: Plan | None = None,
        reason: str = "",
    ) -> SceneResult:
        """Return the scene's line of the report."""
        shown = plan or (basis.plan if basis else None)
        source = basis.source if basis else plan.source if plan else None
        planned = [entity.label for entity in plan.create] if plan else []
        return SceneResult(
            id=self.scene_id,
            name=self.name,
            outcome=outcome,
            source=source,
            score=basis.score if basis else None,
            evidence=basis.evidence if basis else (),
            contradictions=basis.contradictions if basis else (),
            name_parts=basis.name_parts if basis else (),
            cleanings=basis.cleanings if basis else (),
            changes=changes_of(plan) if plan else {},
            omitted=shown.omitted if shown else (),
            created=tuple(self.created or planned),
            rules=shown.rules if shown else (),
            attempts=tuple(self.source_answers),
            elapsed_ms=round((time.monotonic() - self.started - self.editor.waited_s) * 1000),
            reason=reason,
        )

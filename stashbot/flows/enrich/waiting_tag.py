"""Mark scenes that wait in triage with a tag in Stash, and take it off when they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguru import logger

from stashbot.decide.planning.waiting_tag import plan_waiting_tag
from stashbot.errors import BadAnswer, GraphQLError, PageError, StaleForm
from stashbot.flows.enrich.steps.create_entity import CreateEntity
from stashbot.flows.enrich.steps.save import SavePlan
from stashbot.models import EntityKind, Plan

if TYPE_CHECKING:
    from stashbot.flows.enrich.scene_workflow import SceneWorkflow

#: How often a scene is planned anew: after the tag was created, and after somebody's edit.
_MAX_TURNS = 3


async def sync_waiting_tag(workflow: SceneWorkflow) -> Plan | None:
    """Bring a scene's tag up to date with its open entries; return the plan that was saved.

    A tag that cannot be set does not fail the scene: ``triage mark`` makes up for it.
    """
    try:
        for turn in range(_MAX_TURNS):
            plan = await workflow.execution.step(f"waiting:{turn}", lambda: _plan(workflow))
            if not plan.changes:
                return None
            if plan.create:
                (new,) = plan.create
                create = CreateEntity(
                    workflow.execution,
                    workflow.context,
                    workflow.editor,
                    workflow.scene_id,
                    new,
                    None,
                )
                await workflow.execution.change(
                    create, attempts=workflow.max_attempts, on_retry=workflow.editor.recover
                )
            elif await _save(workflow, plan, turn):
                return plan
    except (PageError, GraphQLError, BadAnswer) as error:
        logger.info("scene {} did not get its tag: {}", workflow.scene_id, error.message)
        await workflow.editor.discard()
    return None


async def _save(workflow: SceneWorkflow, plan: Plan, turn: int) -> bool:
    """Save the tag; ``False`` if somebody changed the scene meanwhile."""
    save = SavePlan(
        workflow.execution, workflow.context, workflow.editor, plan, turn=turn, step="waiting-tag"
    )
    try:
        await workflow.execution.change(
            save, attempts=workflow.max_attempts, on_retry=workflow.editor.recover
        )
    except StaleForm:
        await workflow.editor.discard()
        return False

    async def follow() -> bool:
        """Let the open entries expect the tag: it is no edit of somebody else's."""
        fresh = await workflow.context.stash.get_scene(workflow.scene_id)
        await workflow.context.store.triage.follow_tag(plan, fresh)
        return True

    return await workflow.execution.step(f"waiting-tag:{turn}:noted", follow)


async def _plan(workflow: SceneWorkflow) -> Plan:
    context, scene_id = workflow.context, workflow.scene_id
    scene = await context.stash.find_scene(scene_id)
    if scene is None:
        return Plan(scene_id=scene_id, source="")
    entries = await context.store.triage.entries(scene=scene_id)
    library = await context.entities.of(EntityKind.TAG)
    return plan_waiting_tag(scene, context.options.triage_tag, library, waits=bool(entries))

"""Tidy titles, dates and spaces in Stash's own edit form, scene by scene."""

from __future__ import annotations

from stashbot.decide.planning.cleanup import clean_up
from stashbot.engine import Execution, scene_workflow
from stashbot.flows.enrich.scene_workflow import SceneWorkflow
from stashbot.flows.runs.options import RunOptions
from stashbot.flows.runs.selection import RunRequest, RunTask, select_scene_ids
from stashbot.models import Outcome, Plan, Scene, SceneResult
from stashbot.services import Services


async def prepare_cleanup(services: Services, request: RunRequest) -> RunTask:
    """Return the task of a run that cleans up: it asks no source and organizes nothing.

    Raises:
        UnknownScene: an id that Stash does not have.
        ExpressionError: ``where`` does not parse.
    """
    stash = services.stash
    options = RunOptions.from_settings(
        services.settings, "cleanup", dry_run=request.dry_run, organize="never"
    )
    named = request.names_scenes
    scenes = await (select_scene_ids(stash, request) if named else stash.scene_ids())
    return RunTask(scenes=scenes, options=options)


@scene_workflow("cleanup")
async def clean_scene(execution: Execution, run_id: str, scene_id: str) -> SceneResult:
    """Clean up a scene of a run."""
    return await CleanupWorkflow.execute(execution, run_id, scene_id)


class CleanupWorkflow(SceneWorkflow):
    """Changes what is sure, and leaves what can be read in two ways to a person."""

    async def work(self, scene: Scene) -> SceneResult:
        """Plan and apply the cleanup of the scene."""

        async def plan_over(fresh: Scene) -> Plan:
            return clean_up(fresh, self.context.options.cleanup).plan

        plan = await self.execution.step("plan", lambda: plan_over(scene))
        if not plan.changes:
            unsure = "; ".join(omission.reason for omission in plan.omitted)
            reason = f"a person has to decide: {unsure}" if unsure else "it is in order"
            return self.result(Outcome.SKIPPED, plan=plan, reason=reason)
        return await self.apply_plan(scene, plan, replan=plan_over)

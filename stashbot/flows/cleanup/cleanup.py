"""Titles, dates and spaces put in order in Stash's own edit form, scene by scene."""

from __future__ import annotations

from stashbot.decide.planning.cleanup import clean_up
from stashbot.engine import flow, step
from stashbot.flows.enrich.scene_workflow import SceneWork
from stashbot.flows.runs.context import Runtime
from stashbot.flows.runs.options import RunOptions
from stashbot.flows.runs.selection import Request, Task, select
from stashbot.models import Outcome, Plan, Scene, SceneResult
from stashbot.settings import Settings
from stashbot.stash.client import StashClient


async def cleaning(settings: Settings, request: Request, client: StashClient) -> Task:
    """The task of a run that cleans up; it asks no source and organizes nothing.

    Raises:
        UnknownScene: an id that Stash does not have.
        ExpressionError: ``where`` does not parse.
    """
    options = RunOptions(
        kind="cleanup",
        sources=(),
        dry_run=request.dry_run,
        organize=False,
        cleanup=settings.cleanup,
    )
    named = request.ids or request.where is not None or request.filter is not None
    scenes = await (select(client, request) if named else client.scene_ids())
    return Task(scenes=scenes, options=options)


@flow("clean-scene")
async def clean_scene(run_id: str, scene_id: str) -> SceneResult:
    """Cleans up one scene.

    Raises:
        UnreachableError: Stash or the browser is gone; the flow can be resumed.
    """
    runtime = Runtime.get()
    async with runtime.lease() as lease:
        return await _Cleaning(runtime, lease, run_id, scene_id).carry_out()


class _Cleaning(SceneWork):
    """Changes what is sure; what may be read in two ways is told and left to a person."""

    async def work(self, scene: Scene) -> SceneResult:
        async def plan_over(fresh: Scene) -> Plan:
            return clean_up(fresh, self.runtime.options.cleanup).plan

        plan = await step("plan", lambda: plan_over(scene))
        if not plan.changes:
            unsure = "; ".join(one.reason for one in plan.left_out)
            why = f"a person has to decide: {unsure}" if unsure else "it is in order"
            return self.result(Outcome.SKIPPED, plan=plan, reason=why)
        return await self.carry(scene, plan, replan=plan_over)

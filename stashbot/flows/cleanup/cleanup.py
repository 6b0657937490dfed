"""Tidy titles, dates and spaces in Stash's own edit form, scene by scene."""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.decide.planning.cleanup import clean_up
from stashbot.decide.planning.name_reading import fill_from_name, read_certainly
from stashbot.engine import Execution, scene_workflow
from stashbot.flows.enrich.scene_workflow import Replan, SceneWorkflow
from stashbot.flows.runs.options import RunOptions
from stashbot.flows.runs.selection import RunRequest, RunTask, select_scene_ids
from stashbot.models import Outcome, Plan, Scene, SceneResult
from stashbot.services import Services


async def prepare_cleanup(
    services: Services, request: RunRequest, *, from_name: bool = False
) -> RunTask:
    """Return the task of a run that cleans up: it asks no source and organizes nothing.

    Without scenes in the request it means all; with ``from_name`` those that are not organized.

    Raises:
        UnknownScene: an id that Stash does not have.
        ExpressionError: ``where`` does not parse.
    """
    stash = services.stash
    options = RunOptions.from_settings(
        services.settings,
        "cleanup",
        dry_run=request.dry_run,
        from_name=from_name,
        names_scenes=request.names_scenes,
        organize="never",
    )
    selects = request.names_scenes or from_name
    scenes = await (select_scene_ids(stash, request) if selects else stash.scene_ids())
    return RunTask(scenes=scenes, options=options)


@scene_workflow("cleanup")
async def clean_scene(execution: Execution, run_id: str, scene_id: str) -> SceneResult:
    """Clean up a scene of a run."""
    return await CleanupWorkflow.execute(execution, run_id, scene_id)


class CleanupWorkflow(SceneWorkflow):
    """Changes what is sure, and leaves what can be read in two ways to a person."""

    async def work(self, scene: Scene) -> SceneResult:
        """Plan and apply the cleanup of the scene."""
        if self.context.options.from_name:
            return await self._fill_from_name(scene)

        async def plan_over(fresh: Scene) -> Plan:
            return clean_up(fresh, self.context.options.cleanup).plan

        return await self._apply(scene, plan_over, done="it is in order")

    async def _fill_from_name(self, scene: Scene) -> SceneResult:
        """Fill the empty fields of a scene that no source knows, from the name of its file."""

        async def known_by() -> str:
            past = await self.context.store.results.of_scene(scene.id)
            return why_known([seen.result for seen in past], self.context.options.names_scenes)

        if known := await self.execution.step("asked", known_by):
            return self.result(Outcome.SKIPPED, reason=known)

        async def plan_over(fresh: Scene) -> Plan:
            context = self.context
            certain = read_certainly(
                context.facts(fresh),
                await context.entities.names(),
                today=context.store.clock().date(),
            )
            return fill_from_name(fresh, certain, context.options.cleanup)

        return await self._apply(scene, plan_over, done="its name says nothing more for certain")

    async def _apply(self, scene: Scene, plan_over: Replan, *, done: str) -> SceneResult:
        plan = await self.execution.step("plan", lambda: plan_over(scene))
        if not plan.changes:
            unsure = "; ".join(omission.reason for omission in plan.omitted)
            reason = f"a person has to decide: {unsure}" if unsure else done
            return self.result(Outcome.SKIPPED, plan=plan, reason=reason)
        return await self.apply_plan(scene, plan, replan=plan_over)


def why_known(past: Sequence[SceneResult], named: bool) -> str:
    """Return why a scene is not filled from its name: a source may know it; empty if none does.

    ``past`` are its results in runs, newest first. A scene that no source was asked about counts as
    unknown only if the request ``named`` it.
    """
    asked = next((result for result in past if result.attempts), None)
    if asked is None:
        return "" if named else "no source was asked about it yet; run `stashbot run` first"
    if asked.outcome is Outcome.FAILED:
        return "a source failed; run it again before its name is read"
    is_unknown = asked.outcome is Outcome.SKIPPED and not any(
        attempt.result == "accepted" for attempt in asked.attempts
    )
    return "" if is_unknown else f"{asked.source or 'a source'} knows it, or may know it"

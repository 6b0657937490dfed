"""Bring smart collections up to date in Stash's own edit form, scene by scene."""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.decide.planning.plan_edits import RULES, without_entities
from stashbot.decide.planning.rule_changes import add_named_entities
from stashbot.decide.rules.collections import Collection, CollectionDiff, compile_collections
from stashbot.engine import Execution, scene_workflow
from stashbot.errors import UsageError
from stashbot.flows.enrich.scene_workflow import SceneWorkflow
from stashbot.flows.runs.context import RunContext
from stashbot.flows.runs.options import RunOptions
from stashbot.flows.runs.rule_snapshot import RuleSnapshot
from stashbot.flows.runs.selection import RunTask
from stashbot.models import EntityKind, Outcome, Plan, Scene, SceneResult
from stashbot.services import Services
from stashbot.settings import CollectionSettings, Settings
from stashbot.stash.client import StashClient


async def collection_diffs(settings: Settings, client: StashClient) -> tuple[CollectionDiff, ...]:
    """Return each collection of the settings with the scenes to be added and removed.

    Raises:
        ConfigError: a collection cannot be used.
    """
    collections = compile_collections(settings.collections.tables)
    scenes = [scene async for scene in client.iter_scenes()]
    return tuple(collection.diff(scenes) for collection in collections)


async def prepare_sync(
    services: Services, *, names: Sequence[str] = (), dry_run: bool = False
) -> RunTask:
    """Return the task of a run that brings these collections up to date, or all.

    Raises:
        ConfigError: a collection cannot be used.
        UsageError: there is no collection of that name.
    """
    tables = services.settings.collections.tables
    chosen = _chosen(tables, names)
    collections = [c for c in compile_collections(tables) if c.name in chosen]
    scenes = [scene async for scene in services.stash.iter_scenes()]
    options = RunOptions.from_settings(
        services.settings,
        "collect",
        dry_run=dry_run,
        organize="never",
        rules=RuleSnapshot(collections=chosen),
    )
    diffs = [collection.diff(scenes) for collection in collections]
    ids = {scene_id for diff in diffs for scene_id in (*diff.add, *diff.remove)}
    return RunTask(scenes=tuple(scene.id for scene in scenes if scene.id in ids), options=options)


def _chosen(
    tables: dict[str, CollectionSettings], names: Sequence[str]
) -> dict[str, CollectionSettings]:
    for name in names:
        if name not in tables:
            known = ", ".join(map(repr, tables)) or "none"
            raise UsageError(
                f"There is no collection {name!r}.", hint=f"The settings have {known}."
            )
    return {name: table for name, table in tables.items() if not names or name in names}


@scene_workflow("collect")
async def collect_scene(execution: Execution, run_id: str, scene_id: str) -> SceneResult:
    """Bring a scene's collections up to date."""
    return await CollectWorkflow.execute(execution, run_id, scene_id)


class CollectWorkflow(SceneWorkflow):
    """Gives a scene the tags and groups of its collections, and takes those of others."""

    async def work(self, scene: Scene) -> SceneResult:
        """Plan and apply the scene's membership."""

        async def plan_over(fresh: Scene) -> Plan:
            return await plan_membership(self.context, fresh)

        plan = await self.execution.step("plan", lambda: plan_over(scene))
        if not plan.changes:
            omitted = "; ".join(f"{entity.name}: {entity.reason}" for entity in plan.omitted)
            reason = omitted or "it is as it should be"
            return self.result(Outcome.SKIPPED, plan=plan, reason=reason)
        return await self.apply_plan(scene, plan, replan=plan_over)


async def plan_membership(context: RunContext, scene: Scene) -> Plan:
    """Return the plan that puts the scene into the run's collections, and takes it out of them."""
    plan = Plan(scene_id=scene.id, source=RULES)
    for collection in compile_collections(context.options.rules.collections):
        kind = EntityKind(collection.settings.kind)
        if _is_missing(collection, scene):
            plan = add_named_entities(
                plan,
                scene,
                kind,
                (collection.name,),
                library=await context.entities.of(kind),
                settings=context.options.creation,
            )
        elif _is_extra(collection, scene):
            plan = without_entities(plan, scene, kind.field, (collection.name,))
    return plan


def _is_missing(collection: Collection, scene: Scene) -> bool:
    return scene.id in collection.diff((scene,)).add


def _is_extra(collection: Collection, scene: Scene) -> bool:
    return scene.id in collection.diff((scene,)).remove

"""Smart collections brought up to date, scene by scene, in Stash's own edit form."""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.decide.planning.plan_edits import RULES, without_entities
from stashbot.decide.rules.collections import Collection, CollectionDiff, read_collections
from stashbot.engine import flow, step
from stashbot.errors import UsageError
from stashbot.flows.enrich.apply_rules import with_names
from stashbot.flows.enrich.scene_workflow import SceneWork
from stashbot.flows.runs.context import Runtime
from stashbot.flows.runs.options import RunOptions
from stashbot.flows.runs.rule_snapshot import Rulebook
from stashbot.flows.runs.selection import Task
from stashbot.models import FieldName, Outcome, Plan, Scene, SceneResult
from stashbot.settings import CollectionSettings, Settings
from stashbot.stash.client import StashClient, open_stash

KINDS = {"tag": FieldName.TAGS, "group": FieldName.GROUPS}


async def compare(settings: Settings) -> tuple[CollectionDiff, ...]:
    """Every collection of the settings with who is to be added and removed.

    Raises:
        ConfigError: a collection cannot be used.
        UnreachableError: Stash is not there.
    """
    collections = read_collections(settings.collections.tables)
    async with open_stash(settings.stash) as client:
        scenes = [scene async for scene in client.iter_scenes()]
    return tuple(one.diff(scenes) for one in collections)


async def collecting(
    settings: Settings, client: StashClient, *, names: Sequence[str] = (), dry_run: bool = False
) -> Task:
    """The task of a run that brings these collections up to date, else all.

    Raises:
        ConfigError: a collection cannot be used.
        UsageError: there is no collection of that name.
    """
    tables = settings.collections.tables
    chosen = _chosen(tables, names)
    collections = read_collections(tables)
    wanted = [one for one in collections if one.name in chosen]
    scenes = [scene async for scene in client.iter_scenes()]
    options = RunOptions(
        kind="collect",
        sources=(),
        dry_run=dry_run,
        organize=False,
        creation=settings.creation,
        rules=Rulebook(collections=chosen),
    )
    differing = [one.diff(scenes) for one in wanted]
    ids = {scene_id for one in differing for scene_id in (*one.add, *one.remove)}
    return Task(scenes=tuple(one.id for one in scenes if one.id in ids), options=options)


def _chosen(
    tables: dict[str, CollectionSettings], names: Sequence[str]
) -> dict[str, CollectionSettings]:
    for name in names:
        if name not in tables:
            there = ", ".join(map(repr, tables)) or "none"
            raise UsageError(
                f"There is no collection {name!r}.", hint=f"The settings have {there}.", key=name
            )
    return {name: table for name, table in tables.items() if not names or name in names}


@flow("collect-scene")
async def collect_scene(run_id: str, scene_id: str) -> SceneResult:
    """Gives one scene the tags and groups of its collections, and takes those of others.

    Raises:
        UnreachableError: Stash or the browser is gone; the flow can be resumed.
    """
    runtime = Runtime.get()
    async with runtime.lease() as lease:
        return await _Collecting(runtime, lease, run_id, scene_id).carry_out()


class _Collecting(SceneWork):
    """Writes what differs, and nothing to a scene that is as it should be."""

    async def work(self, scene: Scene) -> SceneResult:
        async def plan_over(fresh: Scene) -> Plan:
            return await collected(self.runtime, fresh)

        plan = await step("plan", lambda: plan_over(scene))
        if not plan.changes:
            left = "; ".join(f"{one.name}: {one.reason}" for one in plan.left_out)
            return self.result(Outcome.SKIPPED, plan=plan, reason=left or "it is as it should be")
        return await self.carry(scene, plan, replan=plan_over)


async def collected(runtime: Runtime, scene: Scene) -> Plan:
    """The plan that puts the scene into the run's collections, and takes it out of them."""
    plan = Plan(scene_id=scene.id, source=RULES)
    for one in read_collections(runtime.options.rules.collections):
        field = KINDS[one.settings.kind]
        if _is_missing(one, scene):
            plan = await with_names(runtime, scene, plan, field, (one.name,))
        elif _is_extra(one, scene):
            plan = without_entities(plan, scene, field, (one.name,))
    return plan


def _is_missing(one: Collection, scene: Scene) -> bool:
    return scene.id in one.diff((scene,)).add


def _is_extra(one: Collection, scene: Scene) -> bool:
    return scene.id in one.diff((scene,)).remove

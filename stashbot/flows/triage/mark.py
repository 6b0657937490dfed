"""Bring the tag of waiting scenes up to date in Stash, for scenes that no other run takes."""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.engine import Execution, scene_workflow
from stashbot.errors import UsageError
from stashbot.flows.enrich.scene_workflow import SceneWorkflow
from stashbot.flows.enrich.waiting_tag import sync_waiting_tag
from stashbot.flows.runs.options import RunOptions
from stashbot.flows.runs.selection import RunTask
from stashbot.models import EntityKind, Outcome, Scene, SceneResult
from stashbot.services import Services
from stashbot.stash.entity_library import find_entity_by_name


async def prepare_mark(services: Services, scenes: Sequence[str] | None = None) -> RunTask:
    """Return the task of a run that gives waiting scenes the tag and takes it off others.

    Without ``scenes`` those that wait, and all that have the tag.

    Raises:
        UsageError: the settings name no tag.
    """
    tag = services.settings.triage.tag
    if not tag:
        raise UsageError("The settings name no tag for scenes that wait.", hint="Set [triage] tag.")
    if scenes is None:
        waiting = [entry.scene for entry in await services.store.triage.entries()]
        known = await find_entity_by_name(services.stash, EntityKind.TAG, tag)
        by_tag = {"tags": {"value": [known.id], "modifier": "INCLUDES"}} if known else None
        tagged = await services.stash.scene_ids(by_tag) if by_tag else ()
        scenes = (*waiting, *tagged)
    options = RunOptions.from_settings(services.settings, "mark", organize="never")
    return RunTask(scenes=tuple(dict.fromkeys(scenes)), options=options)


@scene_workflow("mark")
async def mark_scene(execution: Execution, run_id: str, scene_id: str) -> SceneResult:
    """Bring the tag of a scene up to date."""
    return await MarkWorkflow.execute(execution, run_id, scene_id)


class MarkWorkflow(SceneWorkflow):
    """Gives a scene the tag if it waits in triage, and else takes it off."""

    async def work(self, scene: Scene) -> SceneResult:
        """Bring the scene's tag up to date."""
        del scene
        self.begin_phase("save")
        plan = await sync_waiting_tag(self)
        if plan is None:
            return self.result(Outcome.SKIPPED, reason="it is as it should be")
        return self.result(Outcome.APPLIED, plan=plan)

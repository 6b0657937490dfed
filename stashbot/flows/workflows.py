"""All durable workflows of stashbot, by the kind of the runs that they serve."""

from __future__ import annotations

from stashbot.engine import Workflow
from stashbot.flows.cleanup.cleanup import clean_scene
from stashbot.flows.collections.sync import collect_scene
from stashbot.flows.enrich.workflow import enrich_scene
from stashbot.flows.rename.rename import rename_files
from stashbot.flows.triage.accept import accept_scene
from stashbot.flows.triage.mark import mark_scene
from stashbot.flows.undo.undo import undo_changes

WORKFLOWS: tuple[Workflow, ...] = (
    enrich_scene,
    accept_scene,
    mark_scene,
    clean_scene,
    collect_scene,
    undo_changes,
    rename_files,
)

"""The changes that a triage entry proposes, and whether its scene has changed since."""

from __future__ import annotations

from pydantic import JsonValue

from stashbot.models import FieldName, Proposal, Scene
from stashbot.store import TriageEntry
from stashbot.store.triage import scene_digest, scene_values


def proposes(proposal: Proposal, name: FieldName) -> bool:
    """Return whether the proposal holds something for the field."""
    return bool(proposed_value(proposal, name))


def is_changed(entry: TriageEntry, scene: Scene) -> bool:
    """Return whether the scene is no longer as the proposal was judged against."""
    return scene_digest(scene) != entry.scene_digest


def changed_fields(entry: TriageEntry, scene: Scene) -> tuple[FieldName, ...]:
    """Return the fields that changed since then, as far as their values then are known."""
    if entry.scene_values is None or not is_changed(entry, scene):
        return ()
    now = scene_values(scene)
    return tuple(
        name for name in FieldName if entry.scene_values.get(name.value) != now[name.value]
    )


def proposed_value(proposal: Proposal, name: FieldName) -> JsonValue:
    """Return what the proposal holds for the field, as JSON; empty where it holds nothing."""
    if name is FieldName.ORGANIZED:
        return None
    if name is FieldName.STASH_IDS:
        return [proposal.stash_id.model_dump(mode="json")] if proposal.stash_id else []
    dumped: JsonValue = proposal.model_dump(mode="json", include={name.value})[name.value]
    return dumped

"""The changes that the rules make to a scene, as it is now."""

from __future__ import annotations

from stashbot.decide.rules.rule_set import EVENTS, RuleOutcome
from stashbot.flows.runs.rule_snapshot import read_rule_files
from stashbot.models import Model
from stashbot.settings import Settings
from stashbot.stash.client import open_stash


class RulesPreview(Model):
    """The changes that the rules make to a scene, by event."""

    scene: str
    name: str
    outcomes: tuple[RuleOutcome, ...]


async def preview_rules(settings: Settings, scene_id: str) -> RulesPreview:
    """Return what each rule makes of a scene, and what they want together.

    Raises:
        ConfigError: the rules are wrong, or would go on without end for this scene.
        UnknownScene: Stash has no such scene.
    """
    rules = read_rule_files(settings).compile()
    async with open_stash(settings.stash) as client:
        scene = await client.get_scene(scene_id)
    outcomes = tuple(rules.apply(scene, event) for event in EVENTS)
    return RulesPreview(scene=scene.id, name=scene.display_name, outcomes=outcomes)

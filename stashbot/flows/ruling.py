"""The rules of the settings, and what they want for a scene. Nothing is done here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stashbot.decide.collections import read_collections
from stashbot.decide.macros import Macros
from stashbot.decide.rule_files import read_rules
from stashbot.decide.rules import EVENTS, RuleOutcome, RuleSet
from stashbot.errors import ConfigError, UnknownScene
from stashbot.models import Model
from stashbot.settings import RuleSettings, Settings
from stashbot.stash.client import open_stash

_BY_DEFAULT = RuleSettings().files


class Ruling(Model):
    """What the rules want for a scene, by event."""

    scene: str
    name: str
    outcomes: tuple[RuleOutcome, ...]


def load_rules(settings: Settings, files: Sequence[Path] = ()) -> RuleSet:
    """The rules of ``files``, else of those that the settings name.

    The file that is read by default may be missing; one that somebody named may not.

    Raises:
        ConfigError: a file is missing or wrong, or macros, collections or rules are, by file, rule,
            line and column.
    """
    named = files or settings.rules.files
    texts: dict[str, str] = {}
    for file in named:
        try:
            texts[str(file)] = file.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            if not files and file in _BY_DEFAULT:
                continue
            raise ConfigError(
                f"There is no file of rules {file}.",
                hint="Check [rules] files, or the name on the command line.",
                file=str(file),
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"Cannot read the file of rules {file}: {error}.",
                hint="Make it a readable UTF-8 text file.",
                file=str(file),
            ) from error
    collections = read_collections(settings.collections.tables)
    return read_rules(
        texts, Macros(settings.macros.tables), collections=[one.name for one in collections]
    )


async def explain_rules(settings: Settings, scene_id: str) -> Ruling:
    """What each rule makes of a scene, and what they want together.

    Raises:
        ConfigError: as ``load_rules``; or the rules would go on without end for this scene.
        UnknownScene: Stash has no such scene.
    """
    rules = load_rules(settings)
    async with open_stash(settings.stash) as client:
        scene = await client.find_scene(scene_id)
    if scene is None:
        raise UnknownScene(
            f"Stash has no scene {scene_id}.",
            hint="The number is at the end of the scene's address.",
            scene_id=scene_id,
        )
    outcomes = tuple(rules.apply(scene, event) for event in EVENTS)
    return Ruling(scene=scene.id, name=scene.display_name, outcomes=outcomes)

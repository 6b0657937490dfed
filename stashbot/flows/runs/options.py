"""What a run was asked to do, as it is kept with the run."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stashbot.flows.runs.rule_snapshot import Rulebook
from stashbot.models import FieldName, Model, Source, Way
from stashbot.settings import (
    CleanupSettings,
    ConsensusSettings,
    CreationSettings,
    FieldSettings,
    FilenameSettings,
    RoutingSettings,
    SearchSettings,
    WeightSettings,
)

RunKind = Literal["enrich", "accept", "cleanup", "collect"]


class RunOptions(Model):
    """What a run was asked to do; kept with the run, so that a resumed one does the same.

    One that accepts proposals has the ``entries`` of triage of each scene, and ``only`` some fields
    of them if it has any; ``even_if_changed`` applies them to scenes that changed since.
    ``by`` are the ways of asking; ``others`` are sources of Stash that must not be asked.
    """

    kind: RunKind = "enrich"
    sources: tuple[Source, ...]
    dry_run: bool = False
    organize: bool = True
    skip_organized: bool = False
    weights: WeightSettings = WeightSettings()
    fields: FieldSettings = FieldSettings()
    filenames: FilenameSettings = FilenameSettings()
    routing: RoutingSettings = RoutingSettings()
    consensus: ConsensusSettings = ConsensusSettings()
    search: SearchSettings = SearchSettings()
    creation: CreationSettings = CreationSettings()
    cleanup: CleanupSettings = CleanupSettings()
    rules: Rulebook = Rulebook()
    by: tuple[Way, ...] = ("fragment",)
    others: tuple[Source, ...] = ()
    fixed_order: bool = False
    entries: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    only: tuple[FieldName, ...] = ()
    even_if_changed: bool = False

    @property
    def askable(self) -> tuple[Source, ...]:
        """All sources that any scene may ask: the run's, and those that rules choose."""
        return tuple(dict.fromkeys((*self.sources, *self.rules.sources.values())))

"""The options of a run, kept with it: a resumed run does the same."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal, Self

from pydantic import Field

from stashbot import __version__
from stashbot.flows.runs.rule_snapshot import RuleSnapshot
from stashbot.models import FieldName, Model, ScrapeMethod, Source
from stashbot.settings import (
    CleanupSettings,
    ConsensusSettings,
    ContradictionSettings,
    CreationSettings,
    FieldSettings,
    FilenameSettings,
    Organize,
    PeopleSettings,
    RoutingSettings,
    SearchSettings,
    Settings,
    SourceSettings,
    TagSettings,
    WeightSettings,
)

#: The options that decide on the questions about a scene and the scores of the answers.
_ASKING = {"sources", "by", "weights", "contradictions", "search", "filenames", "consensus"}

RunKind = Literal["enrich", "accept", "cleanup", "collect", "mark"]


class RunOptions(Model):
    """The options of a run whose unit of work is a scene.

    ``by`` are the ways of asking a source, in order; ``others`` are sources of Stash that must not
    be asked. A run that accepts proposals has the triage ``entries`` of each scene, and in ``only``
    the accepted fields, if not all were; ``even_if_changed`` applies them to scenes that changed
    since they were judged. ``asked_lately`` is the number of scenes that the run leaves alone. A
    cleanup ``from_name`` fills empty fields from names of files; ``names_scenes`` is whether its
    request said which scenes it means.
    """

    kind: RunKind = "enrich"
    sources: tuple[Source, ...] = ()
    dry_run: bool = False
    organize: Organize = "always"
    skip_organized: bool = False
    weights: WeightSettings = WeightSettings()
    contradictions: ContradictionSettings = ContradictionSettings()
    fields: FieldSettings = FieldSettings()
    filenames: FilenameSettings = FilenameSettings()
    routing: RoutingSettings = RoutingSettings()
    consensus: ConsensusSettings = ConsensusSettings()
    search: SearchSettings = SearchSettings()
    creation: CreationSettings = CreationSettings()
    people: PeopleSettings = PeopleSettings()
    tags: TagSettings = TagSettings()
    cleanup: CleanupSettings = CleanupSettings()
    asked_lately: int = 0
    triage_tag: str = ""
    source_limits: SourceSettings = SourceSettings()
    rules: RuleSnapshot = RuleSnapshot()
    by: tuple[ScrapeMethod, ...] = ("fragment",)
    others: tuple[Source, ...] = ()
    fixed_order: bool = False
    entries: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    only: tuple[FieldName, ...] = ()
    even_if_changed: bool = False
    from_name: bool = False
    names_scenes: bool = False

    @classmethod
    def from_settings(cls, settings: Settings, kind: RunKind, **overrides: Any) -> Self:
        """Return the options for a new run of this kind: the settings as they are now."""
        taken: dict[str, Any] = {
            "organize": settings.run.organize,
            "weights": settings.weights,
            "contradictions": settings.contradictions,
            "fields": settings.fields,
            "filenames": settings.filenames,
            "routing": settings.routing,
            "consensus": settings.consensus,
            "search": settings.search,
            "creation": settings.creation,
            "people": settings.people,
            "tags": settings.tags,
            "cleanup": settings.cleanup,
            "source_limits": settings.sources,
            "triage_tag": settings.triage.tag,
        }
        return cls(kind=kind, **{**taken, **overrides})

    @property
    def asking_digest(self) -> str:
        """Return a hash of all that decides on the answers that a scene gets, and their scores."""
        parts = self.model_dump(mode="json", include=_ASKING) | {"version": __version__}
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def all_sources(self) -> tuple[Source, ...]:
        """Return the sources that any scene may ask: the run's, and those that rules choose."""
        return tuple(dict.fromkeys((*self.sources, *self.rules.sources.values())))

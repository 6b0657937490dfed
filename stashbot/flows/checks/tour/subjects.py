"""What a server has for a tour to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stashbot.models import Scene, Source, SourceKind


@dataclass(frozen=True, kw_only=True)
class TourSubjects:
    """What the server has to look at: ids of things, by placeholder, and its sources.

    ``listed`` is a scene on the first page of the list, which shows the latest dates first.
    ``missing`` says of each need that the server does not meet what would meet it.
    """

    scene: Scene | None
    ids: Mapping[str, str]
    sources: tuple[Source, ...]
    listed: str | None = None
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def fragment_source(self) -> Source | None:
        """The source that the tour scrapes with, which is not really asked."""
        return next((one for one in self.sources if one.fragment), None)

    @property
    def query_source(self) -> Source | None:
        """The source that the tour searches with, which is not really asked."""
        return next((one for one in self.sources if one.query), None)

    def values(self) -> dict[str, str]:
        """What the placeholders of ways are filled with."""
        values = dict(self.ids)
        if source := self.fragment_source:
            values["source"] = source.name
        if source := self.query_source:
            values["query_source"] = source.name
            kind = "stashbox" if source.kind is SourceKind.STASH_BOX else "scraper"
            values["query_option"] = f"{kind}:{source.key}"
        return values

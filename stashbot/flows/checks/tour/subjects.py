"""What a server has for a tour to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stashbot.models import Scene, Source


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the server has to look at: a scene, and its sources.

    ``missing`` says of each need that the server does not meet what would meet it.
    """

    scene: Scene | None
    sources: tuple[Source, ...]
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
        values = {"scene": self.scene.id} if self.scene else {}
        if source := self.fragment_source:
            values["source"] = source.name
        if source := self.query_source:
            values["query_source"] = source.name
        return values

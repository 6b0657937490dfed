"""The scene and sources of a server that a tour of Stash's UI looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stashbot.models import Scene, Source
from stashbot.stash.client import StashClient
from stashbot.stash.library_snapshot import ServerSummary

_MISSING = {
    "scene": "Stash has no scene: add a file to its library and scan it",
    "scenes": "Stash has only a single scene",
    "fragment_source": "no scraper is installed that scrapes a scene by itself",
    "source": "no scraper is installed that scrapes a scene by itself",
    "query_source": "no scraper is installed that searches by name",
    "login": "Stash asks for no login",
    "duplicates": "Stash knows of no duplicate scenes (it compares their phashes)",
}


@dataclass(frozen=True, kw_only=True)
class TourSubjects:
    """A scene of the server to look at, and its sources.

    ``missing`` maps each prerequisite that the server does not have to the reason to show.
    """

    scene: Scene | None
    sources: tuple[Source, ...]
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def fragment_source(self) -> Source | None:
        """The source that the tour scrapes with; its answer is a stub."""
        return next((source for source in self.sources if source.fragment), None)

    @property
    def query_source(self) -> Source | None:
        """The source that the tour searches with; its answer is a stub."""
        return next((source for source in self.sources if source.query), None)

    def values(self) -> dict[str, str]:
        """Return the values of the placeholders in routes to states."""
        values = {"scene": self.scene.id} if self.scene else {}
        if source := self.fragment_source:
            values["source"] = source.name
        if source := self.query_source:
            values["query_source"] = source.name
        return values


async def gather_subjects(
    client: StashClient, summary: ServerSummary, scene_id: str | None = None
) -> TourSubjects:
    """Find out what the server has for a tour to look at.

    Without ``scene_id`` it is the scene with the most data among the first.

    Raises:
        UnknownScene: Stash has no scene ``scene_id``.
    """
    scene = await _find_scene(client, scene_id)
    sources = await client.sources()
    has = {
        "scene": scene is not None,
        "scenes": summary.kinds["scene"].count > 1,
        "fragment_source": any(source.fragment for source in sources),
        "query_source": any(source.query for source in sources),
        "source": any(source.fragment for source in sources),
        "login": client.server.has_login,
        "duplicates": await client.has_duplicates(),
    }
    return TourSubjects(
        scene=scene,
        sources=sources,
        missing={need: _MISSING[need] for need, is_met in has.items() if not is_met},
    )


async def _find_scene(client: StashClient, scene_id: str | None) -> Scene | None:
    if scene_id is not None:
        return await client.get_scene(scene_id)
    return next(iter(await client.richest_scenes()), None)

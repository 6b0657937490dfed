"""What a server has for a tour of Stash's UI to look at, and which scene shows most of it."""

from __future__ import annotations

from stashbot.flows.checks.tour.subjects import Facts
from stashbot.models import Scene
from stashbot.stash.client import StashClient
from stashbot.stash.scenes import existing_scene, first_scenes
from stashbot.stash.server_summary import Survey

_MISSING = {
    "scene": "Stash has no scene: add one file to its library and scan it",
    "scenes": "Stash has only one scene",
    "fragment_source": "no scraper is installed that scrapes a scene by itself",
    "source": "no scraper is installed that scrapes a scene by itself",
    "query_source": "no scraper is installed that searches by name",
    "login": "Stash asks for no login",
    "duplicates": "Stash knows of no duplicate scenes (it compares their phashes)",
}


async def gather_facts(client: StashClient, held: Survey, scene_id: str | None = None) -> Facts:
    """What the server has for a tour to look at.

    Raises:
        UnknownScene: Stash has no scene ``scene_id``.
    """
    scene = await _scene(client, scene_id)
    sources = await client.sources()
    have = {
        "scene": scene is not None,
        "scenes": held.holdings["scene"].count > 1,
        "fragment_source": any(one.fragment for one in sources),
        "query_source": any(one.query for one in sources),
        "source": any(one.fragment for one in sources),
        "login": client.server.has_login,
        "duplicates": await _has_duplicates(client),
    }
    missing = {need: _MISSING[need] for need, there in have.items() if not there}
    return Facts(scene=scene, sources=sources, missing=missing)


async def _has_duplicates(client: StashClient) -> bool:
    data = await client.transport.execute(
        "query Duplicates { findDuplicateScenes(distance: 0, duration_diff: 1) { id } }"
    )
    return bool(data["findDuplicateScenes"])


async def _scene(client: StashClient, scene_id: str | None) -> Scene | None:
    """The scene that was asked for; else the one with the most data of the first."""
    if scene_id is not None:
        return await existing_scene(client, scene_id)
    return next(iter(await first_scenes(client)), None)

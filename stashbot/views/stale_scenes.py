"""Which scenes' data is old: not scraped for the months that the settings name, oldest first."""

from __future__ import annotations

from datetime import datetime

from stashbot.flows.runs.selection import chosen_stale
from stashbot.models import Model, Outcome
from stashbot.settings import Settings
from stashbot.stash.client import open_stash
from stashbot.store import SceneState, Store
from stashbot.store.base import utc_now


class StaleScene(Model):
    """A scene to refresh, and what stashbot last did with it; nothing for one it never touched."""

    id: str
    name: str
    organized: bool
    scraped_at: datetime | None = None
    last_outcome: Outcome | None = None


class Stale(Model):
    """The scenes that ``run --stale`` would take, oldest first, and how many wait behind them."""

    months: int
    scenes: tuple[StaleScene, ...] = ()
    waiting: int = 0


async def stale_scenes(settings: Settings, *, limit: int | None = None) -> Stale:
    """The scenes of this Stash to refresh, organized or not. Nothing is asked or written.

    Raises:
        ForeignState, UnreadableState: the state is another Stash's, or damaged.
        UnreachableError: Stash is not there.
    """
    store = Store(settings.state.database_url, server=settings.stash.url, create=False)
    async with open_stash(settings.stash) as client:
        scene_ids = await client.scene_ids()
        states: dict[str, SceneState] = {}
        if store.is_there:
            async with store:
                states = await store.scene_states(scene_ids)
        found = chosen_stale(scene_ids, states, settings.refresh, utc_now(), limit)
        scenes = await client.find_scenes(found.scenes)
    held = {scene.id: states.get(scene.id, SceneState(scene=scene.id)) for scene in scenes}
    return Stale(
        months=settings.refresh.months,
        waiting=found.waiting,
        scenes=tuple(
            StaleScene(
                id=scene.id,
                name=scene.display_name,
                organized=scene.organized,
                scraped_at=held[scene.id].scraped_at,
                last_outcome=held[scene.id].last_outcome,
            )
            for scene in scenes
        ),
    )

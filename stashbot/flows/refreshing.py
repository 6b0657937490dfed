"""Which scenes' data is old: not scraped for the months that the settings name, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stashbot.decide.refresh import Refresh, choose_refresh
from stashbot.models import Model, Outcome
from stashbot.settings import RefreshSettings, Settings
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


async def choose_stale(
    store: Store, scene_ids: Sequence[str], settings: RefreshSettings, *, limit: int | None = None
) -> Refresh:
    """Of these scenes the ones to refresh now: ``limit`` at most, else ``settings.per_run``."""
    return _chosen(scene_ids, await store.scene_states(scene_ids), settings, store.clock(), limit)


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
        found = _chosen(scene_ids, states, settings.refresh, utc_now(), limit)
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


def _chosen(
    scene_ids: Sequence[str],
    states: dict[str, SceneState],
    settings: RefreshSettings,
    now: datetime,
    limit: int | None,
) -> Refresh:
    scraped_at = {scene_id: state.scraped_at for scene_id, state in states.items()}
    return choose_refresh(scene_ids, scraped_at, now=now, settings=settings, budget=limit)

"""What a run is asked for: which scenes, with which options."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stashbot.decide.rules.expressions import compile_where
from stashbot.decide.scheduling.refresh import Refresh, choose_refresh
from stashbot.errors import UnknownScene, UsageError
from stashbot.flows.runs.options import RunOptions
from stashbot.flows.runs.rule_snapshot import rulebook_of_run
from stashbot.models import Model, Way
from stashbot.settings import RefreshSettings, Settings
from stashbot.stash.client import StashClient
from stashbot.store import SceneState, Store


class Request(Model):
    """What ``stashbot run`` was asked for.

    Without ``where``, ``ids`` and ``filter`` it means all scenes that are not organized. ``stale``
    leaves those that are due for a refresh, of all scenes where nothing else is asked for. ``by``
    are ways of asking in place of those of the settings, in this order.
    """

    where: str | None = None
    filter: str | None = None
    ids: tuple[str, ...] = ()
    limit: int | None = None
    stale: bool = False
    sources: tuple[str, ...] = ()
    by: tuple[Way, ...] = ()
    dry_run: bool = False
    resume: str | None = None


class Task(Model):
    """The scenes of a run in order, and what is to be done with them."""

    scenes: tuple[str, ...]
    options: RunOptions


async def enriching(
    settings: Settings, request: Request, client: StashClient, store: Store
) -> Task:
    """The task of a run that asks sources.

    Raises:
        UsageError: there is nobody to ask.
        UnknownScene: an id that Stash does not have.
        ExpressionError: ``where`` does not parse.
    """
    ways = request.by or settings.search.ways
    rules = await rulebook_of_run(settings, client, by=ways)
    sources = await client.resolve_sources(request.sources or settings.run.sources, by=ways)
    if not sources:
        raise UsageError(
            f"Stash has no source that can be asked for a scene by {' or '.join(ways)}.",
            hint="Install a scraper or add a stash-box in Stash's settings.",
        )
    options = RunOptions(
        sources=sources,
        by=ways,
        others=tuple(one for one in await client.sources() if one not in sources and one.urls),
        rules=rules,
        fixed_order=bool(request.sources),
        dry_run=request.dry_run,
        organize=settings.run.organize,
        weights=settings.weights,
        fields=settings.fields,
        filenames=settings.filenames,
        routing=settings.routing,
        consensus=settings.consensus,
        search=settings.search,
        creation=settings.creation,
        skip_organized=not (request.ids or request.where or request.filter or request.stale),
    )
    scenes = await select(client, request)
    if request.stale:
        stale = await choose_stale(store, scenes, settings.refresh, limit=request.limit)
        scenes = stale.scenes
    return Task(scenes=scenes, options=options)


async def select(client: StashClient, request: Request) -> tuple[str, ...]:
    """The ids of the scenes that are asked for, in Stash's order of ids.

    Which of them are ``stale``, and so the limit, is for the store to say.

    Raises:
        UnknownScene: an id that Stash does not have.
        ExpressionError: ``where`` does not parse.
    """
    if request.ids:
        found = {scene.id for scene in await client.find_scenes(request.ids)}
        if missing := [one for one in request.ids if one not in found]:
            raise UnknownScene(
                f"Stash has no scene {', '.join(missing)}.",
                hint="Check --ids; the number is at the end of the scene's address.",
                scene_id=missing[0],
            )
        chosen: Sequence[str] = tuple(dict.fromkeys(request.ids))
    elif request.where is not None:
        matches = compile_where(request.where)
        chosen = [scene.id async for scene in client.iter_scenes() if matches(scene)]
    elif request.filter is not None:
        saved = await client.saved_filter(request.filter)
        chosen = await client.scene_ids(saved.scene_filter, text=saved.text)
    else:
        chosen = await client.scene_ids(None if request.stale else {"organized": False})
    return tuple(chosen if request.stale else chosen[: request.limit])


async def choose_stale(
    store: Store, scene_ids: Sequence[str], settings: RefreshSettings, *, limit: int | None = None
) -> Refresh:
    """Of these scenes the ones to refresh now: ``limit`` at most, else ``settings.per_run``."""
    return chosen_stale(
        scene_ids, await store.scene_states(scene_ids), settings, store.clock(), limit
    )


def chosen_stale(
    scene_ids: Sequence[str],
    states: dict[str, SceneState],
    settings: RefreshSettings,
    now: datetime,
    limit: int | None,
) -> Refresh:
    """Return the scenes to refresh, oldest first, and how many wait behind them."""
    scraped_at = {scene_id: state.scraped_at for scene_id, state in states.items()}
    return choose_refresh(scene_ids, scraped_at, now=now, settings=settings, budget=limit)

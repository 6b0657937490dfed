"""Select the scenes of a run, and its options."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from stashbot.decide.rules.expressions import compile_where
from stashbot.decide.scheduling.asked_lately import Due, LastAsked, choose_due
from stashbot.decide.scheduling.refresh import Refresh, choose_refresh
from stashbot.errors import UnknownScene, UsageError
from stashbot.flows.runs.options import RunOptions
from stashbot.flows.runs.rule_snapshot import snapshot_rules
from stashbot.models import Model, ScrapeMethod
from stashbot.services import Services
from stashbot.settings import RefreshSettings
from stashbot.stash.client import StashClient
from stashbot.store import SceneState, Store


class RunRequest(Model):
    """The request of ``stashbot run``.

    Without ``where``, ``ids`` and ``filter`` it means all scenes that are not organized. ``stale``
    leaves those that are due for a refresh, ``incomplete`` those of which something was left out
    because Stash did not have it; both of all scenes where the request names no others. Scenes
    that had questions lately are left alone, unless they are named, or with ``again``. ``by``
    are ways of asking in place of those of the settings, in this order.
    """

    where: str | None = None
    filter: str | None = None
    ids: tuple[str, ...] = ()
    limit: int | None = None
    stale: bool = False
    incomplete: bool = False
    again: bool = False
    sources: tuple[str, ...] = ()
    by: tuple[ScrapeMethod, ...] = ()
    dry_run: bool = False

    @property
    def takes_organized(self) -> bool:
        """Return whether scenes that are organized are meant, too."""
        return self.names_scenes or self.stale or self.incomplete

    @property
    def names_scenes(self) -> bool:
        """Return whether the request says which scenes it means."""
        return bool(self.ids) or self.where is not None or self.filter is not None


class RunTask(Model):
    """The scenes of a new run in order, and its options."""

    scenes: tuple[str, ...]
    options: RunOptions


async def prepare_enrich(services: Services, request: RunRequest) -> RunTask:
    """Return the task of a run that asks sources.

    Raises:
        UsageError: Stash has no source to ask.
        UnknownScene: an id that Stash does not have.
        ExpressionError: ``where`` does not parse.
    """
    settings, stash = services.settings, services.stash
    if request.where is not None:
        compile_where(request.where)
    methods = request.by or settings.search.methods
    rules = await snapshot_rules(settings, stash, by=methods)
    sources = await stash.resolve_sources(request.sources or settings.run.sources, methods=methods)
    if not sources:
        raise UsageError(
            f"Stash has no source that finds scenes by {' or '.join(methods)}.",
            hint="Install a scraper or add a stash-box in Stash's settings.",
        )
    options = RunOptions.from_settings(
        settings,
        "enrich",
        sources=sources,
        by=methods,
        others=tuple(s for s in await stash.sources() if s not in sources and s.urls),
        rules=rules,
        fixed_order=bool(request.sources),
        dry_run=request.dry_run,
        skip_organized=not request.takes_organized,
    )
    scenes = await select_scene_ids(stash, request)
    if request.incomplete:
        incomplete = set(await services.store.left_out.scenes())
        scenes = tuple(scene_id for scene_id in scenes if scene_id in incomplete)
        scenes = scenes[: request.limit]
    if request.stale:
        stale = await choose_stale(services.store, scenes, settings.refresh, limit=request.limit)
        scenes = stale.scenes
    if not request.takes_organized:
        pause = timedelta(hours=0 if request.again else settings.run.ask_again_h)
        due = await _due(services.store, scenes, options, pause)
        scenes = due.scenes[: request.limit]
        options = options.model_copy(update={"asked_lately": due.asked_lately})
    return RunTask(scenes=scenes, options=options)


async def _due(
    store: Store, scene_ids: Sequence[str], options: RunOptions, pause: timedelta
) -> Due:
    """Return the scenes that were not asked about lately in the same way."""
    states = (await store.scenes.get_many(scene_ids)) if pause else {}
    asked = {
        scene_id: LastAsked(
            at=state.scraped_at, outcome=state.last_outcome, asked_with=state.asked_with
        )
        for scene_id, state in states.items()
    }
    digest = options.asking_digest
    return choose_due(scene_ids, asked, now=store.clock(), pause=pause, asking_with=digest)


async def select_scene_ids(client: StashClient, request: RunRequest) -> tuple[str, ...]:
    """Return the ids of the requested scenes, in Stash's order of ids.

    The store decides later which of them are stale, incomplete or in their pause; only then is the
    limit of a request that names no scenes applied.

    Raises:
        UnknownScene: an id that Stash does not have.
        ExpressionError: ``where`` does not parse.
    """
    chosen: Sequence[str]
    if request.ids:
        found = {scene.id for scene in await client.find_scenes(request.ids)}
        if missing := [scene_id for scene_id in request.ids if scene_id not in found]:
            raise UnknownScene(
                f"Stash has no scene {', '.join(missing)}.",
                hint="Check --ids; the number is at the end of the scene's address.",
                scene_id=missing[0],
            )
        chosen = tuple(dict.fromkeys(request.ids))
    elif request.where is not None:
        matches = compile_where(request.where)
        chosen = [scene.id async for scene in client.iter_scenes() if matches(scene)]
    elif request.filter is not None:
        saved = await client.saved_filter(request.filter)
        chosen = await client.scene_ids(saved.scene_filter, text=saved.text)
    else:
        chosen = await client.scene_ids(None if request.takes_organized else {"organized": False})
    is_narrowed = request.stale or request.incomplete or not request.names_scenes
    return tuple(chosen if is_narrowed else chosen[: request.limit])


async def choose_stale(
    store: Store, scene_ids: Sequence[str], settings: RefreshSettings, *, limit: int | None = None
) -> Refresh:
    """Return the scenes to refresh now: at most ``limit``, else ``settings.per_run``."""
    states = await store.scenes.get_many(scene_ids)
    return chosen_stale(scene_ids, states, settings, store.clock(), limit)


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

"""Checking the selector registry against a running Stash, without changing anything there."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import computed_field

from stashbot.errors import UnknownScene, UsageError
from stashbot.flows.runtime import open_pages
from stashbot.models import FieldName, Model, Scene
from stashbot.pages.checks import STATES, Finding, SceneCheck, StateCheck
from stashbot.selectors import Registry, SelectorSet
from stashbot.selectors.model import release_name
from stashbot.settings import Settings
from stashbot.stash.client import StashClient, open_stash

#: Of so many scenes those with the most and the least data are taken.
_LOOKED_AT = 40
_DIALOG = "scrape-dialog"


class SelectorReport(Model):
    """What a check found. ``stopped`` names writes that the page tried and the guard stopped.

    ``exact`` is false for a Stash that is newer than the registry, ``unchanged`` if the scene was
    another one after the check than before.
    """

    version: str
    release: str
    exact: bool
    scene: str
    name: str
    states: tuple[StateCheck, ...]
    stopped: tuple[str, ...] = ()
    unchanged: bool = True

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The keys that do not find what they must."""
        return tuple(finding for state in self.states for finding in state.broken)

    @property
    def unreached(self) -> tuple[StateCheck, ...]:
        """The states that the page could not be brought to."""
        return tuple(state for state in self.states if not state.reached)

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def ok(self) -> bool:
        """Whether all keys of all states hold, and nothing was written.

        A scrape dialog that no source opened is nobody's fault.
        """
        unreached = {state.state for state in self.unreached}
        return not self.broken and unreached <= {"scrape-dialog"} and self.unchanged


async def check_selectors(
    settings: Settings, *, scene_id: str | None = None, states: Sequence[str] = STATES
) -> SelectorReport:
    """Walks a scene's page through the states, with the guard shut, and checks every key there.

    Without ``scene_id`` it takes a scene that has much to show, and for the scrape dialog, if no
    source has anything new for that one, a scene that lacks much.

    Raises:
        UnknownScene: Stash has no such scene.
        UsageError: Stash has no scene at all, or there is no such state.
        UnreachableError: Stash or the browser is not there.
    """
    if unknown := sorted(set(states) - set(STATES)):
        raise UsageError(
            f"There is no check of the state {unknown[0]!r}.",
            hint=f"States: {', '.join(STATES)}.",
            state=unknown[0],
        )
    async with open_stash(settings.stash) as client:
        selectors = Registry.load(settings.selectors.folder).for_release(client.server.release)
        scenes = await _scenes(client, scene_id)
        return await _check(settings, client, selectors, scenes, states)


async def _check(
    settings: Settings,
    client: StashClient,
    selectors: SelectorSet,
    scenes: Sequence[Scene],
    states: Sequence[str],
) -> SelectorReport:
    first, *others = scenes
    sources = await client.sources()
    ask = await client.resolve_sources(settings.run.sources)
    async with open_pages(settings, client, selectors, read_only=True) as pool:
        session = await pool.acquire()

        async def walk(scene: Scene, states: Sequence[str]) -> tuple[StateCheck, ...]:
            check = SceneCheck(session, scene, sources, settings.browser.scrape_ms)
            return await check.visit(states, ask)

        try:
            checks = await walk(first, states)
            for other in others:
                if _DIALOG in {check.state for check in checks if not check.reached}:
                    checks = (*checks[:-1], *await walk(other, [_DIALOG]))
        finally:
            await pool.discard(session)
        stopped = tuple(f"{one.operation}: {one.why}" for one in session.guard.stopped)
    return SelectorReport(
        version=client.server.version,
        release=release_name(selectors.release),
        exact=selectors.exact,
        scene=first.id,
        name=first.display_name,
        states=checks,
        stopped=stopped,
        unchanged=await client.find_scenes(one.id for one in scenes) == tuple(scenes),
    )


async def _scenes(client: StashClient, scene_id: str | None) -> tuple[Scene, ...]:
    """The scene that was asked for; else one with much data, and one with little."""
    if scene_id is not None:
        scene = await client.find_scene(scene_id)
        if scene is None:
            raise UnknownScene(
                f"Stash has no scene {scene_id}.",
                hint="The number is at the end of the scene's address.",
                scene_id=scene_id,
            )
        return (scene,)
    ids = await client.scene_ids()
    if not ids:
        raise UsageError(
            "Stash has no scene to look at.", hint="Add one file to its library and scan it."
        )
    found = await client.find_scenes(ids[:_LOOKED_AT])
    fullest, barest = max(found, key=_filled), min(found, key=_filled)
    return (fullest, barest) if barest != fullest else (fullest,)


def _filled(scene: Scene) -> int:
    """How many fields hold something."""
    return sum(bool(scene.value(field)) for field in FieldName)

"""Comparing a scene's video, as the page's player has it, with what Stash says about the file."""

from __future__ import annotations

from pydantic import computed_field

from stashbot.errors import UsageError
from stashbot.flows.runs.context import open_pages
from stashbot.models import Model, Scene
from stashbot.pages.scene_page import ScenePage
from stashbot.pages.video_player import Metadata, Player
from stashbot.selectors import Registry
from stashbot.settings import Settings
from stashbot.stash.client import open_stash
from stashbot.stash.scenes import existing_scene

#: Containers round durations differently; more than this is another film or a broken file.
TOLERANCE_S = 1.0


class VideoReport(Model):
    """What page and Stash say of one scene's video; ``differences`` is empty if they agree."""

    scene: str
    name: str
    path: str
    page: Metadata
    stash: Metadata
    differences: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def ok(self) -> bool:
        """Whether they agree."""
        return not self.differences


async def probe_video(settings: Settings, scene_id: str) -> VideoReport:
    """Loads the video's metadata in the scene's page, and nothing else of it.

    Raises:
        UnknownScene: Stash has no such scene.
        UsageError: the scene has no file.
        PageError: the page's player cannot load the video.
        UnreachableError: Stash or the browser is not there.
    """
    async with open_stash(settings.stash) as client:
        scene = await existing_scene(client, scene_id)
        held = _held(scene)
        selectors = Registry.load(settings.selectors.folder).for_release(client.server.release)
        async with open_pages(settings, client, selectors, read_only=True) as pool:
            session = await pool.acquire()
            try:
                await ScenePage(session).load(scene.id)
                found = await Player(session).metadata(settings.browser.load_ms)
            finally:
                await pool.discard(session)
    return VideoReport(
        scene=scene.id,
        name=scene.display_name,
        path=scene.file.path if scene.file else "",
        page=found,
        stash=held,
        differences=differences(found, held),
    )


def differences(page: Metadata, stash: Metadata) -> tuple[str, ...]:
    """In words, what the two do not agree on; a second of duration is no difference."""
    told = []
    if page.duration is None or stash.duration is None:
        if page.duration != stash.duration:
            told.append("only one of them knows a duration")
    elif (apart := abs(page.duration - stash.duration)) > TOLERANCE_S:
        told.append(f"the durations are {apart:.1f} s apart")
    if (page.width, page.height) != (stash.width, stash.height):
        told.append(
            f"the page shows {page.width} x {page.height}, "
            f"Stash says {stash.width} x {stash.height}"
        )
    return tuple(told)


def _held(scene: Scene) -> Metadata:
    if scene.file is None:
        raise UsageError(f"Scene {scene.id} has no file.", hint="There is nothing to play.")
    file = scene.file
    return Metadata(duration=file.duration or None, width=file.width, height=file.height)

"""Comparing a scene's video in the page's player with what Stash says about the file."""

from __future__ import annotations

from pydantic import computed_field

from stashbot.browser.wire_guard import WritePolicy
from stashbot.errors import UsageError
from stashbot.models import Model, Scene
from stashbot.pages.scene_page import ScenePage
from stashbot.pages.video_player import VideoMetadata, VideoPlayer
from stashbot.selectors import Registry
from stashbot.services import open_pages
from stashbot.settings import Settings
from stashbot.stash.client import open_stash

#: Containers round durations differently; more than this is another film or a broken file.
TOLERANCE_S = 1.0


class VideoReport(Model):
    """The metadata of a scene's video, as page and Stash report it.

    ``differences`` are sentences; empty if the two agree.
    """

    scene: str
    name: str
    path: str
    page: VideoMetadata
    stash: VideoMetadata
    differences: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def ok(self) -> bool:
        """Whether page and Stash agree."""
        return not self.differences


async def probe_video(settings: Settings, scene_id: str) -> VideoReport:
    """Load the video's metadata in the scene's page, and compare it with Stash's.

    Raises:
        UnknownScene: Stash has no such scene.
        UsageError: the scene has no file.
        PageError: the page's player cannot load the video.
        UnreachableError: Stash or the browser is not there.
    """
    async with open_stash(settings.stash) as client:
        scene = await client.get_scene(scene_id)
        stored = _stored_metadata(scene)
        selectors = Registry.load(settings.selectors.folder).for_release(client.server.release)
        async with open_pages(settings, client, selectors) as pool:
            session = await pool.acquire(WritePolicy.BLOCKED)
            try:
                await ScenePage(session).load(scene.id)
                shown = await VideoPlayer(session).metadata(settings.browser.load_ms)
            finally:
                await pool.discard(session)
    return VideoReport(
        scene=scene.id,
        name=scene.display_name,
        path=scene.file.path if scene.file else "",
        page=shown,
        stash=stored,
        differences=differences(shown, stored),
    )


def differences(page: VideoMetadata, stash: VideoMetadata) -> tuple[str, ...]:
    """Return the differences of the two; ``TOLERANCE_S`` of duration does not count."""
    found = []
    if page.duration is None or stash.duration is None:
        if page.duration != stash.duration:
            found.append("only page or Stash knows a duration")
    elif (apart := abs(page.duration - stash.duration)) > TOLERANCE_S:
        found.append(f"the durations are {apart:.1f} s apart")
    if (page.width, page.height) != (stash.width, stash.height):
        found.append(
            f"the page shows {page.width} x {page.height}, "
            f"Stash says {stash.width} x {stash.height}"
        )
    return tuple(found)


def _stored_metadata(scene: Scene) -> VideoMetadata:
    if scene.file is None:
        raise UsageError(f"Scene {scene.id} has no file.", hint="There is nothing to play.")
    file = scene.file
    return VideoMetadata(duration=file.duration or None, width=file.width, height=file.height)

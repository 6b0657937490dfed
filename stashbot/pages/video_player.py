"""The video player of a scene's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from stashbot.browser import actions
from stashbot.errors import PageError
from stashbot.models import Model
from stashbot.pages.page_object import Capability, KeysByCapability, PageObject


class VideoMetadata(Model):
    """The metadata of a video: ``duration`` in seconds, ``width`` and ``height`` in pixels.

    A live stream has no duration; a file without pictures has width and height 0.
    """

    duration: float | None
    width: int
    height: int


@dataclass(frozen=True)
class VideoPlayer(PageObject):
    """The player of the scene that the session shows."""

    keys: ClassVar[KeysByCapability] = {Capability.PROBE_VIDEO: ("scene.video",)}

    async def metadata(self, timeout: int) -> VideoMetadata:
        """Load the video's metadata in the page, and nothing more of it.

        Raises:
            ElementNotReady: there is no video element, or it loaded nothing in time.
            PageError: the browser cannot load or play the stream.
        """
        (video,) = await self.session.run(actions.read_video(self.target("scene.video"), timeout))
        if video["error"]:
            raise PageError(
                f"The page's player cannot load the video: {video['error']}.",
                hint="Does Stash serve the file, and does this browser know its format?",
            )
        return VideoMetadata(
            duration=video["duration"], width=video["width"], height=video["height"]
        )

"""The video player of a scene's page."""

from __future__ import annotations

from dataclasses import dataclass

from stashbot.browser.session import Session
from stashbot.errors import PageError
from stashbot.models import Model


class Metadata(Model):
    """What the page's video element reports: ``duration`` in seconds, sizes in pixels.

    A live stream has no duration; a file without pictures has width and height 0.
    """

    duration: float | None
    width: int
    height: int


@dataclass(frozen=True)
class Player:
    """The player of the scene that one session shows."""

    session: Session

    async def metadata(self, timeout: int) -> Metadata:
        """Has the element load its metadata, and nothing more of the video.

        Raises:
            ElementNotReady: there is no video element, or it loaded nothing in time.
            PageError: the browser cannot load or play the stream.
        """
        target = self.session.target("scene.video")
        (found,) = await self.session.run(
            {"do": "metadata", "target": target.wire(), "timeout": timeout}
        )
        refused = found.pop("error")
        if refused:
            raise PageError(
                f"The page's player cannot load the video: {refused}.",
                hint="Does Stash serve the file, and does this browser know its format?",
            )
        return Metadata.model_validate(found)

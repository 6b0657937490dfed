"""The door: the only way from a page to Stash."""

from stashbot.browser.door.door import Door
from stashbot.browser.door.upstream import Upstream

__all__ = ["Door", "Upstream"]

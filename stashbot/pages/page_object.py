"""The base of all page objects: a session, and the selector keys that they declare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from stashbot.browser.session import Session
from stashbot.errors import RegistryError
from stashbot.selectors import Target


class Capability(StrEnum):
    """Something that stashbot can do on Stash's pages, as reports name it."""

    OPEN_SCENE = "open a scene"
    CLEAR_PAGE = "clear the page"
    SCRAPE = "scrape"
    SCRAPE_BY_NAME = "scrape by name"
    SCRAPE_BY_URL = "scrape by address"
    APPLY = "apply"
    APPLY_BY_DIALOG = "apply by the dialog"
    CREATE = "create"
    CREATE_ON_PAGE = "create on a page"
    FILL_FORM = "fill the form"
    SAVE = "save"
    ORGANIZE = "organize"
    PROBE_VIDEO = "probe"


KeysByCapability = Mapping[Capability, tuple[str, ...]]


@dataclass(frozen=True)
class PageObject:
    """A view of Stash in a session.

    It has no state of its own: the state is the page. ``keys`` declares every selector key that it
    looks up, under the capabilities that need it; ``target`` refuses others. The declarations show
    what an upgrade of Stash would break (``flows.checks.key_usage``).
    """

    session: Session

    keys: ClassVar[KeysByCapability] = {}
    _declared: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._declared = frozenset(key for keys in cls.keys.values() for key in keys)

    def target(self, key: str, **values: str) -> Target:
        """Return the target for ``key`` on this server's release.

        Raises:
            RegistryError: the class does not declare the key, or there is no such key.
            UnsupportedStash: the key came with a later release.
        """
        if key not in self._declared:
            raise RegistryError(
                f"{type(self).__name__} looks up {key} without declaring it.",
                hint="Add the key to `keys` of the class.",
                key=key,
                file=None,
            )
        return self.session.target(key, **values)

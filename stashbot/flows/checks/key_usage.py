"""The selector keys that each capability of stashbot needs, as page objects declare them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from stashbot.models import Model
from stashbot.pages.edit_form import EditForm
from stashbot.pages.entity_form import EntityForm
from stashbot.pages.obstructions import Obstructions
from stashbot.pages.page_object import Capability, PageObject
from stashbot.pages.scene_page import ScenePage
from stashbot.pages.scrape_dialog import ScrapeDialog
from stashbot.pages.scrape_menu import ScrapeMenu
from stashbot.pages.video_player import VideoPlayer

PAGE_OBJECTS: Sequence[type[PageObject]] = (
    ScenePage,
    Obstructions,
    ScrapeMenu,
    ScrapeDialog,
    EntityForm,
    EditForm,
    VideoPlayer,
)
#: No page object fills the login form, but a person in a headed session does.
_LOGIN = {"login": ("login.username", "login.password", "login.submit")}


def _declared() -> dict[str, tuple[str, ...]]:
    keys: dict[str, list[str]] = {capability.value: [] for capability in Capability}
    for page_object in PAGE_OBJECTS:
        for capability, needed in page_object.keys.items():
            keys[capability.value] += needed
    return {capability: tuple(dict.fromkeys(needed)) for capability, needed in keys.items()}


#: The keys that each capability needs, by the capability's name.
KEYS_BY_CAPABILITY: Mapping[str, tuple[str, ...]] = {**_LOGIN, **_declared()}


class BrokenCapability(Model):
    """Something that does not work, with the keys that the release lacks and those that broke."""

    capability: str
    lacking: tuple[str, ...]
    broken: tuple[str, ...]


def broken_capabilities(
    existing: Collection[str], broken: Collection[str]
) -> dict[str, BrokenCapability]:
    """Return the capabilities that do not work, by name.

    ``existing`` are the keys of the server's release, ``broken`` those that do not find what they
    must.
    """
    found = {}
    for capability, keys in KEYS_BY_CAPABILITY.items():
        lacking = tuple(key for key in keys if key not in existing)
        failing = tuple(key for key in keys if key in broken)
        if lacking or failing:
            found[capability] = BrokenCapability(
                capability=capability, lacking=lacking, broken=failing
            )
    return found

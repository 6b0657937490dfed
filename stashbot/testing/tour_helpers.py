"""Tours of a running Stash in a chosen language, size, look and profile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stashbot import sandbox
from stashbot.browser.element_search import ReplacementSearch
from stashbot.browser.launch import BrowserHost
from stashbot.browser.session import Session
from stashbot.browser.wire_guard import AnswerPatch, WritePolicy
from stashbot.flows.checks.selector_check import (
    CAPTURE_NOTHING,
    DEFAULT_DISPLAY,
    DisplayConditions,
    apply_conditions,
)
from stashbot.flows.checks.tour.key_check import StateCheck
from stashbot.flows.checks.tour.subjects import TourSubjects, gather_subjects
from stashbot.flows.checks.tour.tour import Captures, Tour
from stashbot.selectors import Registry, SelectorSet
from stashbot.selectors.ui_states import visit_order
from stashbot.settings import BrowserSettings, Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.stash.library_snapshot import summarize_server

_LOOKS = Path(sandbox.__file__).with_name("static") / "looks"
#: The looks of the sandbox go by its own variables; this is what does the same to the real pages.
_COLOURS = {
    "dark": "body, .main { background: #000 !important; color: #ddd !important; }",
    "light": "body, .main { background: #f5f8fa !important; color: #182026 !important; }",
}


@dataclass(frozen=True, kw_only=True)
class PageSkin:
    """Styles and scripts that are added to a page; the server's settings stay as they are."""

    css: str = ""
    script: str = ""
    sfw: bool = False

    @classmethod
    def of(cls, look: str | None = None, *, plugin: bool = False, sfw: bool = False) -> PageSkin:
        """Return the sandbox's looks and plugin, for any Stash."""
        css = [(_LOOKS / f"{look}.css").read_text("utf-8"), _COLOURS.get(look, "")] if look else []
        if plugin:
            css.append((_LOOKS / "plugin.css").read_text("utf-8"))
        script = (_LOOKS / "plugin.js").read_text("utf-8") if plugin else ""
        return cls(css="\n".join(css), script=script, sfw=sfw)


@dataclass(frozen=True, kw_only=True)
class View:
    """The size, profile and look in which pages are shown."""

    width: int = 1280
    height: int = 800
    profile: str = "session"
    conditions: DisplayConditions = DEFAULT_DISPLAY
    skin: PageSkin = PageSkin()


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running Stash, and the subjects that a tour visits there."""

    url: str
    client: StashClient
    selectors: SelectorSet
    subjects: TourSubjects

    @property
    def states(self) -> tuple[str, ...]:
        """The states of its release that can be reached, in the order of a tour."""
        return visit_order(self.selectors.states)


@asynccontextmanager
async def server_at(settings: Settings) -> AsyncIterator[Server]:
    """Open the Stash of ``settings``, with a scene to visit."""
    async with open_stash(settings.stash) as client:
        yield await server_of(client, settings.stash.url)


async def server_of(client: StashClient, url: str) -> Server:
    """Return the Stash of ``client``."""
    return Server(
        url=url.rstrip("/"),
        client=client,
        selectors=Registry.load().for_release(client.server.release),
        subjects=await gather_subjects(client, await summarize_server(client)),
    )


@asynccontextmanager
async def session_at(
    server: Server, host: BrowserHost, view: View, **options: Any
) -> AsyncIterator[Session]:
    """Open a page that only reads, prepared for the view."""
    session = await Session.open(
        await host.ensure(),
        upstream=server.client.transport,
        selectors=server.selectors,
        settings=BrowserSettings.model_validate(
            {"width": view.width, "height": view.height, "profile": view.profile}
        ),
        write_policy=WritePolicy.BLOCKED,
        **options,
    )
    try:
        await apply_conditions(session, view.conditions)
        await _apply_skin(session, view.skin)
        yield session
    finally:
        await session.close()


async def tour(
    server: Server,
    session: Session,
    states: Sequence[str],
    *,
    captures: Captures = CAPTURE_NOTHING,
    search: ReplacementSearch | None = None,
) -> list[StateCheck]:
    """Visit the states in their order, and return what they show; the first visit is a load."""
    visitor = Tour(session, server.subjects, captures, search)
    return [check async for check in visitor.visit(states)]


async def _apply_skin(session: Session, skin: PageSkin) -> None:
    if skin.css:
        await session.context.add_init_script(
            "addEventListener('DOMContentLoaded', () => {"
            " const style = document.createElement('style');"
            f" style.textContent = {skin.css!r}; document.head.append(style); }})"
        )
    if skin.script:
        await session.context.add_init_script(
            f"addEventListener('DOMContentLoaded', () => {{ {skin.script} }})"
        )
    if skin.sfw:
        patches = session.guard.patches
        before: AnswerPatch = patches.get("Configuration", lambda payload: payload)
        patches["Configuration"] = lambda payload: _sfw(before(payload))


def _sfw(payload: dict[str, Any]) -> dict[str, Any]:
    configuration = (payload.get("data") or {}).get("configuration") or {}
    interface = configuration.get("interface")
    if isinstance(interface, dict) and "sfwContentMode" in interface:
        interface["sfwContentMode"] = True
    return payload

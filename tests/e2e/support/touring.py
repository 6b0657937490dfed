"""Tours of a running Stash under conditions of one's own: a language, a size, a look, a profile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stashbot import sandbox
from stashbot.browser.launch import BrowserHost
from stashbot.browser.session import Session
from stashbot.browser.wire_guard import Patch
from stashbot.flows.checks.selector_check import AS_IT_IS, KEYS_ONLY, Conditions, prepare
from stashbot.flows.checks.tour.heal_offers import Healer
from stashbot.flows.checks.tour.key_check import StateCheck
from stashbot.flows.checks.tour.subject_queries import gather_facts
from stashbot.flows.checks.tour.subjects import Facts
from stashbot.flows.checks.tour.tour import Looks, Tour
from stashbot.selectors import Registry, SelectorSet
from stashbot.selectors.ui_states import ordered
from stashbot.settings import BrowserSettings, Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.stash.server_summary import survey

_LOOKS = Path(sandbox.__file__).with_name("static") / "looks"
#: The looks of the sandbox go by its own variables; this is what does the same to the real pages.
_COLOURS = {
    "dark": "body, .main { background: #000 !important; color: #ddd !important; }",
    "light": "body, .main { background: #f5f8fa !important; color: #182026 !important; }",
}


@dataclass(frozen=True, kw_only=True)
class Dress:
    """What the page itself is given to wear, where the server's settings must stay as they are."""

    css: str = ""
    script: str = ""
    sfw: bool = False

    @classmethod
    def of(cls, look: str | None = None, *, plugin: bool = False, sfw: bool = False) -> Dress:
        """The sandbox's looks and plugin, for any Stash."""
        css = [(_LOOKS / f"{look}.css").read_text("utf-8"), _COLOURS.get(look, "")] if look else []
        if plugin:
            css.append((_LOOKS / "plugin.css").read_text("utf-8"))
        script = (_LOOKS / "plugin.js").read_text("utf-8") if plugin else ""
        return cls(css="\n".join(css), script=script, sfw=sfw)


@dataclass(frozen=True, kw_only=True)
class View:
    """How Stash is looked at."""

    width: int = 1280
    height: int = 800
    profile: str = "session"
    conditions: Conditions = AS_IT_IS
    dress: Dress = Dress()


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running Stash, and what a tour has to know of it."""

    url: str
    client: StashClient
    selectors: SelectorSet
    facts: Facts

    @property
    def states(self) -> tuple[str, ...]:
        """All states of its release that have a way."""
        return ordered(self.selectors.states)


@asynccontextmanager
async def server_at(settings: Settings) -> AsyncIterator[Server]:
    """The Stash of ``settings``, with a scene to look at."""
    async with open_stash(settings.stash) as client:
        yield await server_of(client, settings.stash.url)


async def server_of(client: StashClient, url: str) -> Server:
    """The Stash that ``client`` asks."""
    return Server(
        url=url.rstrip("/"),
        client=client,
        selectors=Registry.load().for_release(client.server.release),
        facts=await gather_facts(client, await survey(client)),
    )


@asynccontextmanager
async def session_at(
    server: Server, host: BrowserHost, view: View, **options: Any
) -> AsyncIterator[Session]:
    """A page that only reads, prepared for the view."""
    session = await Session.open(
        await host.ensure(),
        base=server.url,
        selectors=server.selectors,
        settings=BrowserSettings.model_validate(
            {"width": view.width, "height": view.height, "profile": view.profile}
        ),
        cookies=server.client.transport.cookies(),
        headers=server.client.transport.auth_headers(),
        read_only=True,
        **options,
    )
    try:
        await prepare(session, view.conditions)
        await _dress(session, view.dress)
        yield session
    finally:
        await session.close()


async def tour(
    server: Server,
    session: Session,
    states: Sequence[str],
    *,
    looks: Looks = KEYS_ONLY,
    healer: Healer | None = None,
) -> list[StateCheck]:
    """What the states show, visited one after another by a tour that begins with a load."""
    walked = Tour(session, server.facts, looks, healer)
    return [check async for check in walked.visit(states)]


async def _dress(session: Session, dress: Dress) -> None:
    if dress.css:
        await session.context.add_init_script(
            "addEventListener('DOMContentLoaded', () => {"
            " const style = document.createElement('style');"
            f" style.textContent = {dress.css!r}; document.head.append(style); }})"
        )
    if dress.script:
        await session.context.add_init_script(
            f"addEventListener('DOMContentLoaded', () => {{ {dress.script} }})"
        )
    if dress.sfw:
        patches = session.guard.patches
        before: Patch = patches.get("Configuration", lambda payload: payload)
        patches["Configuration"] = lambda payload: _sfw(before(payload))


def _sfw(payload: dict[str, Any]) -> dict[str, Any]:
    configuration = (payload.get("data") or {}).get("configuration") or {}
    interface = configuration.get("interface")
    if isinstance(interface, dict) and "sfwContentMode" in interface:
        interface["sfwContentMode"] = True
    return payload

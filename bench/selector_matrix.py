"""The cells of ``bench/selectors.py matrix``: which keys hold where."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, get_args

from stashbot.browser.launch import BrowserHost
from stashbot.flows.checks.selector_check import Conditions
from stashbot.flows.checks.tour.key_check import StateCheck
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.sandbox.options import Release
from stashbot.sandbox.skins import SkinChange, change_skin
from stashbot.selectors.schema import release_name
from stashbot.settings import BrowserSettings, load_settings
from tests.e2e.support.touring import Dress, Server, View, server_at, session_at, tour

RELEASES: tuple[str, ...] = get_args(Release)
VIEWPORTS = ((1280, 800), (1920, 1080), (390, 844))
LANGUAGES = {
    "en-GB": Conditions(language="en-GB"),
    "de-DE": Conditions(language="de-DE"),
    "ja-JP": Conditions(language="ja-JP"),
    "rtl": Conditions(language="fa-IR", direction="rtl"),
}
#: What an owner may have set, as the sandbox's skin.
LOOKS: dict[str, dict[str, Any]] = {
    "dark": {"look": "dark"},
    "light": {"look": "light"},
    "sfw": {"sfw": True},
    "community": {"look": "community"},
    "plugin": {"plugin": True},
}
PLAIN: dict[str, Any] = {"look": "stash", "plugin": False, "sfw": False}
QUICK = (
    "shell",
    "scene",
    "edit-form",
    "fragment-menu",
    "scrape-dialog",
    "scene-list",
    "scene-list-selection",
    "merge-dialog",
    "duplicate-rows",
    "tag-new",
)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One way to look at a server: a language and a size, or a look and a profile."""

    row: str
    viewport: tuple[int, int] = VIEWPORTS[0]
    profile: str = "session"

    @property
    def skin(self) -> dict[str, Any]:
        """The look that it is about, as changes of the sandbox's skin."""
        return LOOKS.get(self.row, {})

    def covers(self, release: str) -> bool:
        """Whether that release has it."""
        return self.row != "sfw" or release not in {"0.28", "0.29"}

    def view(self, *, dressed: bool) -> View:
        """The view; ``dressed`` where the page has to be given the look by its visitor."""
        width, height = self.viewport
        skin = {key: value for key, value in self.skin.items() if dressed}
        return View(
            width=width,
            height=height,
            profile=self.profile,
            conditions=LANGUAGES.get(self.row, Conditions()),
            dress=Dress.of(**skin),
        )


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one cell showed. ``lacking`` states need what the server does not have."""

    server: str
    release: str
    row: str
    viewport: str
    profile: str
    keys: int
    held: int
    states: int
    reached: int
    lacking: int
    seconds: float
    load: float
    broken: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every key holds in every state that the server has the means for."""
        return self.held == self.keys and self.reached + self.lacking == self.states


def cells(rows: Sequence[str], viewports: Sequence[tuple[int, int]]) -> Iterator[Cell]:
    """The cells of the rows; a look is seen at the first size, in both profiles."""
    for row in rows:
        if row in LANGUAGES:
            yield from (Cell(row=row, viewport=viewport) for viewport in viewports)
        else:
            yield from (Cell(row=row, profile=one) for one in ("session", "user"))


async def measure(
    urls: Sequence[str],
    releases: Sequence[str],
    wanted: Sequence[Cell],
    states: Sequence[str] | None,
) -> AsyncIterator[Result]:
    """The cells of every server, or of a sandbox of each release."""
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(BrowserHost(BrowserSettings()))
        for target in urls or releases:
            async with _server(target, own=not urls) as (server, sandbox):
                for cell in wanted:
                    if cell.covers(release_name(server.selectors.release)):
                        if sandbox is not None:
                            skin = SkinChange(**{**PLAIN, **cell.skin})
                            change_skin(sandbox.library, skin)
                        yield await _cell(server, host, cell, states, dressed=sandbox is None)


@asynccontextmanager
async def _server(target: str, *, own: bool) -> AsyncIterator[tuple[Server, Sandbox | None]]:
    async with AsyncExitStack() as stack:
        sandbox = None
        if own:
            options = SandboxOptions.model_validate({"release": target})
            sandbox = stack.enter_context(Sandbox(options))
        url = sandbox.url if sandbox else target
        settings = load_settings(None, {"stash": {"url": url}})
        yield await stack.enter_async_context(server_at(settings)), sandbox


async def _cell(
    server: Server,
    host: BrowserHost,
    cell: Cell,
    states: Sequence[str] | None,
    *,
    dressed: bool,
) -> Result:
    load, began = os.getloadavg()[0], time.monotonic()
    wanted = [one for one in server.states if states is None or one in states]
    async with session_at(server, host, cell.view(dressed=dressed)) as session:
        checks = await tour(server, session, wanted)
    findings = [finding for check in checks for finding in check.findings]
    return Result(
        server=server.url if dressed else "sandbox",
        release=server.client.server.version.split("-")[0],
        row=cell.row,
        viewport="x".join(map(str, cell.viewport)),
        profile=cell.profile,
        keys=len(findings),
        held=sum(one.ok for one in findings),
        states=len(checks),
        reached=sum(check.reached for check in checks),
        lacking=sum(check.lacking for check in checks),
        seconds=round(time.monotonic() - began, 1),
        load=round(load, 1),
        broken=list(_broken(checks)),
    )


def _broken(checks: Sequence[StateCheck]) -> Iterator[str]:
    for check in checks:
        if not check.reached and not check.lacking:
            yield f"{check.state} is not reached: {check.why}"
        yield from (f"{check.state}: {one.name} {one.why}" for one in check.broken)


HEADER = f"{'release':10}{'row':11}{'viewport':11}{'profile':9}{'keys':>9}{'states':>10}{'s':>7}"


def line(result: Result) -> str:
    """A row of the table, and what does not hold in it."""
    keys = f"{result.held}/{result.keys}"
    states = f"{result.reached}/{result.states - result.lacking}"
    told = (
        f"{result.release:10}{result.row:11}{result.viewport:11}{result.profile:9}"
        f"{keys:>9}{states:>10}{result.seconds:7.1f}"
    )
    return "\n".join([told, *(f"    {one}" for one in result.broken)])


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """The file's content."""
    return {
        "cells": len(results),
        "held": sum(one.ok for one in results),
        "keys": sum(one.keys for one in results),
        "keys_held": sum(one.held for one in results),
        "rows": [asdict(one) for one in results],
    }

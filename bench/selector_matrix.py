"""The cells of ``bench/selectors.py matrix``: the keys that hold under each condition."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, get_args

from stashbot.browser.launch import BrowserHost
from stashbot.flows.checks.selector_check import DisplayConditions
from stashbot.flows.checks.tour.key_check import StateCheck
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.sandbox.options import Release
from stashbot.sandbox.skins import SkinChange, change_skin
from stashbot.selectors.schema import release_name
from stashbot.settings import BrowserSettings, load_settings
from stashbot.testing.tour_helpers import PageSkin, Server, View, server_at, session_at, tour

RELEASES: tuple[str, ...] = get_args(Release)
VIEWPORTS = ((1280, 800), (1920, 1080), (390, 844))
LANGUAGES = {
    "en-GB": DisplayConditions(language="en-GB"),
    "de-DE": DisplayConditions(language="de-DE"),
    "ja-JP": DisplayConditions(language="ja-JP"),
    "rtl": DisplayConditions(language="fa-IR", direction="rtl"),
}
#: Themes that an owner may have set, as changes of the sandbox's skin.
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
    """A condition of a tour: a language and a size, or a theme and a profile."""

    row: str
    viewport: tuple[int, int] = VIEWPORTS[0]
    profile: str = "session"

    @property
    def skin(self) -> dict[str, Any]:
        """The theme, as changes of the sandbox's skin."""
        return LOOKS.get(self.row, {})

    def covers(self, release: str) -> bool:
        """Say whether that release has the theme."""
        return self.row != "sfw" or release not in {"0.28", "0.29"}

    def view(self, *, dressed: bool) -> View:
        """Return the view; ``dressed`` where the page itself has to be given the theme."""
        width, height = self.viewport
        skin = {key: value for key, value in self.skin.items() if dressed}
        return View(
            width=width,
            height=height,
            profile=self.profile,
            conditions=LANGUAGES.get(self.row, DisplayConditions()),
            skin=PageSkin.of(**skin),
        )


@dataclass(frozen=True, kw_only=True)
class Result:
    """The findings of a cell.

    ``missing_prerequisite`` counts states that need what the server does not have.
    """

    server: str
    release: str
    row: str
    viewport: str
    profile: str
    keys: int
    holding: int
    states: int
    reached: int
    missing_prerequisite: int
    seconds: float
    load: float
    broken: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every key holds in every state that the server can show."""
        return self.holding == self.keys and self.reached + self.missing_prerequisite == self.states


def cells(rows: Sequence[str], viewports: Sequence[tuple[int, int]]) -> Iterator[Cell]:
    """Yield the cells of the rows; a theme is shown at the first size, in both profiles."""
    for row in rows:
        if row in LANGUAGES:
            yield from (Cell(row=row, viewport=viewport) for viewport in viewports)
        else:
            yield from (Cell(row=row, profile=profile) for profile in ("session", "user"))


async def measure(
    urls: Sequence[str],
    releases: Sequence[str],
    wanted: Sequence[Cell],
    states: Sequence[str] | None,
) -> AsyncIterator[Result]:
    """Yield the results of all cells, on every server or on a sandbox of each release."""
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
    wanted = [state for state in server.states if states is None or state in states]
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
        holding=sum(finding.ok for finding in findings),
        states=len(checks),
        reached=sum(check.reached for check in checks),
        missing_prerequisite=sum(check.missing_prerequisite for check in checks),
        seconds=round(time.monotonic() - began, 1),
        load=round(load, 1),
        broken=list(_broken(checks)),
    )


def _broken(checks: Sequence[StateCheck]) -> Iterator[str]:
    for check in checks:
        if not check.reached and not check.missing_prerequisite:
            yield f"{check.state} is not reached: {check.why}"
        yield from (f"{check.state}: {finding.name} {finding.why}" for finding in check.broken)


HEADER = f"{'release':10}{'row':11}{'viewport':11}{'profile':9}{'keys':>9}{'states':>10}{'s':>7}"


def line(result: Result) -> str:
    """Return a row of the table, and what does not hold in it."""
    keys = f"{result.holding}/{result.keys}"
    states = f"{result.reached}/{result.states - result.missing_prerequisite}"
    figures = (
        f"{result.release:10}{result.row:11}{result.viewport:11}{result.profile:9}"
        f"{keys:>9}{states:>10}{result.seconds:7.1f}"
    )
    return "\n".join([figures, *(f"    {problem}" for problem in result.broken)])


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """Return the content of the JSON file."""
    return {
        "cells": len(results),
        "holding": sum(result.ok for result in results),
        "keys": sum(result.keys for result in results),
        "keys_holding": sum(result.holding for result in results),
        "rows": [asdict(result) for result in results],
    }

"""Whether everything is there that a run needs: one finding after the other."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from enum import StrEnum
from pathlib import Path

from stashbot.browser.launch import BrowserHost
from stashbot.engine.locks import FolderLock
from stashbot.errors import (
    PageError,
    StashbotError,
    StateError,
    StateLocked,
    UnreachableError,
    UsageError,
)
from stashbot.flows.checks.selector_check import QUICK_STATES, check_selectors
from stashbot.models import Model, SourceKind
from stashbot.selectors import Registry
from stashbot.selectors.schema import release_name
from stashbot.settings import DEFAULT_FILE, Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.store import RunStatus, Store, database

_NAMED = 8


class Verdict(StrEnum):
    """How one thing is. Skipped: it could not be looked at because of another."""

    OK = "ok"
    SHORT = "short"
    UNUSABLE = "unusable"
    UNREACHABLE = "unreachable"
    SKIPPED = "skipped"


class Line(Model):
    """One finding, and what to do about it."""

    name: str
    verdict: Verdict
    detail: str
    hint: str = ""


async def examine(settings: Settings, config: Path | None = None) -> AsyncIterator[Line]:
    """The findings, as soon as each is there. Nothing is changed, neither in Stash nor here.

    ``config`` is the settings file that was named.
    """
    yield _settings(config)
    browser = await _browser(settings)
    yield browser
    async with AsyncExitStack() as stack:
        client: StashClient | None = None
        try:
            client = await stack.enter_async_context(open_stash(settings.stash))
        except StashbotError as error:
            yield _bad("stash", error)
        if client is not None:
            yield _server(settings, client)
            yield _ok("login", _login(settings, client))
            yield await _sources(settings, client)
    if client is None or browser.verdict is not Verdict.OK:
        lacking = "Stash" if client is None else "a browser"
        yield Line(
            name="selectors", verdict=Verdict.SKIPPED, detail=f"not checked without {lacking}"
        )
    else:
        yield await _selectors(settings)
    yield await _state(settings)


def _settings(config: Path | None) -> Line:
    if config is not None or DEFAULT_FILE.is_file():
        return _ok("settings", f"read from {config or DEFAULT_FILE}")
    return _ok("settings", f"defaults, variables and flags; there is no {DEFAULT_FILE} here")


async def _browser(settings: Settings) -> Line:
    try:
        async with BrowserHost(settings.browser) as host:
            found, version = host.found, host.browser.version
    except StashbotError as error:
        return _bad("browser", error)
    return _ok("browser", f"{found.path} ({found.origin}), {version}" if found else version)


def _server(settings: Settings, client: StashClient) -> Line:
    version, url = client.server.version, client.transport.url
    try:
        registry = Registry.load(settings.selectors.folder)
        selectors = registry.for_release(client.server.release)
    except StashbotError as error:
        return _bad("stash", error)
    newest = release_name(registry.releases.newest)
    if not selectors.exact:
        return _ok("stash", f"{version} at {url}; newer than the selectors, which know {newest}")
    return _ok("stash", f"{version} at {url}")


def _login(settings: Settings, client: StashClient) -> str:
    if settings.stash.api_key:
        return "in by API key"
    if not client.server.has_login:
        return "this server has none"
    return f"in as {settings.stash.username}"


async def _sources(settings: Settings, client: StashClient) -> Line:
    try:
        sources = await client.resolve_sources(settings.run.sources)
    except StashbotError as error:
        return _bad("sources", error)
    if not sources:
        return Line(
            name="sources",
            verdict=Verdict.SHORT,
            detail="none that scrapes a scene by itself",
            hint="Install a scraper or add a stash-box in Stash's settings.",
        )
    names = [source.name for source in sources]
    boxes = sum(source.kind is SourceKind.STASH_BOX for source in sources)
    told = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    return _ok("sources", f"{len(names)} ({boxes} of them stash-boxes): {told}")


async def _selectors(settings: Settings) -> Line:
    try:
        report = await check_selectors(settings, states=QUICK_STATES)
    except (PageError, StashbotError) as error:
        return _bad("selectors", error)
    keys = sum(len(state.findings) for state in report.states)
    on = f"on scene {report.scene} ({report.name})"
    wrong = [f"{one.key}: {one.why}" for one in report.broken]
    wrong += [f"{one.state}: {one.why}" for one in report.unreached]
    if not wrong:
        return _ok("selectors", f"{keys} checks hold {on}")
    return Line(
        name="selectors",
        verdict=Verdict.SHORT,
        detail=f"{len(wrong)} of {keys} checks fall short {on}: {'; '.join(wrong[:_NAMED])}",
        hint="Run `stashbot selectors check` for all of it.",
    )


async def _state(settings: Settings) -> Line:
    url = settings.state.database_url
    try:
        if (missing := _missing(url)) is not None:
            return _none_yet(missing)
        async with Store(url, server=settings.stash.url, create=False) as store:
            runs = await store.runs()
            told = f"{store.path}, {len(runs)} runs"
            running = next((run for run in runs if run.status is RunStatus.RUNNING), None)
            if not _is_locked(url):
                return _ok("state", told)
            by = f"run {running.id}" if running else "another process"
            return _ok("state", f"{told}; {by} is working on it")
    except StashbotError as error:
        return _bad("state", error)


def _missing(url: str) -> Path | None:
    """The SQLite file, if there is none yet."""
    parsed = database.parse_url(url)
    file = Path(str(parsed.database))
    return file if database.is_sqlite(parsed) and not file.exists() else None


def _none_yet(file: Path) -> Line:
    parent = next(folder for folder in file.absolute().parents if folder.exists())
    if parent.is_dir() and os.access(parent, os.W_OK | os.X_OK):
        return _ok("state", f"none yet; the first run makes {file}")
    return _bad(
        "state",
        StateError(
            f"Nothing can be written into {parent}.",
            hint="Check its permissions, or name another folder with --state.",
        ),
    )


def _is_locked(url: str) -> bool:
    """Whether a run holds the state; on Postgres any number may."""
    parsed = database.parse_url(url)
    if not database.is_sqlite(parsed):
        return False
    lock = FolderLock(Path(str(parsed.database)).absolute().parent)
    try:
        lock.acquire()
    except StateLocked:
        return True
    lock.release()
    return False


def _ok(name: str, detail: str) -> Line:
    return Line(name=name, verdict=Verdict.OK, detail=detail)


def _bad(name: str, error: StashbotError) -> Line:
    verdict = Verdict.SHORT
    if isinstance(error, UsageError):
        verdict = Verdict.UNUSABLE
    elif isinstance(error, UnreachableError):
        verdict = Verdict.UNREACHABLE
    return Line(name=name, verdict=verdict, detail=error.message, hint=error.hint)

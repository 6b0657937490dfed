"""Checking that everything is there that a run needs."""

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
from stashbot.services import TEMP
from stashbot.settings import DEFAULT_FILE, Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.store import RunStatus, Store, database

#: How many names a detail lists.
_NAMED = 8


class DoctorVerdict(StrEnum):
    """The result of a check.

    ``problem`` is something to mend, ``unusable`` a wrong setting, ``unreachable`` a server or
    browser that is not there; ``skipped`` could not be checked because of another.
    """

    OK = "ok"
    PROBLEM = "problem"
    UNUSABLE = "unusable"
    UNREACHABLE = "unreachable"
    SKIPPED = "skipped"


class DoctorCheck(Model):
    """A check with its result, and what to do about it."""

    name: str
    verdict: DoctorVerdict
    detail: str
    hint: str = ""


async def run_checks(settings: Settings, config: Path | None = None) -> AsyncIterator[DoctorCheck]:
    """Yield the checks, each as soon as it is done; they change nothing.

    ``config`` is the settings file that the user named.
    """
    yield _check_settings(config)
    browser = await _check_browser(settings)
    yield browser
    async with AsyncExitStack() as stack:
        client: StashClient | None = None
        try:
            client = await stack.enter_async_context(open_stash(settings.stash))
        except StashbotError as error:
            yield _failed("stash", error)
        if client is not None:
            yield _check_server(settings, client)
            yield _ok("login", _describe_login(settings, client))
            yield await _check_sources(settings, client)
    if client is None or browser.verdict is not DoctorVerdict.OK:
        missing = "Stash" if client is None else "a browser"
        yield DoctorCheck(
            name="selectors", verdict=DoctorVerdict.SKIPPED, detail=f"not checked without {missing}"
        )
    else:
        yield await _check_selectors(settings)
    yield await _check_state(settings)


def _check_settings(config: Path | None) -> DoctorCheck:
    if config is not None or DEFAULT_FILE.is_file():
        return _ok("settings", f"read from {config or DEFAULT_FILE}")
    return _ok("settings", f"defaults, variables and flags; there is no {DEFAULT_FILE} here")


async def _check_browser(settings: Settings) -> DoctorCheck:
    try:
        async with BrowserHost(settings.browser, temp_root=settings.state.dir / TEMP) as host:
            found, version = host.found, host.browser.version
    except StashbotError as error:
        return _failed("browser", error)
    return _ok("browser", f"{found.path} ({found.origin}), {version}" if found else version)


def _check_server(settings: Settings, client: StashClient) -> DoctorCheck:
    version, url = client.server.version, client.transport.url
    try:
        registry = Registry.load(settings.selectors.folder)
        selectors = registry.for_release(client.server.release)
    except StashbotError as error:
        return _failed("stash", error)
    newest = release_name(registry.releases.newest)
    if not selectors.exact:
        return _ok("stash", f"{version} at {url}; newer than the selectors, which know {newest}")
    return _ok("stash", f"{version} at {url}")


def _describe_login(settings: Settings, client: StashClient) -> str:
    if settings.stash.api_key:
        return "in by API key"
    if not client.server.has_login:
        return "this server has none"
    return f"in as {settings.stash.username}"


async def _check_sources(settings: Settings, client: StashClient) -> DoctorCheck:
    try:
        sources = await client.resolve_sources(settings.run.sources)
    except StashbotError as error:
        return _failed("sources", error)
    if not sources:
        return DoctorCheck(
            name="sources",
            verdict=DoctorVerdict.PROBLEM,
            detail="none that scrapes a scene by itself",
            hint="Install a scraper or add a stash-box in Stash's settings.",
        )
    names = [source.name for source in sources]
    boxes = sum(source.kind is SourceKind.STASH_BOX for source in sources)
    listed = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    return _ok("sources", f"{len(names)} ({boxes} of them stash-boxes): {listed}")


async def _check_selectors(settings: Settings) -> DoctorCheck:
    try:
        report = await check_selectors(settings, states=QUICK_STATES)
    except (PageError, StashbotError) as error:
        return _failed("selectors", error)
    keys = sum(len(state.findings) for state in report.states)
    on = f"on scene {report.scene} ({report.name})"
    wrong = [f"{finding.key}: {finding.why}" for finding in report.broken]
    wrong += [f"{state.state}: {state.why}" for state in report.unreached]
    if not wrong:
        return _ok("selectors", f"{keys} checks hold {on}")
    return DoctorCheck(
        name="selectors",
        verdict=DoctorVerdict.PROBLEM,
        detail=f"{len(wrong)} of {keys} checks fall short {on}: {'; '.join(wrong[:_NAMED])}",
        hint="Run `stashbot selectors check` for all of it.",
    )


async def _check_state(settings: Settings) -> DoctorCheck:
    url = settings.state.database_url
    try:
        if (file := _missing_file(url)) is not None:
            return _check_no_state(file)
        async with Store(url, server=settings.stash.url, create=False) as store:
            runs = await store.runs.list()
            detail = f"{store.path}, {len(runs)} runs"
            running = next((run for run in runs if run.status is RunStatus.RUNNING), None)
            if not _is_locked(url):
                return _ok("state", detail)
            by = f"run {running.id}" if running else "another process"
            return _ok("state", f"{detail}; {by} is working on it")
    except StashbotError as error:
        return _failed("state", error)


def _missing_file(url: str) -> Path | None:
    """Return the path of the SQLite file if there is none yet."""
    parsed = database.parse_url(url)
    file = Path(str(parsed.database))
    return file if database.is_sqlite(parsed) and not file.exists() else None


def _check_no_state(file: Path) -> DoctorCheck:
    parent = next(folder for folder in file.absolute().parents if folder.exists())
    if parent.is_dir() and os.access(parent, os.W_OK | os.X_OK):
        return _ok("state", f"none yet; the first run makes {file}")
    return _failed(
        "state",
        StateError(
            f"Nothing can be written into {parent}.",
            hint="Check its permissions, or name another folder with --state.",
        ),
    )


def _is_locked(url: str) -> bool:
    """Say whether a process works on the state; on Postgres any number may."""
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


def _ok(name: str, detail: str) -> DoctorCheck:
    return DoctorCheck(name=name, verdict=DoctorVerdict.OK, detail=detail)


def _failed(name: str, error: StashbotError) -> DoctorCheck:
    verdict = DoctorVerdict.PROBLEM
    if isinstance(error, UsageError):
        verdict = DoctorVerdict.UNUSABLE
    elif isinstance(error, UnreachableError):
        verdict = DoctorVerdict.UNREACHABLE
    return DoctorCheck(name=name, verdict=verdict, detail=error.message, hint=error.hint)

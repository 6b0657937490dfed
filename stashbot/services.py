"""The connections and tools of a process, opened once and passed to every use case.

Only entry points (the command line, the server, the pytest plugin) open services; use cases take
them as an argument. Nothing here is global, so a process can serve several runs at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from loguru import logger

from stashbot.browser.door.assets import AssetCache
from stashbot.browser.element_search import ReplacementSearch
from stashbot.browser.failure_artifacts import FailureArtifacts
from stashbot.browser.launch import BrowserHost
from stashbot.browser.memory import SHARED_MB, MemoryLimit
from stashbot.browser.pool import PagePool
from stashbot.browser.self_healing import SelfHealer
from stashbot.browser.session import Healer, Session
from stashbot.browser.wire_guard import WritePolicy
from stashbot.engine import Engine, Leases, Workflow
from stashbot.errors import EngineError, StateError
from stashbot.private_files import tighten
from stashbot.redaction import Scrubber
from stashbot.selectors import Registry, SelectorSet
from stashbot.selectors.fingerprint_store import FILE, FingerprintStore
from stashbot.selectors.healing import Healing
from stashbot.settings import Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.store import NewEvent, Store

#: Events are written together, this long after the first of them.
EVENT_DELAY_S = 0.1

#: The folder of the state for temporary files of browsers.
TEMP = "tmp"
#: All files and folders that stashbot makes in a state folder.
OWN_NAMES = frozenset(
    {
        "artifacts",
        "covers",
        "evidence",
        "logs",
        "owners",
        "selectors",
        "stashbot.sqlite",
        "stashbot.sqlite-journal",
        "stashbot.sqlite-shm",
        "stashbot.sqlite-wal",
        "worker.lock",
        TEMP,
    }
)

#: The namespace in which the healed selector keys are counted.
HEALED = "healed-selectors"


@dataclass
class EventLog:
    """What this process is doing, as rows that any process can read.

    Events of a moment are written in a single transaction and off the scene's way: losing the last
    tenth of a second when the process is killed changes nothing but a progress line.
    """

    store: Store
    listeners: list[Callable[[NewEvent], None]] = field(default_factory=list)
    _waiting: list[NewEvent] = field(default_factory=list)
    _flush: asyncio.Task[None] | None = None

    def add(self, event: NewEvent) -> None:
        """Write an event soon; tell the listeners of this process at once."""
        for listener in self.listeners:
            listener(event)
        self._waiting.append(event)
        if self._flush is None:
            self._flush = asyncio.create_task(self._write_soon())

    async def flush(self) -> None:
        """Write all events that wait; those that the state does not take are lost."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            try:
                await self.store.events.add(waiting)
            except StateError as error:
                logger.debug("{} events are lost: {}", len(waiting), error.message)

    async def _write_soon(self) -> None:
        await asyncio.sleep(EVENT_DELAY_S)
        self._flush = None
        await self.flush()


@dataclass
class Services:
    """The connections and tools of a process.

    ``run_contexts`` holds what ``flows.runs`` keeps of the runs in progress, by run id.
    """

    settings: Settings
    workflows: tuple[Workflow, ...]
    store: Store
    stash: StashClient
    selectors: SelectorSet
    pages: PagePool
    browser: BrowserHost
    artifacts: FailureArtifacts
    events: EventLog
    redactor: Scrubber
    engine: Engine | None = None
    run_contexts: dict[str, Any] = field(default_factory=dict)
    _login: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def leases(self) -> Leases:
        """Return the leases that this worker takes.

        Raises:
            EngineError: this process works on no run.
        """
        return self.working_engine.leases

    @property
    def worker_name(self) -> str:
        """Return the name of the worker that this process is; empty if it is none."""
        return "" if self.engine is None else self.engine.worker_name

    @property
    def working_engine(self) -> Engine:
        """Return the engine that is open in this process.

        Raises:
            EngineError: there is none.
        """
        if self.engine is None:
            raise EngineError("This process works on no run: its engine is not open.")
        return self.engine

    async def log_in_again(self) -> None:
        """Renew the login for all pages that are opened from now on."""
        async with self._login:
            await self.stash.server_info()
            self.redactor.add(*self.stash.transport.secrets)
            self.pages.renew()


def load_selectors(settings: Settings, client: StashClient) -> SelectorSet:
    """Return the selectors for the release of the running Stash; warn if it is newer than all."""
    selectors = Registry.load(settings.selectors.folder).for_release(client.server.release)
    if not selectors.exact:
        logger.warning(
            "Stash {} is newer than the selectors; the newest set is used", client.server.version
        )
    return selectors


def selector_healer(settings: Settings, store: Store) -> SelfHealer:
    """Return the healer of a process's pages; it counts in the store what it heals."""

    async def count(healing: Healing) -> None:
        await store.kv.update(HEALED, healing.key, lambda n: n + 1 if isinstance(n, int) else 1)

    fingerprints = FingerprintStore.load(settings.state.dir / "selectors" / FILE)
    return SelfHealer(
        search=ReplacementSearch(fingerprints, settings.browser.profile),
        use=settings.selectors.heal,
        on_healed=count,
    )


def page_pool(
    settings: Settings,
    client: StashClient,
    selectors: SelectorSet,
    browser: BrowserHost,
    *,
    healer: Healer | None = None,
    media: bool = True,
) -> PagePool:
    """Return a pool of guarded pages of a browser, which starts with the first page.

    Without ``media`` its pages leave out the pictures and videos of scenes.
    """
    assets = AssetCache()

    async def open_session(write_policy: WritePolicy) -> Session:
        return await Session.open(
            await browser.ensure(),
            upstream=client.transport,
            selectors=selectors,
            settings=settings.browser,
            assets=assets,
            media=media,
            write_policy=write_policy,
            healer=healer,
        )

    per_page = settings.browser.memory_mb
    limit_mb = SHARED_MB + per_page * settings.run.workers if per_page else 0
    return PagePool(
        open_session=open_session,
        limit=settings.run.workers,
        retire_after=settings.browser.retire_after,
        memory=MemoryLimit(browser=browser, limit_mb=limit_mb),
        restart_browser=browser.restart,
    )


@asynccontextmanager
async def open_pages(
    settings: Settings,
    client: StashClient,
    selectors: SelectorSet,
    *,
    browser: BrowserHost | None = None,
) -> AsyncIterator[PagePool]:
    """Open a browser and a pool of its pages, for checks that need no state.

    Raises:
        BrowserError: there is no browser, or it does not start.
    """
    async with AsyncExitStack() as stack:
        if browser is None:
            host = BrowserHost(settings.browser, temp_root=settings.state.dir / TEMP)
            browser = await stack.enter_async_context(host)
        pages = page_pool(settings, client, selectors, browser)
        stack.push_async_callback(pages.close)
        yield pages


@asynccontextmanager
async def open_services(
    settings: Settings,
    workflows: Sequence[Workflow],
    *,
    redactor: Scrubber | None = None,
    browser: BrowserHost | None = None,
) -> AsyncIterator[Services]:
    """Open the connections of this process, and close them at the end.

    The browser starts with the first page that is needed. ``workflows`` are those that this
    process can serve; ``redactor`` is the one that the log uses, so that it learns the session's
    secrets too; ``browser`` a browser that is running already.

    Raises:
        StateError: the state cannot be used, or belongs to another Stash.
        UnreachableError: Stash is not there, or refuses the login.
    """
    redactor = redactor or Scrubber()
    state = settings.state.dir
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(tighten, state, OWN_NAMES)
        stack.push_async_callback(asyncio.to_thread, tighten, state, OWN_NAMES)
        client = await stack.enter_async_context(open_stash(settings.stash))
        store = await stack.enter_async_context(
            Store(
                settings.state.database_url,
                server=settings.stash.url,
                state_dir=settings.state.dir,
            )
        )
        redactor.add(*settings.stash.secrets, *client.transport.secrets)
        selectors = load_selectors(settings, client)
        if browser is None:
            browser = BrowserHost(settings.browser, temp_root=settings.state.dir / TEMP)
            stack.push_async_callback(browser.close)
        healer = selector_healer(settings, store)
        # Nobody looks at the pages of a run but a person at a headed browser.
        watched = not settings.browser.headless or settings.browser.profile == "user"
        pages = page_pool(settings, client, selectors, browser, healer=healer, media=watched)
        stack.push_async_callback(pages.close)
        events = EventLog(store)
        stack.push_async_callback(events.flush)
        artifacts = FailureArtifacts(settings.state.dir, settings.artifacts, redactor)
        await artifacts.prune()
        yield Services(
            settings=settings,
            workflows=tuple(workflows),
            store=store,
            stash=client,
            selectors=selectors,
            pages=pages,
            browser=browser,
            artifacts=artifacts,
            events=events,
            redactor=redactor,
        )

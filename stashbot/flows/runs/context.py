"""What the flows of a process work with: settings, Stash, store, pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Self

from loguru import logger

from stashbot.browser.failure_artifacts import Evidence
from stashbot.browser.launch import BrowserHost
from stashbot.browser.pool import PagePool
from stashbot.browser.session import Mender, Session
from stashbot.browser.tracing import start_trace, stop_trace
from stashbot.decide.rules.rule_set import RuleSet
from stashbot.decide.scheduling.budgets import BudgetWatch
from stashbot.decide.sources.ranking import Experience
from stashbot.errors import EngineError, OverBudget, PageLost, SessionExpired, StashbotError
from stashbot.flows.runs.options import RunOptions
from stashbot.models import Scene
from stashbot.pages.scene_page import ScenePage
from stashbot.redaction import Scrubber
from stashbot.selectors import SelectorSet
from stashbot.settings import Settings
from stashbot.stash.client import StashClient
from stashbot.stash.entity_library import Libraries
from stashbot.store import Store


@dataclass(frozen=True, kw_only=True)
class Doing:
    """What is being done just now: ``phase`` of the scene, ``detail`` such as the source asked."""

    scene: str
    name: str
    phase: str
    detail: str = ""


@dataclass
class Lease:
    """The page that one scene's flow works on; taken when first needed, replaced when lost.

    ``shown`` is the scene whose edit form is open, ``dialog`` the source whose results dialog is
    open for it; ``fresh`` asks for a reload before the next use. Unless traces are off, a page is
    always traced lightly (actions and network, which costs it about 4 %), and in full, with
    screenshots and snapshots, from the first retry on.
    """

    runtime: Runtime
    session: Session | None = None
    shown: str | None = None
    dialog: str | None = None
    fresh: bool = False
    traced_in_full: bool = False

    async def page(self) -> Session:
        """The session, opened if there is none."""
        if self.session is None:
            self.session = await self.runtime.pool.acquire()
            self.dialog = self.shown = None
            if self._traces == "always":
                await self.trace_in_full()
            elif self._traces != "off" and not self.session.traced:
                self.session.traced = await start_trace(
                    self.session.context, screenshots=False, snapshots=False
                )
        return self.session

    async def show(self, scene: Scene) -> Session:
        """The session with the scene's edit form open; at once where it is open already."""
        session = await self.page()
        if self.shown != scene.id or self.fresh:
            await ScenePage(session).open(scene, fresh=self.fresh)
            self.shown, self.fresh = scene.id, False
        return session

    async def trace_in_full(self) -> None:
        """Records a full trace from here on."""
        session = await self.page()
        if self.traced_in_full:
            return
        await self._stop_trace()
        session.traced = self.traced_in_full = await start_trace(session.context)

    async def recover(self, attempt: int, error: StashbotError) -> None:
        """Makes ready for another attempt after a transient error."""
        logger.info("attempt {} failed, trying again: {}", attempt, error.message)
        self.dialog, self.shown, self.fresh = None, None, True
        if isinstance(error, SessionExpired):
            await self.runtime.log_in_again()
        if isinstance(error, SessionExpired | PageLost):
            await self.drop()
        if self._traces != "off":
            await self.trace_in_full()

    async def drop(self) -> None:
        """Throws the page away."""
        if self.session is not None:
            session, self.session = self.session, None
            self.dialog, self.shown, self.traced_in_full = None, None, False
            await self.runtime.pool.discard(session)

    async def give_back(self) -> None:
        """Hands the page to the next scene; one with an open dialog or a scrape is not reused."""
        if self.session is None:
            return
        if self.traced_in_full:
            await self._stop_trace()
        if self.dialog is not None or self.fresh:
            await self.drop()
            return
        session, self.session = self.session, None
        await self.runtime.pool.release(session)

    @property
    def _traces(self) -> str:
        return self.runtime.settings.evidence.trace

    async def _stop_trace(self) -> None:
        self.traced_in_full = False
        if self.session is not None and self.session.traced:
            self.session.traced = False
            await stop_trace(self.session.context, None, self.runtime.scrubber)


@dataclass
class Runtime:
    """Everything that flows share. At most one is current in a process at a time.

    Flows are carried on by the engine, which knows their names and arguments only; this is how
    they find the rest.
    """

    settings: Settings
    client: StashClient
    store: Store
    selectors: SelectorSet
    pool: PagePool
    evidence: Evidence
    scrubber: Scrubber
    options: RunOptions
    began: datetime
    experience: Experience
    proposed_tags: dict[str, int] = field(default_factory=dict)
    on_phase: Callable[[Doing], None] = lambda _doing: None
    on_over: Callable[[OverBudget], None] = lambda _error: None
    watch: BudgetWatch = field(init=False)
    libraries: Libraries = field(init=False)
    rules: RuleSet = field(init=False)
    creating: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)
    _login: asyncio.Lock = field(default_factory=asyncio.Lock)
    current: ClassVar[Runtime | None] = None

    def __post_init__(self) -> None:
        self.watch = BudgetWatch(self.settings.budgets)
        self.libraries = Libraries(self.client)
        self.rules = self.options.rules.read()

    @classmethod
    def get(cls) -> Runtime:
        """The current runtime.

        Raises:
            EngineError: there is none.
        """
        if cls.current is None:
            raise EngineError("A flow was started outside a run.")
        return cls.current

    def make_current(self) -> Self:
        """Makes this the runtime that flows find."""
        Runtime.current = self
        return self

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[Lease]:
        """A page for one scene."""
        lease = Lease(self)
        try:
            yield lease
        except BaseException:
            await lease.drop()
            raise
        await lease.give_back()

    async def timed(
        self, run_id: str, scene_id: str, phase: str, elapsed_ms: int, *, label: str = ""
    ) -> None:
        """Writes down how long a phase took; ``on_over`` is told when it is too long too often."""
        await self.store.add_timing(run_id, scene_id, phase, elapsed_ms, label=label)
        if not self.watch.exceeded(phase, elapsed_ms):
            return
        budgets = self.settings.budgets
        budget_ms = budgets.by_phase[phase]
        self.on_over(
            OverBudget(
                f"{phase} took longer than its budget of {budget_ms / 1000:g} s "
                f"{budgets.stop_after} times in a row.",
                hint="See `stashbot metrics phases`; [budgets] stop_after sets when a run stops.",
                phase=phase,
                budget_ms=budget_ms,
            )
        )

    async def log_in_again(self) -> None:
        """Renews the login for all pages that are opened from now on."""
        async with self._login:
            await self.client.server_info()
            self.scrubber.add(*secret_cookies(self.client))
            self.pool.renew()


def secret_cookies(client: StashClient) -> tuple[str, ...]:
    """The values of the login session's cookies, for scrubbing."""
    return tuple(str(cookie["value"]) for cookie in client.transport.cookies())


@asynccontextmanager
async def open_pages(
    settings: Settings,
    client: StashClient,
    selectors: SelectorSet,
    *,
    read_only: bool = False,
    mender: Mender | None = None,
) -> AsyncIterator[PagePool]:
    """A browser and its pool of guarded pages; everything is closed at the end.

    With ``read_only`` nothing that the pages do can change Stash. ``mender`` is asked where an
    element is not found.

    Raises:
        BrowserError: no browser, or it does not start.
    """
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(BrowserHost(settings.browser))

        async def open_session() -> Session:
            return await Session.open(
                await host.ensure(),
                base=settings.stash.url.rstrip("/"),
                selectors=selectors,
                settings=settings.browser,
                cookies=client.transport.cookies(),
                headers=client.transport.auth_headers(),
                read_only=read_only,
                mender=mender,
            )

        pool = PagePool(open_session=open_session, retire_after=settings.browser.retire_after)
        stack.push_async_callback(pool.close)
        yield pool

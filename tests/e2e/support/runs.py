"""Starting runs: no other module of these tests knows how a run is carried out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

import stashbot.services
from stashbot.browser.launch import BrowserHost
from stashbot.flows.runs.driver import Prepare, RunOutcome, resume_run, start_run
from stashbot.flows.runs.selection import RunRequest, RunTask, prepare_enrich
from stashbot.flows.workflows import WORKFLOWS
from stashbot.services import Services, open_services
from stashbot.settings import Settings, load_settings
from stashbot.store import Store
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.source_cases import Case

T = TypeVar("T")

#: Scenes are not searched for unless a test says so: most are about what sources know by files.
NO_SEARCH = {"url": False, "query": False}
#: Nor is anything created unless a test says so: most are about what the library has.
NO_CREATION = {kind: {"create": False} for kind in ("performer", "studio", "group")}
#: The faults that tests inject end soon.
SHORT_PAUSES = {"budget_s": 20, "first_pause_s": 0.05, "longest_pause_s": 0.5}


def request_for(*cases: Case, **more: Any) -> RunRequest:
    """Return the request for a run over the cases' scenes with the source of the first."""
    ids = tuple(case.scene.id for case in cases)
    return RunRequest.model_validate({"ids": ids, "sources": (cases[0].source.name,), **more})


def enriching(request: RunRequest) -> Prepare:
    """Return what prepares the run that the request asks for."""

    async def prepare(services: Services) -> RunTask:
        return await prepare_enrich(services, request)

    return prepare


@asynccontextmanager
async def services_for(
    settings: Settings, hooks: RunHooks | None = None, browser: BrowserHost | None = None
) -> AsyncIterator[Services]:
    """Open the services of a process with these settings, watched by ``hooks``."""
    if hooks is not None and hooks.own_browser:
        browser = None
    async with open_services(settings, WORKFLOWS, browser=browser) as services:
        if hooks is not None:
            hooks.watch(services)
        yield services


@contextmanager
def lend_browser(browser: BrowserHost) -> Iterator[None]:
    """Let checks that open a browser of their own use this browser within the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stashbot.services, "BrowserHost", lambda *_, **__: nullcontext(browser))
        yield


@dataclass(frozen=True)
class SceneRuns:
    """Carries out runs in a state folder of the test's own, on the shared browser.

    ``run`` carries out a coroutine on the loop on which the browser lives.
    """

    base: Settings
    folder: Path
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    browser: BrowserHost

    def __call__(
        self, request: RunRequest, *, hooks: RunHooks | None = None, **overrides: Any
    ) -> RunOutcome:
        """Carry out the requested run; ``overrides`` are settings by section."""
        return self.prepared(enriching(request), hooks=hooks, **overrides)

    def prepared(
        self, prepare: Prepare, *, hooks: RunHooks | None = None, **overrides: Any
    ) -> RunOutcome:
        """Carry out a run whose scenes and options ``prepare`` decides on."""
        observer = hooks.observer() if hooks else None
        return self.with_services(
            lambda services: start_run(services, prepare, observer), hooks=hooks, **overrides
        )

    def resume(
        self, run: str = "last", *, hooks: RunHooks | None = None, **overrides: Any
    ) -> RunOutcome:
        """Go on with the last run, or that of the given id."""
        observer = hooks.observer() if hooks else None
        return self.with_services(
            lambda services: resume_run(services, run, observer), hooks=hooks, **overrides
        )

    def with_services(
        self,
        use: Callable[[Services], Awaitable[T]],
        *,
        hooks: RunHooks | None = None,
        **overrides: Any,
    ) -> T:
        """Return the result of ``use`` with services that are open meanwhile."""
        settings = self.settings(**overrides)

        async def answer() -> T:
            async with services_for(settings, hooks, self.browser) as services:
                return await use(services)

        result: T = self.run(answer())
        return result

    def settings(self, **overrides: Any) -> Settings:
        """Return the settings of a run."""
        return load_settings(
            None,
            {
                "search": NO_SEARCH,
                "patience": SHORT_PAUSES,
                **overrides,
                "creation": {**NO_CREATION, **overrides.get("creation", {})},
                "stash": {"url": self.base.stash.url, **overrides.get("stash", {})},
                "state": {"dir": self.folder, **overrides.get("state", {})},
            },
        )

    def query_store(self, query: Callable[[Store], Awaitable[T]]) -> T:
        """Return what ``query`` reads from the runs' store."""

        async def answer() -> T:
            settings = self.settings()
            async with Store(settings.state.database_url, server=settings.stash.url) as store:
                return await query(store)

        found: T = self.run(answer())
        return found

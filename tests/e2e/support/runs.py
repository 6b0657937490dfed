"""Starting runs: the one module of these tests that knows how a run is carried out.

``replaced_browser`` is the only place that reaches into the product: it replaces the browser and
the sessions that a run opens.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from stashbot.browser.launch import BrowserHost
from stashbot.browser.session import Session
from stashbot.flows.runs import context
from stashbot.flows.runs.driver import Finished, Prepare, Progress, Request, carry_out
from stashbot.settings import Settings, load_settings
from stashbot.store import Store
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.source_cases import Case

T = TypeVar("T")

#: Scenes are not searched for unless a test says so: most are about what sources know by files.
NO_SEARCH = {"url": False, "query": False}


def request_for(*cases: Case, **more: Any) -> Request:
    """Return the request for a run over the cases' scenes with the source of the first."""
    ids = tuple(case.scene.id for case in cases)
    return Request.model_validate({"ids": ids, "sources": (cases[0].source.name,), **more})


@dataclass(frozen=True)
class SceneRuns:
    """Runs in a state folder of the test's own, on the shared browser.

    ``run`` carries out a coroutine on the loop on which the browser lives.
    """

    base: Settings
    folder: Path
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    shared: BrowserHost

    def __call__(
        self,
        request: Request,
        *,
        hooks: RunHooks | None = None,
        prepare: Prepare | None = None,
        **overrides: dict[str, Any],
    ) -> Finished:
        """Carry out a run; ``overrides`` are settings by section.

        ``prepare`` gives the scenes and options of a run that accepts or collects.
        """
        settings = self.settings(**overrides)
        with replaced_browser(self.shared, hooks):
            finished: Finished = self.run(carry_run(settings, request, hooks, prepare))
        return finished

    def settings(self, **overrides: dict[str, Any]) -> Settings:
        """Return the settings of a run."""
        return load_settings(
            None,
            {
                "search": NO_SEARCH,
                **overrides,
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


async def carry_run(
    settings: Settings,
    request: Request,
    hooks: RunHooks | None = None,
    prepare: Prepare | None = None,
) -> Finished:
    """Carry out a run with the acts of ``hooks``."""
    progress = Progress()
    if hooks is not None:
        progress = Progress(
            on_start=hooks.started, on_phase=hooks.entered, on_result=hooks.finished
        )
    return await carry_out(settings, request, progress, prepare=prepare)


@contextlib.contextmanager
def replaced_browser(shared: BrowserHost, hooks: RunHooks | None = None) -> Iterator[None]:
    """Let what runs within the block use the shared browser, and show its sessions to ``hooks``."""
    if hooks is None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(context, "BrowserHost", lambda _: contextlib.nullcontext(shared))
            yield
        return

    class OwnHost(BrowserHost):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            hooks.browsers.append(self)

    def lend(_settings: Any) -> contextlib.AbstractAsyncContextManager[BrowserHost]:
        hooks.browsers.append(shared)
        return contextlib.nullcontext(shared)

    class WatchedSession(Session):
        @classmethod
        async def open(cls, *args: Any, **options: Any) -> WatchedSession:
            session = await super().open(*args, **options)
            await hooks.watch(session, {cookie["value"] for cookie in options["cookies"]})
            return session

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context, "BrowserHost", OwnHost if hooks.own_browser else lend)
        patch.setattr(context, "Session", WatchedSession)
        yield

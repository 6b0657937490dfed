"""One server, one browser and one event loop for all end-to-end tests, which leave no trace."""

from __future__ import annotations

import asyncio
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
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.selectors import Registry, SelectorSet
from stashbot.settings import Settings, load_settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.store import Store
from tests.e2e.support import snapshot
from tests.e2e.support.api import Api
from tests.e2e.support.lab import Lab
from tests.e2e.support.stage import Elsewhere

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]
OpenSession = Callable[..., Session]
CarryOut = Callable[..., Finished]
Read = Callable[[], snapshot.Snapshot]


NO_SEARCH = {"url": False, "query": False}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is an end-to-end test."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@dataclass(frozen=True)
class Target:
    """The server under test; ``sandbox`` is ``None`` on somebody's real one."""

    url: str
    sandbox: Sandbox | None

    def need_sandbox(self, why: str) -> Sandbox:
        """The sandbox; the test is skipped on a real server."""
        if self.sandbox is None:
            pytest.skip(f"only the sandbox can {why}")
        return self.sandbox


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The server of ``--stash-url``, or a sandbox."""
    url = request.config.getoption("--stash-url")
    if url:
        yield Target(url, None)
        return
    with Sandbox(SandboxOptions()) as sandbox:
        yield Target(sandbox.url, sandbox)


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.Runner]:
    """The loop on which browser and client live."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session")
def run(loop: asyncio.Runner) -> Run[Any]:
    """Runs a coroutine on the shared loop."""
    return loop.run


@pytest.fixture(scope="session")
def settings(target: Target) -> Settings:
    """Settings for the server, with a login from the environment.

    Scenes are not searched for unless a test says so: most are about what sources know by files.
    """
    return load_settings(None, {"stash": {"url": target.url}, "search": NO_SEARCH})


@pytest.fixture(scope="session")
def client(settings: Settings, run: Run[Any]) -> Iterator[StashClient]:
    """An API client of the server."""
    opened = open_stash(settings.stash)
    yield run(_enter(opened))
    run(opened.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def api(client: StashClient) -> Iterator[Api]:
    """What somebody else changes goes through this."""
    opened = Api(client)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def lab(client: StashClient, settings: Settings, run: Run[Any]) -> Lab:
    """What the server's sources say about its scenes."""
    return Lab(client, settings, run)


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """At the end every scene and every entity of the server is as it was at the start."""
    api: Api = request.getfixturevalue("api")
    before = api.everything()
    yield
    after = api.everything()
    left = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    assert not left, {name: (before.get(name), after.get(name)) for name in left}


@pytest.fixture(scope="session")
def selectors(client: StashClient) -> SelectorSet:
    """The registry for the server's release."""
    return Registry.load().for_release(client.server.release)


@pytest.fixture(scope="session")
def host(settings: Settings, run: Run[Any]) -> Iterator[BrowserHost]:
    """The shared browser."""
    opened = BrowserHost(settings.browser)
    run(_enter(opened))
    yield opened
    run(opened.close())


@pytest.fixture
def open_session(
    host: BrowserHost,
    client: StashClient,
    selectors: SelectorSet,
    settings: Settings,
    run: Run[Any],
) -> Iterator[OpenSession]:
    """Opens guarded sessions, which are closed with the test."""
    opened: list[Session] = []

    def factory(**options: Any) -> Session:
        async def open_one() -> Session:
            chosen = settings.browser.model_copy(update=options.pop("browser", {}))
            given: dict[str, Any] = {
                "base": settings.stash.url.rstrip("/"),
                "cookies": client.transport.cookies(),
                "headers": client.transport.auth_headers(),
                **options,
            }
            return await Session.open(
                await host.ensure(), selectors=selectors, settings=chosen, **given
            )

        opened.append(run(open_one()))
        return opened[-1]

    yield factory
    for session in opened:
        run(session.close())


@pytest.fixture
def session(open_session: OpenSession) -> Session:
    """One guarded session."""
    return open_session()


@pytest.fixture
def scenes(
    target: Target, client: StashClient, lab: Lab, run: Run[Any]
) -> Iterator[snapshot.Snapshot]:
    """The scenes as they are before the test; they are put back after it."""
    assert lab.scenes  # known before anything is changed
    before: snapshot.Snapshot = run(snapshot.take(client))
    yield before
    if target.sandbox is not None:
        target.sandbox.reset()
        return
    run(snapshot.put_back(client, before))
    left = snapshot.differences(before, run(snapshot.take(client)))
    assert not left, f"the test left scenes changed: {left}"


@pytest.fixture
def entity(api: Api, scenes: snapshot.Snapshot) -> Iterator[Callable[..., str]]:
    """Creates a tag, performer, studio or group, which is removed with the test."""
    del scenes  # put back after the entities are gone
    created: list[tuple[str, str]] = []

    def create(kind: str, **values: Any) -> str:
        created.append((kind, api.create(kind, **values)))
        return created[-1][1]

    yield create
    for kind, entity_id in created:
        api.destroy(kind, entity_id)


@dataclass(frozen=True)
class Runs:
    """Carries out runs in a state folder of the test's own.

    On the shared browser, unless the test has given the flows another class of browsers.
    """

    settings: Settings
    folder: Path
    run: Run[Any]
    shared: BrowserHost

    def __call__(
        self,
        request: Request,
        *,
        progress: Progress | None = None,
        prepare: Prepare | None = None,
        **overrides: dict[str, Any],
    ) -> Finished:
        """``overrides`` are settings by section; ``prepare`` as of ``carry_out``."""
        chosen = self.chosen(**overrides)
        with pytest.MonkeyPatch.context() as patch:
            if vars(context)["BrowserHost"] is BrowserHost:
                patch.setattr(context, "BrowserHost", self._lent)
            finished: Finished = self.run(carry_out(chosen, request, progress, prepare=prepare))
        return finished

    def chosen(self, **overrides: dict[str, Any]) -> Settings:
        """The settings of a run."""
        return load_settings(
            None,
            {
                "search": NO_SEARCH,
                **overrides,
                "stash": {"url": self.settings.stash.url, **overrides.get("stash", {})},
                "state": {"dir": self.folder, **overrides.get("state", {})},
            },
        )

    def from_store(self, ask: Callable[[Store], Awaitable[T]]) -> T:
        """What the runs' store says."""

        async def answer() -> T:
            chosen = self.chosen()
            async with Store(chosen.state.database_url, server=chosen.stash.url) as store:
                return await ask(store)

        found: T = self.run(answer())
        return found

    def _lent(self, _settings: Any) -> contextlib.AbstractAsyncContextManager[BrowserHost]:
        return contextlib.nullcontext(self.shared)


@pytest.fixture
def practice(target: Target) -> Iterator[Sandbox]:
    """The sandbox, whose library is as it was afterwards."""
    sandbox = target.need_sandbox("have entities created and renamed")
    yield sandbox
    sandbox.reset()


@pytest.fixture
def german(target: Target, api: Api) -> Iterator[Api]:
    """The server speaks German and its owner has not seen the release notes."""
    language, ui = _set_language(target, api, "de-DE"), api.interface()
    api.set_interface({**ui, "lastNoteSeen": 0})
    yield api
    api.set_interface(ui)
    _set_language(target, api, language)


@pytest.fixture
def read(client: StashClient, run: Run[Any]) -> Read:
    """All scenes as Stash holds them now."""
    return lambda: run(snapshot.take(client))


@pytest.fixture
def elsewhere(target: Target, client: StashClient) -> Elsewhere:
    """Somebody else at the same Stash."""
    return Elsewhere(target.sandbox, client)


@pytest.fixture
def carry(
    settings: Settings,
    scenes: snapshot.Snapshot,
    tmp_path: Path,
    run: Run[Any],
    host: BrowserHost,
) -> Runs:
    """Carries out runs; see ``Runs``."""
    del scenes
    return Runs(settings, tmp_path / "state", run, host)


def _set_language(target: Target, api: Api, language: str) -> str:
    """Sets the language of the pages; gives what it was."""
    if target.sandbox is None:
        return api.set_language(language)
    interface = target.sandbox.library.interface
    before, interface["language"] = str(interface["language"]), language
    return before


async def _enter(manager: Any) -> Any:
    entered: Awaitable[Any] = manager.__aenter__()
    return await entered
